package boltdb

import (
	"cmp"
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// retiredRecord is a calendar that its source no longer has. What was mirrored
// of it stays for a while: should it come back, addresses, names and tokens are
// what they were.
type retiredRecord struct {
	calendarRecord
	At time.Time
}

// keepRetired is how long a calendar may stay away.
const keepRetired = 7 * 24 * time.Hour

// RetireCalendar takes a calendar out of sight that its source no longer has.
// It comes back under its old id if, within a week, the source lists it again,
// or one that Listed.Was says it is.
func (s *Store) RetireCalendar(ctx context.Context, id bridge.CalendarID) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		rec, err := calendar(tx, id)
		if err != nil {
			return err
		}
		return cmp.Or(put(tx.Bucket(inRetired), string(id), retiredRecord{*rec, s.now().UTC()}),
			tx.Bucket(inCalendars).Delete([]byte(id)))
	})
}

// recall returns the retired calendar that l is, nil where there is none. A
// calendar with the source id goes before one with the same events.
func (s *Store) recall(tx *bolt.Tx, account bridge.AccountID, l bridge.Listed) (*calendarRecord, error) {
	list, err := all[retiredRecord](tx.Bucket(inRetired))
	if err != nil {
		return nil, err
	}
	var found *retiredRecord
	for i := range list {
		r := &list[i]
		if r.Account != account || s.now().Sub(r.At) > keepRetired {
			continue
		}
		if r.Source == l.Source || found == nil && r.ID == l.Was && r.sameAs(l) {
			found = r
		}
	}
	if found == nil {
		return nil, nil
	}
	return &found.calendarRecord, tx.Bucket(inRetired).Delete([]byte(found.ID))
}

// sweepRetired takes calendars away that stayed away for too long.
func (s *Store) sweepRetired(ctx context.Context) error {
	var doomed []bridge.CalendarID
	err := s.view(ctx, func(tx *bolt.Tx) error {
		list, err := all[retiredRecord](tx.Bucket(inRetired))
		for _, r := range list {
			if s.now().Sub(r.At) > keepRetired {
				doomed = append(doomed, r.ID)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.dropAll(ctx, doomed)
}
