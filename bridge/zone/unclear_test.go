package zone

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestUnclearAgreesWithCounting looks for wall times that no instant, or more
// than one, has, and compares.
func TestUnclearAgreesWithCounting(t *testing.T) {
	const step = 900
	for _, name := range slices.Sorted(maps.Values(windowsDefault)) {
		loc, err := Load(name)
		if err != nil {
			continue
		}
		for i, at := range turns(loc) {
			if i%4 != 0 { // turns are asked for thousands of times
				continue
			}
			day := at - at%86400
			seen := map[int64]int{}
			for u := day - 4*86400; u < day+4*86400; u += step {
				seen[u+offsetAt(loc, u)]++
			}
			for tod := int64(0); tod < 86400; tod += step {
				var want []string
				for d := day - 86400; d <= day+86400; d += 86400 {
					if seen[d+tod] != 1 {
						want = append(want, time.Unix(d, 0).UTC().Format(time.DateOnly))
					}
				}
				var got []string
				for _, d := range Unclear(loc, time.Duration(tod)*time.Second, time.Unix(day-86400, 0).UTC(), time.Unix(day+86400, 0).UTC()) {
					got = append(got, d.Format(time.DateOnly))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s at %s (-want +got):\n%s", name, time.Duration(tod)*time.Second, diff)
				}
			}
		}
	}
}

func TestRepeated(t *testing.T) {
	for text, want := range map[string]bool{
		"2025-10-25T23:59:59Z": false, "2025-10-26T00:00:00Z": true, "2025-10-26T01:59:59Z": true,
		"2025-10-26T02:00:00Z": false, "2025-03-30T01:00:00Z": false,
	} {
		loc, err := Load("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := Repeated(loc, at); got != want {
			t.Errorf("%s: repeated %v, want %v", text, got, want)
		}
	}
}
