package caldav_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
)

// matching returns the ids of a rig's events whose rows a report gave.
func (r *rig) matching(m *multistatus, ids ...string) (list []string) {
	r.t.Helper()
	for _, id := range ids {
		if slices.Contains(m.hrefs(), r.objPath(id)) {
			list = append(list, id)
		}
	}
	if len(list) != len(m.Rows) {
		m.answer.fatalf("rows beside those of %v", ids)
	}
	return list
}

// query sends a calendar-query whose filter has the given inside of a VEVENT
// comp-filter.
func (r *rig) query(inVEVENT string, more ...string) *multistatus {
	r.t.Helper()
	return r.filter(`<C:comp-filter name="VEVENT">`+inVEVENT+`</C:comp-filter>`, more...).multistatus()
}

func (r *rig) filter(inVCALENDAR string, more ...string) *answer {
	r.t.Helper()
	return r.report("C:calendar-query", prop("D:getetag")+`<C:filter><C:comp-filter name="VCALENDAR">`+inVCALENDAR+`</C:comp-filter></C:filter>`+strings.Join(more, ""))
}

func timeRange(start, end string) string {
	var b strings.Builder
	for name, t := range map[string]string{"start": start, "end": end} {
		if t != "" {
			fmt.Fprintf(&b, " %s=%q", name, at(t).Format("20060102T150405Z"))
		}
	}
	return "<C:time-range" + b.String() + "/>"
}

