package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
)

// TestOwnerIsToldOnce: one POST per trouble that is taken, however many rounds
// and restarts come after it.
func TestOwnerIsToldOnce(t *testing.T) {
	var got []notice
	status := http.StatusBadGateway
	ear := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n notice
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
		got = append(got, n)
		w.WriteHeader(status)
	}))
	defer ear.Close()
	h, fake, account := followed(t)
	h.cfg.Notify.URL = ear.URL + "/secret-topic"
	h.syncer = newSyncer(h)
	round := func() { _ = h.syncer.Sync(t.Context(), account, graphsync.Options{}) }

	round()
	if len(got) != 0 {
		t.Fatalf("told of nothing: %+v", got)
	}
	fake.RevokeGrants(account.Address)
	fake.ExpireAccess(account.Address)
	round()
	status = http.StatusOK
	round()
	round()
	if len(got) != 2 {
		t.Fatalf("%d POSTs, want one that was refused and one that was taken", len(got))
	}
	n := got[1]
	if n.Account != account.Address || n.State != "signin" || !strings.Contains(n.Fix, "calbridge login "+account.Address) || n.Since == nil {
		t.Errorf("%+v", n)
	}
	accounts, err := h.store.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.syncer = newSyncer(h) // as after a restart
	_ = h.syncer.Sync(t.Context(), accounts[0], graphsync.Options{})
	if len(got) != 2 {
		t.Errorf("told again after a restart: %+v", got[2:])
	}
}

// TestNotifyKeepsItsAddress: it may hold a secret.
func TestNotifyKeepsItsAddress(t *testing.T) {
	h, _, account := followed(t)
	h.cfg.Notify.URL = "http://127.0.0.1:1/secret-topic"
	err := h.notify(t.Context(), account, bridge.Trouble{Kind: bridge.SignIn, What: "it ended", Since: time.Now()})
	if err == nil || strings.Contains(err.Error(), "secret-topic") {
		t.Errorf("%v", err)
	}
	if err := setNotify(new(Config), "ntfy.example.org/secret-topic"); err == nil || strings.Contains(err.Error(), "secret-topic") {
		t.Errorf("%v", err)
	}
}
