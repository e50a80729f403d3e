package graphsync_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

var auditDay = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// newAuditRig is a rig whose clock stands at auditDay.
func newAuditRig(t *testing.T, o graphfake.Options) *rig {
	t.Helper()
	o.Now = func() time.Time { return auditDay }
	r := newRig(t, o)
	r.remember()
	return r
}

// remember makes the rig remember what its rounds store, for doctor.
func (r *rig) remember() {
	r.syncer.Mirror = recorder{r.store, map[bridge.SourceID]*bridge.Series{}}
}

// recorder is a mirror that remembers what it was given.
type recorder struct {
	graphsync.Mirror
	series map[bridge.SourceID]*bridge.Series
}

func (m recorder) Apply(ctx context.Context, r bridge.Round, b bridge.Batch) error {
	for _, c := range b.Changes {
		if c.Upsert != nil {
			s := *c.Upsert
			m.series[c.Source] = &s
		}
	}
	return m.Mirror.Apply(ctx, r, b)
}

// audit audits the account and returns what it came to for the calendar.
func (r *rig) audit(o graphsync.AuditOptions) graphsync.AuditResult {
	r.t.Helper()
	list, err := r.syncer.Audit(r.t.Context(), r.account, o)
	r.must(err)
	for _, one := range list {
		if one.Calendar.Name == r.cal.Name() {
			r.must(one.Err)
			return one
		}
	}
	r.t.Fatal("the calendar was not audited")
	return graphsync.AuditResult{}
}

// clean audits and wants no difference.
func (r *rig) clean() graphsync.AuditResult {
	r.t.Helper()
	got := r.audit(graphsync.AuditOptions{})
	for _, d := range got.Differences {
		r.t.Errorf("differs: %+v", d)
	}
	return got
}

// doctor changes what is stored of an event behind the sync's back.
func (r *rig) doctor(id graphfake.IDs, change func(*bridge.Series)) {
	r.t.Helper()
	s := r.stored(bridge.SourceID(id.Immutable))
	change(s)
	r.apply(bridge.Change{Source: s.Source, Upsert: s})
}

func (r *rig) apply(c bridge.Change) {
	r.t.Helper()
	round, err := r.store.Begin(r.t.Context(), r.mirrored(r.cal).ID, false)
	r.must(err)
	r.must(r.store.Apply(r.t.Context(), round, bridge.Batch{Changes: []bridge.Change{c}, Converter: graphsync.ConverterVersion}))
}

// stored is what a round has stored of the event.
func (r *rig) stored(id bridge.SourceID) *bridge.Series {
	r.t.Helper()
	s := r.syncer.Mirror.(recorder).series[id]
	if s == nil {
		r.t.Fatalf("%s was not stored", id)
	}
	return s
}

