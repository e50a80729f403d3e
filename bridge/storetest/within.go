package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"calbridge/bridge"
)

// withinIsAFilteredListing moves events about, in rounds of both kinds, and
// compares what is found in random ranges with the rows of the whole listing
// that touch them.
func withinIsAFilteredListing(t *testing.T, b *bench) {
	rapid.Check(t, func(rt *rapid.T) {
		b.round(true)
		for range rapid.IntRange(1, 5).Draw(rt, "rounds") {
			var changes []bridge.Change
			for _, id := range rapid.SliceOfNDistinct(rapid.IntRange(0, 30), 0, 20, rapid.ID[int]).Draw(rt, "ids") {
				changes = append(changes, someTime(rt, fmt.Sprint("id-", id)))
			}
			b.round(rapid.Bool().Draw(rt, "full"), changes...)
			if rapid.Bool().Draw(rt, "restart") {
				b.restart()
			}
		}
		for range 10 {
			b.compareWithin(rt, instant(rt, "from"), instant(rt, "to"))
		}
	})
}

// someTime is an event of any length at any time, or that there is none.
func someTime(rt *rapid.T, id string) bridge.Change {
	if rapid.IntRange(0, 4).Draw(rt, "gone") == 0 {
		return gone(id)
	}
	s := event(id, "one")
	s.Master.Start = instant(rt, "start").Add(time.Second) // not the zero time
	s.Master.End = s.Master.Start.Add(rapid.SampledFrom([]time.Duration{0, time.Second, time.Hour, 1 << 12 * time.Second, 24 * time.Hour, 3000 * 24 * time.Hour}).Draw(rt, "length"))
	switch rapid.IntRange(0, 3).Draw(rt, "kind") {
	case 0:
		s.Rule = &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1, Start: bridge.DateIn(s.Master.Start, time.UTC), End: bridge.MaxDate}
	case 1:
		s.Master.AllDay = true
	}
	return upsert(s)
}

// instant is a time within a few days, one from far away, or none.
func instant(rt *rapid.T, label string) time.Time {
	near := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	switch rapid.IntRange(0, 9).Draw(rt, label+" kind") {
	case 0:
		return time.Time{}
	case 1:
		return time.Date(rapid.SampledFrom([]int{1, 1601, 1969, 1970, 2999, 9999}).Draw(rt, label+" year"), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return near.Add(time.Duration(rapid.IntRange(-100, 100).Draw(rt, label)) * time.Hour)
}

func (b *bench) compareWithin(rt *rapid.T, from, to time.Time) {
	want, got := map[string]bridge.Row{}, map[string]bridge.Row{}
	for r, err := range b.Rows(b.t.Context(), b.cal) {
		b.must(r, err)
		if r.Span.Touches(from, to) {
			want[r.Name] = r
		}
	}
	for r, err := range b.Within(b.t.Context(), b.cal, from, to) {
		b.must(r, err)
		if _, twice := got[r.Name]; twice {
			rt.Errorf("%s comes twice", r.Name)
		}
		got[r.Name] = r
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Errorf("Within(%v, %v) (-rows that touch +found):\n%s", from, to, diff)
	}
}
