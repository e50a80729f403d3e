package boltdb

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// remarked is what is to be said of one object, kept under its name.
type remarked struct {
	Source  bridge.SourceID
	Remarks []string
}

// putRemarks keeps what the renderer had to say of an object. Few objects have
// any, so their bucket is made when there is one.
func (w *writer) putRemarks(name string, source bridge.SourceID, remarks []string) error {
	b := w.gen.Bucket(inRemarks)
	switch {
	case len(remarks) > 0 && b == nil:
		made, err := w.gen.CreateBucket(inRemarks)
		if err != nil {
			return err
		}
		return put(made, name, remarked{source, remarks})
	case len(remarks) > 0:
		return put(b, name, remarked{source, remarks})
	case b == nil:
		return nil
	}
	return b.Delete([]byte(name))
}

// Remarks returns what the renderer had to say of a calendar's served objects,
// in name order.
func (s *Store) Remarks(ctx context.Context, id bridge.CalendarID) (list []bridge.Remark, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		rec, err := calendar(tx, id)
		if err != nil {
			return err
		}
		gen := tx.Bucket(inCal).Bucket([]byte(id)).Bucket(inGen).Bucket(genKey(rec.Gen))
		if gen == nil || gen.Bucket(inRemarks) == nil {
			return nil
		}
		records, err := all[remarked](gen.Bucket(inRemarks))
		for _, r := range records {
			for _, text := range r.Remarks {
				list = append(list, bridge.Remark{Source: r.Source, Text: text})
			}
		}
		return err
	})
	return list, err
}
