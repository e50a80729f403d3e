package graphfake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sameJSON compares two JSON texts by meaning.
func sameJSON(t *testing.T, want, got string) string {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(want), &a); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if err := json.Unmarshal([]byte(got), &b); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	return cmp.Diff(a, b)
}

func TestRawComesBackAsItWas(t *testing.T) {
	for name, text := range map[string]string{
		"recorded":       `{"id":"singular_id","@odata.etag":"W/\"x\"","subject":"Singular","start":{"dateTime":"2026-01-06T12:00:00.0000000","timeZone":"Pacific Standard Time"},"end":{"dateTime":"2026-01-06T12:30:00.0000000","timeZone":"Pacific Standard Time"},"attendees":[],"organizer":null}`,
		"no type":        `{"id":"a","subject":null,"Subject":"odd","reminderMinutesBeforeStart":1e2,"big":123456789012345678901234567890}`,
		"nonsense":       `{"id":"b","type":42,"start":"soon","recurrence":{"pattern":[]},"cancelledOccurrences":"all","exceptionOccurrences":{"x":1},"isAllDay":"perhaps"}`,
		"bad master":     `{"id":"c","type":"seriesMaster","recurrence":{"pattern":{"type":"lunar"},"range":{"type":"noEnd"}},"start":{"dateTime":"2026-01-06T12:00:00"},"end":{"dateTime":"2026-01-06T13:00:00"}}`,
		"year one":       `{"id":"d","start":{"dateTime":"0001-01-01T00:00:00.0000000Z","timeZone":"tzone://Microsoft/Utc"},"end":{"dateTime":"9999-12-31T23:59:59.9999999","timeZone":"UTC"}}`,
		"odd characters": `{"id":"e/f g%","subject":"\u0000\u0001\ud83d\ude00 \"\\ \r\n\t","end":{}}`,
		"an orphan":      `{"id":"g","type":"exception","seriesMasterId":"nowhere","originalStart":"2026-01-06T12:00:00Z","subject":"one of many"}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, Options{})
			ids := f.raw(text)
			listed := f.ok(f.get("/me/events", `outlook.timezone="UTC"`)).items()
			if len(listed) != 1 {
				t.Fatalf("listed %d", len(listed))
			}
			if d := sameJSON(t, text, string(appendValue(nil, listed[0]))); d != "" {
				t.Errorf("listed (-want +got):\n%s", d)
			}
			id := strings.NewReplacer("/", "%2F", " ", "%20", "%", "%25").Replace(ids.Classic)
			one := f.ok(f.get("/me/events/" + id)).body
			one.drop("@odata.context")
			if d := sameJSON(t, text, string(appendValue(nil, one))); d != "" {
				t.Errorf("got (-want +got):\n%s", d)
			}
			if n := len(f.ok(f.get(deltaPath)).items()); n != 1 {
				t.Errorf("delta has %d", n)
			}
			f.ok(f.get("/me/calendarView?startDateTime=2026-01-01&endDateTime=2026-02-01"))
		})
	}
}

func TestRawIDs(t *testing.T) {
	f := start(t, Options{})
	made := f.raw(`{"subject":"without an id"}`)
	e := f.ok(f.get("/me/events/" + made.Classic)).body
	if e.text("id") != made.Classic || e.text("subject") != "without an id" || len(e) != 3 {
		t.Errorf("got %s", appendValue(nil, e))
	}
	given := f.raw(`{"id":"x","subject":"one"}`)
	if given.Classic != "x" || given.Immutable != "x" {
		t.Errorf("ids %+v", given)
	}
	f.ok(f.get("/me/events/x", `IdType="ImmutableId"`))
	f.raw(`{"id":"x","subject":"two"}`)
	if got := f.ok(f.get("/me/events/x")).body.text("subject"); got != "two" || f.mb.Default().Len() != 2 {
		t.Errorf("replaced: %q, %d events", got, f.mb.Default().Len())
	}
	f.mb.ReissueIDs()
	f.get("/me/events/x").want(t, 400, "ErrorInvalidIdMalformed")
	for _, it := range f.all("/me/events") {
		if it.text("id") == "x" || it.text("id") == "" {
			t.Errorf("id after reissue: %s", appendValue(nil, it))
		}
	}
	for _, bad := range []string{"", "[]", "1", "{", "{} {}"} {
		if _, err := f.mb.Default().AddRaw([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

const rawMaster = `{"id":"M","type":"seriesMaster","subject":"Daily","iCalUId":"uid","isAllDay":false,
 "start":{"dateTime":"2026-01-05T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-01-05T08:30:00.0000000","timeZone":"UTC"},
 "recurrence":{"pattern":{"type":"daily","interval":1},"range":{"type":"numbered","startDate":"2026-01-05","numberOfOccurrences":5,"recurrenceTimeZone":"W. Europe Standard Time"}}`

const rawException = `{"id":"X","type":"exception","seriesMasterId":"M","originalStart":"2026-01-07T08:00:00Z","subject":"Later",
 "start":{"dateTime":"2026-01-07T12:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-01-07T12:30:00.0000000","timeZone":"UTC"}}`

const rawOccurrence = `{"id":"O","type":"occurrence","seriesMasterId":"M","subject":"Daily",
 "start":{"dateTime":"2026-01-08T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-01-08T08:30:00.0000000","timeZone":"UTC"}}`

func TestRawSeries(t *testing.T) {
	for name, parts := range map[string][]string{
		"master first":      {rawMaster + "}", rawException, rawOccurrence},
		"instances first":   {rawOccurrence, rawException, rawMaster + "}"},
		"inside the master": {rawMaster + `,"exceptionOccurrences":[` + rawException + `]}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, Options{})
			for _, p := range parts {
				f.raw(p)
			}
			if n := f.mb.Default().Len(); n != 1 {
				t.Errorf("%d events are listed", n)
			}
			var got []string
			for _, it := range f.all("/me/calendarView?startDateTime=2026-01-01&endDateTime=2026-02-01") {
				got = append(got, it.text("type")+" "+it.text("subject")+" "+it.child("start").text("dateTime")[:16]+" "+it.text("seriesMasterId"))
			}
			want := []string{
				"occurrence Daily 2026-01-05T08:00 M", "occurrence Daily 2026-01-06T08:00 M", "exception Later 2026-01-07T12:00 M",
				"occurrence Daily 2026-01-08T08:00 M", "occurrence Daily 2026-01-09T08:00 M",
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("view (-want +got):\n%s", d)
			}
			master := f.ok(f.get("/me/events/M?$select=*&$expand=exceptionOccurrences")).body
			v, _ := master.get("exceptionOccurrences")
			if d := sameJSON(t, "["+rawException+"]", string(appendValue(nil, v))); d != "" {
				t.Errorf("exceptions (-want +got):\n%s", d)
			}
			if c, ok := master.get("cancelledOccurrences"); !ok || len(c.(list)) != 0 {
				t.Errorf("cancelled: %v", c)
			}
			f.noError(f.mb.CancelOccurrence("M", "2026-01-08"))
			f.noError(f.mb.Patch("X", `{"subject":"Still later"}`))
			if got := f.ok(f.get("/me/events/X")).body.text("subject"); got != "Still later" {
				t.Errorf("patched: %q", got)
			}
			c, _ := f.ok(f.get("/me/events/M?$select=*")).body.get("cancelledOccurrences")
			if d := cmp.Diff(list{"OID.M.2026-01-08"}, c); d != "" {
				t.Errorf("cancelled (-want +got):\n%s", d)
			}
		})
	}
}

