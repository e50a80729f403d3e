package zone

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestZonesThatMovedIn2026 takes the zones whose governments changed the clocks
// in 2026, from release 2026f, whatever the machine has: the last change of
// clocks is the end of the rule, not one of a rule that goes on.
func TestZonesThatMovedIn2026(t *testing.T) {
	for name, want := range map[string]struct{ july2026, december2026, december2035 string }{
		"America/Vancouver": {"-0700", "-0700", "-0700"},
		"America/Edmonton":  {"-0600", "-0600", "-0600"},
		"America/Winnipeg":  {"-0500", "-0500", "-0500"},
		"Africa/Casablanca": {"+0100", "+0000", "+0000"},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "2026f", name[strings.IndexByte(name, '/')+1:]))
		if err != nil {
			t.Fatal(err)
		}
		loc, err := time.LoadLocationFromTZData(name, data)
		if err != nil {
			t.Fatal(err)
		}
		if err := prove(name, loc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text := string(render(name, observances(loc, 2020, 2036)))
		r, err := readTimezone(text, 2046)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		for at, want := range map[time.Time]string{
			time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC):  want.july2026,
			time.Date(2026, 12, 15, 12, 0, 0, 0, time.UTC): want.december2026,
			time.Date(2035, 12, 15, 12, 0, 0, 0, time.UTC): want.december2035,
		} {
			if got, ok := r.offset(at.Unix()); !ok || utcOffset(got) != want {
				t.Errorf("%s at %s is read as %s, want %s\n%s", name, at.Format(time.DateOnly), utcOffset(got), want, text)
			}
		}
		if r.open {
			t.Errorf("%s has a rule without an end:\n%s", name, text)
		}
	}
}
