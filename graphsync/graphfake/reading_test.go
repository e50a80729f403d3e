package graphfake

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSelect(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-12", `{"subject":"late"}`))
	occurrence, err := f.mb.Occurrence(id.Classic, "2026-01-19")
	f.noError(err)
	changed, err := f.mb.Occurrence(id.Classic, "2026-01-12")
	f.noError(err)
	for _, c := range []struct {
		name, id, query string
		has, lacks      []string
	}{
		{"no select", id.Classic, "", []string{"subject", "recurrence", "body"}, []string{"originalStart", "cancelledOccurrences", "exceptionOccurrences", "uid"}},
		{"star", id.Classic, "?$select=*", []string{"cancelledOccurrences", "subject"}, []string{"originalStart", "exceptionOccurrences"}},
		{"star of an occurrence", occurrence.Classic, "?$select=*", []string{"originalStart"}, []string{"cancelledOccurrences"}},
		{"star of an exception", changed.Classic, "?$select=*", []string{"originalStart"}, []string{"cancelledOccurrences"}},
		{"occurrence", occurrence.Classic, "", nil, []string{"originalStart"}},
		{"by name", occurrence.Classic, "?$select=originalStart", []string{"id", "@odata.etag", "originalStart"}, []string{"subject"}},
		{"relation without expand", id.Classic, "?$select=id,exceptionOccurrences", []string{"id"}, []string{"exceptionOccurrences"}},
		{"expand without select", id.Classic, "?$expand=exceptionOccurrences", []string{"exceptionOccurrences", "subject"}, []string{"cancelledOccurrences"}},
		{"expand, select lacks it", id.Classic, "?$select=subject&$expand=exceptionOccurrences", []string{"subject"}, []string{"exceptionOccurrences"}},
		{"expand and select", id.Classic, "?$select=cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences", []string{"cancelledOccurrences", "exceptionOccurrences"}, []string{"subject"}},
		{"expand of an occurrence", occurrence.Classic, "?$select=*&$expand=exceptionOccurrences", []string{"exceptionOccurrences"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := f.ok(f.get("/me/events/" + c.id + c.query)).body
			for _, name := range c.has {
				if _, ok := e.get(name); !ok {
					t.Errorf("lacks %s: %s", name, appendValue(nil, e))
				}
			}
			for _, name := range c.lacks {
				if _, ok := e.get(name); ok {
					t.Errorf("has %s", name)
				}
			}
		})
	}
	for _, name := range []string{"uid", "occurrenceId", "Subject", "nonsense", "subject,"} {
		f.get("/me/events/"+id.Classic+"?$select="+name).want(t, 400, "RequestBroker--ParseUri")
		f.get("/me/events?$select="+name).want(t, 400, "RequestBroker--ParseUri")
	}
	beta := strings.Replace(f.web.URL+"/v1.0", "v1.0", "beta", 1) + "/me/events/" + occurrence.Classic
	e := f.ok(f.get(beta + "?$select=uid,occurrenceId")).body
	if want := "OID." + id.Classic + ".2026-01-19"; e.text("occurrenceId") != want || e.text("uid") == "" {
		t.Errorf("beta: %s", appendValue(nil, e))
	}
}

