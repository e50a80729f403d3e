package graphsync_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

func TestSignInIsRenewedAndKept(t *testing.T) {
	var clock = time.Now()
	r := newRig(t, graphfake.Options{Now: func() time.Time { return clock }})
	addN(r, 3)
	r.sync()
	for range 3 {
		clock = clock.Add(2 * time.Hour) // past the access token
		r.restart()
		r.sync()
	}
	if r.secrets.saved != 3 {
		t.Errorf("%d renewals were kept, want 3", r.secrets.saved)
	}
	r.fake.ExpireAccess(anna) // Graph no longer takes a token that looks good
	r.sync()

	// A renewal that cannot be kept must not be used.
	clock = clock.Add(2 * time.Hour)
	r.secrets.fail = errors.New("disk full")
	before := r.fake.Counts().Routes
	if err := r.trySync(false); err == nil {
		t.Error("synced with a token that was not kept")
	}
	for route, n := range r.fake.Counts().Routes {
		if strings.Contains(route, "calendars") && n != before[route] {
			t.Errorf("%s was asked with a token that was not kept", route)
		}
	}
	r.secrets.fail = nil
	r.sync()
}

func TestSignInThatEnded(t *testing.T) {
	clock := time.Now()
	r := newRig(t, graphfake.Options{Now: func() time.Time { return clock }})
	addN(r, 3)
	r.sync()
	want := r.objects(r.cal)
	r.fake.RevokeGrants(anna)
	clock = clock.Add(2 * time.Hour)
	if err := r.trySync(false); bridge.KindOf(err) != bridge.SignIn {
		t.Fatalf("%v, want a fault of kind signin", err)
	}
	if tr := r.trouble(); tr == nil || tr.Kind != bridge.SignIn || !strings.Contains(tr.Fix, "calbridge login") {
		t.Errorf("trouble %+v", tr)
	}
	if d := diff.Diff(want, r.objects(r.cal)); d != "" {
		t.Errorf("readers lost something (-before +after):\n%s", d)
	}
	r.fake.ResetCounts()
	_ = r.trySync(false)
	if n := r.fake.Counts().Total; n != 0 {
		t.Errorf("a dead sign-in was tried %d more times", n)
	}
	r.signIn()
	r.add("after signing in again", 9, nil)
	r.sync()
	r.wantSame(r.cal)
	if r.trouble() != nil {
		t.Errorf("trouble stays: %+v", r.trouble())
	}
}

