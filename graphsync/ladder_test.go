package graphsync_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// clocked is a rig whose clock is moved by hand.
func clocked(t *testing.T, o graphfake.Options) (r *rig, pass func(time.Duration)) {
	t.Helper()
	clock := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	o.Now = func() time.Time { return clock }
	return newRig(t, o), func(d time.Duration) { clock = clock.Add(d) }
}

const idsListing = `/events\?\$select=id,changeKey`

// TestListingsOfLargeCalendars: complete ones are as rare as they are large, and
// between them one request tells what is new and what was edited. Where Graph
// does not know such a request, every listing is complete.
func TestListingsOfLargeCalendars(t *testing.T) {
	complete, glance := regexp.MustCompile(idsListing+`[^&]*$`), regexp.MustCompile(idsListing+`.*&\$filter=lastModified`)
	for _, refuses := range []bool{false, true} {
		r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "listing")})
		r.cal.Generate(1500, 1)
		series := r.add("series", 3, weeklySeries)
		gone := r.add("to be deleted", 6, nil)
		r.sync()
		r.oneRound() // so that its own listing of calendars is over
		pass(time.Hour)
		r.oneRound()
		if refuses {
			r.fake.Inject(graphfake.Fault{Path: glance, Status: 400, Times: -1, Body: `{"error":{"code":"ErrorInvalidRequest","message":"no such filter"}}`})
		}
		pass(4 * time.Second)
		r.fake.ResetCounts()
		before := r.commits()
		r.oneRound()
		n := r.fake.Counts().Total
		if idle := n == 1 && r.commits() == before+1; idle == refuses {
			t.Errorf("refused: %v: an idle round takes %d requests and %d transactions", refuses, n, r.commits()-before)
		}
		r.add("new", 4, nil)
		r.must(r.box.Patch(series.Classic, `{"subject":"another name"}`))
		r.must(r.box.Delete(gone.Classic))
		pass(3 * time.Second)
		r.oneRound()
		served := func() (n int) {
			for _, i := range r.served(r.cal) {
				switch i.Subject {
				case "new", "another name":
					n |= 1
				case "to be deleted":
					n |= 2
				}
			}
			return n
		}
		if got := served(); got != 3 && !refuses || got != 1 && refuses {
			t.Errorf("refused: %v: %b is served", refuses, got)
		}
		if !refuses {
			r.fake.Inject(graphfake.Fault{Path: complete, Status: 500, Times: -1, Header: http.Header{"Retry-After": {"0.01"}}})
			pass(3 * time.Second)
			r.oneRound() // which asks for no complete one
			r.fake.ClearFaults()
		}
		pass(time.Minute)
		r.oneRound()
		r.wantSame(r.cal)
	}
}

