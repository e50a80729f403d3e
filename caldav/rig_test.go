package caldav_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/ics"
	"calbridge/bridge/vault"
	"calbridge/caldav"
)

// rig is a server over a real store, with a user and a calendar.
type rig struct {
	*httptest.Server
	t       testing.TB
	store   *boltdb.Store
	vault   *vault.Vault
	handler *caldav.Handler
	account bridge.AccountID
	cal     bridge.Calendar
	secret  string // of anna's app password
	feed    string // secret of a feed of the calendar
	file    string // of the store
	log     *lockedBuffer

	mu   sync.Mutex
	now  time.Time
	seen []string
}

const addresses = "anna@contoso.example"

// newRig makes a server whose calendar holds the given series.
func newRig(t testing.TB, series ...*bridge.Series) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), secret: vault.NewPassword(), feed: vault.NewSecret(), log: &lockedBuffer{}}
	dir := t.TempDir()
	var err error
	if r.vault, err = vault.Open(filepath.Join(dir, "key")); err != nil {
		t.Fatal(err)
	}
	r.file = filepath.Join(dir, "db")
	if r.store, err = boltdb.Open(r.file, ics.Renderer, boltdb.Options{Now: r.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	r.account = r.addUser("anna", r.secret, addresses)
	r.cal = r.addCalendar(bridge.Listed{Source: "cal-1", Name: "Office", Color: "#0078d4", Writable: true}, series...)
	r.addFeed(r.feed, "Work", r.cal.ID)
	r.handler = &caldav.Handler{
		Library: r.store, Overlays: r.store, Gate: doors{r}, Feeds: doors{r}, Realm: "calbridge", Now: r.clock, Cache: filepath.Join(dir, "cache"),
		Log:  slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Seen: func(user string) { r.mu.Lock(); r.seen = append(r.seen, user); r.mu.Unlock() },
	}
	r.Server = httptest.NewServer(r.handler)
	t.Cleanup(r.Server.Close)
	return r
}

// renew replaces the handler by one that has nothing ready, for tests that call
// it without a network.
func (r *rig) renew() {
	old := r.handler
	r.handler = &caldav.Handler{Library: old.Library, Overlays: old.Overlays, Gate: old.Gate, Feeds: old.Feeds, Realm: old.Realm,
		Now: old.Now, Cache: old.Cache, Log: old.Log, Seen: old.Seen}
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// doors finds devices and feeds by the digests of their secrets, as the
// program does.
type doors struct{ r *rig }

func (d doors) Verify(ctx context.Context, _, password string) (bridge.Device, error) {
	return d.r.store.Device(ctx, d.r.vault.Digest("password", vault.Typed(password)))
}

func (d doors) Feed(ctx context.Context, secret string) (bridge.Feed, bridge.Address, error) {
	return d.r.store.FeedAt(ctx, d.r.vault.Digest("feed", secret))
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (r *rig) addUser(name, password string, mail ...string) bridge.AccountID {
	r.t.Helper()
	ctx := context.Background()
	must[bridge.User](r.t)(r.store.AddUser(ctx, name))
	must[bridge.Device](r.t)(r.store.AddDevice(ctx, r.vault.Digest("password", vault.Typed(password)), bridge.Device{User: name, Label: "test"}))
	a := must[bridge.Account](r.t)(r.store.SaveAccount(ctx, bridge.Account{User: name, Kind: "graph", Address: name + "@contoso.example", Addresses: mail},
		func(bridge.AccountID) ([]byte, error) { return []byte("sealed"), nil }))
	return a.ID
}

func (r *rig) addFeed(secret, name string, cals ...bridge.CalendarID) bridge.Feed {
	r.t.Helper()
	return must[bridge.Feed](r.t)(r.store.AddFeed(context.Background(), r.vault.Digest("feed", secret),
		bridge.Feed{User: "anna", Name: name, Calendars: cals, Mask: bridge.Full}, "fridge"))
}

var env = bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036, Addresses: []string{"anna@contoso.example", "a.smith@contoso.example"}}

// list adds a calendar to those of the rig's account, without a round.
func (r *rig) list(l bridge.Listed) bridge.Calendar {
	r.t.Helper()
	ctx := context.Background()
	known := must[[]bridge.Calendar](r.t)(r.store.Calendars(ctx, r.account))
	listed := []bridge.Listed{}
	for _, c := range known {
		listed = append(listed, c.Listed)
	}
	must[[]bridge.Calendar](r.t)(r.store.SetCalendars(ctx, r.account, append(listed, l), env))
	for _, c := range must[[]bridge.Calendar](r.t)(r.store.Calendars(ctx, r.account)) {
		if c.Source == l.Source {
			return c
		}
	}
	r.t.Fatalf("calendar %s is not listed", l.Source)
	return bridge.Calendar{}
}

func (r *rig) addCalendar(l bridge.Listed, series ...*bridge.Series) bridge.Calendar {
	r.t.Helper()
	cal := r.list(l)
	r.round(cal.ID, true, upserts(series...)...)
	return must[bridge.Calendar](r.t)(r.store.Calendar(context.Background(), cal.ID))
}

// round applies changes in a round of their own.
func (r *rig) round(id bridge.CalendarID, full bool, changes ...bridge.Change) {
	r.t.Helper()
	ctx := context.Background()
	round := must[bridge.Round](r.t)(r.store.Begin(ctx, id, full))
	if err := r.store.Apply(ctx, round, bridge.Batch{Changes: changes}); err != nil {
		r.t.Fatal(err)
	}
	must[bridge.Point](r.t)(r.store.Finish(ctx, round))
	if bad := must[[]bridge.BadItem](r.t)(r.store.Bad(ctx, id)); len(bad) > 0 {
		r.t.Fatalf("kept aside: %v", bad)
	}
}

func (r *rig) change(changes ...bridge.Change) {
	r.t.Helper()
	r.round(r.cal.ID, false, changes...)
}

func upserts(series ...*bridge.Series) (changes []bridge.Change) {
	for _, s := range series {
		changes = append(changes, bridge.Change{Source: s.Source, Upsert: s})
	}
	return changes
}

func gone(id string) bridge.Change { return bridge.Change{Source: bridge.SourceID(id), Gone: true} }

// Paths of the rig's calendar and its objects.
func (r *rig) calPath() string { return "/dav/calendars/anna/" + string(r.cal.ID) + "/" }

func (r *rig) objPath(id string) string {
	return r.calPath() + bridge.ObjectName(bridge.SourceID(id)) + ".ics"
}

// lockedBuffer collects a log.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
