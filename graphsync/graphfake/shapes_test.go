package graphfake

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shape lists what a JSON value is made of, as "path type" lines. Items of
// arrays share one path. A null fits every type and is left out.
func shape(v any) []string {
	lines := map[string]bool{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		kind := ""
		switch v := v.(type) {
		case nil:
			return
		case object:
			kind = "object"
			for _, m := range v {
				walk(path+"/"+m.name, m.value)
			}
		case list:
			kind = "array"
			for _, item := range v {
				walk(path+"[]", item)
			}
		case string:
			kind = "string"
		case bool:
			kind = "bool"
		case json.Number, int:
			kind = "number"
		default:
			kind = fmt.Sprintf("%T", v)
		}
		lines[path+" "+kind] = true
	}
	walk("", v)
	return slices.Sorted(func(yield func(string) bool) {
		for l := range lines {
			if !yield(l) {
				return
			}
		}
	})
}

// missing returns the lines of want that got lacks.
func missing(want, got []string) []string {
	var out []string
	for _, l := range want {
		if !slices.Contains(got, l) {
			out = append(out, l)
		}
	}
	return out
}

func readJSON(t *testing.T, name string) any {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := parseValue(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// answered collects one answer of each documented kind.
func answered(t *testing.T) map[string]object {
	f := start(t, Options{Quota: Quota{Concurrent: 4}})
	single := f.call("POST", "/me/events", lunch(`,"location":{"displayName":"Harry's Bar"},"categories":["Red category"],
		"attendees":[{"emailAddress":{"name":"Adele","address":"adele@contoso.example"}}],"body":{"contentType":"text","content":"x"}`)).body.text("id")
	master := f.add(weeklyStandup())
	f.noError(f.mb.CancelOccurrence(master.Classic, "2026-01-12"))
	f.noError(f.mb.EditOccurrence(master.Classic, "2026-01-19", `{"subject":"SM update 24"}`))
	occurrence, err := f.mb.Occurrence(master.Classic, "2026-01-26")
	f.noError(err)

	out := map[string]object{
		"single":     f.ok(f.get("/me/events/" + single)).body,
		"master":     f.ok(f.get("/me/events/" + master.Classic + "?$select=*&$expand=exceptionOccurrences")).body,
		"occurrence": f.ok(f.get("/me/events/" + occurrence.Classic + "?$select=*")).body,
		"calendar":   f.ok(f.get("/me/calendars")).items()[0],
		"delta":      f.ok(f.get("/me/events/delta")).body,
		"timezone":   f.ok(f.get("/me/mailboxSettings/timeZone")).body,
		"devicecode": f.form("devicecode", "client_id", "app", "scope", allScopes).body,
	}
	parts := ""
	for i := range 5 {
		parts += get2(fmt.Sprint(i), "/me/calendar", "") + ","
	}
	out["batch"] = f.ok(f.call("POST", "/$batch", `{"requests":[`+parts[:len(parts)-1]+`]}`)).body

	tokens := f.srv.SignIn(anna, "app", "offline_access", "openid", "Calendars.ReadWrite")
	out["tokens"] = f.form("token", "grant_type", "refresh_token", "client_id", "app", "refresh_token", tokens.Refresh).body
	f.srv.RevokeGrants(anna)
	out["invalidgrant"] = f.form("token", "grant_type", "refresh_token", "client_id", "app", "refresh_token", tokens.Refresh).body

	_, link := f.round(deltaPath)
	f.noError(f.mb.Delete(single))
	out["removed"] = f.ok(f.get(link)).body
	f.mb.ExpireCursors()
	out["gone"] = f.get(link).body
	return out
}

func TestDocumentedShapes(t *testing.T) {
	got := answered(t)
	files, err := filepath.Glob("testdata/documented/*.json")
	if err != nil || len(files) != len(got) {
		t.Fatalf("%d samples for %d answers, %v", len(files), len(got), err)
	}
	for _, file := range files {
		name := filepath.Base(file[:len(file)-len(".json")])
		t.Run(name, func(t *testing.T) {
			want := shape(readJSON(t, file))
			if lost := missing(want, shape(got[name])); lost != nil {
				t.Errorf("the answer lacks %q:\n%s", lost, appendValue(nil, got[name]))
			}
		})
	}
	// A whole event has exactly the documented members.
	want := memberNames(readJSON(t, "testdata/documented/single.json").(object))
	have := memberNames(got["single"])[1:]
	slices.Sort(want)
	slices.Sort(have)
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("members of an event (-documented +answered):\n%s", d)
	}
}

// TestPublishedSamples compares the types of members with more samples, which
// lie beside the repository on some machines.
func TestPublishedSamples(t *testing.T) {
	files, err := filepath.Glob("../../../shared/samples/*.json")
	if err != nil {
		t.Fatal(err)
	}
	got := answered(t)
	known := map[string]bool{}
	names := map[string]bool{}
	for _, kind := range []string{"single", "master", "occurrence", "calendar"} {
		for _, l := range shape(got[kind]) {
			known[l] = true
			names[l[:len(l)-len(kindOf(l))]] = true
		}
	}
	for _, file := range files {
		for _, item := range itemsIn(readJSON(t, file)) {
			for _, l := range shape(item) {
				if name := l[:len(l)-len(kindOf(l))]; names[name] && !known[l] {
					t.Errorf("%s has %q, the emulator writes another type", filepath.Base(file), l)
				}
			}
		}
	}
}

// kindOf returns the type at the end of a line of shape.
func kindOf(line string) string {
	for i := len(line) - 1; i >= 0; i-- {
		if line[i] == ' ' {
			return line[i+1:]
		}
	}
	return ""
}

// TestPublishedSamplesLoad replays the same samples.
func TestPublishedSamplesLoad(t *testing.T) {
	const dir = "../../../shared/samples"
	if _, err := os.Stat(dir); err != nil {
		return // only on machines that have them
	}
	f := start(t, Options{})
	n, problems, err := f.mb.LoadDir(dir)
	f.noError(err)
	if n == 0 || len(problems) != 0 {
		t.Errorf("%d events, problems %v", n, problems)
	}
	served := map[string]object{}
	for _, it := range f.all("/me/events?$top=1000") {
		served[it.text("id")] = it
	}
	files, err := filepath.Glob(dir + "/*.json")
	f.noError(err)
	for _, file := range files {
		for _, item := range itemsIn(readJSON(t, file)) {
			o := item.(object)
			got, ok := served[o.text("id")]
			if !ok || o.text("subject") != got.text("subject") || !looksLikeEvent(o) {
				continue
			}
			if d := sameJSON(t, string(appendValue(nil, o)), string(appendValue(nil, got))); d != "" && o.text("changeKey") == got.text("changeKey") {
				t.Errorf("%s, %s (-given +served):\n%s", filepath.Base(file), o.text("id"), d)
			}
		}
	}
	f.ok(f.get("/me/calendarView?startDateTime=2019-01-01&endDateTime=2023-12-31&$top=1000"))
}
