package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func wantKind(t *testing.T, what string, err error, kind bridge.Kind) {
	t.Helper()
	if bridge.KindOf(err) != kind {
		t.Errorf("%s: %v, want a fault of kind %q", what, err, kind)
	}
}

func usersAndDevices(t *testing.T, b *bench) {
	ctx := t.Context()
	b.must(b.AddUser(ctx, "ben"))
	_, err := b.AddUser(ctx, "anna")
	wantKind(t, "a user twice", err, bridge.Invalid)
	users, err := b.Users(ctx)
	if err != nil || len(users) != 2 || users[0].Name != "anna" || !users[0].Owner || users[1].Owner {
		t.Fatalf("users %+v, %v", users, err)
	}
	b.must(nil, b.SetPassword(ctx, "ben", "hash"))
	if u, err := b.User(ctx, "ben"); err != nil || u.Password != "hash" {
		t.Errorf("user %+v, %v", u, err)
	}
	wantKind(t, "password of nobody", b.SetPassword(ctx, "nobody", "x"), bridge.Absent)

	d, err := b.AddDevice(ctx, []byte("digest"), bridge.Device{User: "ben", Label: "phone", ReadOnly: true})
	b.must(d, err)
	_, err = b.AddDevice(ctx, []byte("other"), bridge.Device{User: "nobody"})
	wantKind(t, "device of nobody", err, bridge.Absent)
	b.now = b.now.Add(time.Minute)
	if got, err := b.Device(ctx, []byte("digest")); err != nil || got.ID != d.ID || got.User != "ben" || !got.ReadOnly {
		t.Errorf("device %+v, %v", got, err)
	}
	_, err = b.Device(ctx, []byte("unknown"))
	wantKind(t, "unknown device", err, bridge.Absent)
	b.restart() // when it was used is kept
	if list, err := b.Devices(ctx, "ben"); err != nil || len(list) != 1 || !list[0].LastUsed.Equal(b.now) {
		t.Errorf("devices %+v, %v", list, err)
	}
	wantKind(t, "another's device", b.RevokeDevice(ctx, "anna", d.ID), bridge.Absent)
	b.must(nil, b.RevokeDevice(ctx, "ben", d.ID))
	_, err = b.Device(ctx, []byte("digest"))
	wantKind(t, "revoked device", err, bridge.Absent)

	wantKind(t, "the owner before others", b.RemoveUser(ctx, "anna"), bridge.Invalid)
	b.must(nil, b.RemoveUser(ctx, "ben"))
	b.must(nil, b.RemoveUser(ctx, "anna"))
	if list, err := b.Calendars(ctx, ""); err != nil || len(list) != 0 {
		t.Errorf("calendars of removed users: %v, %v", list, err)
	}
}

func feeds(t *testing.T, b *bench) {
	ctx := t.Context()
	f, err := b.AddFeed(ctx, []byte("digest"), bridge.Feed{User: "anna", Name: "work", Calendars: []bridge.CalendarID{b.cal}, Mask: bridge.Full}, "fridge")
	b.must(f, err)
	got, address, err := b.FeedAt(ctx, []byte("digest"))
	if err != nil || got.ID != f.ID || address.Label != "fridge" || !address.Revoked.IsZero() {
		t.Fatalf("feed %+v, %+v, %v", got, address, err)
	}
	if list, err := b.Feeds(ctx, "anna"); err != nil || len(list) != 1 || !list[0].Addresses[0].LastUsed.Equal(b.now) {
		t.Errorf("feeds %+v, %v", list, err)
	}
	_, _, err = b.FeedAt(ctx, []byte("guessed"))
	wantKind(t, "a guessed secret", err, bridge.Absent)
	wantKind(t, "another's feed", b.RevokeFeed(ctx, "ben", f.ID), bridge.Absent)
	b.must(nil, b.RevokeFeed(ctx, "anna", f.ID))
	b.restart()
	if _, address, err := b.FeedAt(ctx, []byte("digest")); err != nil || address.Revoked.IsZero() {
		t.Errorf("a revoked address: %+v, %v", address, err)
	}
}