func TestExceptionsAndCancelledDates(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	f.noError(f.mb.CancelOccurrence(id.Classic, "2026-02-02"))
	f.noError(f.mb.CancelOccurrence(id.Classic, "2026-01-26"))
	f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-12", `{"start":{"dateTime":"2026-01-13T10:00:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-01-13T10:30:00","timeZone":"W. Europe Standard Time"}}`))
	e := f.ok(f.get("/me/events/" + id.Classic + "?$select=*&$expand=exceptionOccurrences")).body
	cancelled, _ := e.get("cancelledOccurrences")
	want := list{"OID." + id.Classic + ".2026-01-26", "OID." + id.Classic + ".2026-02-02"}
	if d := cmp.Diff(want, cancelled); d != "" {
		t.Errorf("cancelled (-want +got):\n%s", d)
	}
	l, _ := e.get("exceptionOccurrences")
	changed := l.(list)[0].(object)
	for name, want := range map[string]string{"type": "exception", "seriesMasterId": id.Classic, "subject": "Stand-up", "originalStart": "2026-01-12T08:30:00Z"} {
		if got := changed.text(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := changed.child("start").text("dateTime"); got != "2026-01-13T09:00:00.0000000" {
		t.Errorf("start: %s", got)
	}
	bare := f.ok(f.get("/me/events/" + id.Classic + "?$expand=exceptionOccurrences($select=subject)")).body
	l, _ = bare.get("exceptionOccurrences")
	if got := memberNames(l.(list)[0].(object)); strings.Join(got, " ") != "@odata.etag id subject" {
		t.Errorf("nested select: %v", got)
	}
	f.get("/me/events?$expand=exceptionOccurrences").want(t, 400, "ErrorInvalidRequest")
	f.get("/me/events/"+id.Classic+"?$expand=calendar").want(t, 400, "ErrorInvalidRequest")
	f.get("/me/events/"+id.Classic+"?$expand=nonsense").want(t, 400, "RequestBroker--ParseUri")
	f.get("/me/events/"+id.Classic+"?$expand=exceptionOccurrences($top=3)").want(t, 400, "ErrorInvalidRequest")
}

func TestSeriesHabits(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	for i := range 25 {
		f.noError(f.mb.EditOccurrence(id.Classic, (dayOf(2026, 1, 12) + day(7*i)).String(), `{"subject":"late"}`))
	}
	full := "/me/events/" + id.Classic + "?$select=*&$expand=exceptionOccurrences"
	exceptions := func(h Habits) (list, object) {
		f.srv.SetHabits(h)
		e := f.ok(f.get(full)).body
		v, _ := e.get("exceptionOccurrences")
		l, _ := v.(list)
		return l, e
	}
	if l, _ := exceptions(Habits{}); len(l) != 25 {
		t.Errorf("got %d exceptions", len(l))
	}
	if l, _ := exceptions(Habits{ExpandCap: 20}); len(l) != 20 {
		t.Errorf("got %d exceptions under a cap", len(l))
	}
	if l, e := exceptions(Habits{NoExceptionOccurrences: true, NoCancelledOccurrences: true}); l != nil {
		t.Errorf("got %d exceptions without the member", len(l))
	} else if _, ok := e.get("cancelledOccurrences"); ok {
		t.Error("got cancelledOccurrences")
	}
	if l, _ := exceptions(Habits{NoOriginalStart: true}); l[0].(object).text("originalStart") != "" {
		t.Error("got originalStart")
	}
	f.srv.SetHabits(Habits{NationalCloud: true})
	f.get(full).want(t, 400, "RequestBroker--ParseUri")
	f.get("/me/events/"+id.Classic+"?$select=cancelledOccurrences").want(t, 400, "RequestBroker--ParseUri")
	if _, ok := f.ok(f.get("/me/events/" + id.Classic + "?$select=*")).body.get("cancelledOccurrences"); ok {
		t.Error("a national cloud knows cancelledOccurrences")
	}
	f.srv.SetHabits(Habits{ListExceptions: true})
	if got := len(f.all("/me/events?$top=100")); got != 26 {
		t.Errorf("listing with exceptions has %d", got)
	}
	f.srv.SetHabits(Habits{})
	if got := len(f.all("/me/events?$top=100&$select=id,cancelledOccurrences")); got != 1 {
		t.Errorf("listing has %d", got)
	}
}

func TestCalendarsAndGroups(t *testing.T) {
	f := start(t, Options{})
	shared := f.mb.AddCalendar(CalendarInfo{Name: "Ben", Owner: Person{"Ben Okafor", "ben@contoso.example"}, ReadOnly: true})
	f.mb.AddCalendar(CalendarInfo{Name: "Elsewhere", Group: "People's Calendars"})
	if d := cmp.Diff([]string{"Calendar", "Ben"}, names(f.all("/me/calendars?$top=1"))); d != "" {
		t.Errorf("calendars (-want +got):\n%s", d)
	}
	groups := f.all("/me/calendarGroups")
	if d := cmp.Diff([]string{"My Calendars", "Other Calendars", "People's Calendars"}, names(groups)); d != "" {
		t.Errorf("groups (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Elsewhere"}, names(f.all("/me/calendarGroups/"+groups[2].text("id")+"/calendars"))); d != "" {
		t.Errorf("calendars of a group (-want +got):\n%s", d)
	}
	narrow := f.ok(f.get("/me/calendars?$select=id,name")).items()[0]
	if got := strings.Join(memberNames(narrow), " "); got != "id name" {
		t.Errorf("select: %s", got)
	}
	f.get("/me/calendars?$select=nonsense").want(t, 400, "RequestBroker--ParseUri")
	f.get("/me/calendars?$filter=x").want(t, 400, "ErrorInvalidRequest")
	f.get("/me/calendarGroups/x/calendars").want(t, 404, "ErrorItemNotFound")
	if got := f.ok(f.get("/me/calendar")).body; got.text("name") != "Calendar" {
		t.Errorf("default: %v", got)
	}

	id, err := shared.Add(Event{Subject: "Ben's", Start: berlin("2026-01-06 10:00")})
	f.noError(err)
	f.get("/me/events/"+id.Classic).want(t, 404, "ErrorItemNotFound")
	f.get("/me/calendar/events/"+id.Classic).want(t, 404, "ErrorItemNotFound")
	f.ok(f.get("/me/calendars/" + shared.IDs().Classic + "/events/" + id.Classic))
	f.srv.SetHabits(Habits{LooseScope: true})
	f.ok(f.get("/me/calendar/events/" + id.Classic))
	if got := len(f.all("/me/events")); got != 0 {
		t.Errorf("/me/events shows %d events of other calendars", got)
	}
}

func names(items []object) []string {
	out := []string{}
	for _, it := range items {
		out = append(out, it.text("name"))
	}
	return out
}

func TestCalendarViewRanges(t *testing.T) {
	f := start(t, Options{})
	f.add(Event{Subject: "timed", Start: berlin("2026-01-06 10:00"), End: berlin("2026-01-06 11:00")})
	f.add(Event{Subject: "moment", Start: berlin("2026-01-06 12:00"), End: berlin("2026-01-06 12:00")})
	f.add(Event{Subject: "days", AllDay: true, Start: berlin("2026-01-07 00:00"), End: berlin("2026-01-09 00:00")})
	view := func(from, to string) []string {
		return subjects(f.all("/me/calendarView?startDateTime=" + url.QueryEscape(from) + "&endDateTime=" + url.QueryEscape(to)))
	}
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"2026-01-06T09:00:00Z", "2026-01-06T10:00:00Z", []string{"timed"}},
		{"2026-01-06T10:00:00+01:00", "2026-01-06T10:30:00+01:00", []string{"timed"}},
		{"2026-01-06T10:00:00", "2026-01-06T11:00:00", []string{}},
		{"2026-01-06T08:00:00Z", "2026-01-06T09:00:00Z", []string{}},
		{"2026-01-06T11:00:00Z", "2026-01-06T12:00:00Z", []string{"moment"}},
		{"2026-01-08T12:00:00Z", "2026-01-08T13:00:00Z", []string{"days"}},
		{"2026-01-09T00:00:00Z", "2026-01-10T00:00:00Z", []string{}},
		{"2026-01-01", "2026-02-01", []string{"timed", "moment", "days"}},
	} {
		if d := cmp.Diff(c.want, view(c.from, c.to)); d != "" {
			t.Errorf("%s to %s (-want +got):\n%s", c.from, c.to, d)
		}
	}
	f.ok(f.get("/me/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2030-12-31T00:00:00Z"))
	f.get("/me/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2031-01-01T00:00:00Z").want(t, 400, "ErrorInvalidRequest")
	f.get("/me/calendarView?startDateTime=2026-01-01T00:00:00Z").want(t, 400, "ErrorInvalidParameter")
	f.get("/me/calendarView?startDateTime=x&endDateTime=y").want(t, 400, "ErrorInvalidParameter")
	f.get("/me/calendarView?startDateTime=2026-01-02&endDateTime=2026-01-01").want(t, 400, "ErrorInvalidParameter")
	f.get("/me/calendarView?startDateTime=2026-01-01T00:00:00+02:00&endDateTime=2026-01-02").want(t, 400, "ErrorInvalidParameter")
}