func TestRawEdits(t *testing.T) {
	f := start(t, Options{})
	f.raw(`{"id":"a","@odata.etag":"W/\"k\"","changeKey":"k","lastModifiedDateTime":"2020-01-01T00:00:00Z","subject":"old","odd":[1]}`)
	_, link := f.round(deltaPath)
	f.ok(f.call("PATCH", "/me/events/a", `{"subject":"new","start":{"dateTime":"2026-01-06T12:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-06T13:00:00","timeZone":"UTC"}}`))
	e := f.ok(f.get("/me/events/a")).body
	if e.text("changeKey") == "k" || e.text("@odata.etag") != `W/"`+e.text("changeKey")+`"` || e.text("lastModifiedDateTime") != "2026-01-05T10:00:00.0000000Z" {
		t.Errorf("stamps %s", appendValue(nil, e))
	}
	if n := len(f.all("/me/calendarView?startDateTime=2026-01-01&endDateTime=2026-02-01")); n != 1 {
		t.Errorf("view has %d", n)
	}
	items, _ := f.round(link)
	if len(items) != 1 || items[0].text("id") != "a" {
		t.Errorf("delta %v", items)
	}
	f.raw(rawMaster + `,"cancelledOccurrences":["OID.M.2026-01-06"]}`)
	f.noError(f.mb.CancelOccurrence("M", "2026-01-08"))
	c, _ := f.ok(f.get("/me/events/M")).body.get("cancelledOccurrences")
	if d := cmp.Diff(list{"OID.M.2026-01-06", "OID.M.2026-01-08"}, c); d != "" {
		t.Errorf("cancelled (-want +got):\n%s", d)
	}
	f.noError(f.mb.Patch("M", `{"subject":"x"}`))
	if n := len(f.all("/me/events/M/instances?startDateTime=2026-01-01&endDateTime=2026-02-01")); n != 3 {
		t.Errorf("%d instances", n)
	}
}