func TestAuditFindsWhatDiffers(t *testing.T) {
	day := func(d bridge.Date) *bridge.Date { return &d }
	third := bridge.DateOf(2026, 3, 17)
	for _, c := range []struct {
		name   string
		breaks func(r *rig, single, series graphfake.IDs)
		want   []string // kind start served fields
	}{
		{"nothing", func(*rig, graphfake.IDs, graphfake.IDs) {}, nil},
		{"a single event is missing", func(r *rig, single, _ graphfake.IDs) {
			r.apply(bridge.Change{Source: bridge.SourceID(single.Immutable), Gone: true})
		}, []string{"missing 2026-03-05T09:00 - "}},
		{"an event is extra", func(r *rig, single, _ graphfake.IDs) {
			s := r.stored(bridge.SourceID(single.Immutable))
			s.Source, s.Claim = "AAMkGHOST=", "ghost"
			r.apply(bridge.Change{Source: s.Source, Upsert: s})
		}, []string{"extra - 2026-03-05T09:00 "}},
		{"an event is elsewhere in time, in another month", func(r *rig, single, _ graphfake.IDs) {
			r.doctor(single, func(s *bridge.Series) {
				s.Master.Start = s.Master.Start.AddDate(0, 2, 0)
				s.Master.End = s.Master.End.AddDate(0, 2, 0)
			})
		}, []string{"moved 2026-03-05T09:00 2026-05-05T09:00 start end"}},
		{"an event ends later", func(r *rig, single, _ graphfake.IDs) {
			r.doctor(single, func(s *bridge.Series) { s.Master.End = s.Master.End.Add(time.Hour) })
		}, []string{"moved 2026-03-05T09:00 2026-03-05T09:00 end"}},
		{"an event is all-day", func(r *rig, single, _ graphfake.IDs) {
			r.doctor(single, func(s *bridge.Series) {
				s.Master.AllDay, s.Master.Start, s.Master.End = true, auditDay.Truncate(24*time.Hour), auditDay.Truncate(24*time.Hour).AddDate(0, 0, 1)
			})
		}, []string{"moved 2026-03-05T09:00 2026-03-04T00:00 start end allDay"}},
		{"an event looks otherwise", func(r *rig, single, _ graphfake.IDs) {
			r.doctor(single, func(s *bridge.Series) {
				s.Master.Subject, s.Master.Location, s.Master.ShowAs, s.Master.Cancelled = "x", "y", bridge.Free, true
			})
		}, []string{"changed 2026-03-05T09:00 2026-03-05T09:00 subject location showAs cancelled"}},
		{"a series is missing", func(r *rig, _, series graphfake.IDs) {
			r.apply(bridge.Change{Source: bridge.SourceID(series.Immutable), Gone: true})
		}, []string{"missing 2026-03-03T09:00 - ", "missing 2026-03-10T09:00 - ", "missing 2026-03-17T09:00 - ", "missing 2026-03-24T12:00 - ", "missing 2026-04-07T08:00 - "}},
		{"an instance is cancelled here alone", func(r *rig, _, series graphfake.IDs) {
			r.doctor(series, func(s *bridge.Series) { s.Cancelled = append(s.Cancelled, third) })
		}, []string{"missing 2026-03-17T09:00 - "}},
		{"a cancelled instance is still here", func(r *rig, _, series graphfake.IDs) {
			r.doctor(series, func(s *bridge.Series) { s.Cancelled = nil })
		}, []string{"extra - 2026-03-31T08:00 "}},
		{"a changed instance is as it was", func(r *rig, _, series graphfake.IDs) {
			r.doctor(series, func(s *bridge.Series) { s.Overrides = nil })
		}, []string{"moved 2026-03-24T12:00 2026-03-24T09:00 start end"}},
		{"an instance is moved here alone", func(r *rig, _, series graphfake.IDs) {
			r.doctor(series, func(s *bridge.Series) {
				o := bridge.Override{Source: "AAMkOTHER=", Date: day(third), Event: s.Master}
				o.Event.Start, o.Event.End = third.Time().Add(30*time.Hour), third.Time().Add(31*time.Hour)
				s.Overrides = append(s.Overrides, o)
			})
		}, []string{"moved 2026-03-17T09:00 2026-03-18T06:00 start end"}},
		{"the rule is another", func(r *rig, _, series graphfake.IDs) {
			r.doctor(series, func(s *bridge.Series) { s.Rule.Count = 5 })
		}, []string{"missing 2026-04-07T08:00 - "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newAuditRig(t, graphfake.Options{})
			r.cal.Generate(40, 3)
			single := r.add("single", 5, nil)
			series := r.add("series", 3, func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "weekly", Count: 6} })
			r.must(r.box.CancelOccurrence(series.Classic, "2026-03-31"))
			r.must(r.box.EditOccurrence(series.Classic, "2026-03-24", `{"start":{"dateTime":"2026-03-24T12:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-24T13:00:00","timeZone":"UTC"}}`))
			r.sync()
			r.clean()
			c.breaks(r, single, series)
			found := r.audit(graphsync.AuditOptions{})
			if d := diff.Diff(c.want, told(found.Differences)); d != "" {
				t.Errorf("differences (-want +got):\n%s", d)
			}
			for _, d := range found.Differences {
				if want := map[bool]bridge.SourceID{true: "AAMkGHOST=", false: d.Event}[d.Kind == graphsync.Extra && strings.Contains(c.name, "an event")]; d.Event != want {
					t.Errorf("%s of %s", d.Kind, d.Event)
				}
			}
			repaired := r.audit(graphsync.AuditOptions{Repair: true})
			if len(repaired.Differences) != 0 || repaired.Mended != len(c.want) {
				t.Errorf("after the repair %d differ, %d mended: %v", len(repaired.Differences), repaired.Mended, told(repaired.Differences))
			}
			r.wantSame(r.cal)
			if got := r.clean(); got.Checked < 40 {
				t.Errorf("%d instances checked", got.Checked)
			}
		})
	}
}

func told(list []graphsync.Difference) (lines []string) {
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format("2006-01-02T15:04")
	}
	for _, d := range list {
		lines = append(lines, string(d.Kind)+" "+at(d.Start)+" "+at(d.Served)+" "+strings.Join(d.Fields, " "))
	}
	slices.Sort(lines)
	return lines
}

// TestAuditOfEveryHabit: whatever way the mailbox answers, the mirror and
// Graph's own expansion are the same, and the audit says so.
func TestAuditOfEveryHabit(t *testing.T) {
	for name, h := range habits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newAuditRig(t, graphfake.Options{Habits: h, Quota: graphfake.Quota{Concurrent: 4}})
			r.cal.Generate(60, 8)
			r.manyExceptions()
			r.sync()
			r.clean()
		})
	}
}

