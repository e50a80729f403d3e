package graphfake

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// seeded is a fixture whose mailbox is the seeded one.
func seeded(t *testing.T, day time.Time) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: &testClock{now: day}}
	f.srv = New(Options{Now: f.clock.Now})
	mb, err := f.srv.Seed(day)
	if err != nil {
		t.Fatal(err)
	}
	f.mb = mb
	f.serve()
	return f
}

func TestSeedFillsTheWeek(t *testing.T) {
	for _, day := range []string{"2026-01-01", "2026-03-29", "2026-10-25", "2028-02-29", "2026-11-24"} {
		t.Run(day, func(t *testing.T) {
			at, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			f := seeded(t, at.Add(11*time.Hour))
			monday := weekStart(dayOf(at.Date()))
			filled := map[string]bool{}
			kinds := map[string]bool{}
			for _, c := range f.mb.Calendars() {
				for _, it := range c.Instances(time.Unix(monday.wall(), 0), time.Unix((monday+7).wall(), 0)) {
					filled[it.Start.Format(time.DateOnly)] = true
					kinds[it.Type] = true
				}
			}
			if len(filled) < 7 {
				t.Errorf("only %d days of the week have something: %v", len(filled), filled)
			}
			if len(kinds) != 3 {
				t.Errorf("kinds in the week: %v", kinds)
			}
		})
	}
}

