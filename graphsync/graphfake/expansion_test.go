package graphfake

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// vector is one case of testdata/recurrence.json.
type vector struct {
	ID                   string            `json:"id"`
	Note                 string            `json:"note"`
	Event                json.RawMessage   `json:"event"`
	Exceptions           []json.RawMessage `json:"exceptions"`
	CancelledOccurrences []string          `json:"cancelledOccurrences"`
	Window               struct{ Start, End string }
	Expect               struct{ Instances []string }
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/recurrence.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors
}

// TestVectors loads each vector as raw events and compares calendarView,
// asked over HTTP, with the instances that the vector expects.
func TestVectors(t *testing.T) {
	vectors := readVectors(t)
	if len(vectors) != 80 {
		t.Errorf("got %d vectors, want 80", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			f := start(t, Options{})
			f.addVector(v)
			var got []string
			for _, e := range f.view(v.Window.Start, v.Window.End) {
				got = append(got, shortStart(e))
			}
			if d := cmp.Diff(v.Expect.Instances, got); d != "" {
				t.Errorf("%s\ninstances (-want +got):\n%s", v.Note, d)
			}
		})
	}
}

// view lists a range, in pieces that calendarView takes.
func (f *fixture) view(from, to string) []object {
	f.t.Helper()
	start, err := parseInstant(from)
	f.noError(err)
	end, err := parseInstant(to)
	f.noError(err)
	var out []object
	seen := map[string]bool{}
	for start.Before(end) {
		stop := start.Add(maxRange)
		if stop.After(end) {
			stop = end
		}
		for _, e := range f.all("/me/calendarView?startDateTime=" + start.Format(time.RFC3339) + "&endDateTime=" + stop.Format(time.RFC3339) + "&$top=1000") {
			if !seen[e.text("id")] {
				seen[e.text("id")] = true
				out = append(out, e)
			}
		}
		start = stop
	}
	return out
}

// shortStart writes the start of an event as the vectors do.
func shortStart(e object) string {
	text := e.child("start").text("dateTime")
	if allDay, _ := e.get("isAllDay"); allDay == true {
		return text[:len(time.DateOnly)]
	}
	return text[:len("2006-01-02T15:04:05")] + "Z"
}

// addVector stores the master with its cancelled dates, and its exceptions.
func (f *fixture) addVector(v vector) {
	f.t.Helper()
	master, err := parseObject(v.Event)
	if err != nil {
		f.t.Fatal(err)
	}
	if len(v.CancelledOccurrences) > 0 {
		master.set("cancelledOccurrences", texts(v.CancelledOccurrences))
	}
	f.raw(string(appendValue(nil, master)))
	for _, e := range v.Exceptions {
		f.raw(string(e))
	}
}
