package boltdb_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		path := filepath.Join(t.TempDir(), "calbridge.db")
		return func(r bridge.Renderer, now func() time.Time) (storetest.Store, error) {
			return boltdb.Open(path, r, boltdb.Options{Now: now})
		}
	})
}

// endsAfter is a context that ends after some steps.
type endsAfter struct {
	context.Context
	steps int
}

func (c *endsAfter) Err() error {
	if c.steps--; c.steps < 0 {
		return context.Canceled
	}
	return nil
}

// What a removal that was cut off left in the file goes when it is opened again.
func TestRemovalsThatWereCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calbridge.db")
	open := func() *boltdb.Store {
		t.Helper()
		s, err := boltdb.Open(path, bridge.Renderer{}, boltdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	buckets := func() (n int) {
		t.Helper()
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("cal")).ForEachBucket(func([]byte) error { n++; return nil })
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		return n
	}
	ctx, s := t.Context(), open()
	_, err := s.AddUser(ctx, "anna")
	a, err2 := s.SaveAccount(ctx, bridge.Account{User: "anna", Kind: "graph", Address: "anna@contoso.example"}, func(bridge.AccountID) ([]byte, error) { return []byte("sealed"), nil })
	_, err3 := s.SetCalendars(ctx, a.ID, []bridge.Listed{{Source: "one", Name: "One"}, {Source: "two", Name: "Two"}}, bridge.Env{})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveAccount(&endsAfter{ctx, 1}, a.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("cut off: %v", err)
	}
	if list, err := s.Calendars(ctx, ""); err != nil || len(list) != 0 {
		t.Errorf("%d calendars, %v", len(list), err)
	}
	for _, want := range []int{2, 0} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if n := buckets(); n != want {
			t.Errorf("%d calendars are in the file, want %d", n, want)
		}
		s = open()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
