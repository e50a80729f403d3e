package graphfake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRepeatForms(t *testing.T) {
	first := berlin("2026-01-30 09:00") // a Friday
	for _, c := range []struct {
		repeat Repeat
		want   []string
	}{
		{Repeat{Type: "daily", Interval: 2, Count: 3}, []string{"2026-01-30", "2026-02-01", "2026-02-03"}},
		{Repeat{Type: "weekly", Until: berlin("2026-02-13 00:00")}, []string{"2026-01-30", "2026-02-06", "2026-02-13"}},
		{Repeat{Type: "weekly", Interval: 2, Days: []time.Weekday{time.Sunday, time.Friday}, FirstDay: time.Monday, Count: 4}, []string{"2026-01-30", "2026-02-01", "2026-02-13", "2026-02-15"}},
		{Repeat{Type: "weekly", Interval: 2, Days: []time.Weekday{time.Sunday, time.Friday}, Count: 4}, []string{"2026-01-30", "2026-02-08", "2026-02-13", "2026-02-22"}},
		{Repeat{Type: "absoluteMonthly", Count: 3}, []string{"2026-01-30", "2026-02-28", "2026-03-30"}},
		{Repeat{Type: "relativeMonthly", Index: "last", Count: 3}, []string{"2026-01-30", "2026-02-27", "2026-03-27"}},
		{Repeat{Type: "absoluteYearly", Count: 2}, []string{"2026-01-30", "2027-01-30"}},
		{Repeat{Type: "relativeYearly", Index: "last", Month: time.January, Count: 2}, []string{"2026-01-30", "2027-01-29"}},
	} {
		t.Run(fmt.Sprintf("%s %d", c.repeat.Type, c.repeat.Interval), func(t *testing.T) {
			f := start(t, Options{})
			e := Event{Subject: "x", Start: first, Repeat: &c.repeat}
			f.add(e)
			var got []string
			for _, it := range f.mb.Default().Instances(first.AddDate(-1, 0, 0), first.AddDate(3, 0, 0)) {
				got = append(got, it.Start.In(f.mb.zone).Format(time.DateOnly))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestEventForms(t *testing.T) {
	f := start(t, Options{})
	flight := f.add(Event{Subject: "Flight", Start: berlin("2026-07-10 12:00"), End: berlin("2026-07-10 20:30"), EndZone: "Eastern Standard Time", Body: "<p>Gate <b>7</b></p>"})
	e := f.ok(f.get("/me/events/" + flight.Classic)).body
	for name, want := range map[string]string{"originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "Eastern Standard Time", "bodyPreview": "Gate 7"} {
		if got := e.text(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	if s, e := e.child("start").text("dateTime"), e.child("end").text("dateTime"); s != "2026-07-10T10:00:00.0000000" || e != "2026-07-10T18:30:00.0000000" {
		t.Errorf("from %s to %s", s, e)
	}
	days := f.add(Event{Subject: "Off", AllDay: true, Start: berlin("2026-07-10 12:00"), Extra: `{"originalStartTimeZone":"tzone://Microsoft/Custom","isCancelled":true}`})
	e = f.ok(f.get("/me/events/" + days.Classic)).body
	if e.child("end").text("dateTime") != "2026-07-11T00:00:00.0000000" || e.text("originalStartTimeZone") != "tzone://Microsoft/Custom" {
		t.Errorf("got %s", appendValue(nil, e))
	}
	if v, _ := e.get("isCancelled"); v != true {
		t.Errorf("isCancelled %v", v)
	}
}

func TestEditsAreTold(t *testing.T) {
	var told []string
	f := start(t, Options{OnEdit: func(e Edit) { told = append(told, e.Calendar+": "+e.Sentence) }})
	other := f.mb.AddCalendar(CalendarInfo{Name: "Other"})
	id := f.add(weeklyStandup()).Classic
	f.ok(f.call("PATCH", "/me/events/"+id, `{"start":{"dateTime":"2026-01-05T10:30:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-01-05T11:00:00","timeZone":"W. Europe Standard Time"}}`))
	f.noError(f.mb.EditOccurrence(id, "2026-01-12", `{"start":{"dateTime":"2026-01-13T09:00:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-01-13T09:15:00","timeZone":"W. Europe Standard Time"}}`))
	f.noError(f.mb.CancelOccurrence(id, "2026-01-19"))
	f.noError(f.mb.Patch(id, `{"subject":"Huddle"}`))
	f.noError(f.mb.Patch(id, `{"showAs":"free"}`))
	f.noError(f.mb.Move(id, other))
	other.Rename("Elsewhere")
	f.noError(other.Remove())
	f.mb.Default().Generate(3, 1)
	f.raw(`{"subject":"silent"}`)
	want := []string{
		`Calendar: "Stand-up" added on Mon 5 Jan, 09:30`,
		`Calendar: "Stand-up" moved to 10:30`,
		`Calendar: "Stand-up" of Mon 12 Jan moved to Tue 13 Jan, 09:00`,
		`Calendar: "Stand-up" of Mon 19 Jan cancelled`,
		`Calendar: "Stand-up" renamed to "Huddle"`,
		`Calendar: "Huddle" changed`,
		`Calendar: "Huddle" moved to the calendar "Other"`,
		`Elsewhere: calendar "Other" renamed to "Elsewhere"`,
		`Elsewhere: calendar "Elsewhere" removed`,
	}
	if d := cmp.Diff(want, told); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestGoEditErrors(t *testing.T) {
	f := start(t, Options{})
	ben := f.mailbox("ben@contoso.example", "UTC")
	id := f.add(weeklyStandup())
	slot, err := f.mb.Occurrence(id.Classic, "2026-01-12")
	f.noError(err)
	for name, err := range map[string]error{
		"unknown id":       f.mb.Delete("nonsense"),
		"bad json":         f.mb.Patch(id.Classic, `{`),
		"move an instance": f.mb.Move(slot.Classic, f.mb.Default()),
		"move away":        f.mb.Move(id.Classic, ben.Default()),
		"no such slot":     f.mb.CancelOccurrence(id.Classic, "2026-01-13"),
		"edit no slot":     f.mb.EditOccurrence(id.Classic, "2026-01-13", `{}`),
		"not a series":     f.mb.CancelOccurrence("nonsense", "2026-01-13"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := f.srv.AddMailbox(MailboxInfo{Person: Person{"x", strings.ToUpper(anna)}}); err == nil {
		t.Error("the same address twice")
	}
	if _, err := f.srv.AddMailbox(MailboxInfo{Person: Person{"x", "x@example.org"}, TimeZone: "Mars"}); err == nil {
		t.Error("an unknown zone")
	}
	if _, err := f.mb.Default().Add(Event{Subject: "x", Extra: "{"}); err == nil {
		t.Error("bad extra members")
	}
	if _, err := f.mb.Default().Add(Event{Subject: "x", Start: berlin("2026-01-06 10:00"), TimeZone: "Mars"}); err == nil {
		t.Error("an event in an unknown zone")
	}
}
