package caldav_test

import (
	"fmt"
	"strings"
	"testing"

	"calbridge/bridge"
)

// written makes a rig with one object whose VEVENT has the given lines, cut at
// bars: forms that other programs write and this one only reads.
func written(t *testing.T, lines string) *rig {
	t.Helper()
	r := newRig(t, weekly(0, event("e", "", "2020-01-01T00:00"))) // so that its row rules nothing out
	body := "BEGIN:VCALENDAR|VERSION:2.0|PRODID:x|BEGIN:VEVENT|UID:e|DTSTAMP:20260101T000000Z|" + lines + "|END:VEVENT|END:VCALENDAR|"
	r.handler.Library = altered{r.store, map[string]string{bridge.ObjectName("e"): strings.ReplaceAll(body, "|", "\r\n")}}
	return r
}

// Rows of RFC 4791 §9.9 for VEVENT, in the order of its table, and §7.3.
func TestQ08EveryFormOfEvent(t *testing.T) {
	zone := func(name string) string { return "<C:timezone-id>" + name + "</C:timezone-id>" }
	for _, c := range []struct{ lines, start, end, zone, want string }{
		// DTEND: start < DTEND and end > DTSTART.
		{"DTSTART:20260304T100000Z|DTEND:20260304T110000Z", "10:59", "12:00", "", "yes"},
		{"DTSTART:20260304T100000Z|DTEND:20260304T110000Z", "11:00", "12:00", "", "no"},
		{"DTSTART:20260304T100000Z|DTEND:20260304T110000Z", "09:00", "10:00", "", "no"},
		{"DTSTART:20260304T100000Z|DTEND:20260304T100000Z", "10:00", "10:01", "", "yes"}, // no length
		{"DTSTART:20260304T100000Z|DTEND:20260304T100000Z", "09:00", "10:00", "", "no"},
		// DURATION over 0: the same with DTSTART+DURATION.
		{"DTSTART:20260304T100000Z|DURATION:PT1H30M", "11:29", "12:00", "", "yes"},
		{"DTSTART:20260304T100000Z|DURATION:PT1H30M", "11:30", "12:00", "", "no"},
		{"DTSTART:20260304T100000Z|DURATION:P1W", "23:00", "23:30", "", "yes"},
		// DURATION of 0, and DTSTART alone: start <= DTSTART and end > DTSTART.
		{"DTSTART:20260304T100000Z|DURATION:PT0S", "10:00", "10:01", "", "yes"},
		{"DTSTART:20260304T100000Z|DURATION:PT0S", "09:00", "10:00", "", "no"},
		{"DTSTART:20260304T100000Z", "10:00", "10:01", "", "yes"},
		{"DTSTART:20260304T100000Z", "10:01", "12:00", "", "no"},
		{"DTSTART:20260304T100000Z", "09:00", "10:00", "", "no"},
		// DTSTART a DATE: start < DTSTART+P1D and end > DTSTART, days being Berlin's.
		{"DTSTART;VALUE=DATE:20260304", "22:59", "23:59", "", "yes"},
		{"DTSTART;VALUE=DATE:20260304", "23:00", "23:59", "", "no"},
		{"DTSTART;VALUE=DATE:20260304", "22:59", "23:59", zone("UTC"), "yes"},
		{"DTSTART;VALUE=DATE:20260304|DURATION:P2D", "23:00", "23:59", "", "yes"},
		{"DTSTART;VALUE=DATE:20260305", "22:00", "23:00", "", "no"},
		{"DTSTART;VALUE=DATE:20260305", "23:00", "23:01", "", "yes"},
		// A time of no zone is that of the request's, else of the calendar's.
		{"DTSTART:20260304T100000|DTEND:20260304T110000", "09:00", "09:30", "", "yes"},
		{"DTSTART:20260304T100000|DTEND:20260304T110000", "10:00", "10:30", "", "no"},
		{"DTSTART:20260304T100000|DTEND:20260304T110000", "10:00", "10:30", zone("UTC"), "yes"},
		{"DTSTART:20260304T100000|DTEND:20260304T110000", "15:00", "15:30", zone("America/New_York"), "yes"},
		{"DTSTART:20260302T100000|DURATION:PT1H|RRULE:FREQ=DAILY", "09:00", "09:30", "", "yes"},
		{"DTSTART:20260302T100000|DURATION:PT1H|RRULE:FREQ=DAILY", "10:00", "10:30", "", "no"},
		{"DTSTART:20260302T100000|RRULE:FREQ=DAILY|EXDATE:20260304T100000", "09:00", "09:30", "", "no"},
		// In the instances of a series.
		{"DTSTART:20260302T100000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=3", "10:59", "11:30", "", "yes"},
		{"DTSTART:20260302T100000Z|RRULE:FREQ=DAILY;COUNT=3", "10:00", "10:01", "", "yes"},
		{"DTSTART:20260302T100000Z|RRULE:FREQ=DAILY;COUNT=2", "10:00", "10:01", "", "no"},
		{"DTSTART:20260302T100000Z|DURATION:PT1H|RDATE:20260303T100000Z,20260304T123000Z", "13:00", "13:10", "", "yes"},
	} {
		t.Run(c.lines, func(t *testing.T) {
			holds(t, "Q08", func(t *testing.T) {
				r := written(t, c.lines)
				for turn, inner := range []string{"", "", `<C:prop-filter name="UID"/>`} { // worked out, remembered, looked into
					m := r.query(timeRange("2026-03-04T"+c.start, "2026-03-04T"+c.end)+inner, c.zone)
					if got := map[int]string{0: "no", 1: "yes"}[len(m.Rows)]; got != c.want {
						t.Errorf("%s to %s %s: %q in turn %d, want %q", c.start, c.end, c.zone, got, turn, c.want)
					}
				}
			})
		})
	}
}