func TestCalendarsComeAndGo(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 2)
	team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
	_, err := team.Add(graphfake.Event{Subject: "team", Start: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	holidays := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Holidays", ReadOnly: true})
	r.sync()
	r.wantSame(team)
	id := r.mirrored(team).ID
	if c := r.mirrored(holidays); !c.Hidden || c.Complete {
		t.Errorf("a calendar that is nobody's own: %+v", c)
	}
	r.must(r.store.Show(t.Context(), r.mirrored(holidays).ID, true))
	team.Rename("Our team")
	r.sync()
	if c := r.mirrored(team); c.ID != id {
		t.Errorf("renaming made calendar %s of %s", c.ID, id)
	}
	if c := r.mirrored(holidays); !c.Complete {
		t.Error("a shown calendar is not mirrored")
	}
	r.must(team.Remove())
	r.sync()
	if _, err := r.store.Calendar(t.Context(), id); bridge.KindOf(err) != bridge.Absent {
		t.Errorf("a removed calendar: %v", err)
	}
}

// TestLostCalendars: a calendar that is not found under its id is found under
// another one in the same round, or is gone: that is no fault of the round.
func TestLostCalendars(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{})
	addN(r, 2)
	team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
	_, err := team.Add(graphfake.Event{Subject: "team", Start: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	r.sync()
	for range 2 {
		pass(time.Minute)
		r.box.ReissueIDs()
		r.add("one more", 4, nil)
		_, err := team.Add(graphfake.Event{Subject: "one more", Start: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)})
		r.must(err)
		r.oneRound()
		r.wantSame(r.cal)
		r.wantSame(team)
		if at := r.lastSync(); !at.Equal(r.now()) {
			t.Errorf("another id: the last round that was complete was at %v", at)
		}
	}
	pass(time.Minute)
	r.must(team.Remove())
	r.oneRound()
	if at := r.lastSync(); !at.Equal(r.now()) {
		t.Errorf("removed: the last round that was complete was at %v", at)
	}
}

func (r *rig) lastSync() time.Time {
	r.t.Helper()
	list, err := r.store.Accounts(r.t.Context())
	r.must(err)
	return list[0].LastSync
}

// identities finds requests that tell what is in a calendar.
var identities = regexp.MustCompile(`/events\?\$select=id,type,iCalUId`)

// TestNamesakes: a calendar that is made anew under an old name gets nothing of
// the old one's; one that only has another id keeps everything.
func TestNamesakes(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		replace func(r *rig, team *graphfake.Calendar, event graphfake.IDs) *graphfake.Calendar
		same    bool
	}{
		"made anew": {func(r *rig, team *graphfake.Calendar, _ graphfake.IDs) *graphfake.Calendar {
			r.must(team.Remove())
			team = r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
			_, err := team.Add(graphfake.Event{Subject: "of others", Start: at})
			r.must(err)
			return team
		}, false},
		"made anew and still empty": {func(r *rig, team *graphfake.Calendar, _ graphfake.IDs) *graphfake.Calendar {
			r.must(team.Remove())
			return r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
		}, false},
		"made anew days later": {func(r *rig, team *graphfake.Calendar, _ graphfake.IDs) *graphfake.Calendar {
			r.must(team.Remove())
			r.sync()
			team = r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
			_, err := team.Add(graphfake.Event{Subject: "of others", Start: at})
			r.must(err)
			return team
		}, false},
		"events moved over": {func(r *rig, team *graphfake.Calendar, event graphfake.IDs) *graphfake.Calendar {
			to := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
			r.must(r.box.Move(event.Classic, to))
			r.must(team.Remove())
			return to
		}, true},
		"another id": {func(r *rig, team *graphfake.Calendar, _ graphfake.IDs) *graphfake.Calendar {
			r.box.ReissueIDs()
			return team
		}, true},
		"another id, and not to be read at first": {func(r *rig, team *graphfake.Calendar, _ graphfake.IDs) *graphfake.Calendar {
			r.box.ReissueIDs()
			r.fake.Inject(graphfake.Fault{Path: identities, Times: 2, Status: 404, Body: `{"error":{"code":"ErrorItemNotFound","message":"not found"}}`})
			r.sync()
			return team
		}, true},
		"another id, and listed empty at first": {func(r *rig, team *graphfake.Calendar, _ graphfake.IDs) *graphfake.Calendar {
			r.box.ReissueIDs()
			r.fake.Inject(graphfake.Fault{Path: identities, Times: 1, Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"value":[]}`})
			return team
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, graphfake.Options{})
			addN(r, 2)
			team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
			event, err := team.Add(graphfake.Event{Subject: "team", Start: at})
			r.must(err)
			r.sync()
			before, own := r.mirrored(team), r.mirrored(r.cal).ID
			team = c.replace(r, team, event)
			r.sync()
			after := r.mirrored(team)
			if r.mirrored(r.cal).ID != own {
				t.Error("the mailbox's own calendar got another address")
			}
			if same := after.ID == before.ID && after.Point.History == before.Point.History; same != c.same {
				t.Errorf("it is the same calendar: %v, want %v", same, c.same)
			}
			if !after.Complete {
				t.Error("it is not mirrored")
			}
			r.wantSame(team)
		})
	}
}

// TestCalendarsOfOtherGroups: what Outlook shows under "People's calendars" is
// mirrored too, and a Graph that does not tell of groups takes nothing away.
func TestCalendarsOfOtherGroups(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team", Group: "People's Calendars", Owner: graphfake.Person{Name: "Bob", Address: "bob@contoso.example"}})
	addN(r, 3)
	_, err := team.Add(graphfake.Event{Subject: "theirs", Start: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	r.sync()
	r.wantSame(team)
	for _, status := range []int{400, 403, 404, 501} { // 500: see package graph
		r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/calendarGroups"), Status: status, Times: -1,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"error":{"code":"ErrorInternalServerError","message":"no"}}`})
		r.sync()
		r.fake.ClearFaults()
		r.wantSame(team)
	}
}

// TestGroupsThatGraphFailsAt: what they hold is looked for again before long.
func TestGroupsThatGraphFailsAt(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{})
	team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team", Group: "People's Calendars", Owner: graphfake.Person{Name: "Bob", Address: "bob@contoso.example"}})
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/calendarGroups/"), Status: 500, Times: -1,
		Header: http.Header{"Retry-After": {"0.01"}}, Body: `{"error":{"code":"ErrorInternalServerError","message":"no"}}`})
	r.sync()
	r.fake.ClearFaults()
	for range 6 {
		pass(time.Minute)
		r.oneRound()
	}
	if !r.mirrored(team).Complete {
		t.Error("a calendar was not found")
	}
}

