package boltdb

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// Top-level buckets.
var (
	inMeta      = []byte("meta")
	inUsers     = []byte("users")
	inDevices   = []byte("devices")
	inFeeds     = []byte("feeds")
	inAddresses = []byte("addresses")
	inAccounts  = []byte("accounts")
	inSecrets   = []byte("secrets")
	inOverlays  = []byte("overlays")
	inCalendars = []byte("calendars")
	inRetired   = []byte("retired")
	inCal       = []byte("cal")

	topLevel = []string{"meta", "users", "devices", "feeds", "addresses", "accounts", "secrets", "overlays", "calendars", "retired", "cal"}
)

// Buckets of one calendar, and of one generation of it.
var (
	inGen     = []byte("gen")
	inNames   = []byte("names")
	inUIDs    = []byte("uids")
	inJournal = []byte("journal")
	inSeqs    = []byte("seqs")
	inDirty   = []byte("dirty")
	inBad     = []byte("bad")
	inAudits  = []byte("audits") // made when there is one
	inDoubts  = []byte("doubts") // likewise

	inRows   = []byte("rows")
	inBodies = []byte("bodies")
	inSeries = []byte("series")
	inParts  = []byte("parts")
	inClaims = []byte("claims")
	inTimes  = []byte("times")

	inGeneration = [][]byte{inRows, inBodies, inSeries, inParts, inClaims, inTimes}

	inRemarks = []byte("remarks") // made when there is one
	inListed  = []byte("listed")  // likewise

	cursorKey = []byte("cursor")
)

func genKey(gen uint32) []byte           { return binary.BigEndian.AppendUint32(nil, gen) }
func seqKey(seq bridge.Seq) []byte       { return binary.BigEndian.AppendUint64(nil, uint64(seq)) }
func keySeq(key []byte) bridge.Seq       { return bridge.Seq(binary.BigEndian.Uint64(key)) }
func clone(b []byte) []byte              { return bytes.Clone(b) }
func sourceKey(s bridge.SourceID) []byte { return []byte(s) }

// claimKey orders a generation's items by the UID that they claim.
func claimKey(claim string, source bridge.SourceID) []byte {
	return append(append([]byte(claim), 0), source...)
}

func splitClaim(key []byte) (claim string, source bridge.SourceID) {
	i := bytes.LastIndexByte(key, 0)
	return string(key[:max(i, 0)]), bridge.SourceID(key[i+1:])
}

func put(b *bolt.Bucket, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("boltdb: encode %s: %w", key, err)
	}
	return b.Put([]byte(key), data)
}

func get[T any](b *bolt.Bucket, key string) (v T, ok bool, err error) {
	data := b.Get([]byte(key))
	if data == nil {
		return v, false, nil
	}
	return v, true, decode(data, &v)
}

func decode(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("boltdb: a record is damaged: %w", err)
	}
	return nil
}

// all returns the records of a bucket in key order.
func all[T any](b *bolt.Bucket) (list []T, err error) {
	err = b.ForEach(func(_, data []byte) error {
		var v T
		if err := decode(data, &v); err != nil {
			return err
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

// newID returns 10 random characters of [a-z0-9], about 51 bits: for names
// that are public and only have to differ.
func newID() string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	var id [10]byte
	for i := range id {
		id[i] = alphabet[randomBelow(len(alphabet))]
	}
	return string(id[:])
}

func randomBelow(n int) int {
	var b [1]byte
	for {
		rand.Read(b[:])
		if limit := 256 - 256%n; int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}
