package graphfake

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// press posts a form of the page, from the page's own origin.
func (f *fixture) press(action string, pairs ...string) reply {
	f.t.Helper()
	v := url.Values{"mailbox": {anna}, "week": {"2026-01-05"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return f.do("POST", f.web.URL+action, v.Encode(), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {f.web.URL}, "Sec-Fetch-Site": {"same-origin"}})
}

func TestPageForms(t *testing.T) {
	f := start(t, Options{})
	cal := f.mb.Default()
	week := func() []string {
		var got []string
		for _, it := range cal.Instances(berlin("2026-01-05 00:00"), berlin("2026-01-19 00:00")) {
			got = append(got, it.Start.In(f.mb.zone).Format("Mon 2 15:04 ")+it.Subject)
		}
		return got
	}
	must := func(r reply) {
		t.Helper()
		if r.status != http.StatusSeeOther || strings.Contains(r.header.Get("Location"), "message=") {
			t.Fatalf("got %d to %s", r.status, r.header.Get("Location"))
		}
	}
	must(f.press("/outlook/create", "subject", "Lunch <b>", "start", "2026-01-06T12:30", "minutes", "30", "calendar", cal.IDs().Classic, "location", "Canteen"))
	must(f.press("/outlook/create", "subject", "Rounds", "start", "2026-01-07T09:00", "calendar", cal.IDs().Classic, "repeat", "weekly"))
	must(f.press("/outlook/create", "subject", "Off", "start", "2026-01-09T09:00", "calendar", cal.IDs().Classic, "allday", "1"))
	if d := cmp.Diff([]string{"Tue 6 12:30 Lunch <b>", "Wed 7 09:00 Rounds", "Fri 9 01:00 Off", "Wed 14 09:00 Rounds"}, week()); d != "" {
		t.Errorf("after create (-want +got):\n%s", d)
	}
	all := cal.Instances(berlin("2026-01-05 00:00"), berlin("2026-01-19 00:00"))
	lunch, rounds, off, later := all[0], all[1], all[2], all[3]
	must(f.press("/outlook/rename", "id", lunch.IDs.Classic, "subject", "Dinner"))
	must(f.press("/outlook/move", "id", lunch.IDs.Classic, "start", "2026-01-08T19:00"))
	must(f.press("/outlook/move", "id", off.IDs.Classic, "start", "2026-01-10T00:00"))
	must(f.press("/outlook/rename", "id", later.IDs.Classic, "master", later.MasterID, "subject", "Rounds, late"))
	must(f.press("/outlook/move", "id", later.IDs.Classic, "master", later.MasterID, "start", "2026-01-14T11:00"))
	must(f.press("/outlook/delete", "id", rounds.IDs.Classic, "master", rounds.MasterID))
	if d := cmp.Diff([]string{"Thu 8 19:00 Dinner", "Sat 10 01:00 Off", "Wed 14 11:00 Rounds, late"}, week()); d != "" {
		t.Errorf("after edits (-want +got):\n%s", d)
	}
	must(f.press("/outlook/rename", "id", later.IDs.Classic, "master", later.MasterID, "subject", "Visits", "whole", "1"))
	must(f.press("/outlook/delete", "id", later.IDs.Classic, "master", later.MasterID, "whole", "1"))
	if d := cmp.Diff([]string{"Thu 8 19:00 Dinner", "Sat 10 01:00 Off"}, week()); d != "" {
		t.Errorf("after deletion (-want +got):\n%s", d)
	}
}

func TestPageRefusals(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup()).Classic
	for name, r := range map[string]reply{
		"no calendar": f.press("/outlook/create", "calendar", "x", "start", "2026-01-06T12:30"),
		"no time":     f.press("/outlook/create", "calendar", f.mb.Default().IDs().Classic),
		"no length":   f.press("/outlook/create", "calendar", f.mb.Default().IDs().Classic, "start", "2026-01-06T12:30", "minutes", "x"),
		"no event":    f.press("/outlook/rename", "id", "x"),
		"bad move":    f.press("/outlook/move", "id", id, "start", "x"),
		"move of x":   f.press("/outlook/move", "id", "x", "start", "2026-01-06T12:30"),
	} {
		if r.status != http.StatusSeeOther || !strings.Contains(r.header.Get("Location"), "message=That+did+not+work") {
			t.Errorf("%s: %d to %s", name, r.status, r.header.Get("Location"))
		}
	}
	r := f.do("POST", f.web.URL+"/outlook/delete", "id="+url.QueryEscape(id), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"https://example.org"}, "Sec-Fetch-Site": {"cross-site"}})
	if r.status != http.StatusForbidden || f.mb.Default().Len() != 1 {
		t.Errorf("foreign form: %d", r.status)
	}
}

func TestWeekPage(t *testing.T) {
	f := seeded(t, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	r := f.do("GET", f.web.URL+"/", "", nil)
	text := html.UnescapeString(r.text)
	for _, part := range []string{"Anna Berg", "23 November to 29 November 2026", "Team stand-up", "shared by Ben Okafor", "read only", "🎉 Launch party 🚀",
		"Trade fair in Cologne", "all day", "changed", "Tuesday 24 November", `action="/outlook/move"`} {
		if !strings.Contains(text, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if r.status != 200 || strings.Contains(r.text, "<script") || !strings.Contains(r.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("page %d %v", r.status, r.header)
	}
	next := regexp.MustCompile(`href="(/\?mailbox=[^"]*week=2026-11-30)"`).FindStringSubmatch(text)
	if next == nil {
		t.Fatal("no link to the next week")
	}
	if r := f.do("GET", f.web.URL+next[1], "", nil); !strings.Contains(r.text, "30 November to 6 December 2026") || !strings.Contains(r.text, "Flight BER to JFK") {
		t.Errorf("next week: %s", r.text)
	}
	if r := f.do("GET", f.web.URL+"/nowhere", "", nil); r.status != 404 {
		t.Errorf("unknown page: %d", r.status)
	}
}

func TestPagesWithoutMailboxes(t *testing.T) {
	f := &fixture{t: t, srv: New(Options{})}
	f.serve()
	if r := f.do("GET", f.web.URL+"/", "", nil); r.status != 200 || !strings.Contains(r.text, "no mailbox yet") {
		t.Errorf("got %d %s", r.status, r.text)
	}
	if r := f.press("/outlook/delete"); r.status != 404 {
		t.Errorf("form: %d", r.status)
	}
}

func TestDeviceLoginPage(t *testing.T) {
	f := start(t, Options{})
	begin := func() (secret, user string) {
		b := f.form("devicecode", "client_id", "app", "scope", allScopes).body
		return b.text("device_code"), b.text("user_code")
	}
	secret, user := begin()
	if r := f.do("GET", f.web.URL+"/devicelogin?code="+user, "", nil); !strings.Contains(r.text, `value="`+user+`"`) {
		t.Errorf("page: %s", r.text)
	}
	if r := f.press("/devicelogin", "code", "WRONG", "address", anna, "decision", "accept"); !strings.Contains(r.text, "did not work") {
		t.Errorf("wrong code: %s", r.text)
	}
	if r := f.press("/devicelogin", "code", user, "address", anna, "decision", "accept"); !strings.Contains(r.text, "You have signed in") {
		t.Errorf("accepted: %s", r.text)
	}
	f.poll(secret).wantSign(t, "", "")
	secret, user = begin()
	if r := f.press("/devicelogin", "code", user, "decision", "decline"); !strings.Contains(r.text, "You declined") {
		t.Errorf("declined: %s", r.text)
	}
	f.poll(secret).wantSign(t, "authorization_declined", "70018")
}
