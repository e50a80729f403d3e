package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

// Store is all that calbridge asks of a store.
type Store interface {
	Users(ctx context.Context) ([]bridge.User, error)
	User(ctx context.Context, name string) (bridge.User, error)
	AddUser(ctx context.Context, name string) (bridge.User, error)
	SetPassword(ctx context.Context, name, hash string) error
	RemoveUser(ctx context.Context, name string) error

	AddDevice(ctx context.Context, digest []byte, d bridge.Device) (bridge.Device, error)
	Device(ctx context.Context, digest []byte) (bridge.Device, error)
	Devices(ctx context.Context, user string) ([]bridge.Device, error)
	RevokeDevice(ctx context.Context, user, id string) error

	AddFeed(ctx context.Context, digest []byte, f bridge.Feed, label string) (bridge.Feed, error)
	Feeds(ctx context.Context, user string) ([]bridge.Feed, error)
	FeedAt(ctx context.Context, digest []byte) (bridge.Feed, bridge.Address, error)
	RevokeFeed(ctx context.Context, user, id string) error

	Accounts(ctx context.Context) ([]bridge.Account, error)
	SaveAccount(ctx context.Context, a bridge.Account, seal func(bridge.AccountID) ([]byte, error)) (bridge.Account, error)
	UpdateAccount(ctx context.Context, id bridge.AccountID, change func(*bridge.Account)) error
	RemoveAccount(ctx context.Context, id bridge.AccountID) error
	Secret(ctx context.Context, id bridge.AccountID) ([]byte, error)
	SaveSecret(ctx context.Context, id bridge.AccountID, sealed []byte) error
	EndAccountRound(ctx context.Context, id bridge.AccountID, marks []bridge.Mark, trouble *bridge.Trouble, at time.Time) error

	SetBanner(ctx context.Context, account bridge.AccountID, banner *bridge.Series) error
	SetCalendars(ctx context.Context, account bridge.AccountID, listed []bridge.Listed, env bridge.Env) ([]bridge.Calendar, error)
	Calendars(ctx context.Context, account bridge.AccountID) ([]bridge.Calendar, error)
	UserCalendars(ctx context.Context, user string) ([]bridge.Calendar, error)
	Calendar(ctx context.Context, id bridge.CalendarID) (bridge.Calendar, error)
	Namesakes(ctx context.Context, account bridge.AccountID, listed []bridge.Listed) (map[bridge.SourceID][]bridge.CalendarID, error)
	Holds(ctx context.Context, id bridge.CalendarID, events map[bridge.SourceID]string) (bool, error)
	Show(ctx context.Context, id bridge.CalendarID, show bool) error
	Report(ctx context.Context, id bridge.CalendarID, rung string, trouble *bridge.Trouble) error
	Bad(ctx context.Context, id bridge.CalendarID) ([]bridge.BadItem, error)
	Remarks(ctx context.Context, id bridge.CalendarID) ([]bridge.Remark, error)
	RetireCalendar(ctx context.Context, id bridge.CalendarID) error
	DropCalendar(ctx context.Context, id bridge.CalendarID) error

	Overlays(ctx context.Context, user string) (map[bridge.Place]bridge.Overlay, error)
	EditOverlay(ctx context.Context, user string, p bridge.Place, edit func(*bridge.Overlay) error) error

	Begin(ctx context.Context, id bridge.CalendarID, full bool) (bridge.Round, error)
	Note(ctx context.Context, r bridge.Round, p bridge.Page) error
	Dirty(ctx context.Context, r bridge.Round, n int) ([]bridge.Noted, error)
	Pending(ctx context.Context, r bridge.Round) (int, error)
	Apply(ctx context.Context, r bridge.Round, b bridge.Batch) error
	Finish(ctx context.Context, r bridge.Round) (bridge.Point, error)
	Losses(ctx context.Context, r bridge.Round) (served, strange []bridge.SourceID, err error)
	Checked(ctx context.Context, id bridge.CalendarID, c bridge.Check) error
	Revisions(ctx context.Context, r bridge.Round) (map[bridge.SourceID]bridge.Revision, error)

	Renew(ctx context.Context, env bridge.Env) error
	Rerender(ctx context.Context, id bridge.CalendarID, n int) (state bridge.Rerender, more bool, err error)
	Outdated(ctx context.Context, id bridge.CalendarID, converter uint16, n int) (list []bridge.SourceID, left int, err error)

	At(ctx context.Context, id bridge.CalendarID) (bridge.Point, error)
	Answerable(ctx context.Context, id bridge.CalendarID, p bridge.Point) (bool, error)
	Tags(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Tag, error]
	Rows(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Row, error]
	Within(ctx context.Context, id bridge.CalendarID, from, to time.Time) iter.Seq2[bridge.Row, error]
	Changes(ctx context.Context, id bridge.CalendarID, since bridge.Seq) iter.Seq2[bridge.Changed, error]
	Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error]
	All(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Object, error]
	Zones(ctx context.Context, id bridge.CalendarID) (map[string]int, error)

	Audits(ctx context.Context, id bridge.CalendarID) ([]bridge.Audited, error)
	SaveAudits(ctx context.Context, id bridge.CalendarID, list []bridge.Audited, floor time.Time) error

	ListedOtherwise(ctx context.Context, id bridge.CalendarID, from, to bridge.Date) ([]bridge.SourceID, error)
	Doubt(ctx context.Context, id bridge.CalendarID, source bridge.SourceID, rule string) error
	Doubts(ctx context.Context, id bridge.CalendarID) (map[bridge.SourceID]string, error)

	Check(ctx context.Context, value []byte) ([]byte, error)
	Close() error
}

