package boltdb

import (
	"cmp"
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// Audits returns what is known from comparing a calendar with its source, by
// stretch, oldest stretch first.
func (s *Store) Audits(ctx context.Context, id bridge.CalendarID) (list []bridge.Audited, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b, err := calendarBucket(tx, id)
		if err != nil || b.Bucket(inAudits) == nil {
			return err
		}
		list, err = all[bridge.Audited](b.Bucket(inAudits))
		return err
	})
	return list, err
}

// SaveAudits keeps what comparing some stretches came to, in place of what was
// known of them, and forgets the stretches that ended by floor.
func (s *Store) SaveAudits(ctx context.Context, id bridge.CalendarID, list []bridge.Audited, floor time.Time) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		b, err := calendarBucket(tx, id)
		if err != nil {
			return err
		}
		audits, err := b.CreateBucketIfNotExists(inAudits)
		if err != nil {
			return err
		}
		for _, a := range list {
			err = cmp.Or(err, put(audits, a.From.UTC().Format(time.RFC3339), a))
		}
		return cmp.Or(err, removeWhere(audits, func(a bridge.Audited) bool { return !a.To.After(floor) }))
	})
}
