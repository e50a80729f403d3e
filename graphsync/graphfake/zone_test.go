package graphfake

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := day(rapid.IntRange(-800_000, 1_000_000).Draw(t, "day"))
		at := time.Unix(d.wall(), 0).UTC()
		y, m, dom := d.date()
		if wy, wm, wd := at.Date(); y != wy || m != wm || dom != wd || d.weekday() != at.Weekday() {
			t.Fatalf("%d is %d-%d-%d, want %s", d, y, m, dom, at)
		}
		if dayOf(y, m, dom) != d || dayAt(d.wall()+secondsPerDay-1) != d {
			t.Fatalf("%s does not come back", d)
		}
		if monthLength(y, m) != time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() {
			t.Fatalf("length of %d-%d", y, m)
		}
	})
}

// TestWallTimes compares toInstant with a search: the first instant with that
// wall time, or in a gap the one that the offset before it gives.
func TestWallTimes(t *testing.T) {
	zones := []string{"W. Europe Standard Time", "Eastern Standard Time", "Lord Howe Standard Time", "AUS Eastern Standard Time",
		"Newfoundland Standard Time", "Africa/Casablanca", "America/Santiago", "Pacific/Apia", "Asia/Tehran", "UTC", "Line Islands Standard Time"}
	rapid.Check(t, func(t *rapid.T) {
		zone := findZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		base := dayOf(rapid.IntRange(1990, 2100).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 31).Draw(t, "day"))
		wall := base.wall() + int64(rapid.IntRange(0, 47).Draw(t, "half hour"))*1800
		got := toInstant(wall, zone)
		for at := wall - 15*3600; at <= wall+15*3600; at += 900 {
			if toWall(at, zone) == wall {
				if got != at {
					t.Fatalf("%s in %s: %d, the first is %d", formatWall(wall), zone, got, at)
				}
				return
			}
		}
		if toWall(got, zone) <= wall {
			t.Fatalf("%s in %s lies in a gap and became %s", formatWall(wall), zone, formatWall(toWall(got, zone)))
		}
	})
}

func TestZones(t *testing.T) {
	table, err := windowsZones()
	if err != nil || len(table) < 140 {
		t.Fatalf("%d zones, %v", len(table), err)
	}
	for name := range table {
		if findZone(name) == nil {
			t.Errorf("no zone %q", name)
		}
	}
	for label, want := range map[string]string{
		"w. EUROPE standard time": "Europe/Berlin", "Europe/Paris": "Europe/Paris", "GMT Standard Time": "Europe/London",
		"tzone://Microsoft/Utc": "UTC", "tzone://Microsoft/Custom": "", "": "", "Mars Standard Time": "", "Local": "", "../etc/passwd": "",
	} {
		got := ""
		if loc := findZone(label); loc != nil {
			got = loc.String()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", label, got, want)
		}
	}
}
