package boltdb

import (
	"cmp"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// step is how many records one transaction of a long walk touches.
const step = 1000

// Finish ends a round whose ids are all settled. A full round's generation
// becomes the served one in a small transaction: the pointer, and journal
// entries for what really differs. Killed before that, the round goes on at
// the next Begin; killed after it, only the old generation is left to sweep.
func (s *Store) Finish(ctx context.Context, r bridge.Round) (point bridge.Point, err error) {
	var moved differing
	if r.Full {
		if err := cmp.Or(s.settleDuplicates(ctx, r), s.keepBanner(ctx, r)); err != nil {
			return point, err
		}
		if moved, err = s.differences(ctx, r); err != nil {
			return point, err
		}
	}
	return s.conclude(ctx, r, moved)
}

// conclude is the small transaction of Finish, and what follows it.
func (s *Store) conclude(ctx context.Context, r bridge.Round, moved differing) (point bridge.Point, err error) {
	before, stale := bridge.Point{}, false
	err = s.update(ctx, func(tx *bolt.Tx) error {
		w, err := s.writer(tx, r)
		if err != nil {
			return err
		}
		before = w.rec.Point
		err = w.finish(moved)
		point, stale = w.rec.Point, w.rec.Rerender != nil
		return err
	})
	if err != nil {
		return point, err
	}
	if stale {
		s.tellStale(r.Calendar)
	}
	if r.Full || point != before {
		s.Hub.Tell(r.Calendar)
	}
	return point, s.Sweep(ctx, r.Calendar)
}

func (w *writer) finish(moved differing) error {
	if k, _ := w.cal.Bucket(inDirty).Cursor().First(); k != nil {
		return fmt.Errorf("boltdb: round %d of calendar %s has unsettled ids", w.round.Gen, w.round.Calendar)
	}
	if w.round.Full {
		if moved.at != w.rec.Point { // objects were rendered again meanwhile
			var err error
			if moved, err = w.differences(); err != nil {
				return err
			}
		}
		if err := w.swap(moved.names); err != nil {
			return err
		}
	}
	w.rec.SyncedAt, w.rec.Trouble = w.now, nil
	return putCalendar(w.tx, w.rec)
}

func (w *writer) swap(moved []journalEntry) error {
	first := w.rec.Gen == 0
	w.rec.Gen, w.rec.Building, w.rec.Complete = w.round.Gen, 0, true
	w.rec.rerender(w.now)
	w.rec.Objects = w.gen.Bucket(inRows).Stats().KeyN - w.banners()
	if first {
		w.rec.Changed = w.now
	}
	for _, e := range moved {
		if err := w.record(e.Name, e.Gone); err != nil {
			return err
		}
	}
	return removeWhere(w.cal.Bucket(inBad), func(b badRecord) bool { return b.Gen != w.round.Gen })
}

// differing is what a full round changes for readers.
type differing struct {
	names []journalEntry
	at    bridge.Point // of the generation that the new one was compared with
}

func (s *Store) differences(ctx context.Context, r bridge.Round) (moved differing, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		w, err := s.writer(tx, r)
		if err != nil {
			return err
		}
		moved, err = w.differences()
		return err
	})
	return moved, err
}

// differences walks both generations in key order and returns the names whose
// bytes differ. The first generation differs from nothing.
func (w *writer) differences() (moved differing, err error) {
	moved.at = w.rec.Point
	if w.rec.Gen != 0 {
		moved.names, err = compare(w.generation(w.rec.Gen).Bucket(inRows).Cursor(), w.gen.Bucket(inRows).Cursor())
	}
	return moved, err
}

func compare(was, is *bolt.Cursor) (moved []journalEntry, err error) {
	oldName, old := was.First()
	name, now := is.First()
	for oldName != nil || name != nil {
		order := cmp.Compare(string(oldName), string(name))
		switch {
		case name == nil || oldName != nil && order < 0:
			moved = append(moved, journalEntry{Name: string(oldName), Gone: true})
			oldName, old = was.Next()
		case oldName == nil || order > 0:
			moved = append(moved, journalEntry{Name: string(name)})
			name, now = is.Next()
		default:
			same, err := sameETag(old, now)
			if err != nil {
				return nil, err
			}
			if !same {
				moved = append(moved, journalEntry{Name: string(name)})
			}
			oldName, old = was.Next()
			name, now = is.Next()
		}
	}
	return moved, nil
}

func sameETag(a, b []byte) (bool, error) {
	ra, err := decodeListed("", a)
	rb, err2 := decodeListed("", b)
	return ra.ETag == rb.ETag, cmp.Or(err, err2)
}

// Losses returns the items that are served and that the round would take away:
// those that it noted as gone, or, of a full round, those that it has not
// brought. strange are items noted as gone that nobody serves; of a full round,
// those whose name and UID another item has taken over.
func (s *Store) Losses(ctx context.Context, r bridge.Round) (served, strange []bridge.SourceID, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		w, err := s.writer(tx, r)
		switch {
		case err != nil || r.Full && w.rec.Gen == 0:
			return err
		case r.Full:
			served, strange, err = w.lacking()
		default:
			served, strange, err = w.leaving()
		}
		return err
	})
	return served, strange, err
}

func (w *writer) lacking() (lost, replaced []bridge.SourceID, err error) {
	err = w.generation(w.rec.Gen).Bucket(inRows).ForEach(func(name, data []byte) error {
		old, err := decodeRow(string(name), data)
		if err != nil {
			return err
		}
		live, err := w.live(old.Source)
		switch {
		case live || old.Source.IsBanner():
		case w.gen.Bucket(inRows).Get(name) != nil:
			replaced = append(replaced, old.Source)
		default:
			lost = append(lost, old.Source)
		}
		return err
	})
	return lost, replaced, err
}

func (w *writer) leaving() (served, strange []bridge.SourceID, err error) {
	err = w.cal.Bucket(inDirty).ForEach(func(id, kind []byte) error {
		if len(kind) != 1 || kind[0] != notedGone {
			return nil
		}
		live, err := w.live(bridge.SourceID(id))
		if live {
			served = append(served, bridge.SourceID(id))
		} else {
			strange = append(strange, bridge.SourceID(id))
		}
		return err
	})
	return served, strange, err
}

// Sweep deletes generations that are no longer served, in small steps.
func (s *Store) Sweep(ctx context.Context, id bridge.CalendarID) error {
	for more := true; more; {
		err := s.update(ctx, func(tx *bolt.Tx) (err error) {
			more, err = sweepStep(tx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sweepStep(tx *bolt.Tx, id bridge.CalendarID) (more bool, err error) {
	rec, err := calendar(tx, id)
	if err != nil {
		return false, err
	}
	gens := tx.Bucket(inCal).Bucket([]byte(id)).Bucket(inGen)
	c := gens.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if string(k) == string(genKey(rec.Gen)) || string(k) == string(genKey(rec.Building)) {
			continue
		}
		if emptied, err := emptySome(gens.Bucket(k)); err != nil || !emptied {
			return true, err
		}
		return true, gens.DeleteBucket(k)
	}
	return false, nil
}

// emptySome deletes up to step records of a generation and reports whether it
// was empty already.
func emptySome(gen *bolt.Bucket) (empty bool, err error) {
	left := step
	for _, name := range inGeneration {
		c := gen.Bucket(name).Cursor()
		for k, _ := c.First(); k != nil && left > 0; k, _ = c.First() {
			if err := c.Delete(); err != nil {
				return false, err
			}
			left--
		}
	}
	return left == step, nil
}
