package graphsync

import (
	"encoding/json"
	"testing"

	"calbridge/bridge"
)

// TestShortAnswers: no property of an instance is emptied because an answer left
// it out, and one that Graph says is empty is.
func TestShortAnswers(t *testing.T) {
	master := func() item {
		it, err := readItem(single(`{"type":"seriesMaster","subject":"Stand-up","body":{"contentType":"html","content":"<p>Agenda</p>"},"categories":["Team"],"sensitivity":"private",
			"isReminderOn":true,"reminderMinutesBeforeStart":10,"attendees":[{"emailAddress":{"address":"jane@example.org"}}],"organizer":{"emailAddress":{"address":"ben@contoso.example"}},
			"location":{"displayName":"Room 1"},"locations":[{"displayName":"Room 1"}],"onlineMeeting":{"joinUrl":"https://teams.microsoft.com/meet/1"},
			"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["thursday"],"firstDayOfWeek":"sunday"},"range":{"type":"noEnd","startDate":"2026-01-15","recurrenceTimeZone":"UTC"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		return it
	}
	const times = `"id":"x","type":"exception","seriesMasterId":"AAMk=","originalStart":"2026-01-22T11:00:00Z",
		"start":{"dateTime":"2026-01-22T12:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-22T13:00:00","timeZone":"UTC"}`
	for _, c := range []struct {
		name, members string
		got           func(*bridge.Event) any
		want          any
	}{
		{"subject left out", ``, func(e *bridge.Event) any { return e.Subject }, "Stand-up"},
		{"subject given", `,"subject":"Short"`, func(e *bridge.Event) any { return e.Subject }, "Short"},
		{"subject empty", `,"subject":""`, func(e *bridge.Event) any { return e.Subject }, ""},
		{"member in other case", `,"Subject":"Short"`, func(e *bridge.Event) any { return e.Subject }, "Short"},
		{"body left out", ``, func(e *bridge.Event) any { return e.Text }, "Agenda"},
		{"body null", `,"body":null`, func(e *bridge.Event) any { return e.Text }, ""},
		{"only a preview", `,"bodyPreview":"Other"`, func(e *bridge.Event) any { return e.Text }, "Other"},
		{"place left out", ``, func(e *bridge.Event) any { return e.Location }, "Room 1"},
		{"one place given, list left out", `,"location":{"displayName":"Room 2"}`, func(e *bridge.Event) any { return e.Location }, "Room 2"},
		{"place taken away", `,"location":{"displayName":""},"locations":[]`, func(e *bridge.Event) any { return e.Location }, ""},
		{"people left out", ``, func(e *bridge.Event) any { return len(e.Attendees) }, 1},
		{"people taken away", `,"attendees":[]`, func(e *bridge.Event) any { return len(e.Attendees) }, 0},
		{"reminder left out", ``, func(e *bridge.Event) any { return e.Reminder != nil && *e.Reminder == 10 }, true},
		{"reminder off", `,"isReminderOn":false`, func(e *bridge.Event) any { return e.Reminder == nil }, true},
		{"meeting left out", ``, func(e *bridge.Event) any { return e.JoinURL }, "https://teams.microsoft.com/meet/1"},
		{"meeting taken away", `,"onlineMeeting":null,"isOnlineMeeting":false`, func(e *bridge.Event) any { return e.JoinURL }, ""},
		{"category and privacy", ``, func(e *bridge.Event) any { return e.Categories[0] + string(e.Sensitivity) }, "Teamprivate"},
		{"a zone of its own", `,"originalStartTimeZone":"Tokyo Standard Time"`, func(e *bridge.Event) any { return e.StartZone + " " + e.EndZone }, "Asia/Tokyo Europe/Berlin"},
	} {
		x, err := readItem(json.RawMessage("{" + times + c.members + "}"))
		if err != nil {
			t.Fatal(err)
		}
		m := master()
		s, err := convertMaster(m, []item{x}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.got(&s.Overrides[0].Event); got != c.want {
			t.Errorf("§1.2 %s: %v, want %v", c.name, got, c.want)
		}
		if m.event.Subject != "Stand-up" || s.Overrides[0].Source != "x" || s.Master.Text != "Agenda" {
			t.Errorf("%s: the master or the instance lost itself", c.name)
		}
	}
}
