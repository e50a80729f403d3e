package component

import (
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"PT15M": 15 * time.Minute, "-PT15M": -15 * time.Minute, "+P1D": 24 * time.Hour, "-P1DT2H3M4S": -(26*time.Hour + 3*time.Minute + 4*time.Second),
		"P2W": 14 * 24 * time.Hour, "PT0S": 0} {
		if got, ok := duration(text); !ok || got != want {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "15M", "P1", "P1X", "PTM", "P99999999D", "-", "P-1D", "20260304T100000Z"} {
		if got, ok := duration(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// Forms of alarms that other programs write.
func TestAlarmsOfAllForms(t *testing.T) {
	object := func(alarm string) *bridge.Object {
		return &bridge.Object{Span: bridge.Span{Start: at("2026-03-04T10:00"), End: at("2026-03-04T11:00")},
			Body: []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260304T100000Z\r\nDTEND:20260304T110000Z\r\nBEGIN:VALARM\r\n" +
				strings.ReplaceAll(alarm, "|", "\r\n") + "\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")}
	}
	for _, c := range []struct{ alarm, rings, silent string }{
		{"TRIGGER:-PT5M", "2026-03-04T09:55", "2026-03-04T10:00"},
		{"TRIGGER;RELATED=END:-PT5M", "2026-03-04T10:55", "2026-03-04T09:55"},
		{"TRIGGER;RELATED=END:PT0S", "2026-03-04T11:00", "2026-03-04T10:59"},
		{"TRIGGER;VALUE=DATE-TIME:20260301T080000Z", "2026-03-01T08:00", "2026-03-04T10:00"},
		{"TRIGGER:-PT30M|REPEAT:2|DURATION:PT10M", "2026-03-04T09:50", "2026-03-04T10:00"},
		{"TRIGGER:-PT30M|REPEAT:2", "2026-03-04T09:30", "2026-03-04T09:40"},
		{"TRIGGER:-PT30M|REPEAT:-2|DURATION:PT10M", "2026-03-04T09:30", "2026-03-04T09:40"},
		{"TRIGGER:P1D|REPEAT:1000000000|DURATION:PT1S", "2026-03-05T10:10", "2026-03-05T11:00"}, // bounded
		{"ACTION:DISPLAY", "", "2026-03-04T10:00"},
	} {
		for text, want := range map[string]bool{c.rings: true, c.silent: false} {
			if text == "" {
				continue
			}
			o := object(c.alarm)
			e, err := parseEvent(o)
			if err != nil {
				t.Fatal(err)
			}
			w := Window{From: at(text), To: at(text).Add(time.Minute), Zone: time.UTC}
			got, err := e.alarms(e.master, e.master.Children, &w)
			if err != nil || (len(got) == 1) != want {
				t.Errorf("%s at %s: %d, %v", c.alarm, text, len(got), err)
			}
		}
	}
	e, err := parseEvent(object("TRIGGER:soon"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.alarms(e.master, e.master.Children, &Window{}); err == nil {
		t.Error("a trigger that is no time was judged")
	}
}
