package boltdb

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// The index of times finds what may touch a range without looking at the rest.
// Its keys sort by a class of length, then by start; a class holds what lasts
// less than twice as long as the class before. So an object of a class that
// touches a range starts less than the class's length before it, and a search
// passes over few that do not touch.
//
//	class (1 octet), start (8 octets), name → the row's encoding as far as listings need it

// endless is the class of what has no end.
const endless = 0xff

// midnights is how far an all-day object's days reach beyond its span, in
// seconds (see [bridge.Span]).
const midnights = 14 * 60 * 60

// timeKey is the place of a row in the index.
func timeKey(name []byte, s bridge.Span) []byte {
	start, end := s.Start.Unix(), s.End.Unix()
	if s.AllDay {
		start, end = start-midnights, end+midnights
	}
	class := byte(endless)
	if !s.End.IsZero() {
		class = byte(bits.Len64(uint64(max(end-start, 0))))
	}
	return append(timesFrom(class, start), name...)
}

// timesFrom is where a class's objects begin that start at or after a time.
func timesFrom(class byte, start int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{class}, uint64(start)^1<<63)
}

const timeKeyHead = 9 // octets before the name

// index keeps the entry of a row where it has to be; was is the row before, nil
// where there was none.
func (w *writer) index(name, data []byte, was *row, now bridge.Span) error {
	times, key := w.gen.Bucket(inTimes), timeKey(name, now)
	if was != nil {
		if old := timeKey(name, was.Span); string(old) != string(key) {
			if err := times.Delete(old); err != nil {
				return err
			}
		}
	}
	return putChanged(times, key, listedPart(data))
}

// within copies the rows that touch a range, in no order. ok is false where
// their strings take more than a number of octets.
func (l *listing) within(gen *bolt.Bucket, from, to time.Time, most int) (ok bool, err error) {
	touches := func(s bridge.Span) bool { return s.Touches(from, to) }
	last := int64(math.MaxInt64)
	if !to.IsZero() {
		last = to.Unix() + 1
	}
	c := gen.Bucket(inTimes).Cursor()
	k, v := c.First()
	for k != nil {
		class := k[0]
		if first := firstStart(class, from); first > math.MinInt64 {
			k, v = c.Seek(timesFrom(class, first))
		}
		for ; k != nil && k[0] == class && startOf(k) <= last; k, v = c.Next() {
			if err := l.add(k[timeKeyHead:], v, touches); err != nil || len(l.text) > most {
				return false, err
			}
		}
		if k != nil && k[0] == class {
			k, v = c.Seek([]byte{class + 1})
		}
		if class == endless {
			break
		}
	}
	return true, nil
}

// firstStart is when an object of a class starts, at the earliest, that touches
// what begins at from.
func firstStart(class byte, from time.Time) int64 {
	if from.IsZero() || class > 60 {
		return math.MinInt64
	}
	return max(from.Unix(), math.MinInt64/2) - 1<<class
}

func startOf(key []byte) int64 { return int64(binary.BigEndian.Uint64(key[1:]) ^ 1<<63) }