func TestQ08TimeRange(t *testing.T) {
	berlin := "Europe/Berlin"
	cases := []struct {
		row, name  string
		event      *bridge.Series
		start, end string
		want       bool
	}{
		{"Q08", "equal to the range", event("e", "", "2026-03-04T10:00"), "2026-03-04T10:00", "2026-03-04T11:00", true},
		{"Q08", "starts at the range's start and ends later", lasting(3*hour, event("e", "", "2026-03-04T10:00")), "2026-03-04T10:00", "2026-03-04T11:00", true},
		{"Q08", "runs all through", lasting(48*hour, event("e", "", "2026-03-03T10:00")), "2026-03-04T10:00", "2026-03-04T11:00", true},
		{"Q08", "ends at the range's start", event("e", "", "2026-03-04T09:00"), "2026-03-04T10:00", "2026-03-04T11:00", false},
		{"Q08", "starts at the range's end", event("e", "", "2026-03-04T11:00"), "2026-03-04T10:00", "2026-03-04T11:00", false},
		{"Q08", "no length, at the start", lasting(0, event("e", "", "2026-03-04T10:00")), "2026-03-04T10:00", "2026-03-04T11:00", true},
		{"Q08", "no length, at the end", lasting(0, event("e", "", "2026-03-04T11:00")), "2026-03-04T10:00", "2026-03-04T11:00", false},
		{"Q08", "no length, inside", lasting(0, event("e", "", "2026-03-04T10:30")), "2026-03-04T10:00", "2026-03-04T11:00", true},
		{"Q09", "only an end, later", event("e", "", "2026-04-04T10:00"), "", "2026-03-04T10:00", false}, // Q09
		{"Q09", "only an end, earlier", event("e", "", "2026-02-04T10:00"), "", "2026-03-04T10:00", true},
		{"Q08", "only a start, earlier", event("e", "", "2026-02-04T10:00"), "2026-03-04T10:00", "", false},
		{"Q08", "only a start, later", event("e", "", "2030-02-04T10:00"), "2026-03-04T10:00", "", true},
		{"Q08", "all-day in its own day", allDay("e", "", "2026-03-05", 1), "2026-03-05T00:00", "2026-03-06T00:00", true},
		// The days of the mailbox are Berlin's: they begin at 23:00 the day before.
		{"Q08", "all-day, its first hour", allDay("e", "", "2026-03-05", 1), "2026-03-04T23:00", "2026-03-04T23:30", true},
		{"Q08", "all-day, the hour before", allDay("e", "", "2026-03-05", 1), "2026-03-04T22:00", "2026-03-04T23:00", false},
		{"Q08", "all-day, its last hour", allDay("e", "", "2026-03-05", 1), "2026-03-05T22:30", "2026-03-05T23:00", true},
		{"Q08", "all-day, the hour after", allDay("e", "", "2026-03-05", 1), "2026-03-05T23:00", "2026-03-05T23:30", false},
		{"Q07", "open-ended, endless series", weekly(0, in(berlin, event("e", "", "2020-01-08T10:00"))), "2025-12-02T00:00", "", true},
		{"Q07", "open-ended, series that ended", weekly(8, in(berlin, event("e", "", "2020-01-08T10:00"))), "2025-12-02T00:00", "", false},
		{"Q08", "series, only an end before it", weekly(8, event("e", "", "2026-03-04T10:00")), "", "2026-03-04T10:00", false},
		{"Q08", "endless series, only an end", weekly(0, event("e", "", "2026-03-04T10:00")), "", "2026-03-04T10:01", true},
		{"Q08", "series, an instance under way", weekly(8, lasting(3*hour, event("e", "", "2026-03-04T10:00"))), "2026-03-11T12:00", "2026-03-11T12:30", true},
		{"Q08", "series, an instance at the end", weekly(8, event("e", "", "2026-03-04T10:00")), "2026-03-11T09:00", "2026-03-11T10:00", false},
		{"Q08", "series, between instances", weekly(8, event("e", "", "2026-03-04T10:00")), "2026-03-12T00:00", "2026-03-18T10:00", false},
		{"Q08", "series, after the last", weekly(2, event("e", "", "2026-03-04T10:00")), "2026-03-18T00:00", "2026-03-19T00:00", false},
		{"Q08", "series in local time, before the clocks change", weekly(0, in(berlin, event("e", "", "2026-03-25T10:00"))), "2026-03-25T09:00", "2026-03-25T09:30", true},
		{"Q08", "series in local time, after the clocks change", weekly(0, in(berlin, event("e", "", "2026-03-25T10:00"))), "2026-04-01T08:00", "2026-04-01T08:30", true},
		{"Q08", "series in local time, an hour off", weekly(0, in(berlin, event("e", "", "2026-03-25T10:00"))), "2026-04-01T09:00", "2026-04-01T09:30", false},
		{"Q11", "cancelled date", without(weekly(8, event("e", "", "2026-03-04T10:00")), "2026-03-11", "2026-03-18"), "2026-03-11T00:00", "2026-03-19T00:00", false},
		{"Q11", "all-day series", weekly(8, allDay("e", "", "2026-03-04", 1)), "2026-03-10T23:00", "2026-03-10T23:30", true},
		{"Q11", "all-day series, the day after", weekly(8, allDay("e", "", "2026-03-04", 1)), "2026-03-11T23:00", "2026-03-11T23:30", false},
		{"Q10", "moved, at the new time", moving(weekly(8, event("e", "", "2026-03-04T10:00")), "2026-03-11", "2026-03-12T15:00", ""), "2026-03-12T15:00", "2026-03-12T16:00", true},
		{"Q10", "moved, at the old time", moving(weekly(8, event("e", "", "2026-03-04T10:00")), "2026-03-11", "2026-03-12T15:00", ""), "2026-03-11T10:00", "2026-03-11T11:00", false},
		{"Q10", "moved before the series", moving(weekly(8, event("e", "", "2026-03-04T10:00")), "2026-03-11", "2026-01-12T15:00", ""), "2026-01-01T00:00", "2026-02-01T00:00", true},
		{"Q10", "moved past the series", moving(weekly(2, event("e", "", "2026-03-04T10:00")), "2026-03-11", "2027-01-12T15:00", ""), "2027-01-01T00:00", "", true},
		{"Q08", "the 29th of February", lasting(hour, &bridge.Series{Source: "e", Claim: "e", Zone: "UTC", Master: event("e", "", "2024-02-29T10:00").Master,
			Rule: &bridge.Recurrence{Pattern: bridge.AbsoluteYearly, Interval: 1, Month: 2, DayOfMonth: 29, Start: bridge.DateOf(2024, 2, 29), End: bridge.MaxDate}}), "2026-02-28T10:00", "2026-02-28T11:00", true},
	}
	for _, id := range []string{"Q07", "Q08", "Q09", "Q10", "Q11"} {
		holds(t, id, func(t *testing.T) {
			for _, c := range cases {
				if c.row != id {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					r := newRig(t, c.event)
					for _, turn := range []string{"first", "remembered"} {
						if got := len(r.query(timeRange(c.start, c.end)).Rows) == 1; got != c.want {
							t.Errorf("%s: matches %v, want %v", turn, got, c.want)
						}
					}
					// With a test beside it the objects are looked into.
					closer := r.query(timeRange(c.start, c.end) + `<C:prop-filter name="UID"/>`)
					if got := len(closer.Rows) == 1; got != c.want {
						t.Errorf("looked into: matches %v, want %v", got, c.want)
					}
				})
			}
		})
	}
}