func TestInstances(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	single := f.add(Event{Subject: "single", Start: berlin("2026-01-06 10:00")})
	f.noError(f.mb.CancelOccurrence(id.Classic, "2026-01-12"))
	f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-19", `{"subject":"late"}`))
	items := f.all("/me/events/" + id.Classic + "/instances?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z&$select=id,type,subject,originalStart,iCalUId")
	var got []string
	for _, it := range items {
		got = append(got, it.text("type")+" "+it.text("subject")+" "+it.text("originalStart"))
	}
	want := []string{"occurrence Stand-up 2026-01-05T08:30:00Z", "exception late 2026-01-19T08:30:00Z", "occurrence Stand-up 2026-01-26T08:30:00Z"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	uid := f.ok(f.get("/me/events/" + id.Classic)).body.text("iCalUId")
	if own := items[1].text("iCalUId"); own[:32] != uid[:32] || own[32:40] != "07EA0113" || uid[32:40] != "00000000" || own[40:] != uid[40:] {
		t.Errorf("iCalUId %s of an instance of %s", own, uid)
	}
	f.get("/me/events/"+single.Classic+"/instances?startDateTime=2026-01-01&endDateTime=2026-02-01").want(t, 400, "ErrorInvalidRequest")
	f.get("/me/events/"+id.Classic+"/instances").want(t, 400, "ErrorInvalidParameter")
	gone, err := f.mb.Occurrence(id.Classic, "2026-01-26")
	f.noError(err)
	f.noError(f.mb.Delete(gone.Classic))
	f.get("/me/events/"+gone.Classic).want(t, 404, "ErrorItemNotFound")
}