func TestSeedCalendars(t *testing.T) {
	f := seeded(t, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	var got []string
	for _, c := range f.all("/me/calendars") {
		edit, _ := c.get("canEdit")
		got = append(got, fmt.Sprintf("%s %v %s", c.text("name"), edit, c.child("owner").text("address")))
	}
	want := []string{
		"Calendar true anna@contoso.example", "Private true anna@contoso.example", "Ben Okafor false ben@contoso.example",
		"Birthdays false anna@contoso.example", "Holidays in Germany false anna@contoso.example",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSeedHasEveryKindOfEvent(t *testing.T) {
	f := seeded(t, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	var text strings.Builder
	for _, c := range f.mb.Calendars() {
		for _, e := range f.all("/me/calendars/" + c.IDs().Classic + "/events?$top=100") {
			text.Write(appendValue(nil, e))
		}
	}
	for _, part := range []string{`"private"`, `"tentative"`, "tzone://Microsoft/Custom", "Eastern Standard Time", "🎉", "teams.microsoft.com",
		`"isCancelled":true`, `"noEnd"`, `"declined"`, `"relativeMonthly"`, `"dayOfMonth":31`, "Pacific Standard Time", "<table>"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("no event has %s", part)
		}
	}
	if !strings.Contains(text.String(), "Private appointment") || strings.Contains(text.String(), "Dentist") {
		t.Error("Anna can read what is private to Ben")
	}
}

// TestSeedTheWeekOfTheDemo lists the seeded week as people see it.
func TestSeedTheWeekOfTheDemo(t *testing.T) {
	f := seeded(t, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	var got []string
	for _, it := range f.mb.Default().Instances(berlin("2026-11-23 00:00"), berlin("2026-11-30 00:00")) {
		line := it.Start.In(f.mb.zone).Format("Mon 15:04 ") + it.Subject
		if it.AllDay {
			line = it.Start.Format("Mon all day ") + it.Subject
		}
		got = append(got, line)
	}
	want := []string{
		"Mon all day Working from home", "Mon 09:15 Team stand-up", "Mon 13:00 Write the proposal", "Mon 17:00 Call with Seattle",
		"Tue 09:15 Team stand-up", "Tue 10:00 Project Aurora: weekly sync",
		"Wed all day Trade fair in Cologne", "Wed 08:00 Dr. Weiss", "Wed 11:00 Team stand-up, with the new colleagues", "Wed 13:00 Pricing workshop",
		"Thu 09:15 Team stand-up", "Thu 10:00 1:1 with Ben", "Thu 11:30 Canceled: Supplier visit", "Thu 15:00 Quarterly review", "Thu 16:45 Visit from the old office",
		"Fri 14:00 Budget for next year?", "Fri 17:30 🎉 Launch party 🚀",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestGenerate(t *testing.T) {
	f := start(t, Options{})
	c := f.mb.Default()
	c.Generate(1000, 7)
	if c.Len() != 1000 {
		t.Fatalf("got %d events", c.Len())
	}
	series, exceptions := 0, 0
	for _, rec := range c.records {
		if rec.series != nil {
			series++
			exceptions += len(rec.series.exceptions)
		}
	}
	if series != 200 || exceptions == 0 {
		t.Errorf("got %d series with %d exceptions", series, exceptions)
	}
	first := f.ok(f.get("/me/events?$top=1000")).text
	g := start(t, Options{})
	g.mb.Default().Generate(1000, 7)
	again := g.ok(g.get("/me/events?$top=1000")).text
	if strings.ReplaceAll(first, f.web.URL, "") != strings.ReplaceAll(again, g.web.URL, "") {
		t.Error("the same seed made other events")
	}
}

// BenchmarkGenerate shows time and memory of a great mailbox.
func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		srv := New(Options{})
		mb, err := srv.AddMailbox(MailboxInfo{Person: Person{"Anna Berg", anna}, TimeZone: "W. Europe Standard Time"})
		if err != nil {
			b.Fatal(err)
		}
		mb.Default().Generate(100_000, 1)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		runtime.KeepAlive(srv)
	}
}

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkIdlePoll shows what a poll of an unchanged great calendar costs.
func BenchmarkIdlePoll(b *testing.B) {
	srv := New(Options{})
	mb, err := srv.AddMailbox(MailboxInfo{Person: Person{"Anna Berg", anna}})
	if err != nil {
		b.Fatal(err)
	}
	c := mb.Default()
	c.Generate(100_000, 1)
	token := srv.SignIn(anna, "app").Access
	link := "/v1.0/me/events/delta?$deltatoken=" + mb.seal(cursorToken{
		cursor: mb.cursors.begin(), generation: 1, calendar: c.key, from: c.journal.head, at: c.journal.head, upto: c.journal.head})
	r, err := http.NewRequest("GET", "http://localhost"+link, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	b.ResetTimer()
	for b.Loop() {
		srv.ServeHTTP(discard{http.Header{}}, r)
	}
}

// BenchmarkFirstRound pages a great calendar through a whole first round.
func BenchmarkFirstRound(b *testing.B) {
	srv := New(Options{})
	mb, err := srv.AddMailbox(MailboxInfo{Person: Person{"Anna Berg", anna}})
	if err != nil {
		b.Fatal(err)
	}
	mb.Default().Generate(100_000, 1)
	token := srv.SignIn(anna, "app").Access
	b.ResetTimer()
	for b.Loop() {
		link := "http://localhost/v1.0/me/events/delta?$select=id"
		for link != "" {
			r, err := http.NewRequest("GET", link, nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Prefer", "odata.maxpagesize=500")
			w := newRecorder()
			srv.ServeHTTP(w, r)
			page, err := parseObject(w.body.Bytes())
			if err != nil {
				b.Fatal(err)
			}
			link = page.text("@odata.nextLink")
		}
	}
}

// BenchmarkCalendarView expands a year of a mailbox with 4000 series.
func BenchmarkCalendarView(b *testing.B) {
	srv := New(Options{})
	mb, err := srv.AddMailbox(MailboxInfo{Person: Person{"Anna Berg", anna}, TimeZone: "W. Europe Standard Time"})
	if err != nil {
		b.Fatal(err)
	}
	mb.Default().Generate(20_000, 1)
	now := time.Now()
	b.ResetTimer()
	for b.Loop() {
		if len(mb.Default().Instances(now, now.AddDate(1, 0, 0))) == 0 {
			b.Fatal("nothing")
		}
	}
}
