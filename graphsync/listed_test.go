package graphsync_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// feasts are days that no Gregorian rule gives.
var feasts = []string{"2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2026-03-03", "2027-02-06", "2028-01-26", "2029-02-13", "2031-01-23"}

// objectText returns the object that is served of an event.
func (r *rig) objectText(id graphfake.IDs) string {
	r.t.Helper()
	for obj, err := range r.store.All(r.t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		if obj.Source == bridge.SourceID(id.Immutable) {
			return strings.ReplaceAll(string(obj.Body), "\r\n ", "")
		}
	}
	return ""
}

func (r *rig) remarks() []bridge.Remark {
	r.t.Helper()
	list, err := r.store.Remarks(r.t.Context(), r.mirrored(r.cal).ID)
	r.must(err)
	return list
}

// wantListed wants an object of listed instances: as many RDATEs and one more.
func (r *rig) wantListed(id graphfake.IDs, instances int) {
	r.t.Helper()
	text := r.objectText(id)
	if strings.Contains(text, "RRULE") && !strings.Contains(text, "BEGIN:VTIMEZONE") || !strings.Contains(text, "\r\nX-CALBRIDGE-RECURRENCE:explicit\r\n") || strings.Count(text, "\r\nRDATE") != instances-1 {
		r.t.Errorf("want %d listed instances:\n%s", instances, text)
	}
}

// TestUnknownRuleIsListed: a series with a rule of another calendar is served by
// its instances, changed and cancelled ones too, and says so.
func TestUnknownRuleIsListed(t *testing.T) {
	for name, h := range habits {
		for _, allDay := range []bool{false, true} {
			t.Run(fmt.Sprint(name, allDay), func(t *testing.T) {
				t.Parallel()
				r := newAuditRig(t, graphfake.Options{Habits: h})
				id := r.add("feast", 3, func(e *graphfake.Event) {
					e.Repeat = &graphfake.Repeat{Type: "absoluteYearly"}
					e.AllDay = allDay
				})
				r.must(r.box.ListDates(id.Classic, "lunarYearly", feasts...))
				r.sync()
				r.wantListed(id, 8)
				if got := r.remarks(); len(got) != 1 || got[0].Source != bridge.SourceID(id.Immutable) || !strings.Contains(got[0].Text, `"lunarYearly"`) {
					t.Errorf("remarks %+v", got)
				}
				if r.clean().Checked != 3 {
					t.Error("not all were checked")
				}
				r.must(r.box.CancelOccurrence(id.Classic, "2026-03-03"))
				r.must(r.box.EditOccurrence(id.Classic, "2027-02-06", `{"subject":"moved feast","isAllDay":false,"start":{"dateTime":"2027-02-05T20:00:00","timeZone":"UTC"},"end":{"dateTime":"2027-02-05T21:30:00","timeZone":"UTC"}}`))
				r.sync()
				r.wantListed(id, 7)
				if r.clean().Checked != 2 {
					t.Error("not all were checked")
				}
				// Set to a rule that can be told, it is one.
				r.must(r.box.Patch(id.Classic, `{"recurrence":{"pattern":{"type":"absoluteYearly","interval":1,"month":3,"dayOfMonth":3},"range":{"type":"noEnd","startDate":"2026-03-03"}}}`))
				r.sync()
				if text := r.objectText(id); !strings.Contains(text, "\r\nRRULE:FREQ=YEARLY") || strings.Contains(text, "X-CALBRIDGE-RECURRENCE") || len(r.remarks()) != 0 {
					t.Errorf("after it was given a rule:\n%s\n%v", text, r.remarks())
				}
				r.wantSame(r.cal)
			})
		}
	}
}

// TestListedRangeMovesOn: with the years later instances come in, without a
// change in the mailbox, and only once a year.
func TestListedRangeMovesOn(t *testing.T) {
	c := &clock{at: auditDay}
	r := newRig(t, graphfake.Options{Now: c.now})
	id := r.add("feast", 3, func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "absoluteYearly"} })
	r.must(r.box.ListDates(id.Classic, "lunarYearly", feasts...))
	r.sync()
	point, moved := r.mirrored(r.cal).Point, 0
	for range 26 {
		c.at = c.at.AddDate(0, 1, 0)
		r.must(r.syncer.Nightly(t.Context(), r.account))
		if now := r.mirrored(r.cal).Point; now != point {
			point = now
			moved++
		}
	}
	if moved != 2 {
		t.Errorf("in 26 months the object changed %d times", moved)
	}
	text := r.objectText(id)
	if !strings.Contains(text, ":20310123T100000") || strings.Contains(text, ":20240210T100000") {
		t.Errorf("in %s it is\n%s", c.at.Format("January 2006"), text)
	}
}

// TestRuleInDoubt: where Outlook shows other dates than the rule gives, though
// the series was just read again, they are listed; another rule is trusted again.
func TestRuleInDoubt(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	r.cal.Generate(20, 4)
	id := r.add("series", 3, func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "weekly", Count: 4} })
	r.must(r.box.ListDates(id.Classic, "", "2026-03-03", "2026-03-10", "2026-03-18", "2026-03-25"))
	r.sync()
	want := []string{"missing 2026-03-18T09:00 - ", "missing 2026-03-25T09:00 - ", "extra - 2026-03-17T09:00 ", "extra - 2026-03-24T09:00 "}
	if got := r.audit(graphsync.AuditOptions{}); len(got.Differences) != len(want) {
		t.Fatalf("differences %v", told(got.Differences))
	}
	if strings.Contains(r.objectText(id), "explicit") {
		t.Error("an audit without repair changed the mirror")
	}
	if got := r.audit(graphsync.AuditOptions{Repair: true}); len(got.Differences) != 0 || got.Mended != len(want) {
		t.Errorf("%d mended, differ: %v", got.Mended, told(got.Differences))
	}
	r.wantListed(id, 4)
	if got := r.remarks(); len(got) != 1 || !strings.Contains(got[0].Text, "its rule does not give the occurrences that Outlook shows") {
		t.Errorf("remarks %+v", got)
	}
	r.must(r.box.Patch(id.Classic, `{"subject":"renamed"}`))
	r.restart()
	r.must(r.trySync(true)) // still in doubt after everything was read again
	r.wantListed(id, 4)
	r.clean()
	r.must(r.box.Patch(id.Classic, `{"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["tuesday"]},"range":{"type":"numbered","startDate":"2026-03-03","numberOfOccurrences":5}}}`))
	r.sync()
	if text := r.objectText(id); !strings.Contains(text, "RRULE:FREQ=WEEKLY") || len(r.remarks()) != 0 {
		t.Errorf("its new rule is not trusted:\n%s", text)
	}
	r.clean()
}

// TestChangedRulesAreChecked: a series that changed is compared with what Graph
// lists of it at once where its rule is of an uncertain kind; what it says of
// itself, changed and cancelled instances and changes of clocks, is no
// contradiction.
func TestChangedRulesAreChecked(t *testing.T) {
	monthly := func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "absoluteMonthly"} }
	allDay := func(e *graphfake.Event) { monthly(e); e.AllDay = true }
	for _, c := range []struct {
		name   string
		change func(*graphfake.Event)
		day    int
		edit   func(r *rig, id graphfake.IDs)
		listed bool
		more   int // requests, beside the one for the series
	}{
		{"weekly", weeklySeries, 3, nil, false, 0},
		{"on the 31st", monthly, 31, nil, false, 1},
		{"on the 31st, all-day", allDay, 31, nil, false, 1},
		{"on the 31st, one cancelled", monthly, 31, func(r *rig, id graphfake.IDs) { r.must(r.box.CancelOccurrence(id.Classic, "2026-05-31")) }, false, 1},
		{"on the 31st, one moved", monthly, 31, func(r *rig, id graphfake.IDs) {
			r.must(r.box.EditOccurrence(id.Classic, "2026-05-31", `{"start":{"dateTime":"2026-05-29T20:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-05-29T21:00:00","timeZone":"UTC"}}`))
		}, false, 1},
		{"on the 31st, all-day, one changed", allDay, 31, func(r *rig, id graphfake.IDs) {
			r.must(r.box.EditOccurrence(id.Classic, "2026-05-31", `{"subject":"otherwise"}`))
		}, false, 1},
		{"on the 31st, shown on other days", monthly, 31, func(r *rig, id graphfake.IDs) {
			r.must(r.box.ListDates(id.Classic, "", "2026-03-31", "2026-05-31", "2026-07-31"))
		}, true, 3}, // seven years are two requests more
		{"weekly, shown on other days", weeklySeries, 3, func(r *rig, id graphfake.IDs) {
			r.must(r.box.ListDates(id.Classic, "", "2026-03-03", "2026-03-18"))
		}, false, 0}, // the audit's affair
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newAuditRig(t, graphfake.Options{})
			r.sync()
			id := r.add("series", c.day, c.change)
			if c.edit != nil {
				c.edit(r, id)
			}
			r.fake.ResetCounts()
			r.sync()
			if listed := strings.Contains(r.objectText(id), "explicit"); listed != c.listed || c.listed != (len(r.remarks()) == 1) {
				t.Errorf("served as\n%s\nremarks %+v", r.objectText(id), r.remarks())
			}
			if n := r.fake.Counts().Routes["GET /me/calendars/{cid}/events/{id}/instances"]; n != c.more {
				t.Errorf("instances were asked for %d times, want %d", n, c.more)
			}
			if c.day == 31 {
				r.clean()
			}
		})
	}
}

