package graphsync_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// habits are mailboxes that answer in ways which Graph does not document.
// Each must come to the same mirror.
var habits = map[string]graphfake.Habits{
	"as documented":                    {},
	"delta refused with 404":           {DeltaStatus: 404, ViewDeltaStatus: 404},
	"delta refused with 501":           {DeltaStatus: 501, ViewDeltaStatus: 501},
	"exceptions in delta":              {DeltaExceptions: true, DeltaFull: true},
	"exceptions in listings":           {ListExceptions: true},
	"unknown removals":                 {UnknownRemovals: true, RemovedReason: "changed"},
	"pages by skiptoken":               {SkipTokens: true},
	"duplicates":                       {DuplicateInPage: true, DuplicateAcrossPages: true},
	"items without id":                 {Idless: true},
	"cancelledOccurrences left out":    {NoCancelledOccurrences: true},
	"exceptionOccurrences left out":    {NoExceptionOccurrences: true},
	"a national cloud":                 {NationalCloud: true},
	"a national cloud, instances only": {NationalCloud: true, NoAppointmentRecur: true},
	"no originalStart":                 {NoOriginalStart: true},
	"no originalStart, instances only": {NoOriginalStart: true, NoAppointmentRecur: true},
	"expansion cut at 20":              {ExpandCap: 20},
	"ids of calendars do not change":   {StableCalendarIDs: true},
	"the same delta link again":        {ReuseDeltaLink: true},
	"a delta that never ends":          {WedgeDelta: true},
	"masters that keep their revision": {QuietInstances: true},
	"ids of both kinds are accepted":   {MixedIDs: graphfake.MixAccepted},
	"a view without masters":           {HideMasters: true},
	"a view with whole occurrences":    {FullOccurrences: true},
	"a view quiet about the outside":   {QuietOutside: true},
	"a view that cuts series":          {SplitSeries: true, DuplicateAcrossPages: true},
}

// rungs are what has to be refused for a calendar to be followed on each.
var rungs = map[string]graphfake.Habits{
	"delta":   {},
	"view":    {DeltaStatus: 400},
	"listing": {DeltaStatus: 400, ViewDeltaStatus: 400},
}

// standing returns habits with what keeps a calendar on a rung.
func standing(h graphfake.Habits, rung string) graphfake.Habits {
	h.DeltaStatus = cmp.Or(h.DeltaStatus, rungs[rung].DeltaStatus)
	h.ViewDeltaStatus = cmp.Or(h.ViewDeltaStatus, rungs[rung].ViewDeltaStatus)
	return h
}

// TestMirrorEqualsMailbox: whatever the habits, on every rung.
func TestMirrorEqualsMailbox(t *testing.T) {
	for rung := range rungs {
		for name, h := range habits {
			t.Run(rung+"/"+name, func(t *testing.T) {
				t.Parallel()
				testMirror(t, rung, standing(h, rung))
			})
		}
	}
}

func testMirror(t *testing.T, rung string, h graphfake.Habits) {
	var ahead atomic.Int64 // listings look at series every few minutes
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	r := newRig(t, graphfake.Options{Habits: h, Quota: graphfake.Quota{Concurrent: 4}, Now: clock})
	r.cal.Generate(25, 7)
	r.manyExceptions()
	r.sync()
	r.wantSame(r.cal)
	if at := r.mirrored(r.cal).Rung; at != rung && at != "listing" {
		t.Errorf("followed by %q, want %q", at, rung)
	}
	random := rand.New(rand.NewPCG(3, 9))
	for range 2 {
		for range 10 {
			r.edit(random)
		}
		ahead.Add(int64(6 * time.Minute))
		r.sync()
		r.wantSame(r.cal)
	}
	if most := r.fake.Counts().Concurrent[anna]; most > 3 {
		t.Errorf("%d requests at a time", most)
	}
}

// A listing costs what differs, and not a look at every series each time.
func TestListingsAreCheap(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{NationalCloud: true}, "listing")})
	for i := range 30 {
		r.add(fmt.Sprint("series ", i), 1+i%28, weeklySeries)
	}
	r.sync()
	r.sync()
	r.add("one more", 4, nil)
	r.fake.ResetCounts()
	r.sync()
	r.wantSame(r.cal)
	for route, n := range r.fake.Counts().Routes {
		if strings.Contains(route, "/events/{id}") && n > 2 { // with, and then without, what a national cloud does not know
			t.Errorf("%s %d times for one event", route, n)
		}
	}
}