func TestRequestsBringTheirZone(t *testing.T) {
	r := newRig(t, allDay("e", "day", "2026-03-05", 1))
	auckland := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Pacific/Auckland\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"
	own := strings.Replace(auckland, "TZID:Pacific/Auckland\r\n", "TZID:Mine\r\n"+
		"BEGIN:DAYLIGHT\r\nDTSTART:20070930T020000\r\nTZOFFSETFROM:+1200\r\nTZOFFSETTO:+1300\r\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"+
		"BEGIN:STANDARD\r\nDTSTART:20080406T030000\r\nTZOFFSETFROM:+1300\r\nTZOFFSETTO:+1200\r\nRRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU\r\nEND:STANDARD\r\n", 1)
	early := timeRange("2026-03-04T11:00", "2026-03-04T12:00") // 5 March in Auckland begins at 11:00Z
	for _, c := range []struct {
		more string
		want int
	}{{"", 0}, {"<C:timezone>" + auckland + "</C:timezone>", 1}, {"<C:timezone>" + own + "</C:timezone>", 1}, {"<C:timezone-id>Pacific/Auckland</C:timezone-id>", 1}, {"<C:timezone-id>New Zealand Standard Time</C:timezone-id>", 1}} {
		if got := len(r.query(early, c.more).Rows); got != c.want {
			t.Errorf("%s: %d rows, want %d", c.more, got, c.want)
		}
	}
	r.patch(r.calPath(), "<D:set><D:prop><C:calendar-timezone>"+own+"</C:calendar-timezone></D:prop></D:set>")
	if got := len(r.query(early).Rows); got != 1 {
		t.Errorf("clocks of the calendar's own: %d rows", got)
	}
	if _, none := r.propfind(r.calPath(), "0", "C:calendar-timezone-id").Rows[0].found()["!calendar-timezone-id"]; !none {
		t.Error("clocks of no zone have its name")
	}
	r.filter("", "<C:timezone-id>Nowhere/Land</C:timezone-id>").wantError(http.StatusForbidden, "valid-timezone")
	r.filter("", "<C:timezone>nonsense</C:timezone>").wantError(http.StatusForbidden, "valid-calendar-data")
}

func TestQ13NoComponentType(t *testing.T) {
	holds(t, "Q13", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"), weekly(0, event("b", "two", "2026-03-04T10:00")))
		for _, inner := range []string{"", `<C:comp-filter name="VEVENT"/>`, `<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>`} {
			if got := r.matching(r.filter(inner).multistatus(), "a", "b"); len(got) != 2 {
				t.Errorf("%q finds %v", inner, got)
			}
		}
	})
}

