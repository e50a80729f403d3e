package graphfake

import "time"

// rangeKind is the type of a recurrenceRange.
type rangeKind uint8

const (
	noEnd rangeKind = iota
	untilDay
	counted
)

// rangeKinds names the kinds as Graph does, in the order of the constants.
var rangeKinds = []string{"noEnd", "endDate", "numbered"}

// recurrence is a patternedRecurrence as it was given.
type recurrence struct {
	pattern pattern
	kind    rangeKind
	start   day
	end     day    // for untilDay, inclusive
	count   int    // for counted
	label   string // recurrenceTimeZone
}

// lastDay bounds every series: Exchange ends one without end in the year 4500.
var lastDay = dayOf(4500, time.August, 31)

// last returns the day of the last instance, or a bound behind it. Cancelled
// and changed instances count.
func (r *recurrence) last() day {
	switch r.kind {
	case untilDay:
		return min(r.end, lastDay)
	case counted:
		return r.lastCounted()
	}
	return lastDay
}

func (r *recurrence) lastCounted() day {
	horizon := r.start + 400*366
	left := r.count
	for d := r.start; d <= horizon; d++ {
		if d = r.pattern.ahead(r.start, d); !r.pattern.falls(r.start, d) {
			continue
		}
		if left--; left == 0 {
			return d
		}
	}
	return horizon
}

// clock is where in its days an instance lies: seconds from the midnight that
// begins its slot to its start and end, in wall time of the zone. Wall times are
// kept, not a duration: 22:00 to 02:00 stays so in the night of a clock change.
type clock struct {
	zone   *time.Location
	opens  int64
	closes int64
	allDay bool
}

// at makes the instance of a slot: seconds since 1970, for all-day ones the
// midnights of their dates read as UTC.
func (c clock) at(slot day) span {
	start, end := slot.wall()+c.opens, slot.wall()+c.closes
	if c.allDay {
		return span{start, end, true}
	}
	s := span{start: toInstant(start, c.zone), end: toInstant(end, c.zone)}
	s.end = max(s.end, s.start)
	return s
}

// span is the time that an event takes: seconds since 1970. An all-day one
// has the midnights of its dates, read as UTC, end exclusive.
type span struct {
	start, end int64
	allDay     bool
}

// overlaps tells whether the span shares time with [from, to). A span without
// length belongs to the moment at which it starts.
func (s span) overlaps(from, to int64) bool {
	return s.start < to && (s.end > from || s.start >= from)
}

// series is what a series master adds to an event.
type series struct {
	recurrence
	clock
	final      day // last day that can hold an instance
	exceptions map[day]*record
	cancelled  map[day]bool

	listed  []day  // the days on which it takes place whatever the pattern says; nil for the pattern's
	foreign string // the type of pattern that requests are told; empty for the pattern's own
}

// newSeries attaches a wall clock to a recurrence.
func newSeries(r recurrence, c clock) *series {
	return &series{recurrence: r, clock: c, final: r.last()}
}

// isSlot tells whether the pattern has an instance on a day.
func (s *series) isSlot(d day) bool {
	return d >= s.start && d <= s.final && s.falls(d)
}

// slots yields the days of the pattern in [from, to], cancelled and changed
// ones with the rest.
func (s *series) slots(from, to day) func(yield func(day) bool) {
	return func(yield func(day) bool) {
		if s.listed != nil {
			s.slotsListed(from, to, yield)
			return
		}
		to := min(to, s.final)
		for d := max(from, s.start); d <= to; d++ {
			d = s.pattern.ahead(s.start, d)
			if d <= to && s.pattern.falls(s.start, d) && !yield(d) {
				return
			}
		}
	}
}

// next returns the first slot after d in a direction (+1 or -1) and whether
// there is one within ten years.
func (s *series) next(d day, step day) (day, bool) {
	for n, at := 0, d+step; n < 3660; n, at = n+1, at+step {
		if at < s.start || at > s.final {
			return 0, false
		}
		if s.falls(at) {
			return at, true
		}
	}
	return 0, false
}

// slack is how far from its slot an instance can lie: its own length, and a
// day on each side for the offset of the zone.
func (s *series) slack() day { return day(s.closes/secondsPerDay) + 2 }

// unchanged yields the slots in [from, to) whose instances are neither
// cancelled nor exceptions, with their spans.
func (s *series) unchanged(from, to int64) func(yield func(day, span) bool) {
	return func(yield func(day, span) bool) {
		for d := range s.slots(dayAt(from)-s.slack(), dayAt(to)+2) {
			if s.cancelled[d] || s.exceptions[d] != nil {
				continue
			}
			if sp := s.at(d); sp.overlaps(from, to) && !yield(d, sp) {
				return
			}
		}
	}
}