// manyExceptions adds a series with more changed instances than an expanded
// list may hold, moved in time and over days, and some cancelled ones.
func (r *rig) manyExceptions() {
	r.t.Helper()
	id := r.add("many exceptions", 2, func(e *graphfake.Event) {
		e.Repeat = &graphfake.Repeat{Type: "daily", Interval: 3, Count: 80}
	})
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for i := range 60 {
		day := start.AddDate(0, 0, 3*i)
		switch i % 3 {
		case 0:
			r.must(r.box.EditOccurrence(id.Classic, day.Format(time.DateOnly), fmt.Sprintf(
				`{"subject":"moved %d","start":{"dateTime":"%[2]sT20:00:00","timeZone":"UTC"},"end":{"dateTime":"%[2]sT21:30:00","timeZone":"UTC"}}`, i, day.AddDate(0, 0, 1).Format(time.DateOnly))))
		case 1:
			r.must(r.box.CancelOccurrence(id.Classic, day.Format(time.DateOnly)))
		}
	}
}

// edit changes something at random: what a person does in Outlook.
func (r *rig) edit(random *rand.Rand) {
	r.t.Helper()
	list := r.cal.Instances(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC))
	if len(list) == 0 || random.IntN(5) == 0 {
		r.add(fmt.Sprint("new ", random.IntN(1000)), 1+random.IntN(28), map[bool]func(*graphfake.Event){true: weeklySeries}[random.IntN(3) == 0])
		return
	}
	i := list[random.IntN(len(list))]
	id := i.IDs.Classic
	if i.MasterID != "" && random.IntN(3) == 0 {
		id = i.MasterID
	}
	var err error
	switch random.IntN(4) {
	case 0:
		err = r.box.Delete(id)
	case 1:
		err = r.box.Patch(id, fmt.Sprintf(`{"subject":"renamed %d"}`, random.IntN(1000)))
	case 2: // later the same day; of an all-day event the name alone
		if i.AllDay || id != i.IDs.Classic {
			err = r.box.Patch(id, `{"subject":"renamed"}`)
			break
		}
		start := i.Start.Truncate(24 * time.Hour).Add(time.Duration(6+random.IntN(10)) * time.Hour)
		err = r.box.Patch(id, fmt.Sprintf(`{"start":{"dateTime":"%s","timeZone":"UTC"},"end":{"dateTime":"%s","timeZone":"UTC"}}`,
			start.Format("2006-01-02T15:04:05"), start.Add(45*time.Minute).Format("2006-01-02T15:04:05")))
	case 3:
		err = r.box.Patch(id, `{"showAs":"free","isReminderOn":true,"reminderMinutesBeforeStart":5}`)
	}
	if err != nil && !strings.Contains(err.Error(), "ErrorOccurrenceCrossingBoundary") {
		r.t.Fatal(err)
	}
}

// TestEditsCostInProportion: what a round asks depends on the edit, not on the
// calendar.
func TestEditsCostInProportion(t *testing.T) {
	cost := func(n int) (idle, single, series int) {
		r := newRig(t, graphfake.Options{})
		r.cal.Generate(n, 1)
		id := r.add("series", 3, weeklySeries)
		r.sync()
		count := func(edit func()) int {
			r.must(r.trySync(false)) // lists the calendars
			edit()
			r.fake.ResetCounts()
			r.sync()
			return r.fake.Counts().Total
		}
		return count(func() {}), count(func() { r.add("one more", 5, nil) }),
			count(func() { r.must(r.box.CancelOccurrence(id.Classic, "2026-03-10")) })
	}
	idle, single, series := cost(50)
	idle2, single2, series2 := cost(1500)
	if idle != idle2 || single != single2 || series != series2 {
		t.Errorf("requests at 50 events: %d idle, %d, %d; at 1500: %d, %d, %d", idle, single, series, idle2, single2, series2)
	}
	if single != idle+1 || series != idle+1 {
		t.Errorf("an idle round takes %d requests, one event %d, one series %d: want one more each", idle, single, series)
	}
}

