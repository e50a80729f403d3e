package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// seeded is an emulator with the mailbox of the demo.
func seeded(t *testing.T) *graphfake.Server {
	t.Helper()
	fake := graphfake.New(graphfake.Options{Sign: graphfake.SignOptions{DeviceInterval: time.Second}})
	if _, err := fake.Seed(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return fake
}

// client is a reader of a house: with an app password, and with a feed.
type client struct {
	t              *testing.T
	server         http.Handler
	password, feed string
}

func newClient(t *testing.T, h *house) *client {
	t.Helper()
	password, err := h.newPassword(t.Context(), bridge.Device{User: "anna", Label: "phone"})
	if err != nil {
		t.Fatal(err)
	}
	calendars, err := h.feedCalendars(t.Context(), "anna", nil)
	if err != nil {
		t.Fatal(err)
	}
	feed, err := h.newFeed(t.Context(), "anna", "all", "", calendars)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, server: newHandler(h, nil), password: password.Password, feed: strings.TrimPrefix(feed.URL, loopbackURL.String())}
}

func (c *client) do(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if !strings.HasPrefix(path, "/feeds/") {
		r.SetBasicAuth("anna", c.password)
	}
	r.Header.Set("Depth", "1")
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	return w
}

// everything is what the reader gets, request by request.
func (c *client) everything(h *house) (answers []string) {
	c.t.Helper()
	const listing = `<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`
	const query = `<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>` +
		`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260301T000000Z" end="20260401T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
	ask := func(method, path, body string) string {
		w := c.do(method, path, body)
		if w.Code != http.StatusOK && w.Code != http.StatusMultiStatus {
			c.t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		answers = append(answers, method+" "+path+" "+w.Header().Get("ETag")+"\n"+w.Body.String())
		return w.Body.String()
	}
	ask("PROPFIND", "/dav/calendars/anna/", "")
	ask(http.MethodGet, c.feed, "")
	lines, err := h.calendarLines(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, line := range lines {
		if line.Hidden {
			continue
		}
		ask(http.MethodGet, line.Path, "")
		ask("REPORT", line.Path, query)
		for _, href := range regexp.MustCompile(`[^>]+\.ics`).FindAllString(ask("REPORT", line.Path, listing), -1) {
			ask(http.MethodGet, href, "")
		}
	}
	return answers
}

// TestReadersDoNotWaitOnGraph: with Microsoft gone, every read answers as
// before, and people are told how old it is.
func TestReadersDoNotWaitOnGraph(t *testing.T) {
	fake := seeded(t)
	web := httptest.NewServer(fake)
	h, account := follow(t, fake, graphfake.SeedAddress, web.URL, slog.New(slog.DiscardHandler))
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, h)
	before := c.everything(h)
	if len(before) < 30 {
		t.Fatalf("the reader got %d answers only", len(before))
	}
	web.Close()
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); bridge.KindOf(err) != bridge.Retry {
		t.Fatalf("unplugged: %v", err)
	}
	if diff := cmp.Diff(before, c.everything(h)); diff != "" {
		t.Errorf("(-before +unplugged):\n%s", diff)
	}
	if page := c.do(http.MethodGet, "/", "").Body.String(); !strings.Contains(page, "Readers go on with events as of") {
		t.Errorf("the page does not tell how old the events are:\n%s", page)
	}
	r, err := h.report(t.Context(), "")
	if a := r.Accounts[0]; err != nil || r.OK || a.State != "degraded" || a.Message == "" || a.Fix == "" || a.LastSync == nil {
		t.Errorf("%+v, %v", a, err)
	}
}

// wiretap notes the secrets that pass between calbridge and Microsoft, and the
// scopes that are asked for.
type wiretap struct {
	next    http.Handler
	mu      sync.Mutex
	secrets map[string]bool
	scopes  map[string]bool
}

var tokenMembers = regexp.MustCompile(`"(?:access_token|refresh_token|device_code)":\s*"([^"]+)"`)

