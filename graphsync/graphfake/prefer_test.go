package graphfake

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPreferTimeZone(t *testing.T) {
	f := start(t, Options{})
	id := f.add(Event{Subject: "timed", Start: berlin("2026-07-06 10:00"), End: berlin("2026-07-06 11:00")})
	days := f.add(Event{Subject: "days", AllDay: true, Start: berlin("2026-07-06 00:00")})
	for _, c := range []struct {
		prefer, label, start, allDay string
	}{
		{"", "UTC", "2026-07-06T08:00:00.0000000", "2026-07-06T00:00:00.0000000"},
		{`outlook.timezone="UTC"`, "UTC", "2026-07-06T08:00:00.0000000", "2026-07-06T00:00:00.0000000"},
		{`outlook.timezone="Pacific Standard Time"`, "Pacific Standard Time", "2026-07-06T01:00:00.0000000", "2026-07-06T00:00:00.0000000"},
		{`outlook.timezone="Asia/Tokyo"`, "Asia/Tokyo", "2026-07-06T17:00:00.0000000", "2026-07-06T00:00:00.0000000"},
		{`Outlook.TimeZone = "w. europe standard time"`, "w. europe standard time", "2026-07-06T10:00:00.0000000", "2026-07-06T00:00:00.0000000"},
	} {
		t.Run(c.prefer, func(t *testing.T) {
			r := f.ok(f.get("/me/events/"+id.Classic, c.prefer))
			got := r.body.child("start")
			if got.text("dateTime") != c.start || got.text("timeZone") != c.label {
				t.Errorf("start %s, want %s %s", appendValue(nil, got), c.start, c.label)
			}
			if r.header.Get("Preference-Applied") != c.prefer {
				t.Errorf("Preference-Applied %q", r.header.Get("Preference-Applied"))
			}
			got = f.ok(f.get("/me/events/"+days.Classic, c.prefer)).body.child("start")
			if got.text("dateTime") != c.allDay || got.text("timeZone") != c.label {
				t.Errorf("all day %s", appendValue(nil, got))
			}
		})
	}
	for _, label := range []string{"Mars Standard Time", "", "tzone://Microsoft/Custom", "Local"} {
		f.get("/me/events", `outlook.timezone="`+label+`"`).want(t, 400, "TimeZoneNotSupportedException")
	}
}

func TestOriginalStart(t *testing.T) {
	f := start(t, Options{})
	timed := f.add(weeklyStandup())
	daily := f.add(Event{Subject: "days", AllDay: true, Start: berlin("2026-01-05 00:00"), Repeat: &Repeat{Type: "daily"}})
	first := func(id IDs, prefer string) string {
		return f.all("/me/events/"+id.Classic+"/instances?startDateTime=2026-01-12T00:00:00Z&endDateTime=2026-01-13T00:00:00Z&$select=originalStart", prefer)[0].text("originalStart")
	}
	for _, c := range []struct {
		id           IDs
		prefer, want string
	}{
		{timed, "", "2026-01-12T08:30:00Z"},
		{timed, `outlook.timezone="UTC"`, "2026-01-12T08:30:00Z"},
		{timed, `outlook.timezone="Eastern Standard Time"`, "2026-01-12T03:30:00-05:00"},
		{daily, "", "2026-01-11T23:00:00Z"},
	} {
		if got := first(c.id, c.prefer); got != c.want {
			t.Errorf("%s: got %s, want %s", c.prefer, got, c.want)
		}
	}
}

func TestSeveralPreferences(t *testing.T) {
	f := start(t, Options{})
	f.add(Event{Subject: "x", Start: berlin("2026-01-06 10:00"), Body: "<html><body><p>Hello &amp; <b>welcome</b></p><p>Bye</p></body></html>"})
	for _, prefer := range [][]string{
		{`outlook.timezone="Asia/Tokyo", outlook.body-content-type="text",IdType="ImmutableId" , odata.maxpagesize=1`},
		{`outlook.timezone="Asia/Tokyo", outlook.body-content-type="text"`, `IdType="ImmutableId"`, "something=else"},
	} {
		r := f.ok(f.get("/me/events", prefer...))
		e := r.items()[0]
		if e.child("start").text("timeZone") != "Asia/Tokyo" || !looksImmutable(e.text("id")) {
			t.Errorf("%q: %s", prefer, appendValue(nil, e))
		}
		if b := e.child("body"); b.text("contentType") != "text" || b.text("content") != "Hello & welcome\r\nBye" {
			t.Errorf("%q: body %s", prefer, appendValue(nil, b))
		}
	}
	applied := f.ok(f.get("/me/events", `outlook.timezone="Asia/Tokyo"`, `IdType="ImmutableId"`, "x=y")).header.Get("Preference-Applied")
	if applied != `outlook.timezone="Asia/Tokyo", IdType="ImmutableId"` {
		t.Errorf("Preference-Applied %q", applied)
	}
	f.get("/me/events", "odata.maxpagesize=x").want(t, 400, "ErrorInvalidRequest")
}

