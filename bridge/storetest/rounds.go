package storetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func firstRoundIsServedWhole(t *testing.T, b *bench) {
	ctx := t.Context()
	r := b.begin(false)
	if !r.Full || r.Cursor != nil {
		t.Fatalf("the first round is %+v, want a full one from the beginning", r)
	}
	b.apply(r, upsert(event("a", "one")), upsert(event("b", "two")))
	if list, err := b.UserCalendars(ctx, "anna"); err != nil || len(list) != 0 {
		t.Errorf("an incomplete calendar is listed: %v, %v", list, err)
	}
	if _, err := b.At(ctx, b.cal); bridge.KindOf(err) != bridge.Retry {
		t.Errorf("At of an incomplete calendar: %v, want a Retry fault", err)
	}
	b.finish(r)
	list, err := b.UserCalendars(ctx, "anna")
	b.must(list, err)
	if len(list) != 1 || list[0].Objects != 2 || !list[0].SyncedAt.Equal(b.now) {
		t.Errorf("calendars %+v", list)
	}
	want := map[string]string{name("a"): "one", name("b"): "two"}
	if diff := cmp.Diff(want, b.served()); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
	zones, err := b.Zones(ctx, b.cal)
	if err != nil || zones["Europe/Berlin"] != 2026 {
		t.Errorf("zones %v, %v", zones, err)
	}
}

func fullRoundGoesOnAfterRestart(t *testing.T, b *bench) {
	ctx := t.Context()
	r := b.begin(true)
	b.must(nil, b.Note(ctx, r, bridge.Page{Dirty: []bridge.SourceID{"a", "b"}, Next: bridge.Cursor("page 2")}))
	b.apply(r, upsert(event("a", "one")))
	b.restart()
	again := b.begin(false)
	if !again.Full || again.Gen != r.Gen || string(again.Cursor) != "page 2" {
		t.Fatalf("the round went on as %+v, was %+v", again, r)
	}
	if todo, err := b.Dirty(ctx, again, 10); err != nil || len(todo) != 1 || todo[0].Source != "b" {
		t.Fatalf("dirty %v, %v", todo, err)
	}
	b.apply(again, upsert(event("b", "two")))
	b.finish(again)
	if got := b.served(); len(got) != 2 {
		t.Errorf("served %v", got)
	}
}

func resyncIsInvisible(t *testing.T, b *bench) {
	all := []bridge.Change{upsert(event("a", "one")), upsert(event("b", "two")), upsert(event("c", "three"))}
	before := b.round(true, all...)
	rows := b.rows()
	slices.Reverse(all)
	if after := b.round(true, all...); after != before {
		t.Errorf("the journal went from %v to %v, though nothing changed", before, after)
	}
	if diff := cmp.Diff(rows, b.rows()); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
}