func (tap *wiretap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	tap.next.ServeHTTP(answer, r)
	form := r.Clone(r.Context())
	form.Body = io.NopCloser(bytes.NewReader(body))
	tap.mu.Lock()
	defer tap.mu.Unlock()
	tap.secrets[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] = true
	tap.secrets[form.FormValue("refresh_token")] = true
	for _, scope := range strings.Fields(form.FormValue("scope")) {
		tap.scopes[scope] = true
	}
	for _, m := range tokenMembers.FindAllStringSubmatch(answer.Body.String(), -1) {
		tap.secrets[m[1]] = true
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func newWiretap(next http.Handler) *wiretap {
	return &wiretap{next: next, secrets: map[string]bool{}, scopes: map[string]bool{}}
}

// TestSecretsStaySecret: what opens a mailbox or a calendar stands neither in
// the data folder nor in the log, and the log tells nothing of what is in the
// calendars or whose they are.
func TestSecretsStaySecret(t *testing.T) {
	fake := seeded(t)
	tap := newWiretap(fake)
	web := httptest.NewServer(tap)
	defer web.Close()
	var log lockedBuffer
	h, account := follow(t, fake, graphfake.SeedAddress, web.URL, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	round := func() { _ = h.syncer.Sync(t.Context(), account, graphsync.Options{}) }
	round()
	fake.ExpireAccess(account.Address) // a new token is fetched, and the old one's successor kept
	if _, err := fake.Mailbox(account.Address).Default().AddRaw([]byte(`{"id":"AAMkODD=","subject":"Nonsense of Project Aurora","start":"soon"}`)); err != nil {
		t.Fatal(err)
	}
	round()
	c := newClient(t, h)
	c.everything(h)
	c.do(http.MethodGet, "/", "")
	right := c.password
	c.password = "wrong-password"
	c.do("PROPFIND", "/dav/", "")
	fake.RevokeGrants(account.Address)
	fake.ExpireAccess(account.Address)
	round()

	delete(tap.secrets, "")
	if len(tap.secrets) < 3 {
		t.Fatalf("only %d secrets passed", len(tap.secrets))
	}
	feed := strings.Split(c.feed, "/")[2]
	for secret := range tap.secrets {
		wantNowhere(t, h.cfg.Data, &log, secret)
	}
	for _, secret := range []string{right, strings.ReplaceAll(right, "-", ""), feed, c.password} {
		wantNowhere(t, h.cfg.Data, &log, secret)
	}
	for _, private := range []string{"stand-up", "Aurora", "Berg", "Okafor", "anna", "contoso", "Calendar", "phone"} {
		if strings.Contains(log.String(), private) {
			t.Errorf("the log tells %q:\n%s", private, log.String())
		}
	}
	if n := strings.Count(log.String(), "\n"); n < 20 {
		t.Errorf("the log has %d lines: nothing was judged", n)
	}
}

func wantNowhere(t *testing.T, folder string, log *lockedBuffer, secret string) {
	t.Helper()
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log tells a secret: %.6s…", secret)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds a secret: %.6s…", file, secret)
		}
	}
}

// lockedBuffer takes a log from several goroutines.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestOnlyReadingIsAskedFor: no way of signing in asks for more than to read.
func TestOnlyReadingIsAskedFor(t *testing.T) {
	fake := seeded(t)
	tap := newWiretap(fake)
	web := httptest.NewServer(tap)
	defer web.Close()
	r := bridge.Registration{ClientID: "client-1", Tenant: "common", LoginURL: web.URL, GraphURL: web.URL}
	_, _, err := graphsync.SignIn(t.Context(), r, http.DefaultClient, func(code graphsync.Code) {
		if err := fake.ApproveDevice(code.Text, graphfake.SeedAddress); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for scope := range tap.scopes {
		if scope != "offline_access" && !strings.HasSuffix(scope, ".Read") {
			t.Errorf("%s is asked for", scope)
		}
	}
	if !tap.scopes["Calendars.Read"] {
		t.Errorf("the scopes seen are %v", tap.scopes)
	}
}