// TestOtherPeoplesMailboxes: their calendars are read at their own paths, carry
// their owner, and what they no longer share harms only itself.
func TestOtherPeoplesMailboxes(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	bob, err := r.fake.AddMailbox(graphfake.MailboxInfo{Calendar: "Bob's days", Person: graphfake.Person{Name: "Bob", Address: "bob@contoso.example"}})
	r.must(err)
	_, err = bob.Default().Add(graphfake.Event{Subject: "bob's", Start: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	addN(r, 3)
	r.sync()
	if _, err := r.syncer.Others(t.Context(), r.account, "bob@contoso.example"); bridge.KindOf(err) != bridge.Denied {
		t.Fatalf("without the scope: %v", err)
	}
	r.signIn(graphsync.SharedScope)
	r.account.Registration.Shared = true
	r.must(r.store.UpdateAccount(t.Context(), r.account.ID, func(a *bridge.Account) { a.Registration.Shared = true }))
	names, err := r.syncer.Others(t.Context(), r.account, "bob@contoso.example")
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	r.account.Others = []string{"bob@contoso.example"}
	r.must(r.store.UpdateAccount(t.Context(), r.account.ID, func(a *bridge.Account) { a.Others = r.account.Others }))
	r.sync()
	r.wantSame(bob.Default())
	r.wantSame(r.cal)
	theirs := r.mirrored(bob.Default())
	if theirs.Title() != "Bob's days (Bob)" || theirs.Name != "Bob's days" || theirs.Hidden || theirs.Mailbox == "" {
		t.Errorf("it is called %q: %+v", theirs.Title(), theirs)
	}
	r.add("after that", 9, nil)
	_, err = bob.Default().Add(graphfake.Event{Subject: "another", Start: time.Date(2026, 3, 6, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	r.sync()
	r.wantSame(bob.Default())

	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/users/bob@contoso.example"), Status: 403, Times: -1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"error":{"code":"ErrorAccessDenied","message":"no"}}`})
	r.add("while bob refuses", 10, nil)
	_ = r.trySync(false)
	r.wantSame(r.cal)
	if got := r.mirrored(bob.Default()); got.Trouble == nil || got.Trouble.Kind != bridge.Denied || got.Objects != 2 {
		t.Errorf("what bob no longer shares: %+v", got)
	}
}

// TestAnotherPersonsMailboxIsGone: it has no mailbox any more, which is no
// trouble of who reads it.
func TestAnotherPersonsMailboxIsGone(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	bob, err := r.fake.AddMailbox(graphfake.MailboxInfo{Calendar: "Bob's days", Person: graphfake.Person{Name: "Bob", Address: "bob@contoso.example"}})
	r.must(err)
	_, err = bob.Default().Add(graphfake.Event{Subject: "bob's", Start: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)})
	r.must(err)
	r.signIn(graphsync.SharedScope)
	r.account.Registration.Shared, r.account.Others = true, []string{"bob@contoso.example"}
	r.must(r.store.UpdateAccount(t.Context(), r.account.ID, func(a *bridge.Account) { *a = r.account }))
	r.sync()
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/users/bob@contoso.example"), Status: 404, Times: -1,
		Body: `{"error":{"code":"ErrorInvalidUser","message":"The requested user is invalid."}}`})
	r.add("while bob has none", 10, nil)
	_ = r.trySync(false)
	r.wantSame(r.cal)
	if got := r.mirrored(bob.Default()); got.Trouble == nil || got.Objects != 1 || r.trouble() != nil {
		t.Errorf("bob's calendar: %+v, the account: %+v", got, r.trouble())
	}
	r.fake.ClearFaults()
	r.sync()
	if got := r.mirrored(bob.Default()); got.Trouble != nil {
		t.Errorf("bob's calendar, once it is back: %+v", got.Trouble)
	}
}

// TestNoMailbox: an account that lost its mailbox is tried again after an hour
// and then daily, by hand at any time, and is followed as usual once it is back.
func TestNoMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := bubbled(t, graphfake.Habits{})
		r.syncer.Expand = nil
		r.syncer.Interval = func(bridge.Account) time.Duration { return 5 * time.Minute }
		addN(r, 1)
		r.sync()
		r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("^/v1.0/"), Status: 404, Times: -1, Body: `{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"It is hosted on-premise."}}`})
		before := w.requests()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.syncer.Run(ctx) }()
		time.Sleep(10*24*time.Hour + 12*time.Hour)
		if n := w.requests() - before; n != 12 {
			t.Errorf("%d requests in ten days and a half, want one at once, one an hour later and ten", n)
		}
		if tr := r.trouble(); tr == nil || !strings.Contains(tr.Fix, "once a day") || !strings.Contains(tr.Fix, "calbridge sync") {
			t.Errorf("trouble %+v", tr)
		}
		r.fake.ClearFaults()
		r.sync()
		r.add("once it is back", 3, nil)
		time.Sleep(6 * time.Minute)
		r.wantSame(r.cal)
		stop()
		r.must(<-ended)
	})
}

