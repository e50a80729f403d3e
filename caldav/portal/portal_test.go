package portal

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// told is a source that says what it is told to.
type told struct {
	status Status
	waits  string
	err    error
	asked  []string
}

func (s *told) Ready(context.Context) (string, error) { return s.waits, s.err }

func (s *told) Status(_ context.Context, user string) (Status, error) {
	s.asked = append(s.asked, user)
	return s.status, s.err
}

// oneDoor lets anna in.
type oneDoor struct{ err error }

func (d oneDoor) Visit(r *http.Request) (bridge.Device, error) {
	if d.err != nil {
		return bridge.Device{}, d.err
	}
	if user, password, _ := r.BasicAuth(); user == "anna" && password == "secret" {
		return bridge.Device{User: "anna"}, nil
	}
	return bridge.Device{}, &bridge.Fault{Kind: bridge.SignIn, What: "wrong"}
}

func (oneDoor) Challenge(h http.Header) { h.Set("WWW-Authenticate", `Basic realm="test"`) }

func office() Calendar {
	return Calendar{Calendar: bridge.Calendar{Listed: bridge.Listed{Name: "Office <b>", Color: "#0078D4"}, Complete: true, Objects: 412,
		SyncedAt: now.Add(-time.Minute), Changed: now.Add(-2 * time.Minute)}}
}

// TestAudit: what comparing with Outlook came to stands with its calendar.
func TestAudit(t *testing.T) {
	for text, audit := range map[string]bridge.Audit{
		"1758 instances checked against Outlook, 0 differed · last ": {Checked: 1758, At: now.Add(-time.Hour)},
		"1 instance checked against Outlook, 1 differed · last ":     {Checked: 1, Differed: 1, At: now},
		"": {},
	} {
		s := well()
		s.Accounts[0].Calendars[0].Audit = audit
		var page bytes.Buffer
		h := &Handler{Now: func() time.Time { return now }}
		if err := pages.ExecuteTemplate(&page, "status", h.pageOf("anna", s)); err != nil {
			t.Fatal(err)
		}
		if got := page.String(); !strings.Contains(got, text) || strings.Contains(got, "against Outlook") != (text != "") {
			t.Errorf("%q is not on the page", text)
		}
		if strings.Contains(page.String(), "audit --repair") != (audit.Differed > 0) {
			t.Errorf("%+v: what to do is not said", audit)
		}
	}
}

// TestCheck: so does what the nightly comparison of all ids came to.
func TestCheck(t *testing.T) {
	for text, check := range map[string]bridge.Check{
		"compared with the mailbox: 0 differed · last ":                   {At: now.Add(-time.Hour)},
		"compared with the mailbox: 1 differed and was put right · last ": {At: now, Repaired: 1, Total: 4},
		"· 4 so far": {At: now, Total: 4},
		"":           {},
	} {
		s := well()
		s.Accounts[0].Calendars[0].Check = check
		var page bytes.Buffer
		h := &Handler{Now: func() time.Time { return now }}
		if err := pages.ExecuteTemplate(&page, "status", h.pageOf("anna", s)); err != nil {
			t.Fatal(err)
		}
		if got := page.String(); !strings.Contains(got, text) || strings.Contains(got, "with the mailbox") != (text != "") {
			t.Errorf("%q is not on the page", text)
		}
	}
}

func well() Status {
	return Status{
		Accounts: []Account{{Address: "anna@contoso.example", State: OK, Message: "Everything is up to date.", LastSync: now.Add(-time.Minute), Calendars: []Calendar{office()}}},
		Devices:  []bridge.Device{{Label: "Phone", LastUsed: now.Add(-3 * time.Hour)}, {Label: "Never used"}},
		Feeds: []bridge.Feed{{Name: "Work", Calendars: []bridge.CalendarID{"a"}, Addresses: []bridge.Address{
			{Label: "Fridge", LastUsed: now.Add(-30 * time.Second)}, {Label: "Withdrawn", Revoked: now, LastUsed: now}}},
			{Name: "Given up", Addresses: []bridge.Address{{Label: "Ward", Revoked: now}}}},
	}
}

func newHandler(status Status) (*Handler, *told) {
	source := &told{status: status}
	return &Handler{Source: source, Door: oneDoor{}, PublicURL: "https://cal.example.org/base", Version: "0.1", Now: func() time.Time { return now }}, source
}

func get(h http.Handler, path, password string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	if password != "" {
		r.SetBasicAuth("anna", password)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var tags = regexp.MustCompile(`<style>(?s:.*?)</style>|<[^>]*>`)

// text is what a person reads of a page.
func text(w *httptest.ResponseRecorder) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(w.Body.String(), " "))), " ")
}

