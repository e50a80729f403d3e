package graphfake

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lunch is the body of a plain event with more members laid over it.
func lunch(more string) string {
	return `{"subject":"Lunch","start":{"dateTime":"2026-01-06T12:00:00","timeZone":"W. Europe Standard Time"},` +
		`"end":{"dateTime":"2026-01-06T13:00:00","timeZone":"W. Europe Standard Time"}` + more + `}`
}

// weeklyBody is a series on Tuesdays from 2026-01-06 with an end.
func weeklyBody(startDate, rest string) string {
	return lunch(`,"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["tuesday"],"firstDayOfWeek":"monday"},"range":{"startDate":"` +
		startDate + `",` + rest + `}}`)
}

func TestCreate(t *testing.T) {
	f := start(t, Options{})
	r := f.call("POST", "/me/events", lunch(`,"body":{"contentType":"text","content":"a < b\nnew line"},"location":{"displayName":"Harry's Bar"},
		"attendees":[{"emailAddress":{"name":"Adele","address":"adele@contoso.example"},"type":"optional"}],"transactionId":"t1","isOnlineMeeting":true,
		"iCalUId":"mine","type":"seriesMaster","nonsense":1,"categories":null,"singleValueExtendedProperties":[{"id":"String {00020329-0000-0000-C000-000000000046} Name X","value":"v"}]`))
	if r.status != 201 || r.header.Get("Location") == "" {
		t.Fatalf("got %d: %s", r.status, r.text)
	}
	e := r.body
	if e.text("type") != "singleInstance" || e.text("iCalUId") == "mine" || e.text("transactionId") != "t1" || e.child("nonsense") != nil {
		t.Errorf("event %s", r.text)
	}
	if b := e.child("body"); b.text("contentType") != "html" || !strings.Contains(b.text("content"), "a &lt; b<br>") || !strings.HasPrefix(b.text("content"), "<html>") {
		t.Errorf("body %s", appendValue(nil, b))
	}
	if got := e.text("bodyPreview"); got != "a < b\r\nnew line" {
		t.Errorf("preview %q", got)
	}
	places, _ := e.get("locations")
	want := `{"displayName":"Harry's Bar","locationType":"default","uniqueId":"Harry's Bar","uniqueIdType":"private"}`
	if got := string(appendValue(nil, e.child("location"))); got != want || string(appendValue(nil, places)) != "["+want+"]" {
		t.Errorf("location %s, locations %s", got, appendValue(nil, places))
	}
	people, _ := e.get("attendees")
	if a := people.(list)[0].(object); a.text("type") != "optional" || a.child("status").text("response") != "none" {
		t.Errorf("attendee %s", appendValue(nil, a))
	}
	if !strings.HasPrefix(e.child("onlineMeeting").text("joinUrl"), "https://teams.microsoft.com/") || e.text("onlineMeetingProvider") != "teamsForBusiness" {
		t.Errorf("online meeting %s", appendValue(nil, e.child("onlineMeeting")))
	}
	again := f.call("POST", "/me/events", lunch(`,"transactionId":"t1"`))
	if again.status != 201 || again.body.text("id") != e.text("id") || f.mb.Default().Len() != 1 {
		t.Errorf("the same transaction made %d events", f.mb.Default().Len())
	}
	f.noError(f.mb.Delete(e.text("id")))
	if other := f.call("POST", "/me/events", lunch(`,"transactionId":"t1"`)); other.body.text("id") == e.text("id") {
		t.Error("a deleted event came back")
	}
}

