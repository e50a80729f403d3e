package boltdb

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// migrations lead from each version of the layout to the next; the first leads
// from version 1. Each runs in the transaction that also raises the version.
var migrations = []func(*bolt.Tx) error{indexTimes}

// judgeLayout refuses a store of a newer layout, and copies one of an older layout
// before it is migrated, so that the older program can be gone back to.
func (s *Store) judgeLayout() error {
	return s.db.View(func(tx *bolt.Tx) error {
		meta := tx.Bucket(inMeta)
		if meta == nil {
			return nil
		}
		found, ok, err := get[int](meta, "schema")
		switch {
		case err != nil || !ok || found == schema:
			return err
		case found > schema:
			return &bridge.Fault{Kind: bridge.Invalid, What: "the store was written by a newer calbridge",
				Why: fmt.Sprintf("its layout is version %d, this program knows %d", found, schema),
				Fix: "run the newer calbridge again, or restore a backup from before the upgrade"}
		}
		return s.keepOlder(tx, found)
	})
}

// keepOlder copies the store as it is. A copy that is there already stays: it may
// be all that is left of that version.
func (s *Store) keepOlder(tx *bolt.Tx, found int) error {
	path := fmt.Sprintf("%s.layout-%d", s.db.Path(), found)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := writeCopy(tx, path); err != nil {
		return &bridge.Fault{Kind: bridge.Internal, What: "the store is to be brought to this version's layout, and no copy of the old one can be kept",
			Err: err, Fix: "make room for a copy beside it; nothing has been changed"}
	}
	return nil
}

// writeCopy writes a whole copy of the store, or none.
func writeCopy(tx *bolt.Tx, path string) error {
	err := tx.CopyFile(path+".part", 0o600)
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(path+".part"))
	}
	return nil
}

// migrate brings the layout from a version up to the current one.
func migrate(tx *bolt.Tx, found int) error {
	for version := found; version < schema; version++ {
		if err := migrations[version-1](tx); err != nil {
			return fmt.Errorf("boltdb: bring the store from layout %d to %d: %w", version, version+1, err)
		}
	}
	return put(tx.Bucket(inMeta), "schema", schema)
}

// indexTimes makes the index of times for every generation that has none.
func indexTimes(tx *bolt.Tx) error {
	return eachGeneration(tx, func(gen *bolt.Bucket) error {
		times, err := gen.CreateBucketIfNotExists(inTimes)
		if err != nil {
			return err
		}
		return gen.Bucket(inRows).ForEach(func(name, data []byte) error {
			listed, err := decodeListed("", data)
			if err != nil {
				return err
			}
			return times.Put(timeKey(name, listed.Span), listedPart(data))
		})
	})
}

func eachGeneration(tx *bolt.Tx, f func(gen *bolt.Bucket) error) error {
	cals := tx.Bucket(inCal)
	return cals.ForEachBucket(func(id []byte) error {
		gens := cals.Bucket(id).Bucket(inGen)
		return gens.ForEachBucket(func(n []byte) error { return f(gens.Bucket(n)) })
	})
}