func TestQ14NoTasks(t *testing.T) {
	holds(t, "Q14", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		for _, inner := range []string{`<C:comp-filter name="VTODO"/>`, `<C:comp-filter name="VJOURNAL">` + timeRange("2026-03-01T00:00", "") + `</C:comp-filter>`,
			`<C:comp-filter name="VEVENT"><C:is-not-defined/></C:comp-filter>`, `<C:comp-filter name="VTODO"><C:prop-filter name="COMPLETED"><C:is-not-defined/></C:prop-filter></C:comp-filter>`,
			`<C:comp-filter name="VFREEBUSY">` + timeRange("2026-03-01T00:00", "2026-04-01T00:00") + `</C:comp-filter>`, `<C:comp-filter name="VTODO">` + timeRange("", "2026-04-01T00:00") + `</C:comp-filter>`,
			`<C:comp-filter name="VTODO"><C:comp-filter name="VALARM">` + timeRange("2026-03-01T00:00", "2026-04-01T00:00") + `</C:comp-filter></C:comp-filter>`,
			`<C:comp-filter name="VEVENT"/><C:comp-filter name="VTODO"/>`, `<C:comp-filter name="VAVAILABILITY"/>`, `<C:comp-filter name="X-OWN"><C:prop-filter name="UID"/></C:comp-filter>`} {
			if m := r.filter(inner).multistatus(); len(m.Rows) != 0 {
				t.Errorf("%s finds %v", inner, m.hrefs())
			}
		}
		body := "<C:calendar-query" + namespaces + `><C:filter><C:comp-filter name="VCARD"/></C:filter></C:calendar-query>`
		if m := r.do("REPORT", r.calPath(), body).multistatus(); len(m.Rows) != 0 {
			t.Errorf("VCARD finds %v", m.hrefs())
		}
	})
}