// A range of a property is judged by each of its times (RFC 4791 §9.9).
func TestQ11RangesOfProperties(t *testing.T) {
	holds(t, "Q11", func(t *testing.T) {
		r := written(t, strings.Join([]string{"DTSTART;TZID=Europe/Berlin:20260304T100000", "DURATION:PT45M", "RRULE:FREQ=WEEKLY;COUNT=9",
			"EXDATE;TZID=Europe/Berlin:20260311T100000,20260318T100000", "EXDATE;VALUE=DATE:20260401", "RDATE;VALUE=PERIOD:20260410T080000Z/PT2H,20260411T080000Z/20260411T093000Z",
			"RDATE:20260412T080000", "LAST-MODIFIED:20260102T030405Z", "CREATED:20260101T030405Z", "X-SEEN;VALUE=DATE-TIME:20260205T080000Z", "X-NOTE:20260206T080000Z",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;VALUE=DATE-TIME:20260301T060000Z", "ACKNOWLEDGED:20260301T060500Z", "END:VALARM",
			"BEGIN:VALARM", "ACTION:AUDIO", "TRIGGER:-PT15M", "END:VALARM"}, "|"))
		for _, c := range []struct {
			name, start, end string
			want             int
		}{
			{"DTSTART", "2026-03-04T09:00", "2026-03-04T09:01", 1}, {"DTSTART", "2026-03-04T09:01", "", 0}, {"DTSTART", "", "2026-03-04T09:00", 0},
			{"DTSTART", "2026-03-11T09:00", "2026-03-11T09:01", 0},                                                     // of the property, not of the series
			{"DTEND", "2026-03-04T09:45", "2026-03-04T09:46", 1}, {"DTEND", "2026-03-04T09:00", "2026-03-04T09:45", 0}, // DTSTART and DURATION make one
			{"EXDATE", "2026-03-18T09:00", "2026-03-18T09:01", 1}, {"EXDATE", "2026-03-11T09:00", "2026-03-11T09:01", 1}, {"EXDATE", "2026-03-12T00:00", "2026-03-18T09:00", 0},
			{"EXDATE", "2026-03-31T22:00", "2026-03-31T22:01", 1}, {"EXDATE", "2026-03-31T22:01", "", 0}, // 1 April begins in Berlin
			{"RDATE", "2026-04-10T09:59", "2026-04-10T10:30", 1}, {"RDATE", "2026-04-10T10:00", "2026-04-11T08:00", 0}, {"RDATE", "2026-04-11T09:00", "2026-04-11T09:01", 1},
			{"RDATE", "2026-04-12T06:00", "2026-04-12T06:01", 1}, {"RDATE", "2026-04-12T06:01", "", 0}, // a clock in Berlin
			{"LAST-MODIFIED", "2026-01-02T03:04", "2026-01-02T03:05", 1}, {"CREATED", "", "2026-01-01T03:04", 0}, {"DTSTAMP", "2026-01-01T00:00", "2026-01-01T00:01", 1},
			{"X-SEEN", "2026-02-05T08:00", "2026-02-05T08:01", 1}, {"X-SEEN", "2026-02-06T00:00", "", 0},
			{"X-NOTE", "2026-01-01T00:00", "", 0}, // a text, whatever it looks like
			{"COMPLETED", "2026-01-01T00:00", "", 0}, {"DUE", "2026-01-01T00:00", "", 0}, {"RECURRENCE-ID", "2020-01-01T00:00", "", 0},
			{"VALARM TRIGGER", "2026-03-01T06:00", "2026-03-01T06:01", 1}, {"VALARM TRIGGER", "2026-03-01T06:01", "", 0}, // the other one is no time
			{"VALARM ACKNOWLEDGED", "2026-03-01T06:05", "2026-03-01T06:06", 1}, {"VALARM ACKNOWLEDGED", "2026-03-01T06:06", "", 0},
		} {
			comp, name, nested := strings.Cut(c.name, " ")
			if !nested {
				name = comp
			}
			inner := fmt.Sprintf(`<C:prop-filter name="%s">%s</C:prop-filter>`, name, timeRange(c.start, c.end))
			if nested {
				inner = `<C:comp-filter name="` + comp + `">` + inner + `</C:comp-filter>`
			}
			if got := len(r.query(inner).Rows); got != c.want {
				t.Errorf("%s from %s to %s: %d rows, want %d", c.name, c.start, c.end, got, c.want)
			}
		}
	})
}

