package graphsync_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/ics"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

const anna = "anna@contoso.example"

// rig is an emulated mailbox, a store and the syncer between them, over real
// HTTP.
type rig struct {
	t       tester
	fake    *graphfake.Server
	box     *graphfake.Mailbox
	cal     *graphfake.Calendar
	url     string // of both Graph and sign-in
	hc      *http.Client
	store   *boltdb.Store
	path    string
	secrets *plainSecrets
	syncer  *graphsync.Syncer
	account bridge.Account
	now     func() time.Time

	renderer bridge.Renderer
}

// tester is a test, or one check of a property.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
	Cleanup(func())
	TempDir() string
}

// plainSecrets keeps tokens in the store as they are: sealing is bridge/vault's
// affair.
type plainSecrets struct {
	store func() *boltdb.Store
	mu    sync.Mutex
	saved int
	fail  error
}

func (s *plainSecrets) Load(ctx context.Context, id bridge.AccountID) ([]byte, error) {
	return s.store().Secret(ctx, id)
}

func (s *plainSecrets) Save(ctx context.Context, id bridge.AccountID, token []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved++
	if s.fail != nil {
		return s.fail
	}
	return s.store().SaveSecret(ctx, id, token)
}

func newRig(t *testing.T, o graphfake.Options) *rig {
	t.Helper()
	return rigWith(t, o, func(fake *graphfake.Server) (*graphfake.Mailbox, error) {
		return fake.AddMailbox(graphfake.MailboxInfo{Person: graphfake.Person{Name: "Anna", Address: anna}, TimeZone: "W. Europe Standard Time", Categories: []string{"Team", "Focus"}, Aliases: []string{"anna.berg@contoso.example"}})
	})
}

// rigWith is a rig whose mailbox, anna's, is made by fill.
func rigWith(t tester, o graphfake.Options, fill func(*graphfake.Server) (*graphfake.Mailbox, error)) *rig {
	t.Helper()
	fake := graphfake.New(o)
	web := httptest.NewServer(fake)
	t.Cleanup(web.Close)
	return rigOn(t, o.Now, fake, web.URL, &http.Client{}, fill)
}

// rigOn is a rig whose mailbox is reached at url by hc.
func rigOn(t tester, clock func() time.Time, fake *graphfake.Server, url string, hc *http.Client, fill func(*graphfake.Server) (*graphfake.Mailbox, error)) *rig {
	t.Helper()
	if clock == nil {
		clock = time.Now
	}
	r := &rig{t: t, fake: fake, url: url, hc: hc, now: clock, renderer: ics.Renderer, path: filepath.Join(t.TempDir(), "calbridge.db")}
	box, err := fill(r.fake)
	r.must(err)
	r.box, r.cal = box, box.Default()
	r.secrets = &plainSecrets{store: func() *boltdb.Store { return r.store }}
	r.open()
	t.Cleanup(func() { r.must(r.store.Close()) })
	_, err = r.store.AddUser(t.Context(), "anna")
	r.must(err)
	r.signIn()
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// open opens the store and starts over with a new syncer, as a new process
// does.
func (r *rig) open() {
	r.t.Helper()
	store, err := boltdb.Open(r.path, r.renderer, boltdb.Options{Now: r.now})
	r.must(err)
	r.store = store
	r.syncer = &graphsync.Syncer{Accounts: store, Mirror: store, Secrets: r.secrets, HTTP: r.hc, Now: r.now,
		Log: slog.New(slog.DiscardHandler), Interval: func(bridge.Account) time.Duration { return time.Hour },
		Served: store, Expand: ics.Expand}
}

func (r *rig) restart() {
	r.t.Helper()
	r.must(r.store.Close())
	r.open()
	list, err := r.store.Accounts(r.t.Context())
	r.must(err)
	r.account = list[0]
}

func (r *rig) signIn(more ...string) {
	r.t.Helper()
	tokens := r.fake.SignIn(anna, "client-1", append(slices.Clone(graphsync.Scopes), more...)...)
	secret, err := json.Marshal(map[string]any{"access_token": tokens.Access, "refresh_token": tokens.Refresh, "token_type": "Bearer", "expiry": r.now().Add(time.Hour)})
	r.must(err)
	r.account, err = r.store.SaveAccount(r.t.Context(), bridge.Account{User: "anna", Kind: "graph", Address: anna,
		Registration: bridge.Registration{ClientID: "client-1", Tenant: "common", LoginURL: r.url, GraphURL: r.url}},
		func(bridge.AccountID) ([]byte, error) { return secret, nil })
	r.must(err)
}

// sync runs a round, which must succeed.
func (r *rig) sync() {
	r.t.Helper()
	r.must(r.trySync(false))
}

func (r *rig) trySync(full bool) error {
	return r.syncer.Sync(r.t.Context(), r.account, graphsync.Options{Full: full})
}

// mirrored returns the calendar that mirrors cal.
func (r *rig) mirrored(cal *graphfake.Calendar) bridge.Calendar {
	r.t.Helper()
	list, err := r.store.Calendars(r.t.Context(), r.account.ID)
	r.must(err)
	for _, c := range list {
		if c.Name == cal.Name() {
			return c
		}
	}
	r.t.Fatalf("calendar %s is not mirrored", cal.Name())
	return bridge.Calendar{}
}

// shown is one instance as both sides tell it.
type shown struct {
	Start, End string
	AllDay     bool
	Subject    string
}

func sorted(list []shown) []shown {
	slices.SortFunc(list, func(a, b shown) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Subject, b.Subject))
	})
	return list
}

