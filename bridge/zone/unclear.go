package zone

import (
	"sync"
	"time"
)

// Unclear returns the days from first to last on which clocks in loc skip or
// repeat the time of day tod, counted from local midnight. Days are midnights
// in UTC, in order. [At] says what such a time means, as RFC 5545 §3.3.5 does;
// ical.js and libical take the other offset.
//
// A nil loc is UTC. Unclear may be called concurrently.
func Unclear(loc *time.Location, tod time.Duration, first, last time.Time) (days []time.Time) {
	const day = 24 * 60 * 60
	if loc == nil || loc == time.UTC {
		return nil
	}
	from, to, clock := first.Unix()/day, last.Unix()/day, int64(tod/time.Second)
	for _, c := range changesOf(loc, min(last.Year(), maxYear)) {
		low, high := c.at+int64(min(c.from, c.to)), c.at+int64(max(c.from, c.to))
		n := (low - clock + day - 1) / day
		for ; n*day+clock < high; n++ {
			if from <= n && n <= to {
				days = append(days, time.Unix(n*day, 0).UTC())
			}
		}
	}
	return days
}

// Repeated reports whether clocks in loc show the wall time of t twice.
func Repeated(loc *time.Location, t time.Time) bool {
	unix := t.Unix()
	wall := unix + offsetAt(loc, unix)
	before, after := offsetAt(loc, wall-reach), offsetAt(loc, wall+reach)
	return before != after && offsetAt(loc, wall-before) == before && offsetAt(loc, wall-after) == after
}

type calendarOf struct {
	loc  *time.Location
	last int
}

var known struct {
	sync.RWMutex
	changes map[calendarOf][]change
}

// changesOf is [changes], kept: every series asks for them.
func changesOf(loc *time.Location, last int) []change {
	key := calendarOf{loc, last}
	known.RLock()
	list, ok := known.changes[key]
	known.RUnlock()
	if ok {
		return list
	}
	list = changes(loc, last)
	known.Lock()
	defer known.Unlock()
	if known.changes == nil || len(known.changes) >= maxRendered {
		known.changes = make(map[calendarOf][]change)
	}
	known.changes[key] = list
	return list
}
