package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// at runs a command line in the process that has the house.
func at(t *testing.T, h *house, line string) (out, talk string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	_, cmd, err := parse(strings.Fields(line), &stdout, &stderr)
	if err == nil {
		c := &call{out: &stdout, err: &stderr, cfg: h.cfg, log: h.log, now: h.now,
			ask:  func(string, bool) (string, error) { return "", errors.New("nobody is asked") },
			hold: func(_ context.Context, f func(*house) error) error { return f(h) }}
		err = cmd.Run(t.Context(), c)
		explain(&stderr, err)
	}
	return stdout.String(), stderr.String(), codeOf(err)
}

// TestReadiness: a calendar that is fetched for the first time is waited for,
// unless its account waits for a person.
func TestReadiness(t *testing.T) {
	h, fake, account := followed(t)
	waits := func() bool {
		text, err := h.Ready(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return text != ""
	}
	box := fake.Mailbox(account.Address)
	remove := fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events`), Status: 403, Times: -1, Body: `{"error":{"code":"ErrorAccessDenied","message":"no"}}`})
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err == nil || !waits() {
		t.Errorf("calendars that were never read: %v", err)
	}
	trouble := func(kind bridge.Kind) {
		if err := h.store.UpdateAccount(t.Context(), account.ID, func(a *bridge.Account) { a.Trouble = &bridge.Trouble{Kind: kind} }); err != nil {
			t.Fatal(err)
		}
	}
	for kind, want := range map[bridge.Kind]bool{bridge.SignIn: false, bridge.Consent: false, bridge.Retry: true} {
		if trouble(kind); waits() != want {
			t.Errorf("%s: waits %v", kind, waits())
		}
	}
	remove()
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil || waits() {
		t.Errorf("read: %v", err)
	}
	box.AddCalendar(graphfake.CalendarInfo{Name: "Holidays", ReadOnly: true})
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil || waits() {
		t.Errorf("a hidden calendar is waited for: %v", err)
	}
}

// TestLogout: takes one user's account away, says what goes with it, and refuses
// where several could be meant.
func TestLogout(t *testing.T) {
	h, fake, account := followed(t)
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"user add bob", "feed new work --user anna"} {
		if _, talk, code := at(t, h, line); code != exitDone {
			t.Fatalf("%s: %s", line, talk)
		}
	}
	second := account
	second.User = "bob"
	tokens := fake.SignIn(account.Address, "client-1", graphsync.Scopes...)
	if _, err := h.store.SaveAccount(t.Context(), second, func(id bridge.AccountID) ([]byte, error) {
		return h.vault.Seal(sealName(id), []byte(`{"access_token":"`+tokens.Access+`"}`)), nil
	}); err != nil {
		t.Fatal(err)
	}
	owners := func() (names []string) {
		list, err := h.store.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			names = append(names, a.User)
		}
		return names
	}
	for _, c := range []struct {
		rest, talk string
		code       int
	}{
		{" --yes", "anna, bob", exitUsage}, {" --user carol --yes", "no account of carol", exitFailed}, {" --user anna", "nobody is asked", exitFailed},
	} {
		_, talk, code := at(t, h, "logout "+account.Address+c.rest)
		if code != c.code || !strings.Contains(talk, c.talk) || len(owners()) != 2 {
			t.Errorf("%s: ended with %d, %s\nleft: %v", c.rest, code, talk, owners())
		}
	}
	_, talk, code := at(t, h, "logout "+account.Address+" --user ANNA --yes")
	if left := owners(); code != exitDone || len(left) != 1 || left[0] != "bob" || !strings.Contains(talk, "calendars and ") || !strings.Contains(talk, "which 1 feed shows") {
		t.Errorf("ended with %d, %s\nleft: %v", code, talk, left)
	}
	if _, talk, code := at(t, h, "logout "+account.Address+" --yes"); code != exitDone || len(owners()) != 0 {
		t.Errorf("ended with %d, %s", code, talk)
	}
}

// TestStatusEnds: as its report says.
func TestStatusEnds(t *testing.T) {
	for _, c := range []struct {
		code   int
		states []string
	}{
		{exitPerson, nil}, {exitDone, []string{"ok", "syncing"}}, {exitLater, []string{"ok", "first-sync"}},
		{exitFailed, []string{"first-sync", "degraded"}}, {exitPerson, []string{"degraded", "signin"}}, {exitPerson, []string{"consent", "ok"}},
	} {
		var r report
		for _, state := range c.states {
			r.Accounts = append(r.Accounts, accountReport{State: state})
		}
		if got := codeOf(r.exit()); got != c.code {
			t.Errorf("%v: %d, want %d", c.states, got, c.code)
		}
	}
	h, _, account := followed(t)
	for _, want := range []int{exitLater, exitDone} {
		out, _, code := at(t, h, "status --json")
		if ok := strings.Contains(out, `"ok": true`); code != want || ok != (code == exitDone) {
			t.Errorf("ended with %d, want %d:\n%s", code, want, out)
		}
		if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	out, _, _ := at(t, h, "status")
	if strings.Contains(out, "compared with the mailbox") {
		t.Errorf("what was not compared yet:\n%s", out)
	}
	cals, err := h.store.Calendars(t.Context(), account.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Checked(t.Context(), cals[0].ID, bridge.Check{At: h.now(), Repaired: 1}); err != nil {
		t.Fatal(err)
	}
	if out, _, _ := at(t, h, "status"); !strings.Contains(out, "compared with the mailbox: 1 event differed and was put right, last just now; 1 so far") {
		t.Errorf("a comparison is not shown:\n%s", out)
	}
}

// TestFieldsThatProgramsRelyOn: they are never renamed or removed, and nothing
// but JSON is on standard output.
func TestFieldsThatProgramsRelyOn(t *testing.T) {
	h, fake, account := followed(t)
	if _, err := fake.Mailbox(account.Address).Default().AddRaw([]byte(`{"id":"AAMkODD=","start":"soon"}`)); err != nil {
		t.Fatal(err)
	}
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, fields string }{
		{"password new --label phone --json", "id user label password read_only"},
		{"feed new work --json", "id address_id name calendars.0 url"},
		{"calendars --json", "0.id 0.name 0.account 0.user 0.path 0.color 0.writable 0.objects 0.synced_at"},
		{"status --json", "ok accounts.0.address accounts.0.user accounts.0.state accounts.0.message accounts.0.fix accounts.0.calendars.0.id accounts.0.calendars.0.name " +
			"accounts.0.calendars.0.objects accounts.0.calendars.0.last_sync accounts.0.calendars.0.source accounts.0.calendars.0.bad.0.id accounts.0.calendars.0.bad.0.cause"},
		{"accounts --json", "0.id 0.address 0.name 0.user 0.state 0.last_sync"},
		{"changes Calendar --json", "calendar token changes.0.object changes.0.uid changes.0.etag changes.0.path changes.0.removed"},
		{"user list --json", "0.name 0.owner 0.created"},
		{"password list --json", "0.id 0.user 0.label 0.read_only 0.created 0.last_used"},
		{"feed list --json", "0.id 0.name 0.user 0.calendars.0 0.addresses.0.id 0.addresses.0.label 0.addresses.0.last_used 0.addresses.0.revoked"},
		{"sync --json", "ok accounts.0.address accounts.0.state"},
		{"version --json", "version go tzdata_host tzdata_embedded"},
	} {
		out, talk, code := at(t, h, c.line)
		var v any
		if err := json.Unmarshal([]byte(out), &v); err != nil || code != exitDone {
			t.Errorf("%s: %v, exit code %d\n%s%s", c.line, err, code, out, talk)
			continue
		}
		for field := range strings.FieldsSeq(c.fields) {
			if !has(v, strings.Split(field, ".")) {
				t.Errorf("%s lacks %s:\n%s", c.line, field, out)
			}
		}
	}
}

// has reports whether a member is there, in the first element of each array.
func has(v any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch v := v.(type) {
	case []any:
		return len(v) > 0 && has(v[0], path[1:])
	case map[string]any:
		member, ok := v[path[0]]
		return ok && has(member, path[1:])
	}
	return false
}

// TestNamesCannotSteerTerminals: they are written by strangers.
func TestNamesCannotSteerTerminals(t *testing.T) {
	h, fake, account := followed(t)
	const nasty = "Team\x1b]0;owned\x07 \x1b[2J\u202eevil\tand\r\nmore"
	fake.Mailbox(account.Address).AddCalendar(graphfake.CalendarInfo{Name: nasty})
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil {
		t.Fatal(err)
	}
	list, err := h.store.Calendars(t.Context(), account.ID)
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, cal := range list {
		if strings.HasPrefix(cal.Name, "Team") {
			id = string(cal.ID)
		}
	}
	for _, line := range []string{"calendars", "status", "feed new --calendar " + id, "feed list", "calendars --hide " + id, "export " + id + "x"} {
		out, talk, _ := at(t, h, line)
		if text := out + talk; strings.ContainsAny(text, "\x1b\x07\r\u202e") || text == "" {
			t.Errorf("%s prints %q", line, text)
		}
	}
	var text bytes.Buffer
	explain(&text, &bridge.Fault{What: "no \x1b[31mred", Why: "because \x1b", Fix: "run \x1b"})
	if strings.Contains(text.String(), "\x1b") {
		t.Errorf("an error prints %q", text.String())
	}
}

// TestJSONCannotSteerTerminals: escapes mean the same to programs.
func TestJSONCannotSteerTerminals(t *testing.T) {
	var out strings.Builder
	name := "a\u009b31mb\u202ec\u007fé😀"
	if err := (&call{out: &out}).printJSON(map[string]string{"name": name}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(strings.TrimSpace(out.String()), func(r rune) bool { return r != '\n' && steers(r) }) || !strings.Contains(out.String(), "é😀") {
		t.Errorf("%q", out.String())
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back["name"] != name {
		t.Errorf("%q, %v", back["name"], err)
	}
}