func TestResyncIsInvisible(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.cal.Generate(120, 5)
	r.sync()
	before, point := r.objects(r.cal), r.mirrored(r.cal).Point
	for name, upset := range map[string]func(){
		"cursors expired": r.box.ExpireCursors,
		"asked for":       func() { r.must(r.trySync(true)) },
	} {
		upset()
		r.sync()
		if d := diff.Diff(before, r.objects(r.cal)); d != "" {
			t.Errorf("%s: objects changed (-before +after):\n%s", name, excerpt(d))
		}
		if now := r.mirrored(r.cal).Point; now != point {
			t.Errorf("%s: the journal went from %v to %v", name, point, now)
		}
	}
	r.box.ExpireCursors()
	r.add("in between", 9, nil)
	r.sync()
	r.wantSame(r.cal)
	if now := r.mirrored(r.cal).Point; now.Seq != point.Seq+1 {
		t.Errorf("one event was added and the journal went from %v to %v", point, now)
	}
}

// TestReissuedIDs: after a mailbox has moved every id is another. Addresses of
// objects stay, and so do their UIDs; only the links to Outlook change.
func TestReissuedIDs(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.cal.Generate(80, 5)
	r.sync()
	id, before := r.mirrored(r.cal).ID, r.uids()
	r.box.ReissueIDs()
	r.oneRound() // in which nothing is lost: it needs no second listing
	if c := r.mirrored(r.cal); c.ID != id {
		t.Errorf("calendar %s became %s", id, c.ID)
	}
	if d := diff.Diff(before, r.uids()); d != "" {
		t.Errorf("names and UIDs (-before +after):\n%s", excerpt(d))
	}
	r.wantSame(r.cal)
}

func (r *rig) uids() map[string]string {
	r.t.Helper()
	uids := map[string]string{}
	for obj, err := range r.store.All(r.t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		uids[obj.Name] = obj.UID
	}
	return uids
}

func TestNonsenseHarmsItselfAlone(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 5)
	for _, raw := range []string{
		`{"id":"AAMkNONSENSE=","type":"singleInstance","subject":"x","start":"yesterday","end":7}`,
		`{"id":"AAMkHALF=","type":"seriesMaster","subject":"x","start":{"dateTime":"2026-03-03T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-03T11:00:00","timeZone":"UTC"},"recurrence":{"pattern":{"type":"hijri"},"range":{"type":"noEnd"}}}`,
	} {
		_, err := r.cal.AddRaw([]byte(raw))
		r.must(err)
	}
	r.sync()
	bad, err := r.store.Bad(t.Context(), r.mirrored(r.cal).ID)
	if err != nil || len(bad) != 2 || bad[0].Source != "AAMkHALF=" || bad[1].Source != "AAMkNONSENSE=" || bad[0].Cause == "" {
		t.Fatalf("bad %+v, %v", bad, err)
	}
	if n := len(r.objects(r.cal)); n != 5 {
		t.Errorf("%d objects, want the 5 neighbours", n)
	}
	// Told again by delta, and mended.
	_, err = r.cal.AddRaw([]byte(`{"id":"AAMkNONSENSE=","type":"singleInstance","subject":"mended","iCalUId":"m","start":{"dateTime":"2026-03-03T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-03T11:00:00","timeZone":"UTC"}}`))
	r.must(err)
	r.sync()
	if bad, err := r.store.Bad(t.Context(), r.mirrored(r.cal).ID); err != nil || len(bad) != 1 {
		t.Errorf("bad after mending %+v, %v", bad, err)
	}
	if n := len(r.objects(r.cal)); n != 6 {
		t.Errorf("%d objects after mending", n)
	}
}

// Where change keys are compared, an item that is kept aside is not a change at
// every look.
func TestNonsenseInListings(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: graphfake.Habits{DeltaStatus: 400}})
	_, err := r.cal.AddRaw([]byte(`{"id":"AAMkNONSENSE=","changeKey":"one","type":"singleInstance","subject":"x","start":"yesterday","end":7}`))
	r.must(err)
	r.sync()
	r.sync()
	r.fake.ResetCounts()
	r.sync()
	for route, n := range r.fake.Counts().Routes {
		if strings.HasSuffix(route, "/events/{id}") {
			t.Errorf("%s %d times", route, n)
		}
	}
}

