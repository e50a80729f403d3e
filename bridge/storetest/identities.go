package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

// claiming makes an event that asks for the given UID.
func claiming(id, uid string, change func(*bridge.Series)) bridge.Change {
	s := event(id, "event "+uid)
	s.Claim = uid
	if change != nil {
		change(s)
	}
	return upsert(s)
}

func split(uid, id string) string { return bridge.SplitUID(uid, bridge.SourceID(id)) }

func reissuedIDsKeepTheirNames(t *testing.T, b *bench) {
	b.round(true, claiming("a", "u1", nil), claiming("b", "u2", nil))
	names := keysOf(b.served())
	t.Run("full", func(t *testing.T) {
		before := b.round(true, claiming("A", "u1", nil), claiming("B", "u2", nil))
		if diff := cmp.Diff(names, keysOf(b.served())); diff != "" {
			t.Errorf("names (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(map[bridge.SourceID]string{"A": "u1", "B": "u2"}, b.uids()); diff != "" {
			t.Errorf("uids (-want +got):\n%s", diff)
		}
		_ = before
	})
	t.Run("incremental", func(t *testing.T) {
		b.round(false, gone("A"), claiming("AA", "u1", nil))
		if diff := cmp.Diff(names, keysOf(b.served())); diff != "" {
			t.Errorf("names (-before +after):\n%s", diff)
		}
	})
}

func returningItemsComeBackAsBefore(t *testing.T, b *bench) {
	b.round(true, claiming("a", "u", nil))
	b.round(false, gone("a"))
	b.round(false, claiming("b", "u", nil)) // takes over UID and name
	b.round(false, claiming("a", "u", nil)) // comes back: the UID is taken now
	want := map[bridge.SourceID]string{"b": "u", "a": split("u", "a")}
	if diff := cmp.Diff(want, b.uids()); diff != "" {
		t.Errorf("uids (-want +got):\n%s", diff)
	}
	before := keysOf(b.served())
	b.round(true, claiming("a", "u", nil), claiming("b", "u", nil))
	if diff := cmp.Diff(want, b.uids()); diff != "" {
		t.Errorf("uids after a resync (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, keysOf(b.served())); diff != "" {
		t.Errorf("names after a resync (-want +got):\n%s", diff)
	}
}

func duplicatesAreRankedInFullRounds(t *testing.T, b *bench) {
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	series := func(s *bridge.Series) { s.Rule = &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1} }
	cancelled := func(s *bridge.Series) { series(s); s.Master.Cancelled = true; s.Master.Created = old }
	older := func(s *bridge.Series) { s.Master.Created = old }
	b.round(true,
		// masters before singles, not cancelled before cancelled
		claiming("1-single", "u1", older), claiming("2-cancelled", "u1", cancelled), claiming("3-series", "u1", series), claiming("4-single", "u1", nil),
		// then the oldest, then the smallest id
		claiming("5-young", "u2", nil), claiming("6-old", "u2", older),
		claiming("8-same", "u3", nil), claiming("7-same", "u3", nil),
		claiming("9-alone", "u4", nil))
	want := map[bridge.SourceID]string{
		"3-series": "u1", "1-single": split("u1", "1-single"), "2-cancelled": split("u1", "2-cancelled"), "4-single": split("u1", "4-single"),
		"6-old": "u2", "5-young": split("u2", "5-young"),
		"7-same": "u3", "8-same": split("u3", "8-same"), "9-alone": "u4",
	}
	if diff := cmp.Diff(want, b.uids()); diff != "" {
		t.Errorf("uids (-want +got):\n%s", diff)
	}
}

func duplicatesNeverFlip(t *testing.T, b *bench) {
	better := func(s *bridge.Series) { s.Master.Created = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
	b.round(true, claiming("a", "u", nil))
	b.round(false, claiming("b", "u", better))
	want := map[bridge.SourceID]string{"a": "u", "b": split("u", "b")}
	if diff := cmp.Diff(want, b.uids()); diff != "" {
		t.Fatalf("uids (-want +got):\n%s", diff)
	}
	for _, changes := range [][]bridge.Change{
		{claiming("b", "u", better), claiming("a", "u", nil), claiming("c", "u", better)},
		{claiming("c", "u", better), claiming("a", "u", nil), claiming("b", "u", better)},
	} {
		want["c"] = split("u", "c")
		b.round(true, changes...)
		if diff := cmp.Diff(want, b.uids()); diff != "" {
			t.Errorf("uids after a resync (-want +got):\n%s", diff)
		}
	}
}

func lateHoldersGetTheirNameBack(t *testing.T, b *bench) {
	before := b.round(true, claiming("a", "u", nil))
	served := b.served()
	// A newcomer with the same UID comes first in the resync, and would inherit.
	b.round(true, claiming("0-new", "u", nil), claiming("a", "u", nil))
	want := map[bridge.SourceID]string{"a": "u", "0-new": split("u", "0-new")}
	if diff := cmp.Diff(want, b.uids()); diff != "" {
		t.Errorf("uids (-want +got):\n%s", diff)
	}
	for n := range served {
		if _, moved := b.changes(before)[n]; moved {
			t.Errorf("%s is told as changed", n)
		}
	}
	if got := b.served(); len(got) != 2 {
		t.Errorf("served %v", got)
	}
}
