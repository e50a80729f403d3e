package zone

import "time"

// reach is longer than any offset is far from UTC, with a margin for the change
// of clocks itself: a wall time read as UTC, less reach, lies before every
// instant the wall time can be, and plus reach behind it.
const reach = 26 * 3600

// At returns the instant at which clocks in loc show the given wall time, read
// as RFC 5545 §3.3.5 says: a time that occurs twice is the first of the two,
// and one that clocks skip is taken with the offset before the gap, so that
// 02:30 in a spring night in Berlin is 03:30 summer time. [time.Date] promises
// neither.
//
// Values out of range carry over as in [time.Date]. A nil loc is UTC. At may be
// called concurrently.
func At(loc *time.Location, year int, month time.Month, day, hour, min, sec int) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	wall := time.Date(year, month, day, hour, min, sec, 0, time.UTC).Unix()
	before := offsetAt(loc, wall-reach)
	if offsetAt(loc, wall-before) == before {
		return time.Unix(wall-before, 0).In(loc)
	}
	after := offsetAt(loc, wall+reach)
	if offsetAt(loc, wall-after) == after {
		return time.Unix(wall-after, 0).In(loc)
	}
	return time.Unix(wall-before, 0).In(loc)
}

// offsetAt returns the seconds east of UTC at a Unix time.
func offsetAt(loc *time.Location, unix int64) int64 {
	_, offset := time.Unix(unix, 0).In(loc).Zone()
	return int64(offset)
}