func TestNothingVanishesByMistake(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.cal.Generate(60, 2)
	r.sync()
	want := r.objects(r.cal)
	fast := map[string][]string{"Retry-After": {"0.01"}}
	for name, f := range map[string]graphfake.Fault{
		"calendars: 500":             {Path: regexp.MustCompile(`/me/calendars\?`), Status: 500, Header: fast, Times: -1},
		"calendars: 403":             {Path: regexp.MustCompile(`/me/calendars\?`), Status: 403, Body: `{"error":{"code":"ErrorAccessDenied"}}`, Times: -1},
		"calendars: empty":           {Path: regexp.MustCompile(`/me/calendars\?`), Status: 200, Header: map[string][]string{"Content-Type": {"application/json"}}, Body: `{"value":[]}`, Times: -1},
		"delta: 503":                 {Path: regexp.MustCompile(`/delta`), Status: 503, Header: fast, Times: -1},
		"delta: a web page":          {Path: regexp.MustCompile(`/delta`), Status: 404, Header: map[string][]string{"Content-Type": {"text/html"}}, Body: graphfake.HTMLPage, Times: -1},
		"delta: cut off":             {Path: regexp.MustCompile(`/delta`), Cut: 20, Times: 2},
		"everything: mailbox moving": {Status: 404, Body: `{"error":{"code":"MailboxNotEnabledForRESTAPI"}}`, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			remove := r.fake.Inject(f)
			err := r.trySync(false)
			remove()
			if !strings.Contains(name, "empty") && !strings.Contains(name, "cut") && err == nil {
				t.Error("the round says it succeeded")
			}
			if d := diff.Diff(want, r.objects(r.cal)); d != "" {
				t.Errorf("objects changed (-before +after):\n%s", excerpt(d))
			}
		})
	}
	r.sync()
	if r.trouble() != nil {
		t.Errorf("trouble stays: %+v", r.trouble())
	}
}

// TestCutOffRoundsGoOn stops rounds at every request, with a new process after
// each.
func TestCutOffRoundsGoOn(t *testing.T) {
	r := newRig(t, graphfake.Options{DeltaPageSize: 10, MaxDeltaPageSize: 10})
	r.cal.Generate(45, 4)
	stop := errors.New("stop")
	for n := 1; ; n++ {
		if n > 300 {
			t.Fatal("the first round does not end")
		}
		remove := r.fake.Inject(graphfake.Fault{Skip: 5 + n%7, Times: -1, Status: 418, Body: `{"error":{"code":"stop"}}`})
		err := r.trySync(false)
		remove()
		if list, e := r.store.UserCalendars(t.Context(), "anna"); e != nil || (len(list) > 0) != (err == nil) && len(list) > 0 && len(r.served(r.cal)) != len(outlook(r.cal)) {
			t.Fatalf("half a calendar is served: %v, %v", errors.Join(err, e), stop)
		}
		r.restart()
		if err == nil {
			break
		}
	}
	r.wantSame(r.cal)
}

