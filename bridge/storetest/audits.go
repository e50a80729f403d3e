package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func auditsAreKeptByStretch(t *testing.T, b *bench) {
	ctx := t.Context()
	if list, err := b.Audits(ctx, b.cal); err != nil || len(list) != 0 {
		t.Fatalf("a calendar that was never compared: %v, %v", list, err)
	}
	month := func(m time.Month, checked int) bridge.Audited {
		from := time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC)
		return bridge.Audited{From: from, To: from.AddDate(0, 1, 0), At: b.now, Checked: checked, Differed: 1}
	}
	save := func(floor time.Month, list ...bridge.Audited) {
		b.must(nil, b.SaveAudits(ctx, b.cal, list, month(floor, 0).From))
	}
	save(time.January, month(time.March, 30), month(time.January, 10), month(time.February, 20))
	save(time.February, month(time.February, 21), month(time.April, 40))
	b.restart()
	list, err := b.Audits(ctx, b.cal)
	b.must(list, err)
	want := []bridge.Audited{month(time.February, 21), month(time.March, 30), month(time.April, 40)}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("audits (-want +got):\n%s", diff)
	}
	if sum := bridge.SumAudits(list); sum.Checked != 91 || sum.Differed != 3 || !sum.At.Equal(b.now) {
		t.Errorf("sum %+v", sum)
	}
	if err := b.SaveAudits(ctx, "none", list, time.Time{}); bridge.KindOf(err) != bridge.Absent {
		t.Errorf("of an unknown calendar: %v", err)
	}
}

// listedSeriesAreFoundAgain: as long as they are listed, in rounds of both
// kinds.
func listedSeriesAreFoundAgain(t *testing.T, b *bench) {
	from, to := bridge.DateOf(2025, 1, 1), bridge.DateOf(2030, 1, 1)
	listed := func(id string) bridge.Change {
		s := event(id, id)
		s.Listed = &bridge.Listing{From: from, To: to, Starts: []time.Time{s.Master.Start}}
		return upsert(s)
	}
	want := func(to bridge.Date, ids ...bridge.SourceID) {
		t.Helper()
		list, err := b.ListedOtherwise(t.Context(), b.cal, from, to)
		b.must(list, err)
		if diff := cmp.Diff(ids, list); diff != "" {
			t.Errorf("listed otherwise (-want +got):\n%s", diff)
		}
	}
	b.round(true, listed("a"), upsert(event("b", "b")))
	want(to)
	want(to+1, "a")
	b.round(false, listed("b"), upsert(event("a", "a")))
	want(to+1, "b")
	b.round(false, gone("b"))
	want(to + 1)
	b.round(false, listed("c"))
	b.round(true, upsert(event("c", "c")))
	want(to + 1)
}

func doubtsStayWithTheirCalendar(t *testing.T, b *bench) {
	ctx := t.Context()
	if rules, err := b.Doubts(ctx, b.cal); err != nil || len(rules) != 0 {
		t.Fatalf("at first: %v, %v", rules, err)
	}
	b.must(nil, b.Doubt(ctx, b.cal, "a", "one"))
	b.must(nil, b.Doubt(ctx, b.cal, "b", "two"))
	b.must(nil, b.Doubt(ctx, b.cal, "a", "three"))
	b.restart()
	rules, err := b.Doubts(ctx, b.cal)
	b.must(rules, err)
	if diff := cmp.Diff(map[bridge.SourceID]string{"a": "three", "b": "two"}, rules); diff != "" {
		t.Errorf("doubts (-want +got):\n%s", diff)
	}
	if err := b.Doubt(ctx, "none", "a", "x"); bridge.KindOf(err) != bridge.Absent {
		t.Errorf("of an unknown calendar: %v", err)
	}
}