func TestStatusPage(t *testing.T) {
	h, source := newHandler(well())
	w := get(h, "/", "secret")
	if w.Code != http.StatusOK || len(source.asked) != 1 || source.asked[0] != "anna" {
		t.Fatalf("status %d, asked of %v", w.Code, source.asked)
	}
	page := text(w)
	for _, want := range []string{"Everything is up to date; last change 2 min ago.", "anna@contoso.example", "Office <b>", "read-only", "412 events · checked 1 min ago · last change 2 min ago",
		"https://cal.example.org/base/dav/", "Phone", "last seen 3 hours ago", "Fridge", "last seen just now", "Never used", "not seen yet", "Work", "calbridge 0.1"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "Withdrawn") || strings.Contains(page, "Given up") {
		t.Error("a withdrawn address is shown")
	}
	if strings.Index(page, "Fridge") > strings.Index(page, "Phone") {
		t.Error("the last reader does not come first")
	}
	if !strings.Contains(w.Body.String(), `fill="#0078D4"`) {
		t.Error("the calendar's colour is missing")
	}
}

func TestPagesAreSafe(t *testing.T) {
	h, _ := newHandler(well())
	for path, password := range map[string]string{"/": "secret", "/nothing": "", "/base/": ""} {
		w := get(h, path, password)
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "style-src 'sha256-") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %s", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s %q", path, name, got)
			}
		}
		body := w.Body.String()
		for _, not := range []string{"<script", "style=", "onclick", "http://", "<b>"} {
			if strings.Contains(body, not) {
				t.Errorf("%s has %s", path, not)
			}
		}
		for _, want := range []string{`<html lang="en">`, `name="viewport"`, "<title>", "<h1>", "<main>"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
		wellFormed(t, body)
	}
}

var metas = regexp.MustCompile(`<meta[^>]*>`)

// wellFormed checks that tags are closed in order.
func wellFormed(t *testing.T, body string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(metas.ReplaceAllString(body, "")))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%v in\n%s", err, body)
			return
		}
	}
}

func TestWhatIsWrongComesFirst(t *testing.T) {
	account := func(address string, state State, message, fix string) Account {
		return Account{Address: address, State: state, Message: message, Fix: fix, LastSync: now.Add(-3 * time.Hour), Calendars: []Calendar{office()}}
	}
	fresh := account("c@x", FirstSync, "The calendars have not been fetched yet.", "run calbridge sync")
	aside := account("d@x", OK, "Everything is up to date.", "")
	aside.Calendars[0].Aside = []bridge.BadItem{{Source: "AAMk", Cause: "it has no start"}}
	remarked := account("e@x", OK, "Everything is up to date.", "")
	remarked.Calendars[0].Remarks = []bridge.Remark{{Source: "AAMkR", Text: "It is shown shorter."}}
	for _, c := range []struct {
		name     string
		accounts []Account
		want     []string
		class    State
	}{
		{"nothing connected", nil, []string{"No mailbox is connected yet.", "calbridge login"}, FirstSync},
		{"sign-in before degraded", []Account{account("a@x", Degraded, "Microsoft does not answer.", ""), account("b@x", SignIn, "The password was changed.", "Run calbridge login b@x")},
			[]string{"b@x: The password was changed. Readers go on with events as of 3 hours ago.", "Run calbridge login b@x"}, SignIn},
		{"degraded", []Account{account("a@x", OK, "", ""), account("b@x", Degraded, "Microsoft does not answer.", "")}, []string{"b@x: Microsoft does not answer."}, Degraded},
		{"first", []Account{fresh}, []string{"The calendars are being fetched for the first time.", "Run calbridge sync"}, FirstSync},
		{"syncing is well", []Account{account("a@x", Syncing, "Fetching what changed.", "")}, []string{"Everything is up to date; last change 2 min ago."}, OK},
		{"kept aside", []Account{aside}, []string{"One event could not be read and is kept aside", "1 event kept aside", "it has no start", "AAMk"}, Degraded},
		{"a remark is no trouble", []Account{remarked}, []string{"Everything is up to date; last change 2 min ago.", "1 remark on events", "It is shown shorter.", "AAMkR"}, OK},
	} {
		h, _ := newHandler(Status{Accounts: c.accounts})
		w := get(h, "/", "secret")
		page := text(w)
		for _, want := range c.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q:\n%s", c.name, want, page)
			}
		}
		if !strings.Contains(w.Body.String(), `<div class="summary `+string(c.class)+`"`) {
			t.Errorf("%s: the summary is not shown as %s", c.name, c.class)
		}
		wellFormed(t, w.Body.String())
	}
}

