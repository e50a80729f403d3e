package boltdb

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// listedRecord is a series whose instances are listed, with the range of days
// that they were listed for.
type listedRecord struct {
	Source   bridge.SourceID
	From, To bridge.Date
}

// putListed keeps which series are served as listed instances. Few calendars
// have any, so the bucket is made when there is one.
func (w *writer) putListed(name string, s *bridge.Series) error {
	b := w.gen.Bucket(inListed)
	if s == nil || s.Listed == nil {
		if b == nil {
			return nil
		}
		return b.Delete([]byte(name))
	}
	b, err := w.gen.CreateBucketIfNotExists(inListed)
	if err != nil {
		return err
	}
	return put(b, name, listedRecord{s.Source, s.Listed.From, s.Listed.To})
}

// ListedOtherwise returns the served series whose instances are listed for
// another range of days than [from, to).
func (s *Store) ListedOtherwise(ctx context.Context, id bridge.CalendarID, from, to bridge.Date) (list []bridge.SourceID, err error) {
	err = s.served(ctx, id, func(_ *calendarRecord, _, gen *bolt.Bucket) error {
		if gen.Bucket(inListed) == nil {
			return nil
		}
		records, err := all[listedRecord](gen.Bucket(inListed))
		for _, r := range records {
			if r.From != from || r.To != to {
				list = append(list, r.Source)
			}
		}
		return err
	})
	return list, err
}

// Doubt keeps that a rule of a source's item is not to be trusted, by what the
// source knows it by.
func (s *Store) Doubt(ctx context.Context, id bridge.CalendarID, source bridge.SourceID, rule string) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		b, err := calendarBucket(tx, id)
		if err != nil {
			return err
		}
		doubts, err := b.CreateBucketIfNotExists(inDoubts)
		if err != nil {
			return err
		}
		return put(doubts, string(source), rule)
	})
}

// Doubts returns what Doubt kept, by source.
func (s *Store) Doubts(ctx context.Context, id bridge.CalendarID) (rules map[bridge.SourceID]string, err error) {
	rules = map[bridge.SourceID]string{}
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b, err := calendarBucket(tx, id)
		if err != nil || b.Bucket(inDoubts) == nil {
			return err
		}
		return b.Bucket(inDoubts).ForEach(func(k, data []byte) error {
			var rule string
			err := decode(data, &rule)
			rules[bridge.SourceID(k)] = rule
			return err
		})
	})
	return rules, err
}
