package graphsync_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"calbridge/graphsync/graphfake"
)

// troubles are ways in which an answer can go wrong.
var troubles = []graphfake.Fault{
	{Status: 429, Header: http.Header{"Retry-After": {"3"}}, Body: `{"error":{"code":"ApplicationThrottled"}}`},
	{Status: 429, Header: http.Header{"Retry-After": {"2.5"}}}, {Status: 429},
	{Status: 429, Header: http.Header{"Retry-After": {"120"}}},
	{Status: 503}, {Status: 503, Body: `{"error":{"code":"ErrorServerBusy"}}`}, {Status: 504}, {Status: 502, Body: graphfake.HTMLPage},
	{Status: 500, Body: `{"error":{"code":"ErrorInternalServerError"}}`}, {Status: 500, Body: `{"error":{"code":""}}`},
	{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: graphfake.HTMLPage},
	{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"val`},
	{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{}`},
	{Status: 404, Body: graphfake.HTMLPage}, {Status: 302, Header: http.Header{"Location": {"http://portal.example.org/"}}},
	{Status: 410, Body: `{"error":{"code":"syncStateNotFound"}}`}, {Status: 400, Body: `{"error":{"code":"ResyncRequired"}}`},
	{Status: 401, Body: `{"error":{"code":"InvalidAuthenticationToken"}}`}, {Status: 403, Body: `{"error":{"code":"ErrorAccessDenied"}}`},
	{Status: 404, Body: `{"error":{"code":"MailboxNotEnabledForRESTAPI"}}`},
	{Empty: true}, {Cut: 40}, {Delay: 30 * time.Second}, {Delay: 5 * time.Minute},
}

var places = []*regexp.Regexp{nil, regexp.MustCompile("/delta"), regexp.MustCompile(`/events\?`), regexp.MustCompile(`/events/[^d?][^?]+\?`), regexp.MustCompile(`/calendars\?`)}

// TestEverythingAtOnce: while everything goes wrong at random and people go on
// editing, nobody ever misses an event that is there, and in the end the mirror
// is the mailbox.
func TestEverythingAtOnce(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { chaos(t, rung, 60) })
		})
	}
}

func chaos(t *testing.T, rung string, rounds int) {
	random := rand.New(rand.NewPCG(11, 5))
	r, _ := bubbled(t, standing(graphfake.Habits{DuplicateAcrossPages: true, SplitSeries: true}, rung))
	addN(r, 40)
	r.sync()
	had := subjects(r.served(r.cal))
	for n := range rounds {
		for range random.IntN(5) {
			r.upheaval(random, n)
		}
		for range 1 + random.IntN(4) {
			f := troubles[random.IntN(len(troubles))]
			f.Path, f.Times, f.Skip = places[random.IntN(len(places))], 1+random.IntN(4), random.IntN(4)
			r.fake.Inject(f)
		}
		_ = r.trySync(random.IntN(10) == 0)
		if random.IntN(3) == 0 {
			r.restart()
		}
		has, now := subjects(r.served(r.cal)), subjects(outlook(r.cal))
		for name := range had {
			if now[name] && !has[name] {
				t.Errorf("round %d: readers miss %q", n, name)
			}
		}
		had = has
		r.fake.ClearFaults()
		time.Sleep(time.Duration(random.IntN(600)) * time.Second)
	}
	time.Sleep(7 * time.Hour)
	r.sync()
	r.wantSame(r.cal)
}

func subjects(list []shown) map[string]bool {
	names := map[string]bool{}
	for _, i := range list {
		names[i.Subject] = true
	}
	return names
}

// upheaval is what a person does, or what Microsoft does to a mailbox.
func (r *rig) upheaval(random *rand.Rand, n int) {
	r.t.Helper()
	list := r.cal.Instances(windowFrom, windowTo)
	i := list[random.IntN(len(list))]
	var err error
	switch random.IntN(8) {
	case 0, 1:
		r.add(fmt.Sprintf("new %d.%d", n, random.IntN(1e6)), 1+random.IntN(28), map[bool]func(*graphfake.Event){true: func(e *graphfake.Event) {
			e.Repeat = &graphfake.Repeat{Type: "daily", Count: 8}
		}}[random.IntN(2) == 0])
	case 2:
		err = r.box.Delete(i.IDs.Classic)
	case 3:
		if i.MasterID != "" {
			err = r.box.Delete(i.MasterID)
		}
	case 4, 5:
		err = r.box.Patch(i.IDs.Classic, fmt.Sprintf(`{"start":{"dateTime":"%[1]s","timeZone":"UTC"},"end":{"dateTime":"%[1]s","timeZone":"UTC"}}`,
			i.Start.Truncate(24*time.Hour).Add(time.Duration(6+random.IntN(10))*time.Hour).Format("2006-01-02T15:04:05")))
	case 6:
		r.box.ExpireCursors()
	case 7:
		r.fake.ExpireAccess(anna)
	}
	if err != nil && !strings.Contains(err.Error(), "ErrorOccurrenceCrossingBoundary") {
		r.t.Fatal(err)
	}
}
