package caldav_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
)

// dataOf returns the calendar-data of the only row of a report.
func (r *rig) dataOf(a *answer) string {
	r.t.Helper()
	m := a.multistatus()
	if len(m.Rows) != 1 {
		a.fatalf("%d rows", len(m.Rows))
	}
	return m.Rows[0].found()["calendar-data"].Text
}

func queryData(inner, rangeInVEVENT string) string {
	return `<D:prop><D:getetag/><C:calendar-data>` + inner + `</C:calendar-data></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
		rangeInVEVENT + `</C:comp-filter></C:comp-filter></C:filter>`
}

func TestQ19PartsOfAnObject(t *testing.T) {
	holds(t, "Q19", func(t *testing.T) {
		r := newRig(t, weekly(4, in("Europe/Berlin", event("a", "one", "2026-03-04T10:00"))))
		whole := r.do("GET", r.objPath("a"), "").Body
		if got := r.dataOf(r.report("C:calendar-query", queryData("", ""))); got != whole {
			t.Errorf("calendar-data differs from GET:\n%q\n%q", got, whole)
		}
		uid := `<C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT"><C:prop name="UID"/></C:comp></C:comp>` // as Evolution asks
		if got, want := r.dataOf(r.report("C:calendar-query", queryData(uid, ""), "Depth", "0")), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:uid-a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"; got != want {
			t.Errorf("UID alone: %q", got)
		}
		for name, c := range map[string]struct{ comp, want, not string }{
			"zones stay with times": {`<C:comp name="VCALENDAR"><C:allprop/><C:comp name="VEVENT"><C:prop name="DTSTART"/></C:comp></C:comp>`, "TZID:Europe/Berlin\r\n", "SUMMARY"},
			"everything":            {`<C:comp name="VCALENDAR"><C:allprop/><C:allcomp/></C:comp>`, "SUMMARY:one\r\n", "\x00"},
			"no value":              {`<C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY" novalue="yes"/></C:comp></C:comp>`, "SUMMARY:\r\n", "one"},
			"empty comp is whole":   {`<C:comp name="VCALENDAR"><C:comp name="VTIMEZONE"/></C:comp>`, "TZOFFSETTO", "VEVENT"},
		} {
			got := r.dataOf(r.report("C:calendar-query", queryData(c.comp, "")))
			if !strings.Contains(got, c.want) || strings.Contains(got, c.not) || !strings.HasSuffix(got, "END:VCALENDAR\r\n") {
				t.Errorf("%s: %q", name, got)
			}
		}
		body := "<C:calendar-multiget" + namespaces + "><D:prop><C:calendar-data>" + uid + "</C:calendar-data></D:prop><D:href>" + r.objPath("a") + "</D:href></C:calendar-multiget>"
		if got := r.dataOf(r.do("REPORT", r.calPath(), body)); strings.Contains(got, "SUMMARY") || !strings.Contains(got, "UID:uid-a") {
			t.Errorf("multiget of the UID: %q", got)
		}
	})
}

// A client that knows all zones need not be told (RFC 7809).
func TestZonesAreLeftOut(t *testing.T) {
	r := newRig(t, weekly(4, in("Europe/Berlin", event("a", "one", "2026-03-04T10:00"))))
	path := r.objPath("a")
	whole := r.do("GET", path, "")
	multiget := "<C:calendar-multiget" + namespaces + ">" + prop("D:getetag", "C:calendar-data") + "<D:href>" + path + "</D:href></C:calendar-multiget>"
	for _, c := range []struct {
		header string
		zones  bool
	}{{"F", false}, {"f", false}, {"T", true}, {"", true}} {
		get := r.do("GET", path, "", "CalDAV-Timezones", c.header).want(http.StatusOK)
		bodies := []string{get.Body, r.dataOf(r.do("REPORT", r.calPath(), multiget, "CalDAV-Timezones", c.header)),
			r.dataOf(r.report("C:calendar-query", queryData("", ""), "CalDAV-Timezones", c.header))}
		for _, body := range bodies {
			if strings.Contains(body, "BEGIN:VTIMEZONE") != c.zones || !strings.Contains(body, "DTSTART;TZID=Europe/Berlin") || c.zones && body != whole.Body {
				t.Errorf("%q: %s", c.header, body)
			}
		}
		if get.Header.Get("ETag") != whole.Header.Get("ETag") || get.Header.Get("Vary") != "CalDAV-Timezones" {
			t.Errorf("%q: headers %v", c.header, get.Header)
		}
	}
}

