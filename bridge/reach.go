package bridge

import "time"

// Touches reports whether any instance of the series meets the half-open range
// [from, to); a zero time leaves that side open. It errs on the side of yes by a
// day or so, as dates do without their zones.
func (s *Series) Touches(from, to time.Time) bool {
	if s.Rule == nil {
		return s.Master.touches(from, to)
	}
	for _, o := range s.Overrides {
		if o.Event.touches(from, to) {
			return true
		}
	}
	length := Date(s.Master.End.Sub(s.Master.Start)/(24*time.Hour)) + 1
	first, last := MinDate, MaxDate
	if !from.IsZero() {
		first = DateIn(from, time.UTC) - 1 - length
	}
	if !to.IsZero() {
		last = DateIn(to, time.UTC) + 1
	}
	for d := range s.Rule.Dates() {
		if d >= first {
			return d <= last
		}
	}
	return false
}

func (e *Event) touches(from, to time.Time) bool {
	return Span{Start: e.Start, End: e.End, AllDay: e.AllDay}.Touches(from, to)
}