// TestAuditOfTheSeededMailbox has all that a calendar can hold: people, orphans,
// days in several zones, private events, other people's calendars.
func TestAuditOfTheSeededMailbox(t *testing.T) {
	r := rigWith(t, graphfake.Options{Now: func() time.Time { return auditDay }}, func(fake *graphfake.Server) (*graphfake.Mailbox, error) {
		return fake.Seed(auditDay)
	})
	r.sync()
	list, err := r.store.Calendars(t.Context(), r.account.ID)
	r.must(err)
	for _, cal := range list {
		r.must(r.store.Show(t.Context(), cal.ID, true))
	}
	results, err := r.syncer.Audit(t.Context(), r.account, graphsync.AuditOptions{})
	r.must(err)
	if len(results) != len(list) {
		t.Errorf("%d of %d calendars", len(results), len(list))
	}
	for _, one := range results {
		if one.Err != nil || len(one.Differences) > 0 || one.Checked == 0 {
			t.Errorf("%s: %d checked, %v, differ: %v", one.Calendar.Name, one.Checked, one.Err, told(one.Differences))
		}
	}
}

// spell rewrites what Graph answers to calendarView.
type spell func(body []byte) []byte

func (s spell) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || !strings.Contains(req.URL.Path, "/calendarView") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	body = s(body)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

// TestAuditUnderOtherIDs: calendarView spells ids in another case, or gives ids
// that no other answer has, of originals and of copies with one UID.
func TestAuditUnderOtherIDs(t *testing.T) {
	for name, s := range map[string]spell{
		"another case": func(body []byte) []byte { return idsIn(body, bytes.ToUpper) },
		"other ids": func(body []byte) []byte {
			return idsIn(body, func(id []byte) []byte { return append([]byte("X"), id...) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newAuditRig(t, graphfake.Options{})
			r.cal.Generate(60, 5)
			series := r.add("series", 3, weeklySeries)
			r.must(r.box.EditOccurrence(series.Classic, "2026-03-24", `{"subject":"changed"}`))
			for _, subject := range []string{"original", "copy"} {
				r.add(subject, 9, func(e *graphfake.Event) { e.Extra = `{"iCalUId":"the-same@example.org"}` })
			}
			r.sync()
			r.syncer.HTTP.Transport = s
			r.clean()
			r.doctor(series, func(s *bridge.Series) { s.Overrides = nil })
			if got := told(r.audit(graphsync.AuditOptions{}).Differences); len(got) != 1 || !strings.HasPrefix(got[0], "changed 2026-03-24") {
				t.Errorf("differences %v", got)
			}
		})
	}
}

func idsIn(body []byte, change func([]byte) []byte) []byte {
	for _, name := range []string{`"id":"`, `"seriesMasterId":"`} {
		parts := bytes.Split(body, []byte(name))
		for i := 1; i < len(parts); i++ {
			id, rest, _ := bytes.Cut(parts[i], []byte(`"`))
			parts[i] = append(append(change(bytes.Clone(id)), '"'), rest...)
		}
		body = bytes.Join(parts, []byte(name))
	}
	return body
}

// meddler edits the mailbox whenever calendarView is about to be read.
type meddler func()

func (m meddler) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, "/calendarView") {
		m()
	}
	return http.DefaultTransport.RoundTrip(req)
}

// TestEditsMeanwhileAreNoDifferences changes, adds and removes something before
// every single request of the audit.
func TestEditsMeanwhileAreNoDifferences(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	r.cal.Generate(30, 5)
	series := r.add("series", 3, weeklySeries)
	r.sync()
	n := 0
	var last graphfake.IDs
	r.syncer.HTTP.Transport = meddler(func() {
		n++
		r.must(r.box.Patch(series.Classic, `{"subject":"`+strings.Repeat("x", n)+`"}`))
		if last.Classic != "" {
			r.must(r.box.Delete(last.Classic))
		}
		last = r.add("new", 1+n%28, nil)
	})
	r.clean()
	if n < 10 {
		t.Errorf("meddled %d times", n)
	}
}

func TestAuditOfManyPages(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{Habits: graphfake.Habits{DuplicateAcrossPages: true, DuplicateInPage: true}})
	addN(r, 1300)
	r.sync()
	if got := r.clean(); got.Checked != 1300 {
		t.Errorf("%d checked", got.Checked)
	}
}

func TestAuditBeyondGraphsRange(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	r.add("for ever", 3, weeklySeries)
	r.sync()
	got := r.audit(graphsync.AuditOptions{Days: 4000})
	if len(got.Differences) != 0 || got.Checked < 4000/7 {
		t.Errorf("%d checked, differ: %v", got.Checked, got.Differences)
	}
	if want := auditDay.Truncate(24*time.Hour).AddDate(0, 0, -30); !got.From.Equal(want) {
		t.Errorf("from %v, want %v", got.From, want)
	}
}