// TestNothingIsListedInVain: where Graph lists no instances of a rule that
// cannot be told, the event is kept aside with the cause; a rule in doubt goes on.
func TestNothingIsListedInVain(t *testing.T) {
	r := newAuditRig(t, graphfake.Options{})
	unknown := r.add("unknown", 3, weeklySeries)
	r.must(r.box.ListDates(unknown.Classic, "hijriMonthly", "2026-03-03"))
	_, err := r.cal.AddRaw([]byte(`{"id":"AAMkHALF=","type":"seriesMaster","subject":"x","iCalUId":"x","start":{"dateTime":"2026-03-03T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-03T11:00:00","timeZone":"UTC"},"recurrence":{"pattern":{"type":"hijri"},"range":{"type":"noEnd"}}}`))
	r.must(err)
	r.sync()
	bad, err := r.store.Bad(t.Context(), r.mirrored(r.cal).ID)
	if err != nil || len(bad) != 1 || !strings.Contains(bad[0].Cause, `"hijri"`) {
		t.Errorf("bad %+v, %v", bad, err)
	}
	r.wantListed(unknown, 1)
	// None in the range: its first occurrence stays.
	old := r.add("long ago", 3, weeklySeries)
	r.must(r.box.ListDates(old.Classic, "hijriMonthly", "2010-03-03"))
	r.sync()
	r.wantListed(old, 1)
	if !strings.Contains(r.objectText(old), fmt.Sprintf("DTSTART;TZID=Europe/Berlin:%s", time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC).Format("20060102T150405"))) {
		t.Errorf("served as\n%s", r.objectText(old))
	}
}

// between runs once, before the first request to a path goes out.
type between struct {
	path string
	once sync.Once
	run  func()
}

func (b *between) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, b.path) {
		b.once.Do(b.run)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// TestRulesAreNotDoubtedForNothing: neither an empty answer nor an edit between two
// requests contradicts a rule.
func TestRulesAreNotDoubtedForNothing(t *testing.T) {
	for name, upset := range map[string]func(r *rig, id graphfake.IDs){
		"an empty answer": func(r *rig, _ graphfake.IDs) {
			r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/instances"), Status: 200, Times: 1, Body: `{"value":[]}`})
		},
		"an edit in between": func(r *rig, id graphfake.IDs) {
			r.hc.Transport = &between{path: "/instances", run: func() { r.must(r.box.CancelOccurrence(id.Classic, "2026-05-31")) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newAuditRig(t, graphfake.Options{})
			r.sync()
			id := r.add("series", 31, func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "absoluteMonthly"} })
			upset(r, id)
			r.sync()
			r.sync()
			if text := r.objectText(id); strings.Contains(text, "explicit") || len(r.remarks()) != 0 {
				t.Errorf("served as\n%s\nremarks %+v", text, r.remarks())
			}
			r.clean()
		})
	}
}
