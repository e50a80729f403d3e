package boltdb

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/storetest"
)

// byHorizon renders subjects with the horizon in them.
func byHorizon(s bridge.Series, env bridge.Env) (bridge.Object, error) {
	s.Master.Subject += fmt.Sprint(" until ", env.Horizon)
	return storetest.Render(s, bridge.Env{MailboxZone: "Etc/UTC"})
}

// What is rendered again while a full round is being compared with what it
// replaces is in the journal, too, when the round takes its place.
func TestRenderedAgainWhileARoundEnds(t *testing.T) {
	ctx := context.Background()
	s, id := fill(t, filepath.Join(t.TempDir(), "db"), 3)
	defer s.Close()
	s.renderer.Render = byHorizon
	if _, err := s.Finish(ctx, full(t, s, id)); err != nil {
		t.Fatal(err)
	}
	r := full(t, s, id)
	moved, err := s.differences(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Renew(ctx, bridge.Env{Horizon: 2099}); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		if _, more, err = s.Rerender(ctx, id, 10); err != nil {
			t.Fatal(err)
		}
	}
	before, seen := tags(t, s, id)
	after, err := s.conclude(ctx, r, moved)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for changed, err := range s.Changes(ctx, id, before.Seq) {
		if err != nil {
			t.Fatal(err)
		}
		told[changed.Row.Name] = true
	}
	_, now := tags(t, s, id)
	for name, etag := range now {
		if etag != seen[name] && !told[name] {
			t.Errorf("%s changed between %v and %v, and nothing tells", name, before, after)
		}
	}
	if len(now) != 3 {
		t.Errorf("%d objects", len(now))
	}
}

// full brings the three events in a full round, up to its end.
func full(t *testing.T, s *Store, id bridge.CalendarID) bridge.Round {
	t.Helper()
	r, err := s.Begin(context.Background(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	var batch bridge.Batch
	for i := range 3 {
		at := start.AddDate(0, 0, i)
		batch.Changes = append(batch.Changes, bridge.Change{Upsert: &bridge.Series{Source: bridge.SourceID(fmt.Sprint("id-", i)), Claim: fmt.Sprint("uid-", i),
			Master: bridge.Event{Subject: "one", Start: at, End: at.Add(time.Hour)}}})
	}
	if err := s.Apply(context.Background(), r, batch); err != nil {
		t.Fatal(err)
	}
	return r
}

// tags returns where a calendar stands, and the ETags of its objects.
func tags(t *testing.T, s *Store, id bridge.CalendarID) (bridge.Point, map[string]string) {
	t.Helper()
	point, err := s.At(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	etags := map[string]string{}
	for tag, err := range s.Tags(context.Background(), id) {
		if err != nil {
			t.Fatal(err)
		}
		etags[tag.Name] = tag.ETag
	}
	return point, etags
}