func TestAuditOfAMirrorThatIsAllWrong(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	r.add("for ever", 3, func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "daily"} })
	r.sync()
	r.apply(bridge.Change{Source: r.objectSource(), Gone: true})
	got := r.audit(graphsync.AuditOptions{Days: 20_000})
	if !got.Cut || len(got.Differences) < 10_000 || len(got.Differences) > 11_000 {
		t.Errorf("cut %v after %d differences", got.Cut, len(got.Differences))
	}
	if got := r.audit(graphsync.AuditOptions{Repair: true}); len(got.Differences) != 0 || got.Mended < 360 {
		t.Errorf("%d differ, %d mended", len(got.Differences), got.Mended)
	}
}

func (r *rig) objectSource() bridge.SourceID {
	r.t.Helper()
	for obj, err := range r.store.All(r.t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		return obj.Source
	}
	r.t.Fatal("there is no object")
	return ""
}

// TestAuditIsKept: whole months are remembered, with what differs in them.
func TestAuditIsKept(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	r.add("series", 3, func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "daily", Count: 100} })
	r.sync()
	r.apply(bridge.Change{Source: r.objectSource(), Gone: true})
	r.audit(graphsync.AuditOptions{})
	list, err := r.store.Audits(t.Context(), r.mirrored(r.cal).ID)
	r.must(err)
	if sum := bridge.SumAudits(list); len(list) != 12 || sum.Checked != 100 || sum.Differed != 100 || !sum.At.Equal(auditDay) {
		t.Errorf("%d months, %+v", len(list), sum)
	}
	r.audit(graphsync.AuditOptions{Repair: true})
	list, err = r.store.Audits(t.Context(), r.mirrored(r.cal).ID)
	r.must(err)
	if sum := bridge.SumAudits(list); len(list) != 12 || sum.Checked != 100 || sum.Differed != 0 || sum.Mended != 100 {
		t.Errorf("after the repair %d months, %+v", len(list), sum)
	}
}

// TestAuditGoesOnWithTheOthers: a calendar that Graph does not let be read has
// that in its result, and the others are compared.
func TestAuditGoesOnWithTheOthers(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	addN(r, 3)
	other := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Other"})
	_, err := other.Add(graphfake.Event{Subject: "there", Start: auditDay})
	r.must(err)
	r.sync()
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(regexp.QuoteMeta(url.PathEscape(other.IDs().Immutable)) + "/calendarView"), Times: -1, Status: 403,
		Body: `{"error":{"code":"ErrorAccessDenied","message":"no"}}`})
	results, err := r.syncer.Audit(t.Context(), r.account, graphsync.AuditOptions{})
	r.must(err)
	for _, one := range results {
		broken := one.Calendar.Name == "Other"
		if (bridge.KindOf(one.Err) == bridge.Denied) != broken || (one.Checked == 0) != broken || len(one.Differences) != 0 {
			t.Errorf("%s: %d checked, %v", one.Calendar.Name, one.Checked, one.Err)
		}
	}
	if len(results) != 2 {
		t.Errorf("%d results", len(results))
	}
}

// TestAuditsOfListingsThatLie: where the listings of a calendar are answered with
// nothing, events that can be read one by one stay.
func TestAuditsOfListingsThatLie(t *testing.T) {
	for name, n := range map[string]int{"a small calendar": 5, "a large one": 60} {
		t.Run(name, func(t *testing.T) {
			r, _ := clocked(t, graphfake.Options{})
			addN(r, n)
			r.sync()
			want := r.objects(r.cal)
			r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`/events\?|/calendarView\?`), Status: 200, Times: -1, Body: `{"value":[]}`})
			if _, err := r.syncer.Audit(t.Context(), r.account, graphsync.AuditOptions{Repair: true}); err != nil {
				t.Log(err)
			}
			if d := diff.Diff(want, r.objects(r.cal)); d != "" {
				t.Errorf("objects changed (-before +after):\n%s", excerpt(d))
			}
		})
	}
}

// TestAuditsDropOtherIDs: an event that the mirror has a second time, under an id
// that Graph takes and never gives, is no loss.
func TestAuditsDropOtherIDs(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	ids := r.add("twice", 5, nil)
	r.sync()
	extra := bridge.Series{Source: bridge.SourceID(ids.Classic), Claim: "extra", Master: bridge.Event{Subject: "extra", Start: auditDay, End: auditDay.Add(time.Hour)}}
	r.apply(bridge.Change{Source: extra.Source, Upsert: &extra})
	r.audit(graphsync.AuditOptions{Repair: true})
	if n := len(r.objects(r.cal)); n != 1 {
		t.Errorf("%d objects are left, want 1", n)
	}
	r.wantSame(r.cal)
}
