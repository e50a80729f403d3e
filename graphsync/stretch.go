package graphsync

import "time"

// stretch is a half-open range of whole days in UTC. Of an all-day event,
// wherever its midnights are, Graph lists each instance with the stretch that
// its date lies in: it lasts longer than any zone is away.
type stretch struct{ from, to time.Time }

// months cuts the stretch at the beginning of each month: so much is compared
// at a time, and a whole month is what is remembered.
func (s stretch) months() (list []stretch) {
	for at := s.from; at.Before(s.to); {
		next := time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		list = append(list, stretch{at, earlier(next, s.to)})
		at = next
	}
	return list
}

// monthOf returns the month that t lies in.
func monthOf(t time.Time) stretch {
	t = t.UTC()
	from := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return stretch{from, from.AddDate(0, 1, 0)}
}

func (s stretch) wholeMonth() bool { return s == monthOf(s.from) }

func (s stretch) has(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }
