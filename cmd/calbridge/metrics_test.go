package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

var loopbackURL = &url.URL{Scheme: "http", Host: "127.0.0.1"}

// followed is a house with one account of a made-up mailbox.
func followed(t *testing.T) (*house, *graphfake.Server, bridge.Account) {
	t.Helper()
	fake := graphfake.New(graphfake.Options{})
	box, err := fake.Seed(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(fake)
	t.Cleanup(web.Close)
	h, account := follow(t, fake, box.Address(), web.URL, slog.New(slog.DiscardHandler))
	return h, fake, account
}

// follow is a house with the account of that address, signed in at url.
func follow(t *testing.T, fake *graphfake.Server, address, url string, log *slog.Logger) (*house, bridge.Account) {
	t.Helper()
	folder := t.TempDir()
	cfg := &Config{Data: folder, KeyFile: filepath.Join(folder, "key"), PublicURL: loopbackURL}
	h, err := openHouse(t.Context(), cfg, log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	if _, err := h.store.AddUser(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	tokens := fake.SignIn(address, "client-1", graphsync.Scopes...)
	account, err := h.store.SaveAccount(t.Context(), bridge.Account{User: "anna", Kind: "graph", Address: address,
		Registration: bridge.Registration{ClientID: "client-1", Tenant: "common", LoginURL: url, GraphURL: url}},
		func(id bridge.AccountID) ([]byte, error) {
			return h.vault.Seal(sealName(id), []byte(`{"access_token":"`+tokens.Access+`","refresh_token":"`+tokens.Refresh+`"}`)), nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return h, account
}

func scrape(t *testing.T, h *house) string {
	t.Helper()
	w := httptest.NewRecorder()
	newMetrics(h).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	h, fake, account := followed(t)
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.syncer.Audit(t.Context(), account, graphsync.AuditOptions{}); err != nil {
		t.Fatal(err)
	}
	cals, err := h.store.Calendars(t.Context(), account.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{2, 0, 3} {
		if err := h.store.Checked(t.Context(), cals[0].ID, bridge.Check{At: time.Now(), Repaired: n}); err != nil {
			t.Fatal(err)
		}
	}
	fake.RevokeGrants(account.Address)
	fake.ExpireAccess(account.Address)
	if err := h.syncer.Sync(t.Context(), account, graphsync.Options{}); bridge.KindOf(err) != bridge.SignIn {
		t.Fatal(err)
	}
	text := scrape(t, h)
	id := string(account.ID)
	for _, want := range []string{
		`calbridge_account_state{account="` + id + `",state="signin"} 1`,
		`calbridge_rounds_total{account="` + id + `",outcome="ok"} 2`,
		`calbridge_rounds_total{account="` + id + `",outcome="signin"} 1`,
		`calbridge_graph_requests_total{account="` + id + `",outcome="ok"}`,
		`calbridge_graph_requests_total{account="` + id + `",outcome="refused"} 1`,
		`calbridge_calendar_objects{account="` + id,
		`calbridge_calendar_lag_seconds{account="` + id,
		`calbridge_audit_instances{account="` + id,
		`calbridge_audit_differences{account="` + id,
		`calbridge_audit_timestamp_seconds{account="` + id,
		`calbridge_check_repaired{account="` + id + `",calendar="` + string(cals[0].ID) + `"} 3`,
		`calbridge_check_repaired_total{account="` + id + `",calendar="` + string(cals[0].ID) + `"} 5`,
		`calbridge_check_timestamp_seconds{account="` + id,
		`go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing from\n%s", want, text)
		}
	}
	for _, secret := range append([]string{account.Address, "contoso"}, cals[0].Name) {
		if strings.Contains(text, secret) {
			t.Errorf("metrics tell %q", secret)
		}
	}
	problems, err := testutil.CollectAndLint(&metrics{h})
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// TestMetricsAddress: they are served there, and only there.
func TestMetricsAddress(t *testing.T) {
	h, _, _ := followed(t)
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.serveMetrics(ctx, l) }()
	res, err := http.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil || !strings.Contains(string(body), "calbridge_build_info") {
		t.Errorf("%v: %s", err, body)
	}
	w := httptest.NewRecorder()
	newHandler(h, nil).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if strings.Contains(w.Body.String(), "calbridge_") {
		t.Errorf("the bridge's own address tells metrics: %d", w.Code)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