func TestCreateRefusals(t *testing.T) {
	f := start(t, Options{})
	times := func(start, end, zone, more string) string {
		return fmt.Sprintf(`{"start":{"dateTime":"%s","timeZone":"%s"},"end":{"dateTime":"%s","timeZone":"%s"}%s}`, start, zone, end, zone, more)
	}
	for _, c := range []struct{ name, body, code string }{
		{"no times", `{"subject":"x"}`, "ErrorPropertyValidationFailure"},
		{"bad json", `{"subject"`, "BadRequest"},
		{"bad time", times("yesterday", "2026-01-06T12:00:00", "UTC", ""), "ErrorPropertyValidationFailure"},
		{"unknown zone", times("2026-01-06T11:00:00", "2026-01-06T12:00:00", "Mars", ""), "TimeZoneNotSupportedException"},
		{"custom zone", times("2026-01-06T11:00:00", "2026-01-06T12:00:00", "tzone://Microsoft/Custom", ""), "TimeZoneNotSupportedException"},
		{"end before start", times("2026-01-06T11:00:00", "2026-01-06T10:00:00", "UTC", ""), "ErrorCalendarEndDateIsEarlierThanStartDate"},
		{"too long", times("2026-01-06T11:00:00", "2046-01-06T10:00:00", "UTC", ""), "ErrorCalendarDurationIsTooLong"},
		{"all day, not midnight", times("2026-01-06T11:00:00", "2026-01-07T00:00:00", "UTC", `,"isAllDay":true`), "ErrorPropertyValidationFailure"},
		{"all day, no length", times("2026-01-06T00:00:00", "2026-01-06T00:00:00", "UTC", `,"isAllDay":true`), "ErrorPropertyValidationFailure"},
		{"all day in two zones", `{"isAllDay":true,"start":{"dateTime":"2026-01-06T00:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-07T00:00:00","timeZone":"Tokyo Standard Time"}}`, "ErrorPropertyValidationFailure"},
		{"start date", weeklyBody("2026-01-07", `"type":"noEnd"`), "ErrorPropertyValidationFailure"},
		{"zone of the series", weeklyBody("2026-01-06", `"type":"noEnd","recurrenceTimeZone":"Mars"`), "TimeZoneNotSupportedException"},
		{"count", weeklyBody("2026-01-06", `"type":"numbered","numberOfOccurrences":0`), "ErrorCalendarInvalidRecurrence"},
		{"end of series", weeklyBody("2026-01-06", `"type":"endDate","endDate":"2026-01-01"`), "ErrorCalendarEndDateIsEarlierThanStartDate"},
		{"range type", weeklyBody("2026-01-06", `"type":"forever"`), "ErrorCalendarInvalidRecurrence"},
		{"interval", strings.Replace(weeklyBody("2026-01-06", `"type":"noEnd"`), `"interval":1`, `"interval":0`, 1), "ErrorCalendarInvalidRecurrence"},
		{"pattern type", strings.Replace(weeklyBody("2026-01-06", `"type":"noEnd"`), `"weekly"`, `"hourly"`, 1), "ErrorCalendarInvalidRecurrence"},
		{"day name", strings.Replace(weeklyBody("2026-01-06", `"type":"noEnd"`), `"tuesday"`, `"someday"`, 1), "ErrorCalendarInvalidRecurrence"},
		{"monthly without a day", strings.Replace(weeklyBody("2026-01-06", `"type":"noEnd"`), `"weekly"`, `"absoluteMonthly"`, 1), "ErrorCalendarInvalidRecurrence"},
		{"yearly without a month", strings.Replace(weeklyBody("2026-01-06", `"type":"noEnd"`), `"weekly"`, `"relativeYearly"`, 1), "ErrorCalendarInvalidRecurrence"},
		{"attendee twice", lunch(`,"attendees":[{"emailAddress":{"address":"a@example.org"}},{"emailAddress":{"address":"A@example.org"}}]`), "ErrorInvalidRecipients"},
		{"attendee without address", lunch(`,"attendees":[{}]`), "ErrorInvalidRecipients"},
	} {
		t.Run(c.name, func(t *testing.T) { f.call("POST", "/me/events", c.body).want(t, 400, c.code) })
	}
	if n := f.mb.Default().Len(); n != 0 {
		t.Errorf("refused requests made %d events", n)
	}
	zero := f.call("POST", "/me/events", times("2026-01-06T11:00:00", "2026-01-06T11:00:00", "UTC", ""))
	if zero.status != 201 {
		t.Errorf("an event without length: %d", zero.status)
	}
}