func resyncTellsOnlyDifferences(t *testing.T, b *bench) {
	before := b.round(true, upsert(event("a", "one")), upsert(event("b", "two")), upsert(event("c", "three")))
	b.round(true, upsert(event("d", "four")), upsert(event("b", "changed")), upsert(event("a", "one")))
	want := map[string]bool{name("b"): false, name("c"): true, name("d"): false}
	if diff := cmp.Diff(want, b.changes(before)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	cal, err := b.Calendar(t.Context(), b.cal)
	if err != nil || cal.Objects != 3 {
		t.Errorf("calendar counts %d objects, %v", cal.Objects, err)
	}
}

func readersSeeTheOldUntilTheSwap(t *testing.T, b *bench) {
	before := b.round(true, upsert(event("a", "one")), upsert(event("b", "two")))
	r := b.begin(true)
	b.apply(r, upsert(event("a", "new")), upsert(event("c", "three")))
	if list, strange, err := b.Losses(t.Context(), r); err != nil || len(list) != 1 || list[0] != "b" || len(strange) != 0 {
		t.Errorf("losses %v and %v, %v; want b", list, strange, err)
	}
	if at, err := b.At(t.Context(), b.cal); err != nil || at != before {
		t.Errorf("the journal moved to %v during a full round, %v", at, err)
	}
	if diff := cmp.Diff(map[string]string{name("a"): "one", name("b"): "two"}, b.served()); diff != "" {
		t.Errorf("served during a full round (-want +got):\n%s", diff)
	}
	b.finish(r)
	if diff := cmp.Diff(map[string]string{name("a"): "new", name("c"): "three"}, b.served()); diff != "" {
		t.Errorf("served after it (-want +got):\n%s", diff)
	}
}

func journalTellsEachNameOnce(t *testing.T, b *bench) {
	start := b.round(true, upsert(event("a", "one")), upsert(event("b", "two")))
	b.round(false, upsert(event("a", "1")), upsert(event("c", "three")))
	b.round(false, upsert(event("a", "2")), gone("b"))
	middle := b.round(false, gone("c"))
	b.round(false, upsert(event("b", "back")))
	for _, c := range []struct {
		since bridge.Point
		want  map[string]bool
	}{
		{start, map[string]bool{name("a"): false, name("b"): false, name("c"): true}},
		{middle, map[string]bool{name("b"): false}},
	} {
		if diff := cmp.Diff(c.want, b.changes(c.since)); diff != "" {
			t.Errorf("since %v (-want +got):\n%s", c.since, diff)
		}
	}
}

func sameSeriesMovesNothing(t *testing.T, b *bench) {
	before := b.round(true, upsert(event("a", "one")))
	again := event("a", "one")
	again.Revision = "another change key"
	if after := b.round(false, upsert(again)); after != before {
		t.Errorf("the journal went from %v to %v", before, after)
	}
	if after := b.round(false, gone("never seen"), gone("a-b")); after != before {
		t.Errorf("removing what is not there moved the journal to %v", after)
	}
	revisions, err := b.Revisions(t.Context(), b.begin(false))
	if err != nil || revisions["a"] != "another change key" {
		t.Errorf("revisions %v, %v", revisions, err)
	}
}

func pointsAreAnswerable(t *testing.T, b *bench) {
	first := b.round(true, upsert(event("a", "one")))
	last := b.round(false, upsert(event("a", "two")))
	for p, want := range map[bridge.Point]bool{
		first: true, last: true,
		{History: last.History, Seq: last.Seq + 1}: false,
		{History: "another", Seq: first.Seq}:       false,
	} {
		if got, err := b.Answerable(t.Context(), b.cal, p); err != nil || got != want {
			t.Errorf("Answerable(%v) = %v, %v, want %v", p, got, err, want)
		}
	}
}

func staleRoundsAreRefused(t *testing.T, b *bench) {
	old := b.begin(true)
	b.round(true, upsert(event("a", "one")))
	ctx := t.Context()
	if err := b.Apply(ctx, old, bridge.Batch{Changes: []bridge.Change{gone("a")}}); err == nil {
		t.Error("a round that is over still changes the calendar")
	}
	if _, err := b.Finish(ctx, old); err == nil {
		t.Error("a round that is over can still be finished")
	}
	if got := b.served(); len(got) != 1 {
		t.Errorf("served %v", got)
	}
}

func unsettledRoundsDoNotFinish(t *testing.T, b *bench) {
	ctx := t.Context()
	b.round(true, upsert(event("a", "one")))
	for _, full := range []bool{false, true} {
		r := b.begin(full)
		b.must(nil, b.Note(ctx, r, bridge.Page{Dirty: []bridge.SourceID{"b"}}))
		if _, err := b.Finish(ctx, r); err == nil {
			t.Errorf("full %v: finished with an unsettled id", full)
		}
		b.apply(r, gone("b"))
		b.finish(r)
	}
}

func notesAreDurableAndOrdered(t *testing.T, b *bench) {
	ctx := t.Context()
	b.round(true, upsert(event("a", "one")), upsert(event("b", "two")), upsert(event("c", "three")))
	r := b.begin(false)
	pages := []bridge.Page{
		{Dirty: []bridge.SourceID{"a", "b"}, Gone: []bridge.SourceID{"c"}, Next: bridge.Cursor("1")},
		{Gone: []bridge.SourceID{"b"}, Dirty: []bridge.SourceID{"c"}, Next: bridge.Cursor("2")},
	}
	for _, p := range append(pages, pages[1]) { // telling a page twice does no harm
		b.must(nil, b.Note(ctx, r, p))
	}
	b.restart()
	r = b.begin(false)
	if string(r.Cursor) != "2" {
		t.Errorf("cursor %q, want 2", r.Cursor)
	}
	todo, err := b.Dirty(ctx, r, 10)
	b.must(todo, err)
	want := []bridge.Noted{{Source: "b", Gone: true}, {Source: "a"}, {Source: "c"}}
	if diff := cmp.Diff(want, todo); diff != "" {
		t.Errorf("dirty (-want +got):\n%s", diff)
	}
	if n, err := b.Pending(ctx, r); err != nil || n != 3 {
		t.Errorf("pending %d, %v", n, err)
	}
	if todo, err := b.Dirty(ctx, r, 1); err != nil || len(todo) != 1 || !todo[0].Gone {
		t.Errorf("the first of the dirty is %v, %v: want a removed one", todo, err)
	}
}

func instancesAreNotedAsTheirMaster(t *testing.T, b *bench) {
	ctx := t.Context()
	s := event("m", "series")
	s.Rule = &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1}
	s.Overrides = []bridge.Override{{Source: "x", Event: event("x", "moved").Master}}
	b.round(true, upsert(s))
	for _, p := range []bridge.Page{{Dirty: []bridge.SourceID{"x"}}, {Gone: []bridge.SourceID{"x"}}} {
		r := b.begin(false)
		b.must(nil, b.Note(ctx, r, p))
		todo, err := b.Dirty(ctx, r, 10)
		if err != nil || len(todo) != 1 || todo[0] != (bridge.Noted{Source: "m"}) {
			t.Errorf("%+v is noted as %v, %v; want its master", p, todo, err)
		}
		b.apply(r, upsert(s))
		b.finish(r)
	}
}

