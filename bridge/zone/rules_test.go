package zone

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// TestRules holds the numbered rules of how zones are written; that the text
// means what the zone does, TestVTimezone and the engines judge.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		first      int
		want       []string // with ! for what must not be there
	}{
		{"R4.2 the name, twice", "Europe/Berlin", 2026, []string{"TZID:Europe/Berlin", "X-LIC-LOCATION:Europe/Berlin"}},
		{"R4.5 from the year before the first", "Europe/Berlin", 2026, []string{"DTSTART:20251026T030000", "!DTSTART:2024"}},
		{"R4.6 onsets in the old offset", "America/New_York", 2026, []string{"TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "TZNAME:EDT", "DTSTART:20260308T020000"}},
		{"R4.7 yearly rules, without end where they hold", "Europe/Berlin", 2026, []string{"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "!RDATE", "!UNTIL"}},
		{"R4.7 an n-th weekday where the last does not fit", "America/New_York", 2026, []string{"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"}},
		{"R4.7 a rule that ended", "America/New_York", 1990, []string{"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=2006"}},
		{"R4.8 trap 38: no rule, then dates", "Africa/Cairo", 2026, []string{"RDATE:"}},
		{"R4.8 Ramadan in Casablanca or what came of it", "Africa/Casablanca", 2020, []string{"TZID:Africa/Casablanca", "RDATE:"}},
		{"R4.9 one part, from 1970", "Etc/GMT+5", 2026, []string{"DTSTART:19700101T000000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0500", "!BEGIN:DAYLIGHT", "!RRULE"}},
		{"R4.10 Dublin's winter is STANDARD", "Europe/Dublin", 2026, []string{"BEGIN:DAYLIGHT", "TZOFFSETTO:+0100", "BEGIN:STANDARD", "TZOFFSETTO:+0000"}},
		{"R4.11 no seconds, though Liberia had some", "Africa/Monrovia", 1970, []string{"TZID:Africa/Monrovia"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := VTimezone(c.zone, c.first, 2036)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				part, absent := strings.CutPrefix(want, "!")
				if bytes.Contains(text, []byte("\r\n"+part)) == absent && !(absent && !bytes.Contains(text, []byte(part))) {
					t.Errorf("%q in\n%s", want, text)
				}
			}
			for _, offset := range regexp.MustCompile(`TZOFFSET[A-Z]+:(\S+)`).FindAllSubmatch(text, -1) {
				if len(offset[1]) != 5 {
					t.Errorf("R4.11 an offset %s", offset[1])
				}
			}
			if again, err := VTimezone(c.zone, c.first, 2036); err != nil || !bytes.Equal(text, again) {
				t.Errorf("R4.12 another text the second time, %v", err)
			}
		})
	}
}