// TestAskedRoundsAreOfNow cuts a full round off and edits what it has read by
// then: whoever asks for a round after that gets the edits.
func TestAskedRoundsAreOfNow(t *testing.T) {
	for rung := range rungs {
		t.Run(rung, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
			r.cal.Generate(20, 4)
			edited, err := r.cal.Add(graphfake.Event{Subject: "before", Start: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)})
			r.must(err)
			remove := r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events/[^/?]{20,}\?`), Times: -1, Status: 418, Body: `{"error":{"code":"stop"}}`})
			if r.trySync(false) == nil {
				t.Fatal("the round was not cut off")
			}
			remove()
			r.must(r.box.Patch(edited.Immutable, `{"subject":"after"}`))
			_, err = r.cal.Add(graphfake.Event{Subject: "new", Start: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)})
			r.must(err)
			r.sync()
			r.wantSame(r.cal)
		})
	}
}

// TestToldBothWays: of an event that one page calls changed and the next one
// removed, neither page is believed, however new it is.
func TestToldBothWays(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.cal.Generate(5, 4)
	r.sync()
	added, err := r.cal.Add(graphfake.Event{Subject: "new", Start: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	for _, page := range []struct{ path, item, link string }{
		{`deltatoken`, `{"id":%q}`, `"@odata.nextLink":"%s/v1.0/second"`},
		{`/second$`, `{"id":%q,"@removed":{"reason":"deleted"}}`, `"@odata.deltaLink":"%s/v1.0/third"`},
	} {
		r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(page.path), Status: 200,
			Body: fmt.Sprintf(`{"value":[`+page.item+`],`+page.link+`}`, added.Immutable, r.url)})
	}
	r.sync()
	r.wantSame(r.cal)
}

func TestThrottling(t *testing.T) {
	r := newRig(t, graphfake.Options{Quota: graphfake.Quota{Concurrent: 4, Pause: 10 * time.Millisecond}, Habits: graphfake.Habits{RetryAfter: graphfake.RetryFraction}})
	r.cal.Generate(80, 6)
	for range 5 {
		r.fake.Inject(graphfake.Fault{Skip: 3, Status: 429, Header: map[string][]string{"Retry-After": {"0.02"}}, Body: `{"error":{"code":"ApplicationThrottled"}}`})
	}
	r.sync()
	r.wantSame(r.cal)
}

func TestOrphans(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: graphfake.Habits{ListExceptions: true, DeltaExceptions: true}})
	const uid = "040000008200E00074C5B7101A82E008"
	orphan := func(id, day string) []byte {
		return fmt.Appendf(nil, `{"id":"%s","type":"exception","seriesMasterId":"AAMkNOTHERE=","iCalUId":"%s07EA03%sAA","subject":"invited to one",
			"originalStart":"2026-03-%[4]sT09:00:00Z","start":{"dateTime":"2026-03-%[4]sT10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-%[4]sT11:00:00","timeZone":"UTC"}}`, id, uid, day, day)
	}
	for id, day := range map[string]string{"AAMkONE=": "10", "AAMkTWO=": "17"} {
		_, err := r.cal.AddRaw(orphan(id, day))
		r.must(err)
	}
	r.sync()
	r.wantSame(r.cal)
	if n := len(r.objects(r.cal)); n != 2 {
		t.Fatalf("%d objects, want both orphans", n)
	}
	_, err := r.cal.AddRaw([]byte(`{"id":"AAMkNOTHERE=","type":"seriesMaster","iCalUId":"` + uid + `00000000AA","subject":"series","start":{"dateTime":"2026-03-03T09:00:00","timeZone":"UTC"},
		"end":{"dateTime":"2026-03-03T10:00:00","timeZone":"UTC"},"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["tuesday"]},"range":{"type":"numbered","startDate":"2026-03-03","numberOfOccurrences":4}}}`))
	r.must(err)
	r.sync()
	r.wantSame(r.cal)
	if n := len(r.objects(r.cal)); n != 1 {
		t.Errorf("%d objects, want the series alone", n)
	}
}

func TestDuplicates(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	for i := range 3 {
		_, err := r.cal.AddRaw(fmt.Appendf(nil, `{"id":"AAMk%d=","type":"singleInstance","iCalUId":"same","subject":"copy %d","createdDateTime":"2026-01-0%[1]dT00:00:00Z",
			"start":{"dateTime":"2026-03-03T09:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-03T10:00:00","timeZone":"UTC"}}`, 3-i, i))
		r.must(err)
	}
	r.sync()
	r.wantSame(r.cal)
	uids := map[string]int{}
	for obj, err := range r.store.All(t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		uids[obj.UID]++
		if (obj.UID == "same") != strings.Contains(string(obj.Body), "copy 2") {
			t.Errorf("UID %q is that of\n%s", obj.UID, obj.Body)
		}
	}
	if len(uids) != 3 {
		t.Errorf("UIDs %v", uids)
	}
}

func TestWakingUp(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 4)
	var stages []string
	r.must(r.syncer.Sync(t.Context(), r.account, graphsync.Options{Report: func(p graphsync.Progress) {
		stages = append(stages, p.Stage)
		if p.Done > p.Total && p.Total > 0 {
			t.Errorf("%d of %d done", p.Done, p.Total)
		}
	}}))
	if stages[0] != "listing" || stages[len(stages)-1] != "done" {
		t.Errorf("stages %v", stages)
	}
}