func TestQ20Expand(t *testing.T) {
	holds(t, "Q20", func(t *testing.T) {
		expand := func(r *rig, start, end string) []string {
			t.Helper()
			e := fmt.Sprintf(`<C:expand start=%q end=%q/>`, at(start).Format("20060102T150405Z"), at(end).Format("20060102T150405Z"))
			text := r.dataOf(r.report("C:calendar-query", queryData(e, timeRange(start, end))))
			for _, not := range []string{"RRULE", "RDATE", "EXDATE", "VTIMEZONE", "TZID"} {
				if strings.Contains(text, not) {
					t.Errorf("the expansion has %s:\n%s", not, text)
				}
			}
			var list []string
			for _, part := range strings.Split(text, "BEGIN:VEVENT\r\n")[1:] {
				var facts []string
				for line := range strings.SplitSeq(part, "\r\n") {
					for _, name := range []string{"DTSTART", "DTEND", "RECURRENCE-ID", "SUMMARY"} {
						if strings.HasPrefix(line, name) {
							facts = append(facts, line)
						}
					}
				}
				slices.Sort(facts)
				list = append(list, strings.Join(facts, " "))
			}
			return list
		}
		timed := newRig(t, without(moving(weekly(5, in("Europe/Berlin", event("a", "usual", "2026-03-18T10:00"))), "2026-03-25", "2026-03-26T15:00", "special"), "2026-04-01"))
		want := []string{
			"DTEND:20260318T100000Z DTSTART:20260318T090000Z RECURRENCE-ID:20260318T090000Z SUMMARY:usual",
			"DTEND:20260326T160000Z DTSTART:20260326T150000Z RECURRENCE-ID:20260325T090000Z SUMMARY:special",
			"DTEND:20260408T090000Z DTSTART:20260408T080000Z RECURRENCE-ID:20260408T080000Z SUMMARY:usual", // summer time
		}
		if got := expand(timed, "2026-03-01T00:00", "2026-04-09T00:00"); !slices.Equal(got, want) {
			t.Errorf("expanded to\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		days := newRig(t, weekly(5, allDay("a", "day", "2026-03-18", 2)))
		want = []string{"DTEND;VALUE=DATE:20260327 DTSTART;VALUE=DATE:20260325 RECURRENCE-ID;VALUE=DATE:20260325 SUMMARY:day"}
		if got := expand(days, "2026-03-26T00:00", "2026-03-27T00:00"); !slices.Equal(got, want) {
			t.Errorf("expanded to\n%s", strings.Join(got, "\n"))
		}
		single := newRig(t, in("Europe/Berlin", event("a", "single", "2026-03-18T10:00")))
		want = []string{"DTEND:20260318T100000Z DTSTART:20260318T090000Z SUMMARY:single"}
		if got := expand(single, "2026-03-01T00:00", "2026-04-01T00:00"); !slices.Equal(got, want) {
			t.Errorf("expanded to\n%s", strings.Join(got, "\n"))
		}
		single.report("C:calendar-query", queryData(`<C:expand start="20260301T000000Z"/>`, "")).wantError(http.StatusForbidden, "valid-filter")
	})
}

func TestExpansionIsBounded(t *testing.T) {
	var series []*bridge.Series
	for i := range 5 {
		s := event(fmt.Sprint(i), "daily", "1950-01-01T10:00")
		s.Rule = &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1, Start: bridge.DateOf(1950, 1, 1), End: bridge.MaxDate}
		series = append(series, s)
	}
	r := newRig(t, series...)
	for _, e := range []string{`<C:expand start="19500101T000000Z" end="20200101T000000Z"/>`, `<C:expand start="19500101T000000Z" end="29000101T000000Z"/>`} {
		r.report("C:calendar-query", queryData(e, timeRange("2019-01-01T00:00", "2020-01-01T00:00"))).wantError(http.StatusInsufficientStorage, "number-of-matches-within-limits")
	}
	r.report("C:free-busy-query", `<C:time-range start="19000101T000000Z" end="29000101T000000Z"/>`).wantError(http.StatusInsufficientStorage, "number-of-matches-within-limits")
}

func TestQ21LimitRecurrenceSet(t *testing.T) {
	holds(t, "Q21", func(t *testing.T) {
		s := moving(weekly(0, event("a", "usual", "2026-03-04T10:00")), "2026-03-11", "2026-03-12T15:00", "first")
		r := newRig(t, moving(s, "2026-04-08", "2026-05-12T15:00", "second"))
		for _, c := range []struct {
			start, end, want, not string
		}{
			{"20260312T000000Z", "20260313T000000Z", "SUMMARY:first", "SUMMARY:second"},
			{"20260512T000000Z", "20260513T000000Z", "SUMMARY:second", "SUMMARY:first"},
			{"20260408T103000Z", "20260408T104500Z", "SUMMARY:second", "SUMMARY:first"}, // where its slot was
		} {
			got := r.dataOf(r.report("C:calendar-query", queryData(fmt.Sprintf(`<C:limit-recurrence-set start=%q end=%q/>`, c.start, c.end), "")))
			if !strings.Contains(got, c.want) || strings.Contains(got, c.not) || !strings.Contains(got, "RRULE") {
				t.Errorf("%s: %s", c.start, got)
			}
		}
		whole := r.do("GET", r.objPath("a"), "").Body
		if got := r.dataOf(r.report("C:calendar-query", queryData(`<C:limit-freebusy-set start="20260312T000000Z" end="20260313T000000Z"/>`, ""))); got != whole {
			t.Error("limit-freebusy-set changed an event")
		}
	})
}

func TestQ23FreeBusy(t *testing.T) {
	holds(t, "Q23", func(t *testing.T) {
		with := func(s *bridge.Series, change func(*bridge.Event)) *bridge.Series {
			change(&s.Master)
			return s
		}
		r := newRig(t,
			event("a", "one", "2026-03-04T10:00"), event("b", "meets it", "2026-03-04T11:00"), event("c", "overlaps", "2026-03-04T11:30"),
			with(event("d", "free", "2026-03-04T15:00"), func(e *bridge.Event) { e.ShowAs = bridge.Free }),
			with(event("e", "cancelled", "2026-03-04T15:00"), func(e *bridge.Event) { e.Cancelled = true }),
			with(event("f", "away", "2026-03-05T15:00"), func(e *bridge.Event) { e.ShowAs = bridge.OutOfOffice }),
			with(event("g", "perhaps", "2026-03-05T16:00"), func(e *bridge.Event) { e.ShowAs = bridge.Tentative }),
			weekly(0, event("h", "series", "2020-03-04T08:00")),
			lasting(48*hour, event("i", "reaches in", "2026-02-28T01:00")),
			allDay("j", "day", "2026-03-07", 1),
		)
		a := r.report("C:free-busy-query", `<C:time-range start="20260301T000000Z" end="20260308T000000Z"/>`).want(http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
			t.Errorf("Content-Type %q", got)
		}
		var got []string
		for line := range strings.SplitSeq(a.Body, "\r\n") {
			if strings.HasPrefix(line, "FREEBUSY") {
				got = append(got, line)
			}
		}
		want := []string{
			"FREEBUSY;FBTYPE=BUSY:20260301T000000Z/20260302T010000Z",
			"FREEBUSY;FBTYPE=BUSY:20260304T080000Z/20260304T090000Z", // a Wednesday, as in 2020
			"FREEBUSY;FBTYPE=BUSY:20260304T100000Z/20260304T123000Z",
			"FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260305T150000Z/20260305T160000Z",
			"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260305T160000Z/20260305T170000Z",
			"FREEBUSY;FBTYPE=BUSY:20260306T230000Z/20260307T230000Z",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if strings.Contains(a.Body, "METHOD") || !strings.Contains(a.Body, "DTSTART:20260301T000000Z\r\nDTEND:20260308T000000Z\r\n") {
			t.Errorf("body\n%s", a.Body)
		}
		empty := r.report("C:free-busy-query", `<C:time-range start="20250101T010000Z" end="20250101T020000Z"/>`).want(http.StatusOK)
		if strings.Contains(empty.Body, "FREEBUSY;") || !strings.Contains(empty.Body, "BEGIN:VFREEBUSY") {
			t.Errorf("body\n%s", empty.Body)
		}
		busy := func() string { // of all calendars
			body := "<C:free-busy-query" + namespaces + `><C:time-range start="20260301T000000Z" end="20260308T000000Z"/></C:free-busy-query>`
			return r.do("REPORT", "/dav/calendars/anna/", body).want(http.StatusOK).Body
		}
		other := r.addCalendar(bridge.Listed{Source: "cal-2", Name: "Other"}, event("z", "one", "2026-03-06T10:00"))
		if all := busy(); !strings.Contains(all, want[1]) || !strings.Contains(all, "20260306T100000Z/20260306T110000Z") {
			t.Errorf("of all calendars\n%s", all)
		}
		r.patch("/dav/calendars/anna/"+string(other.ID)+"/", set("<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>"))
		if all := busy(); !strings.Contains(all, want[1]) || strings.Contains(all, "20260306T100000Z") {
			t.Errorf("with one transparent\n%s", all)
		}
		r.report("C:free-busy-query", "").wantError(http.StatusForbidden, "valid-filter")
		r.report("C:free-busy-query", `<C:time-range start="20260301T000000Z"/>`).wantError(http.StatusForbidden, "valid-filter")
	})
}
