package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// folder is a data folder with a calendar of a given size, and what a reader
// needs to get in.
type folder struct {
	dir      string
	size     int
	password string
	feed     string // path of a feed
	path     string // of the calendar
	names    []string
	tokens   struct{ all, one, none string } // since which 100 events, one, and none have changed
}

func (f *folder) env() []string {
	return append(os.Environ(), "HOME="+f.dir, "CALBRIDGE_DATA="+filepath.Join(f.dir, "data"), "CALBRIDGE_LISTEN=127.0.0.1:0",
		"CALBRIDGE_LOG_FORMAT=json", "CALBRIDGE_SYNC_ACTIVE=1h", "CALBRIDGE_SYNC_IDLE=1h")
}

// newFolder fills a data folder through the store, as a first round and two
// later ones would.
func newFolder(b *testing.B, dir string, size int) *folder {
	b.Helper()
	f := &folder{dir: dir, size: size}
	if err := f.fill(); err != nil {
		b.Fatal(err)
	}
	return f
}

func (f *folder) fill() (err error) {
	ctx := context.Background()
	cfg, err := loadConfig("", func(string) string { return "" }, map[string]string{"data": filepath.Join(f.dir, "data")})
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, cfg, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	cal, err := f.people(ctx, h)
	if err != nil {
		return err
	}
	return f.history(ctx, h, cal)
}

// people makes a user with a device, an account that finds nobody at the other
// end, and a calendar with a feed.
func (f *folder) people(ctx context.Context, h *house) (cal bridge.Calendar, err error) {
	if _, err = h.store.AddUser(ctx, "anna"); err != nil {
		return cal, err
	}
	device, err := h.newPassword(ctx, bridge.Device{User: "anna", Label: "bench"})
	if err != nil {
		return cal, err
	}
	f.password = device.Password
	nobody := "http://127.0.0.1:9"
	account, err := h.store.SaveAccount(ctx, bridge.Account{User: "anna", Kind: "graph", Address: "anna@contoso.example",
		Registration: bridge.Registration{ClientID: "client", Tenant: "common", LoginURL: nobody, GraphURL: nobody}},
		func(id bridge.AccountID) ([]byte, error) {
			return h.vault.Seal(sealName(id), fmt.Appendf(nil, `{"access_token":"a","refresh_token":"r","expiry":%q}`, time.Now().AddDate(1, 0, 0).Format(time.RFC3339))), nil
		})
	if err != nil {
		return cal, err
	}
	// As the program itself has it: else it would render all again while it is measured.
	env := bridge.Env{MailboxZone: "Europe/Berlin", TZData: zone.InUse(), Horizon: bridge.HorizonAt(time.Now()), Addresses: []string{"anna@contoso.example"}}
	if _, err = h.store.SetCalendars(ctx, account.ID, []bridge.Listed{{Source: "cal-1", Name: "Calendar"}}, env); err != nil {
		return cal, err
	}
	list, err := h.store.Calendars(ctx, account.ID)
	if err != nil {
		return cal, err
	}
	feed, err := h.newFeed(ctx, "anna", "Work", "fridge", list)
	f.feed = strings.TrimPrefix(feed.URL, h.cfg.PublicURL.String())
	f.path = h.calendarPath(list[0])
	return list[0], err
}

func (f *folder) history(ctx context.Context, h *house, cal bridge.Calendar) (err error) {
	if _, err = f.round(ctx, h, cal.ID, true, 0, f.size, ""); err != nil {
		return err
	}
	for name, err := range h.store.Rows(ctx, cal.ID) {
		if err != nil {
			return err
		}
		f.names = append(f.names, name.Name)
	}
	for _, step := range []struct {
		token    *string
		from, to int
	}{{&f.tokens.all, 0, 0}, {&f.tokens.one, 0, 99}, {&f.tokens.none, 99, 100}} {
		point, err := f.round(ctx, h, cal.ID, false, step.from, step.to, " changed")
		if err != nil {
			return err
		}
		*step.token = "urn:calbridge:sync:" + point.String()
	}
	return nil
}

func (f *folder) round(ctx context.Context, h *house, id bridge.CalendarID, full bool, from, to int, suffix string) (point bridge.Point, err error) {
	r, err := h.store.Begin(ctx, id, full)
	if err != nil {
		return point, err
	}
	for from < to {
		var batch bridge.Batch
		for end := min(from+5000, to); from < end; from++ {
			s := f.event(from)
			s.Master.Subject += suffix
			batch.Changes = append(batch.Changes, bridge.Change{Source: s.Source, Upsert: s})
		}
		if err := h.store.Apply(ctx, r, batch); err != nil {
			return point, err
		}
	}
	return h.store.Finish(ctx, r)
}

// event makes the i-th event: about 1.8 kB as iCalendar, 1,250 a year, a fifth
// of them series of up to a year, of which some have changed and cancelled
// instances. Twenty go on for ever. So a month holds as many events of a large
// calendar as of a small one, the smallest left out.
func (f *folder) event(i int) *bridge.Series {
	years := max(8, f.size/1250)
	first := time.Date(2027-years*3/4, 1, 1, 8, 0, 0, 0, time.UTC)
	step := time.Duration(years) * 365 * 24 * time.Hour / time.Duration(f.size)
	start := first.Add(time.Duration(i) * step).Truncate(30 * time.Minute)
	text := strings.Repeat(fmt.Sprintf("Agenda %d, with a line of text; ", i), 14)
	s := &bridge.Series{Source: bridge.SourceID(fmt.Sprint("AAMkAD-event-", i)), Claim: fmt.Sprintf("040000008200E00074C5B7101A82E008%08d", i), Zone: "Europe/Berlin",
		Master: bridge.Event{Subject: fmt.Sprint("Meeting ", i), Text: text, Location: "Room 4", Start: start, End: start.Add(time.Hour),
			StartZone: "Europe/Berlin", EndZone: "Europe/Berlin", Created: first, Modified: first, ShowAs: bridge.Busy,
			Organizer: &bridge.Person{Name: "Anna", Address: "anna@contoso.example"},
			Attendees: []bridge.Person{{Name: "Bob", Address: "bob@contoso.example"}, {Name: "Cy", Address: "cy@contoso.example"}}}}
	if i%5 == 0 {
		recur(s, i)
	}
	return s
}

func recur(s *bridge.Series, i int) {
	loc, _ := time.LoadLocation(s.Zone)
	d := bridge.DateIn(s.Master.Start, loc)
	s.Rule = &bridge.Recurrence{Pattern: bridge.Weekly, Interval: 1, FirstDay: time.Monday, Days: 1 << d.Weekday(), Start: d, End: bridge.MaxDate, Count: 10 + i%45}
	if i < 100 {
		s.Rule.Count = 0
	}
	if i%2 == 0 {
		s.Cancelled = []bridge.Date{d + 14}
		moved := s.Master
		moved.Start, moved.End = s.Master.Start.AddDate(0, 0, 8), s.Master.End.AddDate(0, 0, 8)
		date := d + 7
		s.Overrides = []bridge.Override{{Source: s.Source + "-x", Date: &date, Event: moved}}
	}
}