var windowFrom, windowTo = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC)

// outlook is what the emulator's own expansion shows: it shares no code with
// the mapping.
func outlook(cal *graphfake.Calendar) (list []shown) {
	for _, i := range cal.Instances(windowFrom, windowTo) {
		list = append(list, shown{i.Start.UTC().Format(time.RFC3339), i.End.UTC().Format(time.RFC3339), i.AllDay, i.Subject})
	}
	return sorted(list)
}

// served is what a reader expands from the mirror.
func (r *rig) served(cal *graphfake.Calendar) (list []shown) {
	r.t.Helper()
	for obj, err := range r.store.All(r.t.Context(), r.mirrored(cal).ID) {
		r.must(err)
		found, err := ics.Expand(obj.Body, windowFrom, windowTo)
		if err != nil {
			r.t.Errorf("%v\n%s", err, obj.Body)
		}
		for _, i := range found {
			list = append(list, shown{i.Start.UTC().Format(time.RFC3339), i.End.UTC().Format(time.RFC3339), i.AllDay, i.Subject})
		}
	}
	return sorted(list)
}

// wantSame compares both sides instance by instance.
func (r *rig) wantSame(cal *graphfake.Calendar) {
	r.t.Helper()
	want, got := outlook(cal), r.served(cal)
	if d := diff.Diff(want, got); d != "" {
		r.t.Errorf("%s shows %d instances, the mirror %d (-Outlook +mirror):\n%s", cal.Name(), len(want), len(got), excerpt(d))
	}
}

func excerpt(s string) string { return s[:min(len(s), 3000)] }

// objects returns ETags by name.
func (r *rig) objects(cal *graphfake.Calendar) map[string]string {
	r.t.Helper()
	rows := map[string]string{}
	for row, err := range r.store.Rows(r.t.Context(), r.mirrored(cal).ID) {
		r.must(err)
		rows[row.Name] = row.ETag
	}
	return rows
}

func (r *rig) trouble() *bridge.Trouble {
	r.t.Helper()
	list, err := r.store.Accounts(r.t.Context())
	r.must(err)
	return list[0].Trouble
}

// add adds an event on the given day at 10:00 in the mailbox's zone.
func (r *rig) add(subject string, day int, change func(*graphfake.Event)) graphfake.IDs {
	r.t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	r.must(err)
	e := graphfake.Event{Subject: subject, Start: time.Date(2026, 3, day, 10, 0, 0, 0, loc)}
	if change != nil {
		change(&e)
	}
	ids, err := r.cal.Add(e)
	r.must(err)
	return ids
}

func weeklySeries(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "weekly"} }

func addN(r *rig, n int) {
	for i := range n {
		r.add(fmt.Sprint("event ", i), 1+i%28, nil)
	}
}

// oneRound runs a round as the loop does, without an audit; its error is kept
// where it belongs.
func (r *rig) oneRound() {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	defer stop()
	r.syncer.Expand = nil
	r.syncer.Interval = func(bridge.Account) time.Duration { stop(); return time.Hour }
	r.must(r.syncer.Run(ctx))
}

// loop lets the syncer run by itself for a while, in virtual time.
func (r *rig) loop(d time.Duration) {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), d)
	defer stop()
	r.must(r.syncer.Run(ctx))
}
