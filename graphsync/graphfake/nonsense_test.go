package graphfake

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// anyJSON draws a JSON value of the kind that an event might hold by mistake.
func anyJSON(t *rapid.T, depth int) any {
	kinds := 6
	if depth > 2 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(fmt.Sprint(rapid.Int32().Draw(t, "number")))
	case 3, 4:
		return rapid.SampledFrom([]string{"", "x", "2026-01-06T12:00:00", "2026-02-30", "UTC", "weekly", "monday", "numbered", "OID.a.2026-01-06", "9999-99-99T99:99:99"}).Draw(t, "text")
	case 5:
		l := list{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			l = append(l, anyJSON(t, depth+1))
		}
		return l
	}
	o := object{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		o.set(rapid.SampledFrom(oddNames).Draw(t, "name"), anyJSON(t, depth+1))
	}
	return o
}

var oddNames = []string{"id", "type", "start", "end", "dateTime", "timeZone", "isAllDay", "recurrence", "pattern", "range", "daysOfWeek", "interval",
	"startDate", "endDate", "numberOfOccurrences", "seriesMasterId", "originalStart", "occurrenceId", "cancelledOccurrences", "exceptionOccurrences",
	"subject", "body", "attendees", "categories", "organizer", "iCalUId", "singleValueExtendedProperties", "changeKey", "@odata.etag"}

// TestNonsenseIsServed stores arbitrary objects and asks for them in every
// way: all must answer, and the listing must be what was stored.
func TestNonsenseIsServed(t *testing.T) {
	f := start(t, Options{})
	rapid.Check(t, func(t *rapid.T) {
		cal := f.mb.AddCalendar(CalendarInfo{Name: "Nonsense"})
		var last IDs
		for range 3 {
			o := object{}
			for range rapid.IntRange(0, 10).Draw(t, "members") {
				o.set(rapid.SampledFrom(oddNames).Draw(t, "name"), anyJSON(t, 0))
			}
			o.drop("id")
			ids, err := cal.AddRaw(appendValue(nil, o))
			if err != nil {
				t.Fatal(err)
			}
			last = ids
		}
		base := "/me/calendars/" + cal.IDs().Classic
		for _, path := range []string{"/events", "/events?$select=*", "/events?$orderby=subject,start/dateTime", "/events/delta", "/events/" + last.Classic + "?$select=*&$expand=exceptionOccurrences",
			"/calendarView?startDateTime=2025-01-01&endDateTime=2027-01-01", "/events?$filter=subject%20eq%20'x'", "/events?$filter=categories/any(c:c%20eq%20'x')"} {
			if r := f.get(base + path); r.status != 200 {
				t.Fatalf("%s: %d %s", path, r.status, r.text)
			}
		}
		if err := f.mb.Patch(last.Classic, `{"subject":"still editable"}`); err != nil {
			t.Fatal(err)
		}
		if err := cal.Remove(); err != nil {
			t.Fatal(err)
		}
	})
}
