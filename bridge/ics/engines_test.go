//go:build engines

package ics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

// readers are engines that nobody here wrote: what Thunderbird, what Evolution
// and GNOME Calendar, and what scripts in Python read calendars with. go-ical
// is go test's.
var readers = map[string][]string{
	"ical.js":   {"node", "../../.ci/engines/values.mjs"},
	"libical":   {"/usr/bin/python3", "../../.ci/engines/values_libical.py"},
	"icalendar": {"/usr/bin/python3", "../../.ci/engines/values_icalendar.py"},
}

// unable are texts that an engine reads wrongly however they are written:
// icalendar 4 takes the second half of an escaped backslash for the beginning of
// another escape.
var unable = map[string][]string{"icalendar": {"escapes", "backslashes"}}

type values map[string][]string

// TestValuesInEngines: what strangers read from an object is what the event
// holds, whatever characters that are.
func TestValuesInEngines(t *testing.T) {
	var jobs []map[string]string
	want := map[string][]values{}
	for name, s := range awkward() {
		obj := render(t, s, berlin)
		jobs = append(jobs, map[string]string{"id": name, "ics": string(obj.Body)})
		want[name] = valuesOf(&s)
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	for engine, argv := range readers {
		t.Run(engine, func(t *testing.T) {
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %v", argv, err)
			}
			var found map[string][]values
			if err := json.Unmarshal(out, &found); err != nil {
				t.Fatal(err)
			}
			for name, events := range want {
				if slices.Contains(unable[engine], name) {
					continue
				}
				if len(found[name]) != len(events) {
					t.Errorf("%s: %d events, want %d", name, len(found[name]), len(events))
					continue
				}
				for i, w := range events {
					got := values{}
					for prop := range w {
						got[prop] = settled(engine, prop, found[name][i][prop])
					}
					if engine == "icalendar" { // it splits names of categories at their own commas
						w, got = joined(w), joined(got)
					}
					if diff := cmp.Diff(w, got); diff != "" {
						t.Errorf("%s, event %d (-want +got):\n%s", name, i, cut(diff, 2000))
					}
				}
			}
		})
	}
}

// settled takes out what an engine is known to leave to its caller.
func settled(engine, prop string, list []string) []string {
	list = slices.Clone(list)
	for i, v := range list {
		switch {
		case strings.HasSuffix(prop, " CN") && engine == "icalendar": // RFC 6868 is not decoded
			v = strings.NewReplacer("^'", `"`, "^n", "\n", "^^", "^").Replace(v)
		case prop == "X-ALT-DESC" && engine == "ical.js": // an X property has no type
			v = unescape(v)
		}
		list[i] = v
	}
	return list
}

func joined(v values) values {
	v = maps.Clone(v)
	v["CATEGORIES"] = []string{strings.Join(v["CATEGORIES"], ",")}
	return v
}

// valuesOf is what the event means, without anything that Render does to it.
func valuesOf(s *bridge.Series) []values {
	all := []bridge.Event{s.Master}
	for _, o := range s.Overrides {
		all = append(all, o.Event)
	}
	var list []values
	for _, e := range all {
		v := values{"SUMMARY": {e.Subject}, "UID": {s.UID}}
		if e.Text != "" {
			v["DESCRIPTION"] = []string{e.Text}
		}
		if e.HTML != "" {
			v["X-ALT-DESC"] = []string{e.HTML}
		}
		if e.Location != "" {
			v["LOCATION"] = []string{e.Location}
		}
		v["CATEGORIES"] = e.Categories
		for _, a := range e.Attendees {
			v["ATTENDEE"] = append(v["ATTENDEE"], "mailto:"+a.Address)
			v["ATTENDEE CN"] = append(v["ATTENDEE CN"], strings.ReplaceAll(a.Name, `\`, "/"))
		}
		if e.Organizer != nil {
			v["ORGANIZER"], v["ORGANIZER CN"] = []string{"mailto:" + e.Organizer.Address}, []string{strings.ReplaceAll(e.Organizer.Name, `\`, "/")}
		}
		if e.WebLink != "" {
			v["URL"] = []string{e.WebLink}
		}
		list = append(list, v)
	}
	return list
}

// awkward are events whose text has in it what lines, lists, parameters and
// escapes are made of.
func awkward() map[string]bridge.Series {
	list := map[string]bridge.Series{}
	for name, text := range map[string]string{
		"plain":         "Lunch",
		"separators":    `a,b;c:d\e"f`,
		"escapes":       `\n \N \, \; \\ \\n`,
		"backslashes":   `C:\new\temp\`,
		"lines":         "one\ntwo\n\nthree",
		"like a line":   "x\nEND:VEVENT\nBEGIN:VEVENT\nATTACH:evil",
		"carets":        "^n ^' ^^ ^",
		"tabs":          "a\tb",
		"wide":          strings.Repeat("ünïcödé 日本語 ", 20) + "👩‍👩‍👧 e\u0301",
		"right to left": "שלום \u202e abc مرحبا",
		"markup":        `<p class="x">1 &lt; 2 &amp; 3</p>`,
		"long word":     strings.Repeat("x", 3000),
		"percent":       "100% %0D%0A {x} $y",
	} {
		line := strings.ReplaceAll(text, "\n", " ") // names and categories have one line
		list[name] = meeting(func(e *bridge.Event) {
			e.Subject, e.Text, e.HTML, e.Location, e.Categories = text, text, text, text, []string{cut(line, 500), "Second, with a comma"}
			e.Organizer = &bridge.Person{Name: cut(line, 300), Address: "ben@contoso.example"}
			e.Attendees = []bridge.Person{{Name: cut(line, 300), Address: "jane.o'hara+x@example.org"}, {Name: "Doe, Jane", Address: "doe@example.org"}}
			e.WebLink = "https://outlook.example/owa/?itemid=AAMk%3D&exvsurl=1&path=/calendar/item;x,y"
		})
	}
	s := weekly(func(s *bridge.Series) {
		s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-10T13:00:00")}, "2025-06-10T14:00:00")}
		s.Overrides[0].Event.Subject = `Moved; to "another" day, \o/`
	})
	list["series"] = s
	big := meeting(func(e *bridge.Event) {
		e.Text, e.HTML = strings.Repeat("A line of text, again; and again.\n", 1900)+"end", strings.Repeat("<p>A line</p>\n", 18000)+"<p>end</p>"
		for i := range 500 {
			e.Attendees = append(e.Attendees, bridge.Person{Name: "Guest " + strings.Repeat("é", 20), Address: fmt.Sprintf("guest.number.%d@example.org", i)})
		}
	})
	list["large"] = big
	return list
}
