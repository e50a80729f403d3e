package component

import (
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/caldav/davxml"
)

// Window is a half-open range of time as one reader sees it: Zone is where days
// without a zone begin and end for that reader. A zero time leaves its side
// open.
type Window struct {
	From, To time.Time
	Zone     *time.Location
}

// WindowOf returns the window of a request.
func WindowOf(r davxml.TimeRange, loc *time.Location) Window {
	return Window{From: r.Start, To: r.End, Zone: loc}
}

// Meets reports whether something from start to end meets the window. Without
// length it meets the instant at which it starts (RFC 4791 §9.9). Days and times
// that float are given in UTC and meant in the window's zone (§7.3).
func (w *Window) Meets(start, end time.Time, floats bool) bool {
	if floats {
		start, end = w.local(start), w.local(end)
	}
	if !w.To.IsZero() && !start.Before(w.To) {
		return false
	}
	if w.From.IsZero() || end.After(w.From) {
		return true
	}
	return !end.After(start) && !start.Before(w.From)
}

// local is when the window's zone shows what UTC shows at t.
func (w *Window) local(t time.Time) time.Time {
	if w.Zone == nil || w.Zone == time.UTC {
		return t
	}
	t = t.UTC()
	year, month, day := t.Date()
	return zone.At(w.Zone, year, month, day, t.Hour(), t.Minute(), t.Second())
}

// widest is more than any zone's clocks are off UTC's.
const widest = 15 * time.Hour

// around returns the window's ends with room for days in any zone.
func (w *Window) around() (from, to time.Time) {
	from, to = w.From, w.To
	if !from.IsZero() {
		from = from.Add(-widest)
	}
	if !to.IsZero() {
		to = to.Add(widest)
	}
	return from, to
}

// within closes the open sides of the window where the span ends anyway. ok is
// false where a side stays open.
func (w *Window) within(s bridge.Span) (from, to time.Time, ok bool) {
	from, to = w.around()
	if first := s.Start.Add(-2 * widest); from.Before(first) {
		from = first
	}
	if last := s.End.Add(2 * widest); !s.End.IsZero() && (to.IsZero() || to.After(last)) {
		to = last
	}
	return from, to, !to.IsZero()
}

// Judge says what a row alone can tell of its object and the window. decided is
// false for objects that recur: their instances have to be looked at.
func (w *Window) Judge(r *bridge.Row) (meets, decided bool) {
	switch from, to := w.around(); {
	case !r.Recurs:
		return w.Meets(r.Span.Start, r.Span.End, r.Span.AllDay), true
	case !r.Span.Touches(from, to):
		return false, true
	case r.Span.End.IsZero() && w.To.IsZero(): // goes on for ever in a window without end
		return true, true
	}
	return false, false
}