func TestPatch(t *testing.T) {
	f := start(t, Options{})
	id := f.call("POST", "/me/events", lunch(`,"attendees":[{"emailAddress":{"address":"a@example.org"}}],"categories":["X"]`)).body.text("id")
	before := f.get("/me/events/" + id).body
	f.clock.advance(1e9)
	patch := func(body string) reply { return f.call("PATCH", "/me/events/"+id, body) }

	after := f.ok(patch(`{"subject":"Dinner","categories":null,"location":null,"showAs":"oof"}`)).body
	if after.text("changeKey") == before.text("changeKey") || after.text("lastModifiedDateTime") == before.text("lastModifiedDateTime") || after.text("createdDateTime") != before.text("createdDateTime") {
		t.Errorf("stamps did not move: %s", appendValue(nil, after))
	}
	if c, _ := after.get("categories"); len(c.(list)) != 0 || after.text("showAs") != "oof" || after.text("subject") != "Dinner" {
		t.Errorf("after %s", appendValue(nil, after))
	}
	after = f.ok(patch(`{"start":{"dateTime":"2026-01-06T03:00:00","timeZone":"Pacific Standard Time"}}`)).body
	if after.child("start").text("dateTime") != "2026-01-06T11:00:00.0000000" || after.text("originalStartTimeZone") != "Pacific Standard Time" || after.text("originalEndTimeZone") != "W. Europe Standard Time" {
		t.Errorf("moved %s", appendValue(nil, after))
	}
	patch(`{"transactionId":"x"}`).want(t, 400, "ErrorInvalidRequest")
	patch(`{"isAllDay":true}`).want(t, 400, "ErrorPropertyValidationFailure")
	f.ok(patch(`{"isAllDay":true,"start":{"dateTime":"2026-01-06T00:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-08T00:00:00","timeZone":"UTC"}}`))
	patch(`{"start":{"dateTime":"2026-02-06T00:00:00","timeZone":"UTC"}}`).want(t, 400, "ErrorCalendarEndDateIsEarlierThanStartDate")
	f.ok(patch(`{"locations":[{"displayName":"A"},{"displayName":"B"}]}`))
	if got := f.get("/me/events/" + id).body.child("location").text("displayName"); got != "A; B" {
		t.Errorf("location %q", got)
	}
	if r := f.call("DELETE", "/me/events/"+id, ""); r.status != 204 || r.text != "" {
		t.Errorf("delete: %d %q", r.status, r.text)
	}
	f.get("/me/events/"+id).want(t, 404, "ErrorItemNotFound")
	patch(`{"subject":"x"}`).want(t, 404, "ErrorItemNotFound")
}

func TestIfMatch(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup()).Classic
	old := f.get("/me/events/" + id).body.text("@odata.etag")
	with := func(method, etag string) reply {
		return f.do(method, f.web.URL+"/v1.0/me/events/"+id, `{"subject":"x"}`, http.Header{"Authorization": {"Bearer " + f.token}, "If-Match": {etag}})
	}
	f.ok(with("PATCH", old))
	with("PATCH", old).want(t, 412, "ErrorIrresolvableConflict")
	with("DELETE", old).want(t, 412, "ErrorIrresolvableConflict")
	f.ok(with("PATCH", "*"))
	f.ok(with("DELETE", f.get("/me/events/"+id).body.text("@odata.etag")))
}

func TestInstanceWrites(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	slot := func(date string) string {
		ids, err := f.mb.Occurrence(id.Classic, date)
		f.noError(err)
		return "/me/events/" + ids.Classic
	}
	at := func(date string) string {
		return fmt.Sprintf(`{"start":{"dateTime":"%s","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"%s","timeZone":"W. Europe Standard Time"}}`, date+"T11:00:00", date+"T11:30:00")
	}
	moved := f.ok(f.call("PATCH", slot("2026-01-12"), at("2026-01-14"))).body
	if moved.text("type") != "exception" || moved.child("start").text("dateTime") != "2026-01-14T10:00:00.0000000" {
		t.Errorf("moved %s", appendValue(nil, moved))
	}
	for _, date := range []string{"2026-01-05", "2026-01-04", "2026-01-19", "2026-01-20"} {
		f.call("PATCH", slot("2026-01-12"), at(date)).want(t, 400, "ErrorOccurrenceCrossingBoundary")
	}
	f.call("PATCH", slot("2026-01-19"), at("2026-01-14")).want(t, 400, "ErrorOccurrenceCrossingBoundary")
	f.ok(f.call("PATCH", slot("2026-01-19"), at("2026-01-15")))
	f.call("PATCH", slot("2026-01-26"), `{"recurrence":{}}`).want(t, 400, "ErrorInvalidRequest")

	gone := slot("2026-01-26")
	f.ok(f.call("DELETE", gone, ""))
	f.get(gone).want(t, 404, "ErrorItemNotFound")
	f.call("DELETE", gone, "").want(t, 404, "ErrorItemNotFound")
	f.call("PATCH", slot("2026-02-02"), at("2026-01-26")).want(t, 400, "ErrorOccurrenceCrossingBoundary")
	f.ok(f.call("DELETE", slot("2026-01-12"), ""))

	view := "/me/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-10T00:00:00Z"
	var got []string
	for _, it := range f.all(view) {
		got = append(got, it.child("start").text("dateTime")[:10])
	}
	if d := cmp.Diff([]string{"2026-01-05", "2026-01-15", "2026-02-02", "2026-02-09"}, got); d != "" {
		t.Errorf("view (-want +got):\n%s", d)
	}
	if _, err := f.mb.Occurrence(id.Classic, "2026-01-13"); err == nil {
		t.Error("there is an occurrence on a Tuesday")
	}
	if _, err := f.mb.Occurrence(id.Classic, "some day"); err == nil {
		t.Error("some day is a date")
	}
}