// Opener opens the same store again each time it is called; the one before has
// been closed, or its process killed.
type Opener func(r bridge.Renderer, now func() time.Time) (Store, error)

// Renderer is Render as a store wants it.
var Renderer = bridge.Renderer{Version: 1, Render: Render}

// Render is a renderer that shows, in its bytes, all that it was given. It
// refuses a series whose subject is "unrenderable", and has a remark on one whose
// subject is "remarkable: " and the remark.
func Render(s bridge.Series, env bridge.Env) (bridge.Object, error) {
	if s.Master.Subject == "unrenderable" {
		return bridge.Object{}, errors.New("it was asked to be refused")
	}
	s.Revision, s.Converter = "", 0 // versions alone change no bytes
	text, err := json.Marshal(s)
	if err != nil {
		return bridge.Object{}, err
	}
	body := fmt.Appendf(nil, "BEGIN\r\n%s\r\n%s\r\nEND\r\n", env.MailboxZone, text)
	sum := sha256.Sum256(body)
	span := bridge.Span{Start: s.Master.Start, End: s.Master.End, AllDay: s.Master.AllDay}
	if s.Rule != nil && s.Rule.Endless() {
		span.End = time.Time{}
	}
	var remarks []string
	if about, ok := strings.CutPrefix(s.Master.Subject, "remarkable: "); ok {
		remarks = []string{about}
	}
	return bridge.Object{
		Remarks: remarks,
		UID:     s.UID, ETag: hex.EncodeToString(sum[:16]), Body: body, EventsAt: [2]int{7, len(body) - 5},
		Zones: []bridge.ZoneUse{{Name: "Europe/Berlin", Year: s.Master.Start.Year()}},
		Span:  span, Recurs: s.Rule != nil,
	}, nil
}

// bench is a store under test with one user, account and calendar.
type bench struct {
	Store
	t         *testing.T
	open      Opener
	renderer  bridge.Renderer
	converter uint16 // of the batches that are applied
	now       time.Time
	account   bridge.AccountID
	cal       bridge.CalendarID
}

func newBench(t *testing.T, open Opener) *bench {
	b := &bench{t: t, open: open, renderer: Renderer, converter: 1, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	b.start()
	ctx := t.Context()
	b.must(b.AddUser(ctx, "anna"))
	a, err := b.SaveAccount(ctx, bridge.Account{User: "anna", Kind: "graph", Address: "anna@contoso.example"},
		func(bridge.AccountID) ([]byte, error) { return []byte("sealed"), nil })
	b.must(a, err)
	b.account = a.ID
	b.list(bridge.Listed{Source: "cal-1", Name: "Calendar"})
	list, err := b.Calendars(ctx, b.account)
	b.must(list, err)
	b.cal = list[0].ID
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

func (b *bench) start() {
	s, err := b.open(b.renderer, func() time.Time { return b.now })
	if err != nil {
		b.t.Fatal(err)
	}
	b.Store = s
}

// restart closes the store and opens it again.
func (b *bench) restart() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.start()
}

func (b *bench) must(_ any, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) list(listed ...bridge.Listed) []bridge.Calendar {
	b.t.Helper()
	missing, err := b.SetCalendars(b.t.Context(), b.account, listed, bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036})
	b.must(missing, err)
	return missing
}

