package ics

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// calendarOf wraps lines into a calendar with one event.
func calendarOf(lines ...string) []byte {
	text := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//EN", "BEGIN:VEVENT", "UID:u", "DTSTAMP:20250101T000000Z"}, lines...)
	return []byte(strings.Join(append(text, "END:VEVENT", "END:VCALENDAR", ""), "\r\n"))
}

func TestExpand(t *testing.T) {
	for _, c := range []struct {
		name     string
		lines    []string
		from, to string
		want     []string
	}{
		{"single", []string{"DTSTART:20250303T080000Z", "DTEND:20250303T090000Z"}, "2025-03-01", "2025-04-01", []string{"2025-03-03T08:00:00Z–2025-03-03T09:00:00Z"}},
		{"its range is half open", []string{"DTSTART:20250303T000000Z", "DTEND:20250303T090000Z"}, "2025-03-01", "2025-03-03", nil},
		{"what ends at the start is out", []string{"DTSTART:20250228T230000Z", "DTEND:20250301T000000Z"}, "2025-03-01", "2025-03-03", nil},
		{"no length, at the start", []string{"DTSTART:20250301T000000Z"}, "2025-03-01", "2025-03-03", []string{"2025-03-01T00:00:00Z–2025-03-01T00:00:00Z"}},
		{"a duration", []string{"DTSTART:20250303T080000Z", "DURATION:PT30M"}, "2025-03-01", "2025-04-01", []string{"2025-03-03T08:00:00Z–2025-03-03T08:30:00Z"}},
		{"a day without end", []string{"DTSTART;VALUE=DATE:20250303"}, "2025-03-01", "2025-04-01", []string{"2025-03-03T00:00:00Z–2025-03-04T00:00:00Z"}},
		{"lists of RDATE and EXDATE", []string{"DTSTART:20250303T080000Z", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20250303T080000Z,20250304T080000Z", "RDATE:20250310T080000Z,20250311T080000Z"}, "2025-03-01", "2025-04-01",
			[]string{"2025-03-05T08:00:00Z–2025-03-05T08:00:00Z", "2025-03-10T08:00:00Z–2025-03-10T08:00:00Z", "2025-03-11T08:00:00Z–2025-03-11T08:00:00Z"}},
		{"RDATEs that are periods", []string{"DTSTART:20250303T080000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20250310T080000Z/PT3H,20250311T080000Z/20250311T083000Z", "RDATE:20250312T080000Z"}, "2025-03-01", "2025-04-01",
			[]string{"2025-03-03T08:00:00Z–2025-03-03T09:00:00Z", "2025-03-10T08:00:00Z–2025-03-10T11:00:00Z", "2025-03-11T08:00:00Z–2025-03-11T08:30:00Z", "2025-03-12T08:00:00Z–2025-03-12T09:00:00Z"}},
		{"a period in another zone, under way", []string{"DTSTART;TZID=Europe/Berlin:20250203T090000", "RDATE;VALUE=PERIOD;TZID=America/New_York:20250228T170000/P1D"}, "2025-03-01", "2025-04-01", []string{"2025-02-28T22:00:00Z–2025-03-01T22:00:00Z"}},
		{"EXDATE in another zone", []string{"DTSTART;TZID=Europe/Berlin:20250303T090000", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20250304T080000Z"}, "2025-03-01", "2025-04-01", []string{"2025-03-03T08:00:00Z–2025-03-03T08:00:00Z"}},
		{"UNTIL in UTC", []string{"DTSTART;TZID=America/New_York:20250303T210000", "RRULE:FREQ=DAILY;UNTIL=20250305T020000Z"}, "2025-03-01", "2025-04-01", []string{"2025-03-04T02:00:00Z–2025-03-04T02:00:00Z", "2025-03-05T02:00:00Z–2025-03-05T02:00:00Z"}},
		{"a running instance", []string{"DTSTART:20250228T080000Z", "DTEND:20250302T080000Z", "RRULE:FREQ=WEEKLY;COUNT=2"}, "2025-03-01", "2025-03-02", []string{"2025-02-28T08:00:00Z–2025-03-02T08:00:00Z"}},
		{"a Windows zone", []string{"DTSTART;TZID=W. Europe Standard Time:20250303T090000"}, "2025-03-01", "2025-04-01", []string{"2025-03-03T08:00:00Z–2025-03-03T08:00:00Z"}},
		{"local length over a change", []string{"DTSTART;TZID=Europe/Berlin:20251025T220000", "DTEND;TZID=Europe/Berlin:20251026T040000", "RRULE:FREQ=DAILY;COUNT=1"}, "2025-10-01", "2025-11-01", []string{"2025-10-25T20:00:00Z–2025-10-26T03:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := Expand(calendarOf(c.lines...), at(c.from+"T00:00:00"), at(c.to+"T00:00:00"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range found {
				got = append(got, i.Start.Format(time.RFC3339)+"–"+i.End.Format(time.RFC3339))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("instances (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExpandRefuses(t *testing.T) {
	deep := strings.Repeat("BEGIN:A\r\n", 100)
	for name, text := range map[string][]byte{
		"nothing":                nil,
		"no calendar":            []byte("hello"),
		"no start":               calendarOf("SUMMARY:x"),
		"no time":                calendarOf("DTSTART:tomorrow"),
		"secondly":               calendarOf("DTSTART:20250303T080000Z", "RRULE:FREQ=SECONDLY"),
		"every second":           calendarOf("DTSTART:20250303T080000Z", "RRULE:FREQ=YEARLY;BYDAY=MO;BYHOUR=0,1,2,3,4;BYMINUTE=0,1,2,3,4,5,6,7,8,9"),
		"a period backwards":     calendarOf("DTSTART:20250303T080000Z", "RDATE;VALUE=PERIOD:20250310T080000Z/20250309T080000Z"),
		"a period without end":   calendarOf("DTSTART:20250303T080000Z", "RDATE;VALUE=PERIOD:20250310T080000Z/"),
		"a rule that is none":    calendarOf("DTSTART:20250303T080000Z", "RRULE:FREQ=NEVER"),
		"deep":                   []byte(deep),
		"a panic of the decoder": calendarOf("X;A=b"),
		"long parameters":        calendarOf("X;A=" + strings.Repeat("a", 1<<20) + ":v"),
		"folded parameters":      calendarOf("X;A=" + strings.Repeat("a\r\n ", 1<<16) + ":v"),
	} {
		if found, err := Expand(text, at("2025-01-01T00:00:00"), at("2026-01-01T00:00:00")); err == nil {
			t.Errorf("%s: expanded to %v", name, found)
		}
	}
}

func TestExpandIsBounded(t *testing.T) {
	endless := calendarOf("DTSTART:17010101T000000Z", "RRULE:FREQ=DAILY")
	if _, err := Expand(endless, time.Time{}, time.Time{}); !errors.Is(err, ErrTooMany) {
		t.Errorf("all days of all years: %v", err)
	}
	if found, err := Expand(endless, at("2025-01-01T00:00:00"), at("2025-01-03T00:00:00")); err != nil || len(found) != 2 {
		t.Errorf("two of them: %v, %v", found, err)
	}
}

func TestGuardLetsRealLinesThrough(t *testing.T) {
	long := calendarOf("DTSTART:20250303T080000Z", "DESCRIPTION:"+strings.Repeat("long text ", 1<<16), `ATTENDEE;CN="a:b";X="c;d":mailto:x@example.org`)
	if _, err := Expand(long, time.Time{}, time.Time{}); err != nil {
		t.Error(err)
	}
}