func orphansGiveWayToTheirSeries(t *testing.T, b *bench) {
	b.round(true, upsert(event("x", "an instance alone")))
	s := event("m", "series")
	s.Rule = &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1}
	s.Overrides = []bridge.Override{{Source: "x", Event: event("x", "moved").Master}}
	b.round(false, upsert(s))
	if diff := cmp.Diff(map[string]string{name("m"): "series"}, b.served()); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
}

func badItemsHarmThemselvesAlone(t *testing.T, b *bench) {
	ctx := t.Context()
	b.round(true, upsert(event("a", "one")), bad("b", "it is nonsense"), upsert(event("c", "unrenderable")), upsert(event("d", "four")))
	if diff := cmp.Diff(map[string]string{name("a"): "one", name("d"): "four"}, b.served()); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
	list, err := b.Bad(ctx, b.cal)
	if err != nil || len(list) != 2 || list[0].Source != "b" || list[0].Cause != "it is nonsense" || list[1].Source != "c" {
		t.Fatalf("bad %+v, %v", list, err)
	}
	if list[0].Failed || list[1].Failed {
		t.Errorf("bad %+v: nothing failed at them", list)
	}
	b.round(false, upsert(event("b", "mended")), bad("a", "broken now"), gone("c"))
	if diff := cmp.Diff(map[string]string{name("a"): "one", name("b"): "mended", name("d"): "four"}, b.served()); diff != "" {
		t.Errorf("served after (-want +got):\n%s", diff)
	}
	if list, err := b.Bad(ctx, b.cal); err != nil || len(list) != 1 || list[0].Source != "a" {
		t.Errorf("bad after %+v, %v", list, err)
	}
}

// A source that fails at an item may not tell of it again; one that gave
// nonsense tells when it gives something else.
func failedItemsAreRemembered(t *testing.T, b *bench) {
	failed := bad("a", "not read out")
	failed.Bad.Code = "500"
	nonsense := bad("b", "nonsense")
	nonsense.Revision = "7"
	b.round(true, failed, nonsense, upsert(event("c", "three")))
	b.restart()
	list, err := b.Bad(t.Context(), b.cal)
	if err != nil || len(list) != 2 || !list[0].Failed || list[1].Failed {
		t.Fatalf("bad %+v, %v", list, err)
	}
	known, err := b.Revisions(t.Context(), b.begin(false))
	if err != nil || known["b"] != "7" || known["a"] != "" || len(known) != 3 {
		t.Errorf("revisions %v, %v", known, err)
	}
}

func badItemsOfTheOldGenerationStay(t *testing.T, b *bench) {
	before := b.round(true, upsert(event("a", "one")), upsert(event("b", "two")), bad("c", "nonsense"))
	after := b.round(true, bad("a", "broken now"), upsert(event("b", "two")))
	if after != before {
		t.Errorf("the journal moved: %v", b.changes(before))
	}
	if diff := cmp.Diff(map[string]string{name("a"): "one", name("b"): "two"}, b.served()); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
	if list, err := b.Bad(t.Context(), b.cal); err != nil || len(list) != 1 || list[0].Source != "a" {
		t.Errorf("bad %+v, %v: want a alone, c is no longer listed", list, err)
	}
}

// remarks returns what is said of the served objects, by source.
func (b *bench) remarks() map[string]string {
	b.t.Helper()
	list, err := b.Remarks(b.t.Context(), b.cal)
	b.must(list, err)
	said := map[string]string{}
	for _, r := range list {
		said[string(r.Source)] += r.Text
	}
	return said
}

func remarksGoWithTheirObject(t *testing.T, b *bench) {
	want := func(when string, said map[string]string) {
		t.Helper()
		if diff := cmp.Diff(said, b.remarks()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	want("before there is anything", map[string]string{})
	b.round(true, upsert(event("a", "remarkable: odd")), upsert(event("b", "plain")))
	want("in the first round", map[string]string{"a": "odd"})
	b.round(false, upsert(event("a", "remarkable: odder")), upsert(event("b", "remarkable: b")))
	want("changed", map[string]string{"a": "odder", "b": "b"})
	b.round(false, upsert(event("a", "plain now")))
	want("mended", map[string]string{"b": "b"})
	r := b.begin(true)
	b.apply(r, upsert(event("c", "remarkable: new")), upsert(event("b", "plain")))
	want("during a full round", map[string]string{"b": "b"})
	b.finish(r)
	want("after it", map[string]string{"c": "new"})
	b.restart()
	want("after a restart", map[string]string{"c": "new"})
	b.round(false, gone("c"))
	want("removed", map[string]string{})
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