func TestConvertRaw(t *testing.T) {
	f := start(t, Options{Habits: Habits{ConvertRaw: true}})
	f.raw(`{"id":"a","start":{"dateTime":"2026-01-06T12:00:00.0000000","timeZone":"Pacific Standard Time"},"end":{"dateTime":"2026-01-06T12:30:00.0000000","timeZone":"Pacific Standard Time"}}`)
	if got := f.ok(f.get("/me/events/a", `outlook.timezone="UTC"`)).body.child("start"); got.text("dateTime") != "2026-01-06T20:00:00.0000000" || got.text("timeZone") != "UTC" {
		t.Errorf("got %s", appendValue(nil, got))
	}
}

func TestLoadDir(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a-instances.json": `[` + rawException + `,` + rawOccurrence + `]`,
		"b-master.json":    rawMaster + `}`,
		"c-page.json":      `{"@odata.context":"x","value":[{"id":"p","subject":"on a page"},17,{"@odata.nextLink":"x"}]}`,
		"d-calendars.json": `{"value":[{"id":"cal1","name":"Calendar","isDefaultCalendar":true,"owner":{"name":"E","address":"e@example.org"}},{"id":"cal2","name":"Holidays","canEdit":false,"color":"lightBlue","owner":{"name":"E","address":"e@example.org"}}]}`,
		"e-again.json":     `{"id":"cal2","name":"Holidays 2026"}`,
		"f-broken.json":    `{"value":`,
		"g-empty.json":     `{"value":[]}`,
		"readme.txt":       `not JSON`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(os.DevNull, filepath.Join(dir, "h-device.json")); err != nil {
		t.Fatal(err)
	}
	f := start(t, Options{})
	n, problems, err := f.mb.LoadDir(dir)
	f.noError(err)
	if n != 4 {
		t.Errorf("loaded %d events", n)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.File+": "+p.Err.Error())
	}
	want := []string{"c-page.json: item 1: not an object", "c-page.json: item 2: neither an event nor a calendar", "f-broken.json: read json: EOF", "h-device.json: not a plain file"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Calendar", "Holidays 2026"}, names(f.all("/me/calendars"))); d != "" {
		t.Errorf("calendars (-want +got):\n%s", d)
	}
	if got := f.ok(f.get("/me/calendars/cal1")).body; got.text("name") != "Calendar" {
		t.Errorf("default %s", appendValue(nil, got))
	}
	if d := cmp.Diff([]string{"Daily", "on a page"}, subjects(f.all("/me/calendars/cal1/events"))); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if _, _, err := f.mb.LoadDir(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there was loaded")
	}
}
