package ics

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"calbridge/bridge"
)

// subscribed returns the unfolded lines that a subscription has of s.
func subscribed(t *testing.T, s bridge.Series) []string {
	t.Helper()
	obj := render(t, s, berlin)
	text := strings.ReplaceAll(string(Subscribed(Events(&obj))), "\r\n ", "")
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
}

func TestSubscribed(t *testing.T) {
	ten := 10
	invited := func(n int) func(*bridge.Event) {
		return func(e *bridge.Event) {
			e.Organizer = &bridge.Person{Address: "ben@contoso.example"}
			for i := range n {
				e.Attendees = append(e.Attendees, bridge.Person{Name: strings.Repeat("long name ", 9), Address: fmt.Sprint("p", i, "@example.org")})
			}
		}
	}
	calledOff := func(s *bridge.Series) {
		s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-10T13:00:00")}, "2025-06-10T14:00:00")}
		s.Overrides[0].Event.Cancelled = true
	}
	for _, c := range []struct {
		name   string
		series bridge.Series
		want   []string // with ! for what must not be there
	}{
		{"§5.6 no alarm", meeting(func(e *bridge.Event) { e.Reminder = &ten }), []string{"SUMMARY:Meeting", "!VALARM", "!TRIGGER"}},
		{"§5.2 no HTML", meeting(func(e *bridge.Event) { e.Text, e.HTML = "x", strings.Repeat("<p>x</p>", 99) }), []string{"DESCRIPTION:x", "!X-ALT-DESC", "!<p>"}},
		{"§5.2 a title for what has none", meeting(func(e *bridge.Event) { e.Subject = "" }), []string{"SUMMARY:(No subject)"}},
		{"§5.1 no draft", meeting(func(e *bridge.Event) { e.Draft = true }), []string{"!BEGIN"}},
		{"§5.1 nor its changed instances", weekly(func(s *bridge.Series) { calledOff(s); s.Master.Draft = true }), []string{"!BEGIN"}},
		{"§1.1 a series that is called off", weekly(func(s *bridge.Series) { calledOff(s); s.Master.Cancelled = true }), []string{"!BEGIN"}},
		{"§1.1 an instance that is called off", weekly(calledOff), []string{"EXDATE;TZID=Europe/Berlin:20250610T150000", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO", "!RECURRENCE-ID", "!STATUS:CANCELLED"}},
		{"§1.1 an event that is called off stays", meeting(func(e *bridge.Event) { e.Cancelled = true }), []string{"STATUS:CANCELLED"}},
		{"§1.1 other instances stay", weekly(func(s *bridge.Series) { calledOff(s); s.Overrides[0].Event.Cancelled = false }), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000", "!EXDATE"}},
		{"§5.4 people", meeting(invited(2)), []string{"ORGANIZER:mailto:ben@contoso.example", "!X-CALBRIDGE"}},
		{"§5.4 no hidden list", meeting(func(e *bridge.Event) { invited(2)(e); e.HideList = true }), []string{"SUMMARY:Meeting", "!ATTENDEE", "!ORGANIZER", "!long name", "!X-CALBRIDGE"}},
		{"§5.4 no crowd", meeting(invited(501)), []string{"SUMMARY:Meeting", "!ATTENDEE", "!ORGANIZER"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(subscribed(t, c.series), "\n")
			for _, want := range c.want {
				if bad, isAbsent := strings.CutPrefix(want, "!"); isAbsent == strings.Contains("\n"+got+"\n", cmpLine(bad, isAbsent)) {
					t.Errorf("%q in\n%s", want, got)
				}
			}
		})
	}
}

// cmpLine looks for a whole line, or for any part of one that must be absent.
func cmpLine(text string, part bool) string {
	if part {
		return text
	}
	return "\n" + text + "\n"
}

// TestSubscribedExpandsAlike: what a subscription shows is what the object
// shows, without what is called off.
func TestSubscribedExpandsAlike(t *testing.T) {
	s := weekly(func(s *bridge.Series) {
		s.Rule.Count, s.Cancelled = 6, []bridge.Date{*date("2025-06-17")}
		s.Overrides = []bridge.Override{
			moved(bridge.Override{Original: at("2025-06-10T13:00:00")}, "2025-06-10T14:00:00"),
			moved(bridge.Override{Original: at("2025-06-24T13:00:00")}, "2025-06-25T14:00:00"),
		}
		s.Overrides[0].Event.Cancelled = true
	})
	obj := render(t, s, berlin)
	want := []string{"2025-06-03", "2025-06-25", "2025-07-01", "2025-07-08"}
	text := bytes.Join([][]byte{obj.Body[:obj.EventsAt[0]], Subscribed(Events(&obj)), []byte(End)}, nil)
	found, err := Expand(text, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range found {
		got = append(got, i.Start.Format(time.DateOnly))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%v, want %v\n%s", got, want, text)
	}
}

func BenchmarkSubscribed(b *testing.B) {
	obj, err := Render(meeting(func(e *bridge.Event) {
		e.Text, e.HTML, e.Location = strings.Repeat("text ", 60), strings.Repeat("<p>text</p>", 40), "Room 1"
	}), berlin)
	if err != nil {
		b.Fatal(err)
	}
	events := Events(&obj)
	b.SetBytes(int64(len(events)))
	b.ReportAllocs()
	for b.Loop() {
		Subscribed(events)
	}
}

// What is taken to need no change would not be changed.
func TestShownAsTheyAre(t *testing.T) {
	lines := []string{"SUMMARY:one\r\n", "SUMMARY:\r\n", "SUMMARY;LANGUAGE=de:\r\n", "STATUS:CANCELLED\r\n", "STATUS:CONFIRMED\r\n", "X-ALT-DESC;FMTTYPE=text/html:<p>\r\n", "X-CALBRIDGE-DRAFT:TRUE\r\n",
		"X-CALBRIDGE-HIDE-ATTENDEES:TRUE\r\n", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\n", "RRULE:FREQ=DAILY\r\n", "RECURRENCE-ID:20260304T100000Z\r\n",
		"ATTENDEE:mailto:bob@contoso.example\r\n", "DESCRIPTION:folded\r\n SUMMARY:\r\n", strings.Repeat("ATTENDEE:mailto:bob@contoso.example\r\n", 400)}
	same := 0
	rapid.Check(t, func(t *rapid.T) {
		var events strings.Builder
		for range rapid.IntRange(0, 3).Draw(t, "events") {
			events.WriteString("BEGIN:VEVENT\r\nUID:u\r\n" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 4).Draw(t, "lines"), "") + "END:VEVENT\r\n")
		}
		in := []byte(events.String())
		if !shownAsTheyAre(in) {
			return
		}
		same++
		if got := adapted(in); string(got) != string(in) {
			t.Fatalf("%q becomes %q", in, got)
		}
	})
	if same == 0 {
		t.Error("nothing stayed as it was")
	}
}
