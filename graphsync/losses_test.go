package graphsync_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/graphsync/graphfake"
)

// TestLargeLosses: of a calendar that loses more than half at once nothing goes
// until another listing lacks it as well.
func TestLargeLosses(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
			addN(r, 100)
			r.sync()
			want := r.objects(r.cal)
			list := r.cal.Instances(windowFrom, windowTo)
			for _, i := range list[:70] {
				r.must(r.box.Delete(i.IDs.Classic))
			}
			remove := r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(idsListing), Skip: map[string]int{"listing": 1, "view": 1}[rung],
				Status: 500, Header: http.Header{"Retry-After": {"0.01"}}, Times: -1})
			if err := r.trySync(false); err == nil {
				t.Error("no second listing was to be had, and the round succeeded")
			}
			if d := diff.Diff(want, r.objects(r.cal)); d != "" {
				t.Errorf("objects changed before that (-before +after):\n%s", excerpt(d))
			}
			remove()
			r.sync()
			r.wantSame(r.cal)
			if n := len(r.objects(r.cal)); n != 30 {
				t.Errorf("%d objects, want 30", n)
			}
		})
	}
}

// TestLargeLossesWaitForAnotherRound: the loop says so and keeps everything.
func TestLargeLossesWaitForAnotherRound(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 40)
	r.sync()
	for _, i := range r.cal.Instances(windowFrom, windowTo)[:30] {
		r.must(r.box.Delete(i.IDs.Classic))
	}
	r.oneRound()
	tr := r.mirrored(r.cal).Trouble
	if tr == nil || tr.Kind != bridge.Waiting || !strings.Contains(tr.Why, "30 of 40") || len(r.objects(r.cal)) != 40 {
		t.Errorf("trouble %+v, %d objects", tr, len(r.objects(r.cal)))
	}
	r.restart()
	r.oneRound()
	r.wantSame(r.cal)
	if tr := r.mirrored(r.cal).Trouble; tr != nil {
		t.Errorf("trouble stays: %+v", tr)
	}
}

// TestStrangersAreNoLoss: what comes and goes outside of a view's window, between
// two rounds, is told as gone; nobody had it.
func TestStrangersAreNoLoss(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "view")})
	addN(r, 25)
	r.sync()
	for n := range 20 {
		ids := r.add(fmt.Sprint("past ", n), 3, func(e *graphfake.Event) { e.Start = e.Start.AddDate(-10, 0, n) })
		r.must(r.box.Delete(ids.Classic))
	}
	r.oneRound()
	if tr := r.mirrored(r.cal).Trouble; tr != nil {
		t.Errorf("trouble %+v", tr)
	}
}

// TestLossesHideNoOtherFault: a round that ends well after a second listing has
// brought the other calendars up to date, too.
func TestLossesHideNoOtherFault(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 40)
	team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
	r.sync()
	for _, i := range r.cal.Instances(windowFrom, windowTo)[:30] {
		r.must(r.box.Delete(i.IDs.Classic))
	}
	_, err := team.Add(graphfake.Event{Subject: "Review", Start: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	denied := graphfake.Fault{Path: regexp.MustCompile("(?i)" + regexp.QuoteMeta(url.PathEscape(string(r.mirrored(team).Source))) + `.*delta`),
		Status: 403, Body: `{"error":{"code":"ErrorAccessDenied"}}`}
	r.fake.Inject(denied)
	r.sync()
	r.wantSame(r.cal)
	r.wantSame(team)

	for _, i := range r.cal.Instances(windowFrom, windowTo) {
		r.must(r.box.Delete(i.IDs.Classic))
	}
	addN(r, 30)
	denied.Times = -1
	r.fake.Inject(denied)
	if err := r.trySync(false); bridge.KindOf(err) != bridge.Denied {
		t.Errorf("a calendar stays unread, and the round came to %v", err)
	}
}

// TestListingsThatLie: a full round in which everything but the events
// themselves is answered with nothing takes nothing away.
func TestListingsThatLie(t *testing.T) {
	for name, n := range map[string]int{"a small calendar": 8, "a large one": 90} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "listing")})
			addN(r, n)
			r.sync()
			want := r.objects(r.cal)
			remove := r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events\?`), Status: 200, Times: -1, Body: `{"value":[]}`})
			for _, full := range []bool{false, true} {
				_ = r.trySync(full)
				if d := diff.Diff(want, r.objects(r.cal)); d != "" {
					t.Errorf("full %v: objects changed (-before +after):\n%s", full, excerpt(d))
				}
			}
			remove()
			r.sync()
			r.wantSame(r.cal)
		})
	}
}

// TestLostAndFoundAndNotShared: events that a listing lacks and that are there
// stay, though they are not found when they are read: their calendar is not
// shared by then.
func TestLostAndFoundAndNotShared(t *testing.T) {
	for _, full := range []bool{false, true} {
		r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "listing")})
		addN(r, 10)
		r.sync()
		want := r.objects(r.cal)
		r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events\?`), Status: 200, Times: -1, Body: `{"value":[]}`})
		for _, path := range []string{`/events/[^d][^?]*\?.select=\*`, `/calendars/[^/?]+\?`} {
			r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(path), Status: 404, Times: -1, Body: `{"error":{"code":"ErrorItemNotFound"}}`})
		}
		if err := r.trySync(full); bridge.KindOf(err) != bridge.Gone {
			t.Errorf("full %v: %v", full, err)
		}
		r.fake.ClearFaults()
		if d := diff.Diff(want, r.objects(r.cal)); d != "" {
			t.Errorf("full %v: objects changed (-before +after):\n%s", full, excerpt(d))
		}
	}
}

// TestListingsThatLieAfterAPause: nor does a round that goes on with a full one
// and then looks at what has changed since: what is there was asked for in the
// first part, and is asked for again.
func TestListingsThatLieAfterAPause(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "listing")})
	addN(r, 40)
	r.sync()
	want := r.objects(r.cal)
	var some []string // more than half: no fuse holds back the others
	for _, i := range r.cal.Instances(windowFrom, windowTo)[:25] {
		some = append(some, fmt.Sprintf(`{"id":%q,"type":"seriesMaster","changeKey":"x"}`, i.IDs.Immutable))
	}
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events\?`), Times: -1, Status: 200, Body: `{"value":[` + strings.Join(some, ",") + `]}`})
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events/[^d]`), Status: 403, Body: `{"error":{"code":"ErrorAccessDenied"}}`})
	if err := r.trySync(true); bridge.KindOf(err) != bridge.Denied {
		t.Fatal(err)
	}
	r.sync()
	if d := diff.Diff(want, r.objects(r.cal)); d != "" {
		t.Errorf("objects changed (-before +after):\n%s", excerpt(d))
	}
}

// TestFirstListingsThatLie: a calendar is complete only when two listings, or a
// cursor and one, have told what it has.
func TestFirstListingsThatLie(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
			addN(r, 30)
			r.add("series", 2, weeklySeries)
			r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events\?.*select=\*`), Status: 200, Body: `{"value":[]}`})
			r.sync()
			r.wantSame(r.cal)
		})
	}
}