func accounts(t *testing.T, b *bench) {
	ctx := t.Context()
	seal := func(id bridge.AccountID) ([]byte, error) { return []byte("new for " + id), nil }
	again, err := b.SaveAccount(ctx, bridge.Account{User: "anna", Kind: "graph", Address: "ANNA@contoso.example", Name: "Anna"}, seal)
	if err != nil || again.ID != b.account {
		t.Errorf("signing in again made account %s of %s, %v", again.ID, b.account, err)
	}
	if secret, err := b.Secret(ctx, b.account); err != nil || string(secret) != "new for "+string(b.account) {
		t.Errorf("secret %q, %v", secret, err)
	}
	b.must(nil, b.SaveSecret(ctx, b.account, []byte("rotated")))
	b.restart()
	if secret, err := b.Secret(ctx, b.account); err != nil || string(secret) != "rotated" {
		t.Errorf("secret after a restart %q, %v", secret, err)
	}
	wantKind(t, "secret of nobody", b.SaveSecret(ctx, "nobody", nil), bridge.Absent)
	b.must(nil, b.UpdateAccount(ctx, b.account, func(a *bridge.Account) { a.Zone = "Europe/Berlin" }))
	if list, err := b.Accounts(ctx); err != nil || len(list) != 1 || list[0].Zone != "Europe/Berlin" {
		t.Errorf("accounts %+v, %v", list, err)
	}
	b.must(nil, b.RemoveAccount(ctx, b.account))
	if secret, err := b.Secret(ctx, b.account); err != nil || secret != nil {
		t.Errorf("secret of a removed account: %q, %v", secret, err)
	}
	if check, err := b.Check(ctx, nil); err != nil || check != nil {
		t.Errorf("a value is kept before there is one: %q, %v", check, err)
	}
	check, err := b.Check(ctx, []byte("mine"))
	if err != nil || string(check) != "mine" {
		t.Errorf("check %q, %v", check, err)
	}
	if check, err = b.Check(ctx, []byte("other")); err != nil || string(check) != "mine" {
		t.Errorf("check again %q, %v", check, err)
	}
}

// cutOff is a context that ends after some steps, as a process that is killed.
type cutOff struct {
	context.Context
	steps *int
}

func (c cutOff) Err() error {
	if *c.steps--; *c.steps < 0 {
		return context.Canceled
	}
	return nil
}

// removalsAreWhole: one that is cut off has taken everything away that anybody
// could see, or nothing.
func removalsAreWhole(t *testing.T, b *bench) {
	ctx := t.Context()
	for name, remove := range map[string]func(context.Context, string, bridge.AccountID) error{
		"an account": func(ctx context.Context, _ string, id bridge.AccountID) error { return b.RemoveAccount(ctx, id) },
		"a user":     func(ctx context.Context, user string, _ bridge.AccountID) error { return b.RemoveUser(ctx, user) },
	} {
		for steps := range 8 {
			user := fmt.Sprint("user-", steps)
			_, err := b.AddUser(ctx, user)
			b.must(nil, err)
			a, err := b.SaveAccount(ctx, bridge.Account{User: user, Kind: "graph", Address: user + "@contoso.example"},
				func(bridge.AccountID) ([]byte, error) { return []byte("sealed"), nil })
			b.must(a, err)
			_, err = b.SetCalendars(ctx, a.ID, []bridge.Listed{{Source: "one", Name: "One"}, {Source: "two", Name: "Two"}}, bridge.Env{})
			b.must(nil, err)
			two, err := b.Calendars(ctx, a.ID)
			b.must(two, err)
			b.must(nil, b.RetireCalendar(ctx, two[1].ID))
			left := steps
			_ = remove(cutOff{ctx, &left}, user, a.ID)
			b.restart()
			list, err := b.Calendars(ctx, a.ID)
			b.must(list, err)
			secret, err := b.Secret(ctx, a.ID)
			b.must(secret, err)
			if (len(list) == 0) != (secret == nil) {
				t.Errorf("%s, cut off after %d steps: %d calendars, secret %q", name, steps, len(list), secret)
			}
			if again := remove(ctx, user, a.ID); secret != nil && again != nil {
				t.Errorf("%s, cut off after %d steps: %v", name, steps, again)
			}
			if name == "an account" {
				b.must(nil, b.RemoveUser(ctx, user))
			}
		}
	}
}