func TestExceptionsInheritFromTheMaster(t *testing.T) {
	f := start(t, Options{})
	e := weeklyStandup()
	e.Location, e.Categories = "Room 1", []string{"Team"}
	id := f.add(e)
	f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-12", `{"location":{"displayName":"Room 2"}}`))
	f.noError(f.mb.Patch(id.Classic, `{"subject":"Renamed"}`))
	changed, err := f.mb.Occurrence(id.Classic, "2026-01-12")
	f.noError(err)
	got := f.ok(f.get("/me/events/" + changed.Classic)).body
	if got.text("subject") != "Renamed" || got.child("location").text("displayName") != "Room 2" || got.text("type") != "exception" {
		t.Errorf("exception %s", appendValue(nil, got))
	}
}

func TestMasterPatches(t *testing.T) {
	for _, c := range []struct {
		name, body string
		keeps      bool
		starts     []string
	}{
		{"subject", `{"subject":"x"}`, true, []string{"2026-01-05T08:30", "2026-01-12T08:30", "2026-01-26T08:30"}},
		{"time", `{"start":{"dateTime":"2026-01-05T11:00:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-01-05T11:30:00","timeZone":"W. Europe Standard Time"}}`, false,
			[]string{"2026-01-05T10:00", "2026-01-12T10:00", "2026-01-19T10:00", "2026-01-26T10:00"}},
		{"end of the series", `{"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["monday"],"firstDayOfWeek":"monday"},"range":{"type":"endDate","startDate":"2026-01-05","endDate":"2026-01-20","recurrenceTimeZone":"W. Europe Standard Time"}}}`, true,
			[]string{"2026-01-05T08:30", "2026-01-12T08:30"}},
		{"pattern", `{"recurrence":{"pattern":{"type":"weekly","interval":2,"daysOfWeek":["monday"],"firstDayOfWeek":"monday"},"range":{"type":"noEnd","startDate":"2026-01-05"}}}`, false,
			[]string{"2026-01-05T08:30", "2026-01-19T08:30"}},
		{"no recurrence", `{"recurrence":null}`, false, []string{"2026-01-05T08:30"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{})
			id := f.add(weeklyStandup()).Classic
			f.noError(f.mb.CancelOccurrence(id, "2026-01-19"))
			f.noError(f.mb.EditOccurrence(id, "2026-01-12", `{"showAs":"free"}`))
			f.ok(f.call("PATCH", "/me/events/"+id, c.body))
			var got []string
			kept := false
			for _, it := range f.all("/me/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z") {
				got = append(got, it.child("start").text("dateTime")[:16])
				kept = kept || it.text("type") == "exception"
			}
			if d := cmp.Diff(c.starts, got); d != "" {
				t.Errorf("starts (-want +got):\n%s", d)
			}
			if kept != c.keeps {
				t.Errorf("exception kept: %v", kept)
			}
		})
	}
}

func TestReadOnlyCalendars(t *testing.T) {
	f := start(t, Options{})
	shared := f.mb.AddCalendar(CalendarInfo{Name: "Ben", Owner: Person{"Ben Okafor", "ben@contoso.example"}, ReadOnly: true})
	id, err := shared.Add(weeklyStandup())
	f.noError(err)
	base := "/me/calendars/" + shared.IDs().Classic
	f.call("POST", base+"/events", lunch("")).want(t, 403, "ErrorAccessDenied")
	f.call("PATCH", base+"/events/"+id.Classic, `{"subject":"x"}`).want(t, 403, "ErrorAccessDenied")
	f.call("DELETE", base+"/events/"+id.Classic, "").want(t, 403, "ErrorAccessDenied")
	f.call("PATCH", base, `{"name":"x"}`).want(t, 403, "ErrorAccessDenied")
	f.noError(f.mb.Patch(id.Classic, `{"subject":"Ben changed it"}`))
}