// Alarms that other programs write, at every occurrence (RFC 4791 §9.9).
func TestQ08AlarmsOfEveryForm(t *testing.T) {
	holds(t, "Q08", func(t *testing.T) {
		for _, c := range []struct{ lines, alarm, rings, silent string }{
			{"DTSTART:20260304T100000Z|DURATION:PT1H", "TRIGGER;RELATED=END:PT5M", "2026-03-04T11:05", "2026-03-04T10:05"},
			{"DTSTART:20260304T100000Z", "TRIGGER;RELATED=END:PT5M", "2026-03-04T10:05", "2026-03-04T11:05"}, // without length, the end is the start
			{"DTSTART;VALUE=DATE:20260304", "TRIGGER;RELATED=END:-PT1H", "2026-03-04T22:00", "2026-03-03T22:00"},
			{"DTSTART:20260304T100000", "TRIGGER:-PT10M", "2026-03-04T08:50", "2026-03-04T09:50"}, // floating: ten in Berlin
			{"DTSTART:20260304T100000Z|RRULE:FREQ=DAILY;COUNT=4", "TRIGGER:-PT1H|REPEAT:3|DURATION:PT10M", "2026-03-06T09:30", "2026-03-06T09:40"},
			{"DTSTART:20260304T100000Z|RRULE:FREQ=DAILY;COUNT=4", "TRIGGER:-PT1H", "2026-03-07T09:00", "2026-03-08T09:00"},
			{"DTSTART:20260304T100000Z|RRULE:FREQ=DAILY|EXDATE:20260306T100000Z", "TRIGGER:-PT1H", "2026-03-05T09:00", "2026-03-06T09:00"},
			{"DTSTART:20260304T100000Z|RRULE:FREQ=DAILY", "TRIGGER;VALUE=DATE-TIME:20260301T080000Z|REPEAT:1|DURATION:P1D", "2026-03-02T08:00", "2026-03-03T08:00"},
		} {
			r := written(t, c.lines+"|BEGIN:VALARM|ACTION:DISPLAY|"+c.alarm+"|END:VALARM")
			for minute, want := range map[string]int{c.rings: 1, c.silent: 0} {
				end := at(minute).Add(hour / 60).Format("2006-01-02T15:04")
				if got := len(r.query(`<C:comp-filter name="VALARM">` + timeRange(minute, end) + `</C:comp-filter>`).Rows); got != want {
					t.Errorf("%s with %s at %s: %d rows, want %d", c.lines, c.alarm, minute, got, want)
				}
			}
		}
	})
}