func calendarsKeepTheirIDs(t *testing.T, b *bench) {
	ctx := t.Context()
	holidays := bridge.Listed{Source: "cal-2", Name: "Holidays", Peripheral: true}
	own := bridge.Listed{Source: "cal-1", Name: "Renamed", Color: "#123456"}
	b.list(own, holidays)
	list, err := b.Calendars(ctx, b.account)
	b.must(list, err)
	if len(list) != 2 || list[0].ID != b.cal || list[0].Name != "Renamed" || list[0].Hidden || !list[1].Hidden {
		t.Fatalf("calendars %+v", list)
	}
	fresh := bridge.Listed{Source: "cal-3", Name: "Told twice"}
	b.list(own, fresh, holidays, fresh)
	if list, err = b.Calendars(ctx, b.account); err != nil || len(list) != 3 {
		t.Errorf("a calendar that was listed twice: %+v, %v", list, err)
	}
	for _, gone := range b.list(own, holidays) {
		b.must(nil, b.RetireCalendar(ctx, gone.ID))
	}
	own.Source = "cal-1-reissued"
	if missing := b.list(own, holidays); len(missing) != 0 {
		t.Errorf("missing %v, though owner and name are the same", missing)
	}
	if cal, err := b.Calendar(ctx, b.cal); err != nil || cal.Source != own.Source {
		t.Errorf("calendar %+v, %v", cal, err)
	}
	missing := b.list(holidays)
	if len(missing) != 1 || missing[0].ID != b.cal {
		t.Errorf("missing %+v, want the calendar that is no longer listed", missing)
	}
	if _, err := b.Calendar(ctx, b.cal); err != nil {
		t.Errorf("a calendar that a listing lacked is gone: %v", err)
	}
	b.must(nil, b.Show(ctx, list[1].ID, true))
	if cal, err := b.Calendar(ctx, list[1].ID); err != nil || cal.Hidden {
		t.Errorf("shown: %+v, %v", cal, err)
	}
	b.must(nil, b.DropCalendar(ctx, b.cal))
	_, err = b.Calendar(ctx, b.cal)
	wantKind(t, "a dropped calendar", err, bridge.Absent)
	_, err = b.Begin(ctx, b.cal, false)
	wantKind(t, "a round over a dropped calendar", err, bridge.Absent)
}

// retiredCalendarsComeBack: with id, history and objects, under the same source
// id or as the one that it is said to be; but not for ever, and a stranger of the
// same owner and name does not get them.
func retiredCalendarsComeBack(t *testing.T, b *bench) {
	ctx := t.Context()
	point := b.round(true, upsert(event("a", "one")))
	own, err := b.Calendar(ctx, b.cal)
	b.must(own, err)
	another := bridge.Listed{Source: "another", Name: own.Name, Owner: own.Owner, Was: b.cal}
	for i, back := range []bridge.Listed{own.Listed, another, another} {
		name := []string{"the same", "another source id", "the same again"}[i]
		b.must(nil, b.RetireCalendar(ctx, b.cal))
		_, err := b.Calendar(ctx, b.cal)
		wantKind(t, "a retired calendar", err, bridge.Absent)
		if list, err := b.Calendars(ctx, b.account); err != nil || len(list) != 0 {
			t.Errorf("%s: listed %v, %v", name, list, err)
		}
		b.restart()
		b.list(back)
		if cal, err := b.Calendar(ctx, b.cal); err != nil || cal.Source != back.Source || cal.Point != point || len(b.served()) != 1 {
			t.Errorf("%s: came back as %+v, %v", name, cal, err)
		}
	}
	b.must(nil, b.RetireCalendar(ctx, b.cal))
	b.list(bridge.Listed{Source: "else", Name: "Another"}, bridge.Listed{Source: "stranger", Name: own.Name, Owner: own.Owner})
	_, err = b.Calendar(ctx, b.cal)
	wantKind(t, "a retired calendar, when another one has its name", err, bridge.Absent)
	b.now = b.now.Add(8 * 24 * time.Hour)
	b.list(own.Listed)
	_, err = b.Calendar(ctx, b.cal)
	wantKind(t, "a calendar that was away for long", err, bridge.Absent)
}