// TestListingsAfterAPause: what changed while a first listing was cut off is not
// taken for listed.
func TestListingsAfterAPause(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "listing")})
	first := r.add("first", 3, nil)
	r.cal.Generate(1500, 1)
	last := r.add("last", 4, nil)
	remove := r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events\?.*skip`), Skip: 12, Status: 500, Times: -1, Header: http.Header{"Retry-After": {"0.01"}}})
	r.oneRound()
	remove()
	if r.mirrored(r.cal).Complete {
		t.Fatal("the listing was not cut off")
	}
	pass(time.Minute)
	r.must(r.box.Patch(first.Classic, `{"subject":"another name"}`))
	r.must(r.box.Patch(last.Classic, `{"subject":"another name"}`))
	pass(2 * time.Hour)
	r.oneRound()
	r.oneRound()
	r.wantSame(r.cal)
}

// TestEachLargeLossWaits: that a loss was confirmed once says nothing of the next
// one.
func TestEachLargeLossWaits(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
			addN(r, 100)
			r.sync()
			for _, stays := range []int{40, 10} {
				r.oneRound() // in which nothing happens
				had := len(r.objects(r.cal))
				for _, i := range r.cal.Instances(windowFrom, windowTo)[stays:] {
					r.must(r.box.Delete(i.IDs.Classic))
				}
				r.oneRound()
				if tr, n := r.mirrored(r.cal).Trouble, len(r.objects(r.cal)); tr == nil || tr.Kind != bridge.Waiting || n != had {
					t.Errorf("trouble %+v; %d of %d objects", tr, n, had)
				}
				r.oneRound()
				r.wantSame(r.cal)
			}
		})
	}
}

// TestNightlyComparison: what the cursor does not tell is found out within a
// day, repaired, and counted.
func TestNightlyComparison(t *testing.T) {
	for _, rung := range []string{"delta", "view"} {
		t.Run(rung, func(t *testing.T) {
			r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{SilentInstances: true}, rung)})
			addN(r, 5)
			id := r.add("series", 3, weeklySeries)
			r.sync()
			r.must(r.box.CancelOccurrence(id.Classic, "2026-03-10"))
			r.oneRound()
			if got := len(r.served(r.cal)); got == len(outlook(r.cal)) {
				t.Fatal("the cursor told it: nothing is left to find")
			}
			pass(30 * time.Hour)
			r.oneRound()
			r.wantSame(r.cal)
			if c := r.mirrored(r.cal).Check; c.Repaired != 1 || !c.At.Equal(r.now()) {
				t.Errorf("%+v, want one repaired now", c)
			}
			pass(30 * time.Hour)
			r.add("told by the cursor", 9, nil)
			r.oneRound()
			if c := r.mirrored(r.cal).Check; c.Repaired != 0 {
				t.Errorf("%+v: what was told counts as repaired", c)
			}
		})
	}
}

// TestClockSetBack: what a cursor dates later than now is not believed, on any
// rung: comparisons go on, and none waits until the clock has caught up.
func TestClockSetBack(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{SilentInstances: true}, rung)})
			addN(r, 5)
			id := r.add("series", 3, weeklySeries)
			r.sync()
			pass(-72 * time.Hour)
			r.oneRound()
			r.must(r.box.CancelOccurrence(id.Classic, "2026-03-10"))
			pass(30 * time.Hour)
			r.oneRound()
			r.wantSame(r.cal)
		})
	}
}

// TestCursorLostAtNight: a link that is lost in the middle of the comparison is
// no different from one that is lost before.
func TestCursorLostAtNight(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{})
	addN(r, 5)
	r.sync()
	pass(30 * time.Hour)
	r.add("new", 9, nil)
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/delta"), Skip: 1, Status: 410, Body: `{"error":{"code":"SyncStateNotFound"}}`})
	r.sync()
	r.wantSame(r.cal)
}

// TestWindowsRoll: the window of a view is frozen in its link, so another one
// is opened long before it runs dry.
func TestWindowsRoll(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{QuietOutside: true}, "view")})
	addN(r, 5)
	r.sync()
	for range 12 {
		pass(90 * 24 * time.Hour)
		_, err := r.cal.Add(graphfake.Event{Subject: "half a year ahead", Start: r.now().AddDate(0, 6, 0)})
		r.must(err)
		r.oneRound()
		r.wantSame(r.cal)
	}
	if at := r.mirrored(r.cal).Rung; at != "view" {
		t.Errorf("followed by %q", at)
	}
}

func TestRungsAreTriedAgain(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "listing")})
	addN(r, 5)
	r.sync()
	for _, rung := range []string{"listing", "view", "delta"} {
		r.fake.SetHabits(standing(graphfake.Habits{}, rung))
		pass(30 * time.Hour)
		r.oneRound()
		if at := r.mirrored(r.cal).Rung; at != rung {
			t.Errorf("followed by %q, want %q", at, rung)
		}
		r.add("on "+rung, 9, nil)
		r.oneRound()
		r.wantSame(r.cal)
	}
}

// TestLinksThatDoNotLast: a calendar whose links are lost again and again is not
// read whole again and again.
func TestLinksThatDoNotLast(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{})
	addN(r, 30)
	r.sync()
	full := 0
	for n := range 20 {
		pass(time.Minute)
		r.box.ExpireCursors()
		r.add(fmt.Sprint("event ", n), 3, nil)
		r.fake.ResetCounts()
		r.oneRound()
		r.wantSame(r.cal)
		if r.fake.Counts().Total > 10 {
			full++
		}
	}
	if at := r.mirrored(r.cal).Rung; at != "listing" || full > 3 {
		t.Errorf("followed by %q, read whole %d times", at, full)
	}
	pass(30 * time.Hour)
	r.oneRound()
	if at := r.mirrored(r.cal).Rung; at != "delta" {
		t.Errorf("followed by %q a day later", at)
	}
}

// TestScope: a part of the calendar, with series whole, moving with the clock.
func TestScope(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
			at := func(days int) time.Time { return r.now().AddDate(0, 0, days) }
			for name, e := range map[string]graphfake.Event{
				"long ago":         {Start: at(-100)},
				"lately":           {Start: at(-20)},
				"soon":             {Start: at(20)},
				"far":              {Start: at(100)},
				"a series":         {Start: at(-400), Repeat: &graphfake.Repeat{Type: "weekly"}},
				"a series of old":  {Start: at(-400), Repeat: &graphfake.Repeat{Type: "weekly", Count: 5}},
				"a series to come": {Start: at(100), Repeat: &graphfake.Repeat{Type: "weekly"}},
			} {
				e.Subject = name
				_, err := r.cal.Add(e)
				r.must(err)
			}
			r.syncer.Scope = graphsync.Scope{Past: 30 * 24 * time.Hour, Future: 60 * 24 * time.Hour}
			want := func(names ...string) {
				t.Helper()
				got := map[string]bool{}
				for _, i := range r.served(r.cal) {
					got[i.Subject] = true
				}
				if d := diff.Diff(names, slices.Sorted(maps.Keys(got))); d != "" {
					t.Errorf("mirrored (-want +got):\n%s", d)
				}
			}
			r.sync()
			want("a series", "lately", "soon")
			pass(50 * 24 * time.Hour) // and both ends move
			r.oneRound()
			want("a series", "a series to come", "far", "soon")
			for i := range 30 { // a large part leaves: that is no loss
				_, err := r.cal.Add(graphfake.Event{Subject: fmt.Sprint("month ", i), Start: at(-30 * i)})
				r.must(err)
			}
			r.syncer.Scope = graphsync.Scope{}
			r.restart()
			r.sync()
			r.wantSame(r.cal)
			r.syncer.Scope = graphsync.Scope{Past: 24 * time.Hour}
			r.restart()
			r.syncer.Scope = graphsync.Scope{Past: 24 * time.Hour}
			r.fake.ResetCounts()
			r.oneRound()
			want("a series", "a series to come", "far", "month 0")
			if n := r.fake.Counts().Total; n > 12 {
				t.Errorf("%d requests to leave events out", n)
			}
		})
	}
}