// TestSignedInAnewWhileItRuns: another registration, or another person's
// mailbox, is followed from then on without a restart.
func TestSignedInAnewWhileItRuns(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 1)
	moved := r.store.Hub.Listen()
	defer moved.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.syncer.Run(ctx) }()
	defer func() {
		stop()
		r.must(<-ended)
	}()
	<-moved.Ready()
	moved.Take()

	r.fake.RevokeGrants(anna)
	r.fake.ExpireAccess(anna)
	tokens := r.fake.SignIn(anna, "client-2", graphsync.Scopes...)
	account := r.account
	account.Registration.ClientID = "client-2"
	_, err := r.store.SaveAccount(t.Context(), account, func(bridge.AccountID) ([]byte, error) {
		return fmt.Appendf(nil, `{"access_token":%q,"refresh_token":%q}`, tokens.Access, tokens.Refresh), nil
	})
	r.must(err)
	r.add("seen with the new sign-in alone", 9, nil)
	r.syncer.Reload()
	<-moved.Ready() // or the test never ends
	r.wantSame(r.cal)
}

// TestBannerWhileAPersonIsNeeded: CalDAV readers are told in the calendar, as
// long as it lasts, and nothing else changes.
func TestBannerWhileAPersonIsNeeded(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	addN(r, 3)
	r.syncer.Banner = true
	r.sync()
	before := r.objects(r.cal)
	banner := bridge.ObjectName(bridge.BannerSource(r.account.ID))
	shown := func() (string, bool) {
		for obj, err := range r.store.Objects(t.Context(), r.mirrored(r.cal).ID, []string{banner}) {
			r.must(err)
			return string(obj.Body), obj.Body != nil
		}
		return "", false
	}
	r.fake.RevokeGrants(anna)
	r.fake.ExpireAccess(anna)
	_ = r.trySync(false)
	text, ok := shown()
	if !ok || !strings.Contains(text, "Outlook needs you") || !strings.Contains(text, "calbridge login") || !strings.Contains(text, "VALUE=DATE") {
		t.Fatalf("no banner:\n%s", text)
	}
	point := r.mirrored(r.cal).Point
	_ = r.trySync(false)
	r.restart()
	r.syncer.Banner = true
	accounts, err := r.store.Accounts(t.Context()) // as a new process finds it
	r.must(err)
	r.account = accounts[0]
	_ = r.trySync(false)
	if got := r.mirrored(r.cal).Point; got != point {
		t.Errorf("the banner moves the calendar again and again: %v, then %v", point, got)
	}
	r.signIn()
	r.restart()
	r.syncer.Banner = true
	r.must(r.trySync(true))
	if _, ok := shown(); ok {
		t.Error("the banner stays after signing in")
	}
	if d := diff.Diff(before, r.objects(r.cal)); d != "" {
		t.Errorf("events changed (-before +after):\n%s", d)
	}
	r.syncer.Banner = false
	r.fake.RevokeGrants(anna)
	r.fake.ExpireAccess(anna)
	r.restart() // with banners switched off
	_ = r.trySync(false)
	if _, ok := shown(); ok {
		t.Error("a banner that is switched off is shown")
	}
}

// TestSyncByHandAsksLittle: rounds that are asked for one after the other ask
// what the mailbox says of itself once, and see new calendars all the same.
func TestSyncByHandAsksLittle(t *testing.T) {
	r, pass := clocked(t, graphfake.Options{})
	team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team", Group: "People's Calendars"})
	r.sync()
	described := func() bool {
		n := r.fake.Counts().Routes
		return n["GET /me/mailboxSettings/timeZone"]+n["GET /me/outlook/masterCategories"]+n["GET /me"] > 0
	}
	r.fake.ResetCounts()
	r.sync()
	// The own calendars, the groups, the other two of three, and two cursors.
	if n := r.fake.Counts(); n.Total != 6 || described() {
		t.Errorf("an idle round by hand: %v", n.Routes)
	}
	mine := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Mine"})
	theirs := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Theirs", Group: "People's Calendars"})
	elsewhere := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Elsewhere", Group: "Other Calendars"})
	r.sync()
	for _, cal := range []*graphfake.Calendar{r.cal, team, mine, theirs, elsewhere} {
		if !r.mirrored(cal).Complete {
			t.Errorf("%s is not mirrored", cal.Name())
		}
	}
	for why, round := range map[string]func(){
		"a while later": func() { pass(6 * time.Minute); r.sync() },
		"in full":       func() { r.must(r.trySync(true)) },
	} {
		r.fake.ResetCounts()
		if round(); !described() || r.fake.Counts().Routes["GET /me/calendarGroups/{gid}/calendars"] != 3 {
			t.Errorf("%s: %v", why, r.fake.Counts().Routes)
		}
	}
}
