package graphfake

import (
	"maps"
	"strings"
	"testing"
)

func TestRoutesNeedATokenAndAnswer(t *testing.T) {
	f := start(t, Options{})
	token := f.token
	seen := maps.Clone(f.srv.Counts().Routes)
	for _, r := range append(append([]route{}, mailboxRoutes...), viewRoutes...) {
		f.token = ""
		if got := f.call(r.method, "/me"+r.path, ""); got.status != 401 {
			t.Errorf("%s %s without a token: %d", r.method, r.path, got.status)
		}
		f.token = token
		if got := f.call(r.method, "/users/"+anna+r.path, "{}"); got.status == 404 && got.code() == "" || got.status == 405 {
			t.Errorf("%s %s: %d %s", r.method, r.path, got.status, got.text)
		}
	}
	if got := f.srv.Counts().Routes; len(got) <= len(seen)+len(viewRoutes) {
		t.Errorf("routes counted: %v", got)
	}
}

func TestMailboxAddresses(t *testing.T) {
	f := start(t, Options{})
	if got := f.ok(f.get("/me/mailboxSettings/timeZone")).body.text("value"); got != "W. Europe Standard Time" {
		t.Errorf("zone %q", got)
	}
	if got := f.ok(f.get("/me/mailboxSettings?$select=timeZone")).body; got.text("timeZone") == "" || got.child("workingHours") != nil {
		t.Errorf("settings %s", appendValue(nil, got))
	}
	if got := f.ok(f.get("/me?$select=id,mail,userPrincipalName,displayName")).body; got.text("id") != f.mb.guid || len(got) != 5 {
		t.Errorf("user %s", appendValue(nil, got))
	}
	if got := f.ok(f.get("/me/outlook/masterCategories")).items(); len(got) != 1 || got[0].text("color") != "preset0" {
		t.Errorf("categories %v", got)
	}
	windows := f.ok(f.get("/me/outlook/supportedTimeZones")).items()
	iana := f.ok(f.get("/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')")).items()
	if len(windows) < 139 || windows[0].text("alias") == "" || len(iana) < 100 || !strings.Contains(iana[0].text("alias"), "/") {
		t.Errorf("%d Windows zones, %d IANA zones", len(windows), len(iana))
	}
	for path, status := range map[string]int{
		"/me/outlook/nonsense": 400, "/me/nonsense": 400, "/nonsense": 400, "/me/calendars/AAMk/events/AAMk/nonsense/x": 400,
		"/Me/Calendars": 200, "/ME/calendarview?startDateTime=2026-01-01&endDateTime=2026-01-02": 200,
	} {
		if r := f.get(path); r.status != status {
			t.Errorf("%s: %d, want %d", path, r.status, status)
		}
	}
	if r := f.call("PUT", "/me/events", "{}"); r.status != 405 {
		t.Errorf("PUT: %d", r.status)
	}
}
