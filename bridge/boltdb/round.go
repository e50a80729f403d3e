package boltdb

import (
	"cmp"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// badRecord is an item kept aside, with the generation that last saw it and the
// versions that could not make an object of it.
type badRecord struct {
	bridge.BadItem
	Revision            bridge.Revision
	Gen                 uint32
	Converter, Renderer uint16
}

const (
	notedDirty = 0
	notedGone  = 1
)

// Begin opens a round. With full it begins a new generation and forgets an
// unfinished one; without, it goes on with whatever was left: an unfinished
// full round, or the served generation.
func (s *Store) Begin(ctx context.Context, id bridge.CalendarID, full bool) (round bridge.Round, err error) {
	if !full {
		err = s.view(ctx, func(tx *bolt.Tx) error {
			rec, err := calendar(tx, id)
			round = rec.round(tx)
			return err
		})
		if err != nil || round.Gen != 0 {
			return round, err // nothing to store: an idle calendar costs no commit
		}
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		rec, err := calendar(tx, id)
		if err != nil {
			return err
		}
		if err := beginFull(tx, tx.Bucket(inCal).Bucket([]byte(id)), rec); err != nil {
			return err
		}
		round = rec.round(tx)
		return nil
	})
	return round, err
}

// round is the round that is open, or that can go on. Its generation is 0 where
// there is none.
func (rec *calendarRecord) round(tx *bolt.Tx) bridge.Round {
	r := bridge.Round{Calendar: rec.ID, Gen: cmp.Or(rec.Building, rec.Gen), Full: rec.Building != 0}
	if r.Gen != 0 {
		r.Cursor = clone(tx.Bucket(inCal).Bucket([]byte(rec.ID)).Get(cursorKey))
	}
	return r
}

func beginFull(tx *bolt.Tx, b *bolt.Bucket, rec *calendarRecord) error {
	rec.LastGen++
	rec.Building, rec.Behind = rec.LastGen, nil
	gen, err := b.Bucket(inGen).CreateBucket(genKey(rec.Building))
	for _, name := range inGeneration {
		if err == nil {
			_, err = gen.CreateBucket(name)
		}
	}
	if err == nil {
		err = b.DeleteBucket(inDirty)
	}
	if err == nil {
		_, err = b.CreateBucket(inDirty)
	}
	return cmp.Or(err, b.Delete(cursorKey), putCalendar(tx, rec))
}

// Note stores what a page of the round told, and the resume point behind it.
// Ids of changed instances are noted as their master's, where that is known.
func (s *Store) Note(ctx context.Context, r bridge.Round, p bridge.Page) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		w, err := s.writer(tx, r)
		if err != nil {
			return err
		}
		return w.note(p)
	})
}

func (w *writer) note(p bridge.Page) error {
	dirty := w.cal.Bucket(inDirty)
	for _, id := range p.Gone {
		kind := byte(notedGone)
		if master := w.masterOf(id); master != "" {
			id, kind = master, notedDirty
		}
		if kind == notedGone && string(dirty.Get(sourceKey(id))) == string([]byte{notedDirty}) {
			// Told both ways, in no order: where nobody serves it, only asking tells.
			if live, err := w.live(id); err != nil || !live {
				if err != nil {
					return err
				}
				continue
			}
		}
		if err := dirty.Put(sourceKey(id), []byte{kind}); err != nil {
			return err
		}
	}
	for _, id := range p.Dirty {
		if err := dirty.Put(sourceKey(cmp.Or(w.masterOf(id), id)), []byte{notedDirty}); err != nil {
			return err
		}
	}
	if p.Next == nil {
		return nil
	}
	return w.cal.Put(cursorKey, p.Next)
}

// masterOf returns the master of a known changed instance, "" for other ids.
func (w *writer) masterOf(id bridge.SourceID) bridge.SourceID {
	return bridge.SourceID(w.gen.Bucket(inParts).Get(sourceKey(id)))
}

// Dirty returns up to n ids that the round still has to settle, removed ones
// first.
func (s *Store) Dirty(ctx context.Context, r bridge.Round, n int) (list []bridge.Noted, err error) {
	var rest []bridge.Noted
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b, err := calendarBucket(tx, r.Calendar)
		if err != nil {
			return err
		}
		c := b.Bucket(inDirty).Cursor()
		for k, v := c.First(); k != nil && len(list) < n; k, v = c.Next() {
			noted := bridge.Noted{Source: bridge.SourceID(k), Gone: len(v) == 1 && v[0] == notedGone}
			if noted.Gone {
				list = append(list, noted)
			} else if len(rest) < n {
				rest = append(rest, noted)
			}
		}
		return nil
	})
	list = append(list, rest...)
	return list[:min(n, len(list))], err
}

// Pending returns how many ids the round still has to settle.
func (s *Store) Pending(ctx context.Context, r bridge.Round) (n int, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b, err := calendarBucket(tx, r.Calendar)
		if err == nil {
			n = b.Bucket(inDirty).Stats().KeyN
		}
		return err
	})
	return n, err
}

func calendarBucket(tx *bolt.Tx, id bridge.CalendarID) (*bolt.Bucket, error) {
	if b := tx.Bucket(inCal).Bucket([]byte(id)); b != nil {
		return b, nil
	}
	return nil, &bridge.Fault{Kind: bridge.Absent, What: fmt.Sprintf("calendar %s is no longer mirrored", id)}
}
