package ics

import (
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

// TestAllDayOriginalsFarEast: R2.8 where zones are 13 hours ahead. The midnight
// before is a date of the pattern too, so only the mailbox's zone tells.
func TestAllDayOriginalsFarEast(t *testing.T) {
	start := bridge.DateOf(2025, time.March, 10)
	for _, c := range []struct{ series, mailbox, original, want string }{
		{"", "Pacific/Auckland", "2025-03-15T11:00:00Z", "20250316"},
		{"Africa/Cairo", "Pacific/Tongatapu", "2025-03-15T11:00:00Z", "20250316"},
		{"Pacific/Auckland", "", "2025-03-15T11:00:00Z", "20250316"},
		{"", "America/Los_Angeles", "2025-03-15T07:00:00Z", "20250315"},
		{"", "", "2025-03-15T15:00:00Z", "20250316"}, // Tokyo, unknown
		{"", "Europe/Berlin", "2025-03-15T15:00:00Z", "20250316"},
	} {
		at, err := time.Parse(time.RFC3339, c.original)
		if err != nil {
			t.Fatal(err)
		}
		day := bridge.Event{Subject: "all day", AllDay: true, Start: start.Time(), End: (start + 1).Time()}
		s := bridge.Series{Source: "a", UID: "a", Zone: c.series, Master: day,
			Rule:      &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1, Start: start, End: bridge.MaxDate},
			Overrides: []bridge.Override{{Source: "b", Original: at, Event: day}}}
		listed := s
		listed.Rule, listed.Listed = nil, &bridge.Listing{Starts: []time.Time{start.Time()}}
		for _, s := range []bridge.Series{s, listed} {
			obj, err := Render(s, bridge.Env{MailboxZone: c.mailbox, Horizon: 2036})
			if err != nil {
				t.Fatal(err)
			}
			if want := "\r\nRECURRENCE-ID;VALUE=DATE:" + c.want + "\r\n"; !strings.Contains(string(obj.Body), want) {
				t.Errorf("%+v:\n%s", c, obj.Body)
			}
		}
	}
}

// TestTimedInstanceOfAllDaySeries: only such an instance is told not to be all-day.
func TestTimedInstanceOfAllDaySeries(t *testing.T) {
	start := bridge.DateOf(2025, time.March, 10)
	day := bridge.Event{Subject: "all day", AllDay: true, Start: start.Time(), End: (start + 1).Time()}
	timed := bridge.Event{Subject: "at nine", Start: start.Time().Add(33 * time.Hour), End: start.Time().Add(34 * time.Hour)}
	rule := &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1, Start: start, End: bridge.MaxDate}
	for _, c := range []struct {
		master, override bridge.Event
		yes, no          int
	}{{day, timed, 1, 1}, {timed, day, 1, 0}, {timed, timed, 0, 0}, {day, day, 2, 0}} {
		s := bridge.Series{Source: "a", UID: "a", Zone: "UTC", Master: c.master, Rule: rule,
			Overrides: []bridge.Override{{Source: "b", Original: (start + 1).Time(), Event: c.override}}}
		obj, err := Render(s, bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036})
		if err != nil {
			t.Fatal(err)
		}
		text := string(obj.Body)
		if yes, no := strings.Count(text, propAllDay+":TRUE\r\n"), strings.Count(text, propAllDay+":FALSE\r\n"); yes != c.yes || no != c.no {
			t.Errorf("%s, then %s: TRUE %d times, FALSE %d times\n%s", c.master.Subject, c.override.Subject, yes, no, text)
		}
	}
}
