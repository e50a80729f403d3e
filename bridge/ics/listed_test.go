package ics

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"calbridge/bridge"
)

// listedSeries is a series that takes place at the given starts.
func listedSeries(zone string, allDay bool, length time.Duration, starts ...time.Time) bridge.Series {
	from, to := bridge.DateOf(2023, 1, 1), bridge.DateOf(2030, 1, 1)
	return bridge.Series{Source: "a", UID: "a", Claim: "a", Zone: zone,
		Listed: &bridge.Listing{From: from, To: to, Cause: "it is a test", Starts: starts},
		Master: bridge.Event{Subject: "feast", AllDay: allDay, Start: starts[0], End: starts[0].Add(length), StartZone: zone, EndZone: zone}}
}

// TestListedInstancesComeBack: whatever the starts are, in whatever zone, a
// reader expands exactly those.
func TestListedInstancesComeBack(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran", "Pacific/Apia", "America/Santiago", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		allDay := rapid.Bool().Draw(t, "all day")
		length := time.Duration(rapid.IntRange(0, 50).Draw(t, "length")) * time.Hour
		tod := time.Duration(rapid.IntRange(0, 47).Draw(t, "half hour")) * 30 * time.Minute
		if allDay {
			length, tod = (length/24+time.Hour)*24, 0
		}
		days := rapid.SliceOfNDistinct(rapid.IntRange(0, 6*365), 1, 40, func(d int) int { return d }).Draw(t, "days")
		slices.Sort(days)
		var want []time.Time
		for _, d := range days {
			want = append(want, time.Date(2023, 1, 1+d, 0, 0, 0, 0, time.UTC).Add(tod))
		}
		obj, err := Render(listedSeries(zone, allDay, length, want...), bridge.Env{Horizon: 2036})
		if err != nil {
			t.Fatal(err)
		}
		found, err := Expand(obj.Body, time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var got []time.Time
		for _, i := range found {
			got = append(got, i.Start)
			if i.AllDay != allDay || i.Start.Before(obj.Span.Start) || i.End.After(obj.Span.End) {
				t.Fatalf("%+v lies outside %+v", i, obj.Span)
			}
		}
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("got %v\nwant %v\n%s", got, want, obj.Body)
		}
	})
}

// TestListedForm holds mapping R3.2.
func TestListedForm(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	s := listedSeries("Europe/Berlin", false, time.Hour, at(28, 9), at(29, 8))
	moved := s.Master
	moved.Subject, moved.Start, moved.End = "moved", at(31, 12), at(31, 13)
	s.Overrides = []bridge.Override{{Source: "b", Original: at(30, 8), Event: moved}}
	obj, err := Render(s, bridge.Env{Horizon: 2036})
	if err != nil {
		t.Fatal(err)
	}
	text := string(obj.Body[obj.EventsAt[0]:obj.EventsAt[1]])
	for _, line := range []string{"DTSTART;TZID=Europe/Berlin:20260328T100000", "DTEND;TZID=Europe/Berlin:20260328T110000",
		"RDATE;TZID=Europe/Berlin:20260329T100000", "RDATE;TZID=Europe/Berlin:20260330T100000", "RECURRENCE-ID;TZID=Europe/Berlin:20260330T100000",
		"DTSTART;TZID=Europe/Berlin:20260331T140000", "X-CALBRIDGE-RECURRENCE:explicit"} {
		if strings.Count(text, "\r\n"+line+"\r\n") != 1 {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if !obj.Recurs || strings.Contains(text, "RRULE") || strings.Count(text, "explicit") != 1 {
		t.Errorf("recurs %v:\n%s", obj.Recurs, text)
	}
	if want := "It is served as a list of its occurrences from 2023-01-01 to 2029-12-31, because it is a test."; !slices.Equal(obj.Remarks, []string{want}) {
		t.Errorf("remarks %q", obj.Remarks)
	}
}
