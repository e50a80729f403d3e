package ics

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

// crowded is a daily meeting of people, with a body of size octets, of which
// changed occurrences repeat everything.
func crowded(changed, people, size int) bridge.Series {
	s := meeting(func(e *bridge.Event) {
		e.Text = strings.Repeat("A line of the agenda.\n", 1+size/22)[:size]
		e.HTML = strings.Repeat("<p>A line of the agenda.</p>", 1+size/28)[:size]
		e.Organizer = &bridge.Person{Name: "Ben", Address: "ben@contoso.example"}
		e.Attendees = append(e.Attendees, bridge.Person{Name: "Anna", Address: "anna@contoso.example", Response: bridge.Accepted})
		for i := range people - 1 {
			e.Attendees = append(e.Attendees, bridge.Person{Name: fmt.Sprint("Guest ", i), Address: fmt.Sprintf("guest%d@example.org", i)})
		}
	})
	s.Zone = "Europe/Berlin"
	s.Rule = &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1, Start: bridge.DateOf(2025, 3, 3), End: bridge.MaxDate}
	for i := range changed {
		d := s.Rule.Start + bridge.Date(i)
		e := s.Master
		e.Start, e.End = e.Start.AddDate(0, 0, i).Add(time.Hour), e.End.AddDate(0, 0, i).Add(time.Hour)
		s.Overrides = append(s.Overrides, bridge.Override{Date: &d, Event: e})
	}
	return s
}

// TestBrevity holds what an object leaves out to what it has to: nothing up to
// 4 MiB, and never so much that an occurrence would go.
func TestBrevity(t *testing.T) {
	for _, c := range []struct {
		name                  string
		changed, people, size int
		left                  string // of the remark
		master, override      []string
	}{
		{"a body of 1 MB", 0, 2, 1 << 20, "", []string{"X-ALT-DESC", "DESCRIPTION", "ATTENDEE"}, nil},
		{"500 attendees", 0, 500, 100, "", []string{"X-ALT-DESC", "ATTENDEE"}, nil},
		{"2,000 changed occurrences", 2000, 2, 100, "", []string{"X-ALT-DESC"}, []string{"X-ALT-DESC", "ATTENDEE"}},
		{"formatted text in many", 500, 2, 6 << 10, "without formatting.", []string{"X-ALT-DESC"}, []string{"!X-ALT-DESC", "ATTENDEE"}},
		{"long text in many", 500, 2, 60 << 10, "with the first 1 KiB of their text.", []string{"X-ALT-DESC"}, []string{"!X-ALT-DESC", "ATTENDEE"}},
		{"many people in many", 120, 500, 100, "the organizer and you.", []string{"X-ALT-DESC"}, []string{"!X-ALT-DESC", "ATTENDEE"}},
		{"all of it at once", 2000, 500, 1 << 20, "the organizer and you.", []string{"X-ALT-DESC"}, []string{"!X-ALT-DESC", "ATTENDEE"}},
		{"far too many", 10000, 500, 1 << 20, "the series itself is cut as well.", []string{"!X-ALT-DESC", "DESCRIPTION"}, []string{"!X-ALT-DESC", "!DESCRIPTION", "SUMMARY"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			obj := render(t, crowded(c.changed, c.people, c.size), berlin)
			text := strings.ReplaceAll(string(Events(&obj)), "\r\n ", "")
			events := strings.SplitAfter(text, "END:VEVENT\r\n")
			if len(obj.Body) > MaxObject || len(events)-1 != c.changed+1 {
				t.Fatalf("%d octets, %d events", len(obj.Body), len(events)-1)
			}
			if remark := strings.Join(obj.Remarks, " "); !strings.HasSuffix(remark, c.left) || (remark == "") != (c.left == "") {
				t.Errorf("remark %q", remark)
			}
			wantProps(t, events[0], c.master...)
			for _, e := range events[1 : len(events)-1] {
				wantProps(t, e, c.override...)
			}
			t.Logf("%d KiB, remark %q", len(obj.Body)>>10, obj.Remarks)
		})
	}
}

func wantProps(t *testing.T, event string, names ...string) {
	t.Helper()
	for _, name := range names {
		name, isAbsent := strings.CutPrefix(name, "!")
		isThere := strings.Contains(event, "\r\n"+name+";") || strings.Contains(event, "\r\n"+name+":")
		if isThere == isAbsent {
			t.Fatalf("%s: %v, in an event of %d octets", name, isThere, len(event))
		}
	}
}

// TestBrevityKeepsOneself: of a crowd the organizer and the owner stay.
func TestBrevityKeepsOneself(t *testing.T) {
	obj := render(t, crowded(120, 500, 100), berlin)
	wantLines(t, obj, "ORGANIZER;CN=Ben:mailto:ben@contoso.example",
		"ATTENDEE;CN=Anna;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:anna@contoso.example")
	other := render(t, crowded(120, 500, 100), bridge.Env{Horizon: 2036, Addresses: []string{"someone@contoso.example"}})
	if n := strings.Count(string(Events(&other)), "ATTENDEE"); n != 500+120 {
		t.Errorf("%d attendees, want the master's 500 and the organizer in each changed occurrence", n)
	}
}

// TestTooLargeIsAnError: what cannot be cut any further is kept aside.
func TestTooLargeIsAnError(t *testing.T) {
	s := crowded(20_000, 2, 100)
	if obj, err := Render(s, berlin); !errors.Is(err, errTooLong) {
		t.Errorf("rendered %d octets, %v", len(obj.Body), err)
	}
}