func TestCalendarWrites(t *testing.T) {
	f := start(t, Options{})
	made := f.call("POST", "/me/calendars", `{"name":"Choir"}`)
	if made.status != 201 {
		t.Fatalf("got %d: %s", made.status, made.text)
	}
	path := "/me/calendars/" + made.body.text("id")
	renamed := f.ok(f.call("PATCH", path, `{"name":"Band","color":"lightRed"}`)).body
	if renamed.text("name") != "Band" || renamed.text("color") != "lightRed" || renamed.text("changeKey") == made.body.text("changeKey") {
		t.Errorf("renamed %s", appendValue(nil, renamed))
	}
	f.ok(f.call("POST", path+"/events", lunch("")))
	if r := f.call("DELETE", path, ""); r.status != 204 {
		t.Errorf("delete: %d", r.status)
	}
	f.get(path+"/events").want(t, 404, "ErrorItemNotFound")
	f.call("DELETE", "/me/calendar", "").want(t, 400, "ErrorCannotDeleteObject")
	f.call("POST", "/me/calendars", `{}`).want(t, 400, "ErrorPropertyValidationFailure")
	f.get("/me/calendars/x/events").want(t, 400, "ErrorInvalidIdMalformed")
}

func TestActions(t *testing.T) {
	f := start(t, Options{})
	invited := f.add(Event{Subject: "Invited", Start: berlin("2026-01-06 10:00"), Extra: `{"isOrganizer":false}`}).Classic
	own := f.add(Event{Subject: "Own", Start: berlin("2026-01-06 10:00")}).Classic
	act := func(id, action string) reply { return f.call("POST", "/me/events/"+id+"/"+action, `{}`) }
	key := f.get("/me/events/" + invited).body.text("changeKey")
	if r := act(invited, "tentativelyAccept"); r.status != 202 || r.text != "" {
		t.Errorf("got %d %q", r.status, r.text)
	}
	e := f.get("/me/events/" + invited).body
	if e.child("responseStatus").text("response") != "tentativelyAccepted" || e.text("changeKey") == key {
		t.Errorf("answered %s", appendValue(nil, e))
	}
	act(own, "accept").want(t, 400, "ErrorInvalidRequest")
	act(invited, "cancel").want(t, 400, "ErrorAccessDenied")
	act(own, "snoozeReminder").want(t, 501, "NotImplemented")
	for _, action := range []string{"forward", "dismissReminder", "cancel"} {
		if r := act(own, action); r.status != 202 {
			t.Errorf("%s: %d", action, r.status)
		}
	}
	if r := act(invited, "permanentDelete"); r.status != 204 || f.mb.Default().Len() != 0 {
		t.Errorf("got %d, %d left", r.status, f.mb.Default().Len())
	}
}

// TestBlob reads the recurrence blob back: the dates that it deletes and the
// fixed fields in front of them.
func TestBlob(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup()).Classic
	f.noError(f.mb.CancelOccurrence(id, "2026-01-12"))
	f.noError(f.mb.EditOccurrence(id, "2026-01-19", `{"subject":"late"}`))
	expand := url.QueryEscape("singleValueExtendedProperties($filter=id eq 'Binary {00062002-0000-0000-C000-000000000046} Id 0x8216')")
	v, _ := f.ok(f.get("/me/events/" + id + "?$expand=" + expand)).body.get("singleValueExtendedProperties")
	blob, err := base64.StdEncoding.DecodeString(v.(list)[0].(object).text("value"))
	f.noError(err)
	short := func(at int) int { return int(binary.LittleEndian.Uint16(blob[at:])) }
	long := func(at int) int { return int(binary.LittleEndian.Uint32(blob[at:])) }
	date := func(at int) string { return (blobEpoch + day(long(at)/(24*60))).String() }
	if short(0) != 0x3004 || short(4) != 0x200B || short(6) != 1 || long(14) != 1 || long(22) != 1<<1 || long(26) != 0x2023 {
		t.Errorf("head % x", blob[:38])
	}
	if long(38) != 2 || date(42) != "2026-01-12" || date(46) != "2026-01-19" || long(50) != 1 || date(54) != "2026-01-19" || date(58) != "2026-01-05" {
		t.Errorf("instances % x", blob[38:66])
	}
	if long(66-4) != blobNever || long(74) != 9*60+30 || long(78) != 10*60 || short(82) != 1 {
		t.Errorf("tail % x", blob[62:])
	}
	if text := string(blob); !strings.Contains(text, "late") || !strings.HasSuffix(text, "\x00\x00\x00\x00") {
		t.Errorf("exception % x", blob[84:])
	}
}
