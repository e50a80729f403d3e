package boltdb

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
	"calbridge/bridge/storetest"
)

var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// fill makes a store whose calendar has n events, one a day.
func fill(t *testing.T, path string, n int) (*Store, bridge.CalendarID) {
	t.Helper()
	ctx := context.Background()
	s, err := Open(path, storetest.Renderer, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.SaveAccount(ctx, bridge.Account{User: "anna", Kind: "graph"}, func(bridge.AccountID) ([]byte, error) { return []byte("sealed"), nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetCalendars(ctx, a.ID, []bridge.Listed{{Source: "cal", Name: "Calendar"}}, bridge.Env{}); err != nil {
		t.Fatal(err)
	}
	cals, err := s.Calendars(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Begin(ctx, cals[0].ID, true)
	if err != nil {
		t.Fatal(err)
	}
	var batch bridge.Batch
	for i := range n {
		at := start.AddDate(0, 0, i)
		batch.Changes = append(batch.Changes, bridge.Change{Upsert: &bridge.Series{Source: bridge.SourceID(fmt.Sprint("id-", i)), Claim: fmt.Sprint("uid-", i),
			Master: bridge.Event{Subject: "one", Start: at, End: at.Add(time.Hour)}}})
	}
	if err := s.Apply(ctx, r, batch); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(ctx, r); err != nil {
		t.Fatal(err)
	}
	return s, cals[0].ID
}

// within returns the names of what touches the first days.
func within(t *testing.T, s *Store, id bridge.CalendarID, days int) []string {
	t.Helper()
	names := map[string]bool{}
	for r, err := range s.Within(context.Background(), id, start, start.AddDate(0, 0, days)) {
		if err != nil {
			t.Fatal(err)
		}
		names[r.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// A store of the layout before the index gets one when it is opened.
func TestMigrationIndexesTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s, id := fill(t, path, 30)
	want := within(t, s, id, 7)
	if len(want) != 7 {
		t.Fatalf("%d events in a week", len(want))
	}
	if err := s.db.Update(func(tx *bolt.Tx) error {
		if err := eachGeneration(tx, func(gen *bolt.Bucket) error { return gen.DeleteBucket(inTimes) }); err != nil {
			return err
		}
		return put(tx.Bucket(inMeta), "schema", 1)
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, storetest.Renderer, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := within(t, s, id, 7); !slices.Equal(got, want) {
		t.Errorf("after the migration %v, before %v", got, want)
	}
	if err := s.view(context.Background(), func(tx *bolt.Tx) error {
		version, _, err := get[int](tx.Bucket(inMeta), "schema")
		if version != schema {
			t.Errorf("the layout is version %d", version)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// What is too much for one transaction is found name by name.
func TestWideRangesAreFoundToo(t *testing.T) {
	s, id := fill(t, filepath.Join(t.TempDir(), "db"), 30)
	defer s.Close()
	want := within(t, s, id, 20)
	s.maxWithin = 100
	if got := within(t, s, id, 20); len(want) != 20 || !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}
