package boltdb

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// Namesakes returns, for each listed calendar under a source id that is not
// known, the calendars that it may be: those of its owner and name that are not
// listed any more, and retired ones. Name and owner prove nothing, since people
// make a calendar anew under an old name; see [Store.Holds].
func (s *Store) Namesakes(ctx context.Context, account bridge.AccountID, listed []bridge.Listed) (found map[bridge.SourceID][]bridge.CalendarID, err error) {
	found = map[bridge.SourceID][]bridge.CalendarID{}
	return found, s.view(ctx, func(tx *bolt.Tx) error {
		known, err := s.everKnown(tx, account)
		if err != nil {
			return err
		}
		current := map[bridge.SourceID]bool{}
		for _, l := range listed {
			current[l.Source] = true
		}
		for _, l := range listed {
			for _, rec := range known {
				if known[l.Source] == nil && !current[rec.Source] && rec.sameAs(l) {
					found[l.Source] = append(found[l.Source], rec.ID)
				}
			}
		}
		return nil
	})
}

// everKnown returns an account's calendars, those that may come back too.
func (s *Store) everKnown(tx *bolt.Tx, account bridge.AccountID) (map[bridge.SourceID]*calendarRecord, error) {
	known := map[bridge.SourceID]*calendarRecord{}
	retired, err := all[retiredRecord](tx.Bucket(inRetired))
	for _, r := range retired {
		if r.Account == account && s.now().Sub(r.At) <= keepRetired {
			known[r.Source] = &r.calendarRecord
		}
	}
	if err != nil {
		return nil, err
	}
	list, err := calendarsOf(tx, account)
	for _, rec := range list {
		known[rec.Source] = rec
	}
	return known, err
}

// Holds reports whether a calendar, retired or not, has or had one of the
// events: under its source id, or with its UID.
func (s *Store) Holds(ctx context.Context, id bridge.CalendarID, events map[bridge.SourceID]string) (held bool, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(inCal).Bucket([]byte(id))
		if b == nil {
			return nil
		}
		names, uids := b.Bucket(inNames), b.Bucket(inUIDs)
		for source, uid := range events {
			held = held || names.Get(sourceKey(source)) != nil || uid != "" && uids.Get([]byte(uid)) != nil
		}
		return nil
	})
	return held, err
}
