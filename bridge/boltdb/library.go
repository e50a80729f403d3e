package boltdb

import (
	"cmp"
	"context"
	"iter"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// What one read transaction of an iterator copies out, at most.
const (
	chunkRows  = 1000
	chunkBytes = 256 << 10
)

// maxWithin bounds what a search of the index of times copies out, in octets of
// names and ETags: some 20,000 rows.
const maxWithin = 1 << 20

// served runs f on the generation that readers see, if there is one. The record
// must not be changed.
func (s *Store) served(ctx context.Context, id bridge.CalendarID, f func(rec *calendarRecord, cal, gen *bolt.Bucket) error) error {
	return s.view(ctx, func(tx *bolt.Tx) error {
		rec, err := s.calendar(tx, id)
		if err != nil {
			return err
		}
		cal := tx.Bucket(inCal).Bucket([]byte(id))
		gen := cal.Bucket(inGen).Bucket(genKey(rec.Gen))
		if gen == nil {
			return &bridge.Fault{Kind: bridge.Retry, What: "the calendar is still being fetched for the first time",
				Fix: "try again in a minute", After: time.Minute}
		}
		return f(rec, cal, gen)
	})
}

// At returns where a calendar's journal stands.
func (s *Store) At(ctx context.Context, id bridge.CalendarID) (point bridge.Point, err error) {
	err = s.served(ctx, id, func(rec *calendarRecord, _, _ *bolt.Bucket) error {
		point = rec.Point
		return nil
	})
	return point, err
}

// Rows yields all objects of a calendar in name order, as they are while it
// walks. An error ends the sequence.
func (s *Store) Rows(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Row, error] {
	return s.scan(ctx, id, nil)
}

// Tags yields names and ETags of all objects of a calendar in name order, as they
// are while it walks: what Rows tells, without what costs most to tell. An error
// ends the sequence.
func (s *Store) Tags(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Tag, error] {
	return func(yield func(bridge.Tag, error) bool) {
		s.walk(ctx, id, (*listing).addTag, func(chunk *listing, err error) bool { return chunk.eachTag(err, yield) })
	}
}

// Within yields the rows of all objects that may touch the half-open range
// [from, to), in no order; a zero time leaves that side open. Of objects that
// recur, and of all-day ones, the caller has to look closer. Each object that
// is there all the time comes once.
func (s *Store) Within(ctx context.Context, id bridge.CalendarID, from, to time.Time) iter.Seq2[bridge.Row, error] {
	return func(yield func(bridge.Row, error) bool) {
		found := listings.Get().(*listing)
		defer listings.Put(found)
		found.reset()
		whole := false
		err := s.served(ctx, id, func(_ *calendarRecord, _, gen *bolt.Bucket) (err error) {
			whole, err = found.within(gen, from, to, s.maxWithin)
			return err
		})
		if err != nil || whole {
			found.each(err, yield)
			return
		}
		// An object may change its place in the index between two transactions,
		// never its name.
		s.scan(ctx, id, func(span bridge.Span) bool { return span.Touches(from, to) })(yield)
	}
}

func (s *Store) scan(ctx context.Context, id bridge.CalendarID, keep func(bridge.Span) bool) iter.Seq2[bridge.Row, error] {
	add := func(chunk *listing, name, data []byte) error { return chunk.add(name, data, keep) }
	return func(yield func(bridge.Row, error) bool) {
		s.walk(ctx, id, add, func(chunk *listing, err error) bool { return chunk.each(err, yield) })
	}
}

// walk reads all rows in chunks: add copies one of them, and pass hands a chunk
// on, with the error that ends the walk, and reports whether to go on.
func (s *Store) walk(ctx context.Context, id bridge.CalendarID, add func(chunk *listing, name, data []byte) error, pass func(chunk *listing, err error) bool) {
	var from []byte
	chunk := listings.Get().(*listing)
	defer listings.Put(chunk)
	for more := true; more; {
		chunk.reset()
		err := s.served(ctx, id, func(_ *calendarRecord, _, gen *bolt.Bucket) (err error) {
			from, err = chunk.fill(gen, from, add)
			more = from != nil
			return err
		})
		if !pass(chunk, err) {
			return
		}
	}
}

// yieldAll passes a chunk on, then its error; it reports whether to go on.
func yieldAll[T any](chunk []T, err error, yield func(T, error) bool) bool {
	for _, v := range chunk {
		if !yield(v, nil) {
			return false
		}
	}
	if err != nil {
		var zero T
		yield(zero, err)
	}
	return err == nil
}

// fill gives add the rows from a key on and returns the key to go on from, nil at
// the end.
func (l *listing) fill(gen *bolt.Bucket, from []byte, add func(l *listing, name, data []byte) error) (next []byte, err error) {
	c := gen.Bucket(inRows).Cursor()
	seen := 0
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if seen++; seen > chunkRows {
			return clone(k), nil
		}
		if err := add(l, k, v); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// Answerable reports whether Changes can tell what changed since p.
func (s *Store) Answerable(ctx context.Context, id bridge.CalendarID, p bridge.Point) (ok bool, err error) {
	err = s.served(ctx, id, func(rec *calendarRecord, _, _ *bolt.Bucket) error {
		ok = rec.answerable(p)
		return nil
	})
	return ok, err
}

// Changes yields each name that changed after since, once, in the order of its
// latest change, with the sequence number of that change. Rows of removed
// objects have Gone set and nothing else but the name.
func (s *Store) Changes(ctx context.Context, id bridge.CalendarID, since bridge.Seq) iter.Seq2[bridge.Changed, error] {
	return func(yield func(bridge.Changed, error) bool) {
		chunk := listings.Get().(*listing)
		defer listings.Put(chunk)
		for more := true; more; {
			chunk.reset()
			var seqs []bridge.Seq
			err := s.served(ctx, id, func(_ *calendarRecord, cal, gen *bolt.Bucket) (err error) {
				seqs, err = chunk.changes(cal, gen, since)
				return err
			})
			i := 0
			next := func(row bridge.Row, err error) bool {
				if err != nil {
					return yield(bridge.Changed{}, err)
				}
				i++
				return yield(bridge.Changed{Row: row, Seq: seqs[i-1]}, nil)
			}
			if !chunk.each(err, next) {
				return
			}
			if more = len(seqs) == chunkRows; more {
				since = seqs[len(seqs)-1]
			}
		}
	}
}

// changes copies the rows of what changed after since, with the number of each
// change.
func (l *listing) changes(cal, gen *bolt.Bucket, since bridge.Seq) (seqs []bridge.Seq, err error) {
	c := cal.Bucket(inJournal).Cursor()
	rows := gen.Bucket(inRows)
	for k, v := c.Seek(seqKey(since + 1)); k != nil && len(seqs) < chunkRows; k, v = c.Next() {
		e, err := decodeEntry(v)
		if err != nil {
			return seqs, err
		}
		name := []byte(e.Name)
		if data := rows.Get(name); data == nil {
			l.addGone(name)
		} else if err := l.add(name, data, nil); err != nil {
			return seqs, err
		}
		seqs = append(seqs, keySeq(k))
	}
	return seqs, nil
}

// Objects yields the objects of the given names, in that order. One that is
// not there comes without a Body.
func (s *Store) Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error] {
	return func(yield func(bridge.Object, error) bool) {
		var chunk objects
		for len(names) > 0 {
			chunk.list = chunk.list[:0]
			err := s.served(ctx, id, func(_ *calendarRecord, _, gen *bolt.Bucket) error {
				chunk.begin(gen, len(names))
				return chunk.named(names)
			})
			if !yieldAll(chunk.list, err, yield) {
				return
			}
			names = names[len(chunk.list):]
		}
	}
}

// named copies objects by their names.
func (o *objects) named(names []string) error {
	for _, name := range names {
		key := []byte(name)
		if err := o.add(key, o.rows.get(key)); err != nil || o.full() {
			return err
		}
	}
	return nil
}

// All yields all objects of a calendar in name order.
func (s *Store) All(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Object, error] {
	return func(yield func(bridge.Object, error) bool) {
		var from []byte
		var chunk objects
		for more := true; more; {
			chunk.list = chunk.list[:0]
			err := s.served(ctx, id, func(_ *calendarRecord, _, gen *bolt.Bucket) (err error) {
				chunk.begin(gen, chunkRows)
				from, err = chunk.all(gen, from)
				more = from != nil
				return err
			})
			if !yieldAll(chunk.list, err, yield) {
				return
			}
		}
	}
}

// all copies the objects from a key on and returns the key to go on from, nil
// at the end.
func (o *objects) all(gen *bolt.Bucket, from []byte) (next []byte, err error) {
	rows := gen.Bucket(inRows).Cursor()
	for k, v := rows.Seek(from); k != nil; k, v = rows.Next() {
		if o.full() {
			return clone(k), nil
		}
		if err := o.add(k, v); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// Zones returns the zones that a calendar's objects name, each with the first
// year in which it is used.
func (s *Store) Zones(ctx context.Context, id bridge.CalendarID) (zones map[string]int, err error) {
	zones = map[string]int{}
	seen := map[string]struct{}{} // encoded lists, of which there are few
	err = s.served(ctx, id, func(_ *calendarRecord, _, gen *bolt.Bucket) error {
		return gen.Bucket(inRows).ForEach(func(_, data []byte) error {
			d := decoder{data: data}
			d.toZones()
			if _, known := seen[string(d.data)]; known || d.err != nil {
				return d.err
			}
			seen[string(d.data)] = struct{}{}
			for _, z := range d.zones() {
				if year, ok := zones[z.Name]; !ok || z.Year < year {
					zones[z.Name] = z.Year
				}
			}
			return d.err
		})
	})
	return zones, err
}

// Revisions returns the source id and revision of every object of the round's
// generation, and of the items that are kept aside, so that a listing can be
// compared with them.
func (s *Store) Revisions(ctx context.Context, r bridge.Round) (revisions map[bridge.SourceID]bridge.Revision, err error) {
	revisions = map[bridge.SourceID]bridge.Revision{}
	err = s.view(ctx, func(tx *bolt.Tx) error {
		w, err := s.writer(tx, r)
		if err != nil {
			return err
		}
		err = w.gen.Bucket(inRows).ForEach(func(name, data []byte) error {
			r, err := decodeRow(string(name), data)
			if err == nil && !r.Source.IsBanner() {
				revisions[r.Source] = r.Revision
			}
			return err
		})
		aside, err2 := all[badRecord](w.cal.Bucket(inBad))
		for _, b := range aside {
			revisions[b.Source] = b.Revision
		}
		return cmp.Or(err, err2)
	})
	return revisions, err
}
