package boltdb

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// migrations lead from each version of the layout to the next; the first leads
// from version 1. Each runs in the transaction that also raises the version.
var migrations = []func(*bolt.Tx) error{indexTimes}

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
