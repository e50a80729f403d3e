package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func iteratorsCrossChunks(t *testing.T, b *bench) {
	const n = 2345
	var changes []bridge.Change
	for i := range n {
		changes = append(changes, upsert(event(fmt.Sprint(i), "event")))
	}
	start := b.round(true)
	b.round(false, changes...)
	var names []string
	var tags, rows []bridge.Tag
	for r, err := range b.Rows(t.Context(), b.cal) {
		b.must(r, err)
		names = append(names, r.Name)
		rows = append(rows, bridge.Tag{Name: r.Name, ETag: r.ETag})
	}
	for tag, err := range b.Tags(t.Context(), b.cal) {
		b.must(tag, err)
		tags = append(tags, tag)
	}
	if !slices.Equal(tags, rows) {
		t.Errorf("Tags yields %d, Rows %d, not the same", len(tags), len(rows))
	}
	if len(names) != n || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != n {
		t.Errorf("Rows yields %d names", len(names))
	}
	if got := len(b.changes(start)); got != n {
		t.Errorf("Changes yields %d names", got)
	}
	count := 0
	for o, err := range b.All(t.Context(), b.cal) {
		b.must(o, err)
		count++
	}
	for o, err := range b.Objects(t.Context(), b.cal, names) {
		b.must(o, err)
		count++
	}
	if count != 2*n {
		t.Errorf("All and Objects yield %d together", count)
	}
	for range b.Rows(t.Context(), b.cal) {
		break // leaving early must not hurt
	}
}

func iteratorsEndWithTheContext(t *testing.T, b *bench) {
	b.round(true, upsert(event("a", "one")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range b.Rows(ctx, b.cal) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Rows after cancel: %v", err)
		}
	}
	for _, err := range b.Tags(ctx, b.cal) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Tags after cancel: %v", err)
		}
	}
	for _, err := range b.Rows(t.Context(), "nosuchcal0") {
		if bridge.KindOf(err) != bridge.Absent {
			t.Errorf("Rows of an unknown calendar: %v", err)
		}
	}
}

func objectsComeInOrder(t *testing.T, b *bench) {
	b.round(true, upsert(event("a", "one")), upsert(event("b", "two")))
	var got []string
	for o, err := range b.Objects(t.Context(), b.cal, []string{name("b"), "unknown", name("a")}) {
		b.must(o, err)
		got = append(got, fmt.Sprint(o.Name, o.Body == nil))
	}
	if diff := cmp.Diff([]string{name("b") + "false", "unknowntrue", name("a") + "false"}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func withinFindsWhatTouches(t *testing.T, b *bench) {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	early, late := event("early", "early"), event("late", "late")
	early.Master.Start, early.Master.End = day(1), day(2)
	late.Master.Start, late.Master.End = day(20), day(21)
	b.round(true, upsert(early), upsert(late))
	for _, c := range []struct {
		from, to time.Time
		want     []string
	}{
		{day(10), time.Time{}, []string{name("late")}},
		{time.Time{}, day(10), []string{name("early")}},
		{time.Time{}, time.Time{}, []string{name("early"), name("late")}},
		{day(5), day(6), nil},
		{day(20).Add(time.Hour), day(20).Add(2 * time.Hour), []string{name("late")}},
	} {
		var got []string
		for r, err := range b.Within(t.Context(), b.cal, c.from, c.to) {
			b.must(r, err)
			got = append(got, r.Name)
		}
		slices.Sort(c.want)
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("Within(%v, %v) = %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

// keysOf returns the keys of a map in order.
