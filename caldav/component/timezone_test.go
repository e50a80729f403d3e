package component

import (
	"strings"
	"testing"
	"time"

	"calbridge/bridge/zone"
)

// described is a calendar with a zone of lines cut at bars.
func described(lines string) string {
	return strings.ReplaceAll("BEGIN:VCALENDAR|VERSION:2.0|PRODID:x|BEGIN:VTIMEZONE|"+lines+"|END:VTIMEZONE|END:VCALENDAR|", "|", "\r\n")
}

// Clocks that are described under a name that nobody knows are those of the
// zone that they were taken from.
func TestClocksFromTheirDescription(t *testing.T) {
	for name, ruled := range map[string]bool{"Europe/Berlin": true, "Europe/London": true, "America/New_York": true, "America/St_Johns": true, "Pacific/Auckland": true,
		"Australia/Lord_Howe": true, "Australia/Adelaide": true, "America/Santiago": false, "Asia/Kolkata": true, "Asia/Kathmandu": true, "Pacific/Kiritimati": true, "Europe/Dublin": true,
		"Etc/GMT+12": true, "Africa/Casablanca": false} {
		text, err := zone.VTimezone(name, 2026, 2036)
		if err != nil {
			t.Fatal(err)
		}
		made := "BEGIN:VCALENDAR\r\n" + strings.NewReplacer("TZID:"+name, "TZID:Somebody's", "X-LIC-LOCATION:"+name+"\r\n", "").Replace(string(text)) + "END:VCALENDAR\r\n"
		got, ok := OnlyZone(made)
		if !ok || (got != "") != ruled {
			t.Errorf("%s is %q, %v from\n%s", name, got, ok, made)
		}
		if got == "" {
			continue
		}
		want, err := zone.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		loc, err := zone.Load(got)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2030; at = at.Add(30 * time.Minute) {
			if a, b := at.In(loc).Format(time.DateTime), at.In(want).Format(time.DateTime); a != b {
				t.Errorf("%s as %s at %s: %s, want %s", name, got, at, a, b)
				break
			}
		}
	}
}

func TestOnlyZone(t *testing.T) {
	const std, dst = "BEGIN:STANDARD|DTSTART:20071104T020000|TZOFFSETFROM:-0400|TZOFFSETTO:-0500|", "BEGIN:DAYLIGHT|DTSTART:20070311T020000|TZOFFSETFROM:-0500|TZOFFSETTO:-0400|"
	for lines, want := range map[string]string{
		"TZID:Europe/Berlin": "Europe/Berlin", "TZID:W. Europe Standard Time": "Europe/Berlin", "TZID:Here|X-LIC-LOCATION:Asia/Tokyo": "Asia/Tokyo",
		"TZID:/freeassociation.sourceforge.net/Tzfile/Europe/Berlin": "Europe/Berlin",
		"TZID:Apple's|" + dst + "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU|END:DAYLIGHT|" + std + "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=SU;BYMONTHDAY=1,2,3,4,5,6,7|END:STANDARD": "Custom/-0500/-0400/3-2-0-0200/11-1-0-0200",
		"TZID:Fixed|" + std + "END:STANDARD":                                                  "Custom/-0500",
		"TZID:Seconds|BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETTO:+012345|END:STANDARD": "Custom/+0123",
		"TZID:Nothing": "",
		"TZID:Twisted|" + dst + "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-2SU|END:DAYLIGHT|" + std + "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU|END:STANDARD":    "",
		"TZID:No day|" + dst + "RRULE:FREQ=YEARLY;BYMONTH=3|END:DAYLIGHT|" + std + "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU|END:STANDARD":                "",
		"TZID:Odd day|" + dst + "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2XX|END:DAYLIGHT|" + std + "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU|END:STANDARD":     "",
		"TZID:Odd|BEGIN:STANDARD|DTSTART:x|TZOFFSETTO:y|END:STANDARD":                                                                                   "",
		"TZID:Half|" + std + "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU|END:STANDARD|BEGIN:DAYLIGHT|DTSTART:20300101T000000|TZOFFSETTO:+0100|END:DAYLIGHT": "",
	} {
		if got, ok := OnlyZone(described(lines)); got != want || !ok {
			t.Errorf("%s is %q, %v, want %q", lines, got, ok, want)
		}
	}
	for _, text := range []string{"", "nonsense", described("X:y"), "BEGIN:VTIMEZONE\r\nTZID:UTC\r\nEND:VTIMEZONE\r\n", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nTZID:UTC\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		described("TZID:Europe/Berlin|END:VTIMEZONE|BEGIN:VTIMEZONE|TZID:UTC")} {
		if name, ok := OnlyZone(text); ok {
			t.Errorf("%q is %q", text, name)
		}
	}
}
