package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/ics"
	"calbridge/bridge/zone"
)

// A bridge that runs for long takes in what the machine and the calendar year
// bring, and renders its events again.
func TestLongRunsTakeInZoneDataAndYears(t *testing.T) {
	zoneinfo := t.TempDir()
	t.Setenv("ZONEINFO", zoneinfo)
	t.Cleanup(func() { _ = os.Setenv("ZONEINFO", ""); zone.Reload() })
	release := func(name string) {
		if err := os.WriteFile(filepath.Join(zoneinfo, "tzdata.zi"), []byte("# version "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	release("2097a")
	zone.Reload()
	path := filepath.Join(t.TempDir(), "db")
	synctest.Test(t, func(t *testing.T) {
		h, log := mirrored(t, path)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.keepRendered(ctx) }()
		env := func() bridge.Env {
			synctest.Wait()
			list, err := h.store.Calendars(t.Context(), "")
			if err != nil || len(list) != 1 || list[0].Rerender != nil {
				t.Fatalf("calendars %+v, %v", list, err)
			}
			return list[0].Env
		}
		was := env()
		release("2097b")
		time.Sleep(renewEvery + time.Minute)
		if now := env(); was.TZData != "2097a" || now.TZData != "2097b" {
			t.Errorf("zone data of %s were followed by %s", was.TZData, now.TZData)
		}
		time.Sleep(time.Until(time.Date(time.Now().Year()+1, 1, 1, 1, 1, 0, 0, time.UTC)))
		if now := env(); now.Horizon != was.Horizon+1 {
			t.Errorf("horizon %d was followed by %d", was.Horizon, now.Horizon)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		for _, want := range []string{"the machine has new time zone data", `because="time zone data"`, `because="the year"`} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, log)
			}
		}
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// mirrored returns a house with one calendar that holds one event.
func mirrored(t *testing.T, path string) (*house, *bytes.Buffer) {
	t.Helper()
	store, err := boltdb.Open(path, ics.Renderer, boltdb.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, log := t.Context(), new(bytes.Buffer)
	h := &house{store: store, now: time.Now, log: slog.New(slog.NewTextHandler(log, nil))}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = store.AddUser(ctx, "anna")
	must(err)
	a, err := store.SaveAccount(ctx, bridge.Account{User: "anna", Kind: "graph", Address: "anna@contoso.example"},
		func(bridge.AccountID) ([]byte, error) { return nil, nil })
	must(err)
	_, err = store.SetCalendars(ctx, a.ID, []bridge.Listed{{Source: "cal-1", Name: "Calendar"}},
		bridge.Env{TZData: zone.InUse(), Horizon: bridge.HorizonAt(time.Now())})
	must(err)
	list, err := store.Calendars(ctx, a.ID)
	must(err)
	r, err := store.Begin(ctx, list[0].ID, true)
	must(err)
	e := bridge.Event{Subject: "One", Start: time.Now(), End: time.Now().Add(time.Hour)}
	must(store.Apply(ctx, r, bridge.Batch{Changes: []bridge.Change{{Source: "a", Upsert: &bridge.Series{Source: "a", Claim: "u", Master: e}}}}))
	_, err = store.Finish(ctx, r)
	must(err)
	return h, log
}