// event makes a single event.
func event(id, subject string) *bridge.Series {
	start := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	return &bridge.Series{Source: bridge.SourceID(id), Claim: "uid-" + id, Revision: bridge.Revision("r-" + subject),
		Master: bridge.Event{Subject: subject, Start: start, End: start.Add(time.Hour), Created: start}}
}

func upsert(s *bridge.Series) bridge.Change { return bridge.Change{Source: s.Source, Upsert: s} }

func gone(id string) bridge.Change { return bridge.Change{Source: bridge.SourceID(id), Gone: true} }

func bad(id, cause string) bridge.Change {
	return bridge.Change{Source: bridge.SourceID(id), Bad: &bridge.Fault{Kind: bridge.Invalid, What: cause}}
}

// round runs a whole round with the given changes and returns where the
// journal stands after it.
func (b *bench) round(full bool, changes ...bridge.Change) bridge.Point {
	b.t.Helper()
	r := b.begin(full)
	b.apply(r, changes...)
	return b.finish(r)
}

func (b *bench) begin(full bool) bridge.Round {
	b.t.Helper()
	r, err := b.Begin(b.t.Context(), b.cal, full)
	b.must(r, err)
	return r
}

func (b *bench) apply(r bridge.Round, changes ...bridge.Change) {
	b.t.Helper()
	b.must(nil, b.Apply(b.t.Context(), r, bridge.Batch{Changes: changes, Converter: b.converter}))
}

func (b *bench) finish(r bridge.Round) bridge.Point {
	b.t.Helper()
	p, err := b.Finish(b.t.Context(), r)
	b.must(p, err)
	return p
}

// rows returns the listing as name → ETag.
func (b *bench) rows() map[string]string {
	b.t.Helper()
	rows := map[string]string{}
	for r, err := range b.Rows(b.t.Context(), b.cal) {
		b.must(r, err)
		rows[r.Name] = r.ETag
	}
	return rows
}

// served returns the subjects that readers see, by name.
func (b *bench) served() map[string]string {
	b.t.Helper()
	subjects := map[string]string{}
	for o, err := range b.All(b.t.Context(), b.cal) {
		b.must(o, err)
		subjects[o.Name] = b.read(o).Master.Subject
	}
	return subjects
}

// uids returns the settled UID of every source id that readers see.
func (b *bench) uids() map[bridge.SourceID]string {
	b.t.Helper()
	uids := map[bridge.SourceID]string{}
	for o, err := range b.All(b.t.Context(), b.cal) {
		b.must(o, err)
		s := b.read(o)
		if s.UID != o.UID {
			b.t.Errorf("object %s says UID %q, its body %q", o.Name, o.UID, s.UID)
		}
		uids[s.Source] = s.UID
	}
	return uids
}

// read takes a body apart that Render made.
func (b *bench) read(o bridge.Object) (s bridge.Series) {
	b.t.Helper()
	var zone string
	var text []byte
	if _, err := fmt.Sscanf(string(o.Body), "BEGIN\r\n%s\r\n", &zone); err != nil {
		b.t.Fatalf("object %s: body %q", o.Name, o.Body)
	}
	text = o.Body[7+len(zone)+2 : len(o.Body)-7]
	b.must(nil, json.Unmarshal(text, &s))
	return s
}

// changes returns what changed after p, as name → whether it is gone.
func (b *bench) changes(p bridge.Point) map[string]bool {
	b.t.Helper()
	list := map[string]bool{}
	for c, err := range b.Changes(b.t.Context(), b.cal, p.Seq) {
		b.must(c, err)
		if _, twice := list[c.Row.Name]; twice {
			b.t.Errorf("%s is told twice", c.Row.Name)
		}
		list[c.Row.Name] = c.Row.Gone
	}
	return list
}

func name(id string) string { return bridge.ObjectName(bridge.SourceID(id)) }