func TestImmutableIDs(t *testing.T) {
	f := start(t, Options{})
	const immutable = `IdType="ImmutableId"`
	there := f.mb.AddCalendar(CalendarInfo{Name: "Other"})
	id := f.add(weeklyStandup())
	if len(id.Immutable) != 72 || len(id.Classic) != 152 || !strings.HasPrefix(id.Classic, "AAMk") {
		t.Errorf("ids %d %s, %d %s", len(id.Classic), id.Classic, len(id.Immutable), id.Immutable)
	}
	listed := f.ok(f.get("/me/events", immutable)).items()[0]
	if listed.text("id") != id.Immutable {
		t.Errorf("listed as %s", listed.text("id"))
	}
	f.ok(f.get("/me/events/"+id.Immutable, immutable))
	f.get("/me/events/"+id.Immutable).want(t, 400, "ErrorInvalidIdMalformed")
	f.get("/me/events/"+id.Classic, immutable).want(t, 400, "ErrorInvalidIdMalformed")
	for mixing, status := range map[IDMixing]int{MixNotFound: 404, MixAccepted: 200} {
		f.srv.SetHabits(Habits{MixedIDs: mixing})
		if r := f.get("/me/events/"+id.Classic, immutable); r.status != status {
			t.Errorf("mixing %d: %d", mixing, r.status)
		}
	}
	f.srv.SetHabits(Habits{})

	slot, err := f.mb.Occurrence(id.Immutable, "2026-01-12")
	f.noError(err)
	e := f.ok(f.get("/me/events/"+slot.Immutable, immutable)).body
	if e.text("seriesMasterId") != id.Immutable || e.text("type") != "occurrence" {
		t.Errorf("occurrence %s", appendValue(nil, e))
	}
	f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-12", `{"subject":"late"}`))
	if e := f.ok(f.get("/me/events/"+slot.Immutable, immutable)).body; e.text("type") != "exception" || e.text("id") != slot.Immutable {
		t.Errorf("exception %s", appendValue(nil, e))
	}

	f.noError(f.mb.Move(id.Immutable, there))
	f.get("/me/events/"+id.Classic).want(t, 404, "ErrorItemNotFound")
	f.get("/me/calendar/events/"+id.Immutable, immutable).want(t, 404, "ErrorItemNotFound")
	f.ok(f.get("/me/calendars/"+there.IDs().Immutable+"/events/"+id.Immutable, immutable))
	f.ok(f.get("/me/calendars/"+there.IDs().Classic+"/events/"+slot.Immutable, immutable))

	if a, b := names2(f.all("/me/calendars")), names2(f.all("/me/calendars", immutable)); a == b {
		t.Error("calendar ids do not follow IdType")
	}
	f.srv.SetHabits(Habits{StableCalendarIDs: true})
	if a, b := names2(f.all("/me/calendars")), names2(f.all("/me/calendars", immutable)); a != b {
		t.Error("calendar ids follow IdType")
	}
}

func names2(items []object) string {
	var all []string
	for _, it := range items {
		all = append(all, it.text("id"))
	}
	return strings.Join(all, " ")
}

func TestTranslateIDs(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	ask := func(from, to, id string) reply {
		return f.call("POST", "/me/translateExchangeIds", `{"inputIds":["`+id+`","x"],"sourceIdType":"`+from+`","targetIdType":"`+to+`"}`)
	}
	items := f.ok(ask("restId", "restImmutableEntryId", id.Classic)).items()
	if items[0].text("targetId") != id.Immutable || items[1].child("errorDetails") == nil {
		t.Errorf("got %v", items)
	}
	if got := f.ok(ask("restImmutableEntryId", "restId", id.Immutable)).items(); got[0].text("targetId") != id.Classic {
		t.Errorf("got %v", got)
	}
	ask("ewsId", "restId", id.Classic).want(t, 400, "ErrorInvalidRequest")
}

