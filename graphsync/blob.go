package graphsync

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// recurBlob is what PidLidAppointmentRecur ([MS-OXOCAL] §2.2.1.44) tells of a
// series' instances, in days and wall times of the series.
type recurBlob struct {
	cancelled []bridge.Date
	changed   []changedSlot
}

// changedSlot is an instance that was changed: the day that it had, and when it
// starts now, with its digits read as UTC.
type changedSlot struct {
	original bridge.Date
	start    time.Time
}

// readRecurBlob reads the property of a master. ok is false where the answer has
// none, or one that makes no sense. Its list of deleted days holds the changed
// ones too (mapping R1.4).
func readRecurBlob(e *graph.Event) (blob recurBlob, ok bool) {
	data, err := base64.StdEncoding.DecodeString(e.Property(graph.RecurrenceBlob))
	if err != nil || len(data) == 0 {
		return blob, false
	}
	r := blobReader{data: data}
	deleted := r.pattern()
	r.skip(4 * 4) // two versions, the offsets of start and end
	changed := map[bridge.Date]bool{}
	for n := r.short(); n > 0 && !r.failed; n-- {
		c := r.exception()
		blob.changed = append(blob.changed, c)
		changed[c.original] = true
	}
	for _, d := range deleted {
		if !changed[d] {
			blob.cancelled = append(blob.cancelled, d)
		}
	}
	return blob, !r.failed
}

// blobReader reads little-endian numbers; past the end it yields zeros.
type blobReader struct {
	data   []byte
	failed bool
}

func (r *blobReader) skip(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.failed, r.data = true, nil
		return make([]byte, 4)
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *blobReader) short() int { return int(binary.LittleEndian.Uint16(r.skip(2))) }
func (r *blobReader) long() int  { return int(binary.LittleEndian.Uint32(r.skip(4))) }

// instant reads minutes since 1601.
func (r *blobReader) instant() time.Time {
	return time.Date(1601, 1, 1, 0, min(r.long(), math.MaxInt32), 0, 0, time.UTC)
}

func (r *blobReader) date() bridge.Date { return bridge.DateIn(r.instant(), time.UTC) }

// patternSize is how many octets the kinds of pattern take (§2.2.1.44.1): day,
// week, month, month's end and n-th of the month, and the same of the Hijri
// calendar.
var patternSize = map[int]int{0: 0, 1: 4, 2: 4, 3: 8, 4: 4, 10: 4, 11: 8, 12: 4}

// pattern reads the RecurrencePattern and returns its deleted days.
func (r *blobReader) pattern() (deleted []bridge.Date) {
	r.skip(3 * 2) // two versions, the frequency
	size, known := patternSize[r.short()]
	if !known {
		r.failed = true
	}
	r.skip(2 + 3*4) // the calendar, the first moment, the period, the sliding flag
	r.skip(size)
	r.skip(3 * 4) // the kind of end, the count, the first weekday
	for n := r.long(); n > 0 && !r.failed; n-- {
		deleted = append(deleted, r.date())
	}
	r.skip(r.long() * 4) // the days that changed instances were moved to
	r.skip(2 * 4)        // first and last day
	return deleted
}

// exception reads an ExceptionInfo (§2.2.1.44.2) and passes over what it says of
// subject, place and the like: the instance itself tells that.
func (r *blobReader) exception() (c changedSlot) {
	c.start = r.instant()
	r.skip(4) // its end
	c.original = r.date()
	flags := r.short()
	for _, f := range []struct{ flag, size int }{{0x1, -1}, {0x2, 4}, {0x4, 4}, {0x8, 4}, {0x10, -1}, {0x20, 4}, {0x40, 4}, {0x80, 4}, {0x100, 4}} {
		switch {
		case flags&f.flag == 0:
		case f.size < 0: // a text behind two lengths
			r.skip(2)
			r.skip(r.short())
		default:
			r.skip(f.size)
		}
	}
	return c
}