// namesakesAreToldApart by the events that they have or had.
func namesakesAreToldApart(t *testing.T, b *bench) {
	ctx := t.Context()
	b.round(true, claiming("a", "uid-1", nil))
	b.round(false, gone("a"), claiming("b", "uid-2", nil))
	own, err := b.Calendar(ctx, b.cal)
	b.must(own, err)
	stranger := bridge.Listed{Source: "stranger", Name: own.Name, Owner: own.Owner}
	ask := func(listed ...bridge.Listed) map[bridge.SourceID][]bridge.CalendarID {
		t.Helper()
		found, err := b.Namesakes(ctx, b.account, listed)
		b.must(found, err)
		return found
	}
	if found := ask(own.Listed, stranger); len(found) != 0 {
		t.Errorf("namesakes of a calendar that is listed: %v", found)
	}
	if found := ask(stranger, bridge.Listed{Source: "else", Name: "Another"}); len(found) != 1 || len(found["stranger"]) != 1 || found["stranger"][0] != b.cal {
		t.Errorf("namesakes %v", found)
	}
	b.must(nil, b.RetireCalendar(ctx, b.cal))
	for _, c := range []struct {
		source bridge.SourceID
		uid    string
		want   bool
	}{{"b", "x", true}, {"x", "uid-2", true}, {"a", "", true}, {"x", "uid-1", true}, {"x", "uid-3", false}, {"x", "", false}} {
		if held, err := b.Holds(ctx, b.cal, map[bridge.SourceID]string{c.source: c.uid}); err != nil || held != c.want {
			t.Errorf("it holds %s, %s: %v, %v", c.source, c.uid, held, err)
		}
	}
	if found := ask(stranger); len(found["stranger"]) != 1 {
		t.Errorf("namesakes of a retired one: %v", found)
	}
	b.list(stranger)
	if found := ask(stranger); len(found) != 0 {
		t.Errorf("namesakes of a known one: %v", found)
	}
}

func comparisonsAreCounted(t *testing.T, b *bench) {
	for _, c := range []bridge.Check{{Repaired: 2}, {}, {Repaired: 3}} {
		b.now = b.now.Add(24 * time.Hour)
		c.At = b.now
		b.must(nil, b.Checked(t.Context(), b.cal, c))
	}
	cal, err := b.Calendar(t.Context(), b.cal)
	if err != nil || cal.Check.Repaired != 3 || cal.Check.Total != 5 || !cal.Check.At.Equal(b.now) {
		t.Errorf("%+v, %v", cal.Check, err)
	}
}

func idleRoundsAreOneTransaction(t *testing.T, b *bench) {
	ctx := t.Context()
	point := b.round(true, upsert(event("a", "one")))
	trouble := &bridge.Trouble{Kind: bridge.Retry, What: "no network", Since: b.now}
	b.must(nil, b.Report(ctx, b.cal, "delta", trouble))
	b.now = b.now.Add(time.Hour)
	b.must(nil, b.EndAccountRound(ctx, b.account, []bridge.Mark{{Calendar: b.cal, Next: bridge.Cursor("later")}}, nil, b.now))
	cal, err := b.Calendar(ctx, b.cal)
	if err != nil || !cal.SyncedAt.Equal(b.now) || cal.Trouble != nil || cal.Rung != "delta" || cal.Point != point {
		t.Errorf("calendar %+v, %v", cal, err)
	}
	if r := b.begin(false); string(r.Cursor) != "later" {
		t.Errorf("cursor %q", r.Cursor)
	}
	b.must(nil, b.EndAccountRound(ctx, b.account, nil, trouble, time.Time{}))
	list, err := b.Accounts(ctx)
	b.must(list, err)
	if diff := cmp.Diff(trouble, list[0].Trouble); diff != "" || !list[0].LastSync.Equal(b.now) {
		t.Errorf("account %+v", list[0])
	}
}