func TestSignIn(t *testing.T) {
	h, source := newHandler(well())
	for _, password := range []string{"", "wrong"} {
		w := get(h, "/", password)
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%q: status %d", password, w.Code)
		}
		if page := text(w); !strings.Contains(page, "calbridge") || !strings.Contains(page, "calbridge password new") || strings.Contains(page, "anna") {
			t.Errorf("%q: %s", password, page)
		}
	}
	h.Door = oneDoor{&bridge.Fault{Kind: bridge.Retry, After: 12 * time.Second}}
	if w := get(h, "/", "secret"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "12" {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	if len(source.asked) != 0 {
		t.Error("the status was asked for before anyone had signed in")
	}
}

func TestDemoShowsWhatIsNoSecretThere(t *testing.T) {
	h, source := newHandler(well())
	h.Demo = &Demo{User: "ben", Password: "open-to-all", Feed: "http://127.0.0.1:1/feeds/x/demo.ics", Outlook: "http://127.0.0.1:2/"}
	w := get(h, "/", "")
	if w.Code != http.StatusOK || source.asked[0] != "ben" {
		t.Errorf("status %d, asked of %v", w.Code, source.asked)
	}
	page := text(w)
	for _, want := range []string{"open-to-all", "http://127.0.0.1:1/feeds/x/demo.ics", "on the Outlook side"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "password new") || !strings.Contains(w.Body.String(), `href="http://127.0.0.1:2/"`) {
		t.Errorf("the next step is not the demo's:\n%s", page)
	}
	wellFormed(t, w.Body.String())
}

func TestFailuresAreTold(t *testing.T) {
	var log bytes.Buffer
	h, source := newHandler(well())
	h.Log = slog.New(slog.NewTextHandler(&log, nil))
	source.err = errors.New("the disk is gone")
	for path, want := range map[string]int{"/": http.StatusInternalServerError, "/readyz": http.StatusServiceUnavailable, "/healthz": http.StatusOK} {
		if w := get(h, path, "secret"); w.Code != want || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s: %d %s", path, w.Code, text(w))
		}
	}
	h.Door = oneDoor{errors.New("the disk is gone")}
	if w := get(h, "/", "secret"); w.Code != http.StatusInternalServerError {
		t.Errorf("status %d", w.Code)
	}
	if n := strings.Count(log.String(), "the disk is gone"); n != 3 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

// TestHealth: the process is alive whatever is missing, and ready when nothing
// is; neither makes a whole status.
func TestHealth(t *testing.T) {
	for waits, want := range map[string]int{"": 200, "A calendar is being fetched.": 503} {
		h, source := newHandler(well())
		source.waits = waits
		for _, prefix := range []string{"", "/base"} {
			if w := get(h, prefix+"/healthz", ""); w.Code != 200 || w.Body.String() != "ok\n" {
				t.Errorf("%q: healthz %d %q", waits, w.Code, w.Body)
			}
			w := get(h, prefix+"/readyz", "")
			if w.Code != want || !strings.Contains(w.Body.String(), waits) || w.Header().Get("Retry-After") == "" == (want == 503) {
				t.Errorf("%q: readyz %d %q", waits, w.Code, w.Body)
			}
		}
		if len(source.asked) > 0 {
			t.Errorf("a whole status was made for %q", source.asked)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	h, _ := newHandler(well())
	for _, method := range []string{http.MethodPost, http.MethodPut, "PROPFIND"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", http.NoBody))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	r := httptest.NewRequest(http.MethodHead, "/", http.NoBody)
	r.SetBasicAuth("anna", "secret")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d with %d octets", w.Code, w.Body.Len())
	}
	if w := get(h, "/nothing", ""); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Hour: "just now", 0: "just now", 59 * time.Second: "just now", time.Minute: "1 min ago", 119 * time.Minute: "119 min ago", 2 * time.Hour: "2 hours ago",
		47 * time.Hour: "47 hours ago", 48 * time.Hour: "2 days ago", 61 * 24 * time.Hour: "on 31 December 2025"} {
		if got := ago(now, now.Add(-d)); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	if got := ago(now, time.Time{}); got != "never" {
		t.Errorf("never: %s", got)
	}
	for in, want := range map[string]string{"#0078D4": "#0078D4", "": "#888888", `"/><script>`: "#888888", "red": "#888888"} {
		if got := color(in); got != want {
			t.Errorf("color(%q) = %s", in, got)
		}
	}
}
