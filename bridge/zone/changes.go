package zone

import "time"

// A change is a moment at which the clocks of a zone are set to another offset.
type change struct {
	at       int64 // Unix time
	from, to int   // seconds east of UTC, whole minutes
	name     string
	daylight bool // to be written as DAYLIGHT
}

// wall returns what the clocks showed when they were set, as if it were UTC.
func (c change) wall() time.Time { return time.Unix(c.at+int64(c.from), 0).UTC() }

// year is the one in which the clocks were set, by the clocks.
func (c change) year() int { return c.wall().Year() }

// changes lists the changes of loc from 1970 to the end of the year last. Where
// only the abbreviation changes there is none: readers of a VTIMEZONE go by the
// offsets.
func changes(loc *time.Location, last int) []change {
	var list []change
	end := yearStart(last+1) + reach
	for t := yearStart(1970); t < end; {
		next, ok := nextBound(loc, t)
		if !ok {
			break
		}
		if c := changeAt(loc, next); c.from != c.to && c.year() <= last {
			list = append(list, c)
		}
		t = next
	}
	return list
}

// nextBound returns the first moment after t at which something may change.
//
// [time.Time.ZoneBounds] is exact near a change alone: in the years that a rule
// covers it also stops at the start of each, and counts 365 days for all of
// them, so that on the last day of a leap year the end it gives is not ahead.
func nextBound(loc *time.Location, t int64) (next int64, ok bool) {
	now := time.Unix(t, 0).In(loc)
	_, end := now.ZoneBounds()
	if end.IsZero() {
		return 0, false
	}
	if end.Unix() <= t {
		return yearStart(now.UTC().Year() + 1), true
	}
	return end.Unix(), true
}

// changeAt compares the clocks at a moment and a second before it.
func changeAt(loc *time.Location, at int64) change {
	old, now := time.Unix(at-1, 0).In(loc), time.Unix(at, 0).In(loc)
	_, from := old.Zone()
	name, to := now.Zone()
	c := change{at: at, from: wholeMinutes(from), to: wholeMinutes(to), name: name}
	// In Dublin and Casablanca it is winter, or Ramadan, that the database calls
	// daylight saving time. A move without any on either side is a country's
	// choice of another standard time.
	c.daylight = c.to > c.from && (old.IsDST() || now.IsDST())
	return c
}

// wholeMinutes drops the seconds that Liberia's offset had until 1972: many
// readers do not know the long form of RFC 5545 §3.3.14.
func wholeMinutes(offset int) int { return offset / 60 * 60 }

func yearStart(year int) int64 {
	return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
}