func TestForeignIDs(t *testing.T) {
	f := start(t, Options{})
	ben := f.mailbox("ben@contoso.example", "UTC")
	id, err := ben.Default().Add(weeklyStandup())
	f.noError(err)
	own := f.add(weeklyStandup())
	upper := strings.ToUpper(own.Classic)
	cal := f.mb.Default().IDs().Classic
	for _, c := range []struct {
		id, code string
		status   int
	}{
		{id.Classic, "ErrorItemNotFound", 404},
		{own.Classic[:100], "ErrorItemNotFound", 404},
		{upper, "ErrorInvalidIdMalformed", 400},
		{"nonsense", "ErrorInvalidIdMalformed", 400},
		{"a%2Fb%20c", "ErrorInvalidIdMalformed", 400},
		{cal, "ErrorInvalidIdMalformed", 400},
		{strings.ReplaceAll(own.Classic, "=", "%3D"), "", 200},
	} {
		if r := f.get("/me/events/" + c.id); r.status != c.status || r.code() != c.code {
			t.Errorf("%.40s: %d %s, want %d %s", c.id, r.status, r.code(), c.status, c.code)
		}
	}
}

func TestRequestHeaders(t *testing.T) {
	f := start(t, Options{PublicURL: "https://graph.example.org/"})
	f.fill(11)
	r := f.do("GET", f.web.URL+"/v1.0/me/events", "", http.Header{"Authorization": {"Bearer " + f.token}, "Client-Request-Id": {"abc"}})
	if r.header.Get("client-request-id") != "abc" || len(r.header.Get("request-id")) != 36 {
		t.Errorf("headers %v", r.header)
	}
	if got := r.header.Get("Date"); got != f.clock.Now().Format(http.TimeFormat) {
		t.Errorf("Date %q", got)
	}
	if !strings.HasPrefix(r.header.Get("Content-Type"), "application/json;odata.metadata=minimal;") {
		t.Errorf("Content-Type %q", r.header.Get("Content-Type"))
	}
	if next := r.body.text("@odata.nextLink"); !strings.HasPrefix(next, "https://graph.example.org/v1.0/me/events?") {
		t.Errorf("nextLink %q", next)
	}
	bad := f.get("/me/events/nonsense")
	inner := bad.body.child("error").child("innerError")
	if inner.text("date") != "2026-01-05T10:00:00" || inner.text("request-id") != bad.header.Get("request-id") || inner.text("client-request-id") == "" {
		t.Errorf("error body %s", bad.text)
	}
}

// TestIDLayout reads an instance id that Graph made (published by the tests of
// another project) with the reader of this package.
func TestIDLayout(t *testing.T) {
	const recorded = "AAMkADdiYzg5OGRlLTY1MjktNDc2Ni05YmVkLWMxMzFlNTQ0MzU3YQFRAAgI2pnR5UQAAEYAAAAAovUUFgf0jU2QbgCzOiiDrAcAbX_IPMmPs02YGYesdF-_dAACDNNrIwAAbX_IPMmPs02YGYesdF-_dAACDNPqOAAAEA=="
	f := start(t, Options{})
	id := f.add(Event{Subject: "x", Start: time.Date(2022, 9, 19, 15, 0, 0, 0, time.UTC), TimeZone: "UTC", Repeat: &Repeat{Type: "daily"}})
	own, err := f.mb.Occurrence(id.Classic, "2022-09-19")
	f.noError(err)
	theirs, err := base64.URLEncoding.DecodeString(recorded)
	f.noError(err)
	ours, err := base64.URLEncoding.DecodeString(own.Classic)
	f.noError(err)
	if len(ours) != len(theirs) || !bytes.Equal(ours[40:57], theirs[40:57]) || ours[123] != theirs[123] {
		t.Errorf("layout differs:\n% x\n% x", ours[40:], theirs[40:])
	}
	if r, ok := readClassic(theirs); !ok || r.kind != refInstance || r.slot.String() != "2022-09-19" {
		t.Errorf("recorded id read as %+v", r)
	}
}
