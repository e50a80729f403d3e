package graphsync

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/bridge/zone"
)

// vector is one case of graphfake/testdata/recurrence.json: a series as Graph tells it,
// and the instances that Outlook shows, worked out by scanning days.
type vector struct {
	ID         string            `json:"id"`
	Event      json.RawMessage   `json:"event"`
	Exceptions []json.RawMessage `json:"exceptions"`
	Cancelled  []string          `json:"cancelledOccurrences"`
	Window     struct{ Start, End edge }
	Expect     struct {
		Rules         []string `json:"rrule"`
		Instances     []string `json:"instances"`
		TZID          string   `json:"tzid"`
		Start         string   `json:"dtstart"`
		EXDates       []string `json:"exdate"`
		RecurrenceIDs []string `json:"recurrenceIds"`
	}
}

// edge is a side of a window, written as an instant or as a day.
type edge struct{ at time.Time }

func (e *edge) UnmarshalText(text []byte) (err error) {
	if e.at, err = time.Parse(time.RFC3339, string(text)); err != nil {
		e.at, err = time.Parse(time.DateOnly, string(text))
	}
	return err
}

func vectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("graphfake/testdata/recurrence.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors
}

var testEnv = bridge.Env{Horizon: 2036}

// seriesOf converts a vector as a round would.
func (v *vector) series(t *testing.T) *bridge.Series {
	t.Helper()
	master, err := readItem(v.Event)
	if err != nil {
		t.Fatal(err)
	}
	var exceptions []item
	for _, raw := range v.Exceptions {
		x, err := readItem(raw)
		if err != nil {
			t.Fatal(err)
		}
		exceptions = append(exceptions, x)
	}
	s, err := convertMaster(master, exceptions, v.Cancelled)
	if err != nil {
		t.Fatal(err)
	}
	s.UID = s.Claim
	return s
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			obj, err := ics.Render(*v.series(t), testEnv)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v.Expect.Instances, instancesIn(t, obj.Body, v.Window.Start.at, v.Window.End.at)); diff != "" {
				t.Errorf("instances (-want +got):\n%s\n%s", diff, obj.Body)
			}
			lines := eventLines(obj)
			tzid, _ := zone.Resolve(v.Expect.TZID) // the vectors spell zones as CLDR does
			if got := valuesOf(t, lines, "DTSTART", tzid); len(got) == 0 || got[0] != strings.TrimSuffix(v.Expect.Start, "Z") {
				t.Errorf("DTSTART %v, want %s\n%s", got, v.Expect.Start, obj.Body)
			}
			if diff := cmp.Diff(v.Expect.EXDates, instantsOf(t, lines, "EXDATE")); diff != "" {
				t.Errorf("EXDATE (-want +got):\n%s\n%s", diff, obj.Body)
			}
			if diff := cmp.Diff(v.Expect.RecurrenceIDs, clear(t, tzid, instantsOf(t, lines, "RECURRENCE-ID")), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("RECURRENCE-ID (-want +got):\n%s\n%s", diff, obj.Body)
			}
		})
	}
}

// TestVectorRules judges the expander by itself: it gets the rules that stand in
// the vectors, which were written by hand and expanded with python-dateutil.
func TestVectorRules(t *testing.T) {
	judged := 0
	for _, v := range vectors(t) {
		for _, rule := range v.Expect.Rules {
			if len(v.Exceptions) > 0 {
				continue // instances of which the rule knows nothing
			}
			body := v.object(rule)
			if diff := cmp.Diff(v.Expect.Instances, instancesIn(t, body, v.Window.Start.at, v.Window.End.at)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s\n%s", v.ID, rule, diff, body)
			}
			judged++
		}
	}
	if judged < 67 {
		t.Errorf("only %d rules were judged", judged)
	}
}

// object writes the vector's series with a rule of its own.
func (v *vector) object(rule string) []byte {
	digits := strings.NewReplacer("-", "", ":", "")
	start := ":" + digits.Replace(v.Expect.Start)
	switch {
	case !strings.Contains(v.Expect.Start, "T"):
		start = ";VALUE=DATE" + start
	case v.Expect.TZID != "" && v.Expect.TZID != "UTC" && !strings.HasSuffix(start, "Z"):
		start = ";TZID=" + v.Expect.TZID + start
	case !strings.HasSuffix(start, "Z"):
		start += "Z"
	}
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:v", "DTSTAMP:20250101T000000Z", "DTSTART" + start, "RRULE:" + rule}
	for _, x := range v.Expect.EXDates {
		kind := ""
		if len(x) == len(time.DateOnly) {
			kind = ";VALUE=DATE"
		}
		lines = append(lines, "EXDATE"+kind+":"+digits.Replace(x))
	}
	return []byte(strings.Join(append(lines, "END:VEVENT", "END:VCALENDAR", ""), "\r\n"))
}

// instancesIn expands an object as the vectors' files write instances.
func instancesIn(t *testing.T, body []byte, from, to time.Time) (list []string) {
	t.Helper()
	found, err := ics.Expand(body, from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range found {
		switch {
		case i.Start.Before(from): // begins before the window and reaches into it
		case i.AllDay:
			list = append(list, i.Start.Format(time.DateOnly))
		default:
			list = append(list, i.Start.Format(time.RFC3339))
		}
	}
	return list
}

// clear drops instants at which clocks in a zone skip or repeat the wall time:
// Render writes an override for each of those.
func clear(t *testing.T, tzid string, instants []string) []string {
	t.Helper()
	return slices.DeleteFunc(instants, func(text string) bool {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return false
		}
		loc, err := zone.Load(tzid)
		if err != nil {
			t.Fatal(err)
		}
		_, before := at.Add(-time.Hour).In(loc).Zone()
		_, after := at.Add(time.Hour).In(loc).Zone()
		return before != after
	})
}

func eventLines(obj bridge.Object) []string {
	events := strings.ReplaceAll(string(obj.Body[obj.EventsAt[0]:obj.EventsAt[1]]), "\r\n ", "")
	return strings.Split(events, "\r\n")
}

// valuesOf returns the digits of the properties of that name that stand in the
// zone tzid; whole days and UTC times stand in every zone.
func valuesOf(t *testing.T, lines []string, name, tzid string) (list []string) {
	t.Helper()
	for _, line := range lines {
		head, value, ok := strings.Cut(line, ":")
		if prop, params, _ := strings.Cut(head, ";"); !ok || prop != name || strings.Contains(params, "TZID=") && params != "TZID="+tzid {
			continue
		}
		form := "2006-01-02T15:04:05"
		in := "20060102T150405"
		if len(value) == 8 {
			form, in = time.DateOnly, "20060102"
		}
		at, err := time.Parse(in, strings.TrimSuffix(value, "Z"))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, at.Format(form))
	}
	return list
}

// instantsOf returns days, or instants in UTC, of the properties of that name.
func instantsOf(t *testing.T, lines []string, name string) (list []string) {
	t.Helper()
	for _, line := range lines {
		head, value, ok := strings.Cut(line, ":")
		prop, params, _ := strings.Cut(head, ";")
		switch {
		case !ok || prop != name:
		case len(value) == 8:
			at, err := time.Parse("20060102", value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, at.Format(time.DateOnly))
		default:
			loc, err := time.LoadLocation(strings.TrimPrefix(params, "TZID="))
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.ParseInLocation("20060102T150405", strings.TrimSuffix(value, "Z"), loc)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, at.UTC().Format(time.RFC3339))
		}
	}
	return list
}