func TestQ15EveryDepthSearches(t *testing.T) {
	holds(t, "Q15", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		for _, header := range [][]string{{"Depth", "0"}, {"Depth", "1"}, {"Depth", "infinity"}, nil} {
			body := prop("D:getetag") + `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>`
			if m := r.report("C:calendar-query", body, header...).multistatus(); len(m.Rows) != 1 {
				t.Errorf("%v: %v", header, m.hrefs())
			}
		}
		body := "<C:calendar-query" + namespaces + ">" + prop("D:getetag") + `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">%s</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
		for inner, want := range map[string]int{timeRange("2026-03-04T00:00", ""): 1, timeRange("2026-03-05T00:00", ""): 0} {
			if m := r.do("REPORT", r.objPath("a"), fmt.Sprintf(body, inner)).multistatus(); len(m.Rows) != want {
				t.Errorf("query of an object by %s: %v", inner, m.hrefs())
			}
		}
	})
}

// rich is a pair of events with everything that filters ask for.
func rich(t *testing.T) *rig {
	a := event("a", "Ärger, und Kaffee", "2026-03-04T10:00")
	a.Master.Categories = []string{"Red", "Blue Sky"}
	a.Master.Organizer = &bridge.Person{Name: "Ada", Address: "ada@contoso.example"}
	a.Master.Attendees = []bridge.Person{{Name: "Bob", Address: "bob@contoso.example", Response: bridge.Accepted}, {Name: "Cy", Address: "cy@contoso.example"}}
	minutes := 15
	b := event("b", "plain", "2026-03-04T10:00")
	b.Master.Reminder = &minutes
	b.Master.Text = "line one\nline; two " + strings.Repeat("long ", 50) + "END of it"
	return newRig(t, a, b)
}

func TestQ16TextMatch(t *testing.T) {
	r := rich(t)
	match := func(name, attrs, text string) string {
		return fmt.Sprintf(`<C:prop-filter name="%s"><C:text-match%s>%s</C:text-match></C:prop-filter>`, name, attrs, text)
	}
	type vector struct{ filter, want string }
	vectors := map[string][]vector{"Q16": {
		{match("SUMMARY", "", "KAFFEE"), "a"},
		{match("SUMMARY", "", "Ärger, UND"), "a"}, // the comma is escaped in the object
		{match("summary", ` collation="i;ascii-casemap"`, "ärger"), ""},
		{match("SUMMARY", ` collation="i;octet"`, "KAFFEE"), ""},
		{match("SUMMARY", ` collation="i;octet"`, "Kaffee"), "a"},
		{match("SUMMARY", ` collation="i;unicode-casemap"`, "äRGER"), "a"},
		{match("SUMMARY", ` collation="i;unicode-casemap"`, "A\u0308rger, und"), "a"},
		{match("SUMMARY", ` collation="i;unicode-casemap" negate-condition="yes"`, "ärger"), "b"},
		{`<C:prop-filter name="ATTENDEE"><C:param-filter name="CN"><C:text-match collation="i;unicode-casemap">BOB</C:text-match></C:param-filter></C:prop-filter>`, "a"},
		{match("SUMMARY", ` negate-condition="yes"`, "kaffee"), "b"},
		{match("SUMMARY", ` negate-condition="no"`, "kaffee"), "a"},
		{match("CATEGORIES", "", "blue"), "a"}, // the second of a list
		{match("ATTENDEE", "", "cy@"), "a"},    // the second of its name
		{match("CATEGORIES", ` negate-condition="yes"`, "blue"), ""},
		{match("DESCRIPTION", "", "long END of it"), "b"}, // over a fold
		{match("DESCRIPTION", "", "one\nline; two"), "b"},
		{match("UID", ` collation="i;octet"`, "uid-b"), "b"},
		{match("UID", "", "uid-"), "a b"},
		{match("UID", ` match-type="contains"`, "uid-"), "a b"},
		{match("SUMMARY", "", "plain") + match("UID", "", "uid-a"), ""},
		{`<C:prop-filter name="ATTENDEE"><C:param-filter name="PARTSTAT"><C:text-match>accepted</C:text-match></C:param-filter></C:prop-filter>`, "a"},
		{`<C:prop-filter name="ATTENDEE"><C:text-match>cy@</C:text-match><C:param-filter name="PARTSTAT"><C:text-match>accepted</C:text-match></C:param-filter></C:prop-filter>`, ""},
	}, "Q17": {
		{`<C:prop-filter name="CATEGORIES"/>`, "a"},
		{`<C:prop-filter name="CATEGORIES"><C:is-not-defined/></C:prop-filter>`, "b"},
		{`<C:prop-filter name="X-NOTHING"><C:is-not-defined/></C:prop-filter>`, "a b"},
		{`<C:prop-filter name="ATTENDEE"><C:param-filter name="RSVP"><C:is-not-defined/></C:param-filter></C:prop-filter>`, "a"},
		{`<C:prop-filter name="ATTENDEE"><C:param-filter name="CN"><C:is-not-defined/></C:param-filter></C:prop-filter>`, ""},
		{`<C:prop-filter name="ATTENDEE"><C:param-filter name="CN"/></C:prop-filter>`, "a"},
		{`<C:comp-filter name="VALARM"/>`, "b"},
		{`<C:comp-filter name="VALARM"><C:is-not-defined/></C:comp-filter>`, "a"},
		{`<C:comp-filter name="VALARM"><C:prop-filter name="ACTION"><C:text-match>DISPLAY</C:text-match></C:prop-filter></C:comp-filter>`, "b"},
		{`<C:prop-filter name="LAST-MODIFIED">` + timeRange("2026-01-02T00:00", "2026-01-02T00:01") + `</C:prop-filter>`, "a b"},
		{`<C:prop-filter name="LAST-MODIFIED">` + timeRange("2026-01-02T00:01", "") + `</C:prop-filter>`, ""},
	}}
	for id, list := range vectors {
		r.holds(id, func(t *testing.T) {
			for _, c := range list {
				if got := strings.Join(r.matching(r.query(c.filter), "a", "b"), " "); got != c.want {
					t.Errorf("%s finds %q, want %q", c.filter, got, c.want)
				}
			}
		})
	}
	for inner, want := range map[string]string{
		`<C:prop-filter name="VERSION"><C:text-match>2.0</C:text-match></C:prop-filter>`:                                          "a b",
		`<C:prop-filter name="METHOD"/>`:                                                                                          "",
		`<C:comp-filter name="VTIMEZONE"/>`:                                                                                       "",
		`<C:comp-filter name="VTIMEZONE"><C:is-not-defined/></C:comp-filter>`:                                                     "a b",
		`<C:comp-filter name="VEVENT"/><C:comp-filter name="VEVENT">` + `<C:prop-filter name="CATEGORIES"/>` + `</C:comp-filter>`: "a",
		timeRange("2026-03-04T00:00", "2026-03-05T00:00"):                                                                         "a b", timeRange("2026-03-05T00:00", ""): "", // of the whole: its events'
		`<C:comp-filter name="VEVENT">` + timeRange("2026-03-04T00:00", "") + `</C:comp-filter><C:comp-filter name="VEVENT">` + timeRange("", "2026-03-01T00:00") + `</C:comp-filter>`: "",
	} {
		if got := strings.Join(r.matching(r.filter(inner).multistatus(), "a", "b"), " "); got != want {
			t.Errorf("%s finds %q, want %q", inner, got, want)
		}
	}
}

// Of a series, the component that matches must have an instance in the range.
func TestTextOfTheInstanceInTheRange(t *testing.T) {
	r := newRig(t, moving(weekly(0, event("a", "usual", "2026-03-04T10:00")), "2026-03-11", "2026-03-12T15:00", "special"))
	for _, c := range []struct {
		start, end, text string
		want             int
	}{
		{"2026-03-12T00:00", "2026-03-13T00:00", "special", 1}, {"2026-03-12T00:00", "2026-03-13T00:00", "usual", 0},
		{"2026-03-18T00:00", "2026-03-19T00:00", "special", 0}, {"2026-03-18T00:00", "2026-03-19T00:00", "usual", 1},
		{"2026-03-01T00:00", "", "special", 1}, {"2026-03-18T00:00", "", "special", 0}, {"2026-03-18T00:00", "", "usual", 1}, {"2090-03-18T00:00", "", "usual", 1},
	} {
		m := r.query(timeRange(c.start, c.end) + `<C:prop-filter name="SUMMARY"><C:text-match>` + c.text + `</C:text-match></C:prop-filter>`)
		if len(m.Rows) != c.want {
			t.Errorf("%+v: %d rows", c, len(m.Rows))
		}
	}
}

func TestQ18FiltersThatAreRefused(t *testing.T) {
	holds(t, "Q18", func(t *testing.T) {
		r := rich(t)
		event := func(inner string) string { return `<C:comp-filter name="VEVENT">` + inner + `</C:comp-filter>` }
		for _, c := range []struct{ filter, element string }{
			{event(`<C:prop-filter name="SUMMARY"><C:text-match collation="i;klingon">x</C:text-match></C:prop-filter>`), "supported-collation"},
			{event(`<C:prop-filter name="ATTENDEE"><C:param-filter name="CN"><C:text-match collation="i;*">x</C:text-match></C:param-filter></C:prop-filter>`), "supported-collation"},
			{event(`<C:prop-filter name="SUMMARY"><C:text-match collation="i;ascii-numeric">1</C:text-match></C:prop-filter>`), "supported-collation"},
			{event(`<C:prop-filter name="SUMMARY">` + timeRange("2026-03-04T00:00", "") + `</C:prop-filter>`), "valid-filter"}, // RFC 4791 §7.8's own examples
			{`<C:comp-filter name="VTODO">` + event("") + `</C:comp-filter>`, "valid-filter"},
			{event(event("")), "valid-filter"},
			{`<C:comp-filter name="VALARM"/>`, "valid-filter"},
			{`<C:comp-filter name="VTIMEZONE">` + timeRange("2026-03-04T00:00", "") + `</C:comp-filter>`, "valid-filter"},
			{event(`<C:prop-filter name="DURATION">` + timeRange("2026-03-04T00:00", "") + `</C:prop-filter>`), "valid-filter"},
			{event(`<C:prop-filter name="RRULE">` + timeRange("2026-03-04T00:00", "") + `</C:prop-filter>`), "valid-filter"},
			{event(`<C:comp-filter name="X-OWN">` + timeRange("2026-03-04T00:00", "") + `</C:comp-filter>`), "supported-filter"},
			{event(`<x:own/>`), "supported-filter"},
			{event(`<C:prop-filter name="SUMMARY" test="anyof"/>`), "supported-filter"},
			{event(`<C:prop-filter name="SUMMARY"><C:text-match match-type="equals">x</C:text-match></C:prop-filter>`), "supported-filter"},
			{event(`<C:prop-filter/>`), "valid-filter"},
			{event(`<C:prop-filter name="A"><C:is-not-defined/><C:text-match>x</C:text-match></C:prop-filter>`), "valid-filter"},
			{event(`<C:time-range/>`), "valid-filter"},
			{event(`<C:time-range start="yesterday"/>`), "valid-filter"},
			{event(timeRange("2026-03-04T00:00", "2026-03-03T00:00")), "valid-filter"},
		} {
			r.filter(c.filter).wantError(http.StatusForbidden, c.element)
		}
		outside := "<C:filter>" + event("") + "</C:filter>" // an empty answer would make a client drop all that it has
		r.report("C:calendar-query", prop("D:getetag")+outside).wantError(http.StatusForbidden, "valid-filter")
		r.report("C:calendar-query", prop("D:getetag")).wantError(http.StatusForbidden, "valid-filter")
		r.report("C:calendar-query", `<D:prop><C:calendar-data content-type="text/html"/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`).wantError(http.StatusForbidden, "supported-calendar-data")
	})
}

// Alarms lie where they go off, for each occurrence (RFC 4791 §9.9).
func TestTimeRangeOfAlarms(t *testing.T) {
	reminded := func(minutes int, s *bridge.Series) *bridge.Series {
		s.Master.Reminder = &minutes
		return s
	}
	for _, c := range []struct {
		name       string
		event      *bridge.Series
		start, end string
		want       bool
	}{
		{"at the range's start", reminded(15, event("e", "", "2026-03-04T10:00")), "2026-03-04T09:45", "2026-03-04T09:46", true},
		{"at the range's end", reminded(15, event("e", "", "2026-03-04T10:00")), "2026-03-04T09:40", "2026-03-04T09:45", false},
		{"not where the event is", reminded(15, event("e", "", "2026-03-04T10:00")), "2026-03-04T10:00", "2026-03-04T11:00", false},
		{"days before", reminded(3*24*60, event("e", "", "2026-03-04T10:00")), "2026-03-01T00:00", "2026-03-02T00:00", true},
		{"no alarm", event("e", "", "2026-03-04T10:00"), "2026-03-04T00:00", "2026-03-05T00:00", false},
		{"open end", reminded(15, event("e", "", "2026-03-04T10:00")), "2026-03-04T09:45", "", true},
		{"open end, after it", reminded(15, event("e", "", "2026-03-04T10:00")), "2026-03-04T09:46", "", false},
		{"open start", reminded(15, event("e", "", "2026-03-04T10:00")), "", "2026-03-04T09:46", true},
		{"of a later instance, in local time", reminded(15, weekly(0, in("Europe/Berlin", event("e", "", "2026-03-25T10:00")))), "2026-04-01T07:45", "2026-04-01T07:46", true},
		{"between instances", reminded(15, weekly(0, event("e", "", "2026-03-04T10:00"))), "2026-03-05T00:00", "2026-03-11T09:45", false},
		{"endless, open end", reminded(15, weekly(0, event("e", "", "2026-03-04T10:00"))), "2060-03-05T00:00", "", true},
		{"of a cancelled instance", reminded(15, without(weekly(4, event("e", "", "2026-03-04T10:00")), "2026-03-11")), "2026-03-11T00:00", "2026-03-12T00:00", false},
		{"of a moved instance", moving(reminded(15, weekly(4, event("e", "", "2026-03-04T10:00"))), "2026-03-11", "2026-03-12T15:00", ""), "2026-03-12T14:45", "2026-03-12T14:46", true},
		{"all-day, from Berlin's midnight", reminded(60, allDay("e", "", "2026-03-05", 1)), "2026-03-04T22:00", "2026-03-04T22:01", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.event)
			if got := len(r.query(`<C:comp-filter name="VALARM">`+timeRange(c.start, c.end)+`</C:comp-filter>`).Rows) == 1; got != c.want {
				t.Errorf("matches %v, want %v", got, c.want)
			}
		})
	}
}

func TestQ22QueryWithoutProperties(t *testing.T) {
	holds(t, "Q22", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		filter := `<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`
		if row := r.report("C:calendar-query", filter).multistatus().Rows[0]; row.Status != "HTTP/1.1 200 OK" || row.Hrefs[0] != r.objPath("a") {
			t.Errorf("row %+v", row)
		}
		for inner, want := range map[string]string{"<D:allprop/>": "getetag", "<D:propname/>": "supported-report-set"} {
			if names := r.report("C:calendar-query", inner+filter).multistatus().Rows[0].names(); !slices.Contains(names, want) {
				t.Errorf("%s: %v", inner, names)
			}
		}
	})
}

// A range with more instances of a series than can be expanded is answered with
// the series; what was found of it before, and what is asked after, stays right.
func TestWideRangesSpoilNoOthers(t *testing.T) {
	daily := weekly(0, event("a", "every day", "2026-01-01T10:00"))
	daily.Rule.Pattern, daily.Rule.Days = bridge.Daily, 0
	r := newRig(t, daily)
	narrow := func(when string) {
		t.Helper()
		if got := len(r.query(timeRange("2026-03-04T12:00", "2026-03-04T13:00")).Rows); got != 0 {
			t.Errorf("%s: %d rows where nothing is", when, got)
		}
		if got := len(r.query(timeRange("2026-03-04T10:00", "2026-03-04T11:00")).Rows); got != 1 {
			t.Errorf("%s: %d rows where one is", when, got)
		}
		busy := r.report("C:free-busy-query", timeRange("2026-03-04T00:00", "2026-03-06T00:00")).want(http.StatusOK)
		if !strings.Contains(busy.Body, "20260304T100000Z/20260304T110000Z") || strings.Count(busy.Body, "FREEBUSY;") != 2 {
			t.Errorf("%s: %s", when, busy.Body)
		}
	}
	for _, when := range []string{"at first", "again"} {
		if got := len(r.query(timeRange("1900-01-01T00:00", "2999-12-31T00:00")).Rows); got != 1 {
			t.Errorf("%s: %d rows of a wide range", when, got)
		}
		narrow("after a query, " + when)
		r.report("C:free-busy-query", timeRange("1900-01-01T00:00", "2999-12-31T00:00")).wantError(http.StatusInsufficientStorage, "number-of-matches-within-limits")
		narrow("after free-busy, " + when)
		r.report("C:calendar-query", queryData(`<C:expand start="19000101T000000Z" end="29991231T000000Z"/>`, "")).wantError(http.StatusInsufficientStorage, "number-of-matches-within-limits")
		narrow("after an expansion, " + when)
	}
	if strings.Contains(r.log.String(), "level=WARN") {
		t.Errorf("warnings: %s", r.log)
	}
}
