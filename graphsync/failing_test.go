package graphsync_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graphfake"
)

func TestItemsThatGraphCannotReadOut(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 3)
	id := r.add("corrupt", 5, weeklySeries)
	remove := r.fake.Inject(graphfake.Fault{Method: "GET", Path: regexp.MustCompile("events/" + regexp.QuoteMeta(strings.ReplaceAll(id.Immutable, "=", "%3D")) + `|events/` + regexp.QuoteMeta(id.Immutable)),
		Times: -1, Status: 500, Header: map[string][]string{"Retry-After": {"0.01"}}, Body: `{"error":{"code":"ErrorCorruptData","message":"Invalid global object ID."}}`})
	r.sync()
	bad, err := r.store.Bad(t.Context(), r.mirrored(r.cal).ID)
	if err != nil || len(bad) != 1 || !strings.Contains(bad[0].Cause, "ErrorCorruptData") {
		t.Fatalf("bad %+v, %v", bad, err)
	}
	if n := len(r.objects(r.cal)); n != 3 {
		t.Errorf("%d objects, want 3", n)
	}
	remove()
	r.restart() // it is tried again without being told, by another process too
	r.sync()
	r.wantSame(r.cal)
}

// TestCursorsMoveOnWithItemsThatFail: rounds in which nothing but such an item is
// read keep the link that they got, too: Graph forgets old ones.
func TestCursorsMoveOnWithItemsThatFail(t *testing.T) {
	for _, rung := range []string{"delta", "view"} {
		t.Run(rung, func(t *testing.T) {
			r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
			addN(r, 3)
			id := r.add("corrupt", 5, nil)
			r.sync()
			r.must(r.box.Patch(id.Classic, `{"subject":"still corrupt"}`))
			r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/events/" + regexp.QuoteMeta(url.PathEscape(id.Immutable))), Status: 500, Times: -1, Body: `{"error":{"code":"ErrorCorruptData"}}`})
			link := ""
			for range 3 {
				r.sync()
				round, err := r.store.Begin(t.Context(), r.mirrored(r.cal).ID, false)
				r.must(err)
				var at struct{ Link string }
				r.must(json.Unmarshal(round.Cursor, &at))
				if at.Link == link {
					t.Error("the link of the round before is still in use")
				}
				link = at.Link
			}
		})
	}
}

// TestManyItemsThatGraphFailsAt: they do not keep the others from being read, and
// are not asked for in every round.
func TestManyItemsThatGraphFailsAt(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testManyFailing(t, rung) })
		})
	}
}

func testManyFailing(t *testing.T, rung string) {
	r, w := bubbled(t, standing(graphfake.Habits{}, rung))
	addN(r, 60)
	r.sync()
	for n, i := range r.cal.Instances(windowFrom, windowTo) {
		r.must(r.box.Patch(i.IDs.Classic, fmt.Sprintf(`{"subject":"changed %d"}`, n)))
		if n%3 == 0 {
			r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/events/" + regexp.QuoteMeta(url.PathEscape(i.IDs.Immutable))), Status: 500, Times: -1, Body: `{"error":{"code":"ErrorInternalServerError"}}`})
		}
	}
	r.syncer.Interval = func(bridge.Account) time.Duration { return time.Minute }
	r.loop(time.Hour)
	changed := 0
	for _, i := range r.served(r.cal) {
		if strings.HasPrefix(i.Subject, "changed") {
			changed++
		}
	}
	if changed != 40 || len(r.served(r.cal)) != 60 {
		t.Errorf("%d of %d are as they are in Outlook, want 40 of 60", changed, len(r.served(r.cal)))
	}
	before := w.requests()
	r.loop(time.Hour)
	if n := w.requests() - before; n > 250 { // each of 60 rounds, and 20 items now and then
		t.Errorf("%d requests in an hour in which nothing changed", n)
	}
}
