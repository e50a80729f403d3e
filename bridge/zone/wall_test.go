package zone

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAtAgreesWithBruteForce asks for every quarter hour around each change of
// clocks of every zone, and compares with what a search through all instants
// finds.
func TestAtAgreesWithBruteForce(t *testing.T) {
	asked := make(chan int, len(spelling))
	each(2, slices.Sorted(maps.Values(spelling)), func(name string) {
		loc, err := Load(name)
		if err != nil {
			return
		}
		n := 0
		for _, at := range turns(loc) {
			n += bruteForce(t, loc, at)
		}
		asked <- n
	})
	close(asked)
	total := 0
	for n := range asked {
		total += n
	}
	t.Logf("%d wall times", total)
}

// turns finds the days on which the offset of loc changes.
func turns(loc *time.Location) []int64 {
	var list []int64
	was := 0
	for at := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2039; at = at.AddDate(0, 0, 1) {
		_, now := at.In(loc).Zone()
		if now != was && at.Year() > 1990 {
			list = append(list, at.Unix())
		}
		was = now
	}
	// All of them would take minutes; a step that is prime to two changes a
	// year sees every kind.
	var some []int64
	for i := 0; i < len(list); i += 5 {
		some = append(some, list[i])
	}
	return some
}

// bruteForce compares around one moment and returns how often.
func bruteForce(t *testing.T, loc *time.Location, around int64) int {
	const quarter = 900
	first := make(map[int64]int64) // wall time to its first instant
	var before []int64             // wall times in the order of instants
	for at := around - 4*86400; at <= around+4*86400; at += quarter {
		_, offset := time.Unix(at, 0).In(loc).Zone()
		wall := at + int64(offset)
		if _, ok := first[wall]; !ok {
			first[wall] = at
		}
		before = append(before, wall)
	}
	asked := 0
	for wall := around - 2*86400; wall <= around+2*86400; wall += quarter {
		want, ok := first[wall]
		if !ok {
			last := slices.IndexFunc(before, func(w int64) bool { return w > wall }) - 1
			want = first[before[last]] + wall - before[last]
		}
		w := time.Unix(wall, 0).UTC()
		got := At(loc, w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second())
		if got.Unix() != want {
			t.Errorf("%s: %s is %s, want %s", loc, w.Format(layout),
				got.UTC().Format(time.RFC3339), time.Unix(want, 0).UTC().Format(time.RFC3339))
		}
		asked++
	}
	return asked
}

// The cases that mapping R2.5 measured, and the ends of its reach.
func TestAt(t *testing.T) {
	for _, test := range []struct{ zone, wall, want string }{
		{"Europe/Berlin", "2025-03-30T02:30:00", "2025-03-30T01:30:00Z"},
		{"Europe/Berlin", "2025-10-26T02:30:00", "2025-10-26T00:30:00Z"},
		{"Europe/Berlin", "2025-10-26T03:00:00", "2025-10-26T02:00:00Z"},
		{"Europe/Berlin", "2025-07-01T12:00:05", "2025-07-01T10:00:05Z"},
		{"America/New_York", "2025-03-09T02:30:00", "2025-03-09T07:30:00Z"},
		{"America/New_York", "2025-11-02T01:30:00", "2025-11-02T05:30:00Z"},
		{"Australia/Lord_Howe", "2025-04-06T01:45:00", "2025-04-05T14:45:00Z"},
		{"Australia/Lord_Howe", "2025-10-05T02:15:00", "2025-10-04T15:45:00Z"},
		{"Europe/Dublin", "2025-03-30T01:30:00", "2025-03-30T01:30:00Z"},
		{"Antarctica/Troll", "2024-10-27T02:30:00", "2024-10-27T00:30:00Z"},
		{"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"},
		{"Pacific/Kwajalein", "1993-08-21T12:00:00", "1993-08-22T00:00:00Z"},
		{"Etc/GMT-14", "2025-01-01T00:00:00", "2024-12-31T10:00:00Z"},
		{"UTC", "2025-02-28T23:59:59", "2025-02-28T23:59:59Z"},
	} {
		loc, err := Load(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		w, err := time.Parse("2006-01-02T15:04:05", test.wall)
		if err != nil {
			t.Fatal(err)
		}
		got := At(loc, w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second())
		if s := got.UTC().Format(time.RFC3339); s != test.want || got.Location() != loc {
			t.Errorf("At(%s, %s) = %s in %s, want %s", test.zone, test.wall, s, got.Location(), test.want)
		}
	}
}

func TestAtCarriesOver(t *testing.T) {
	got := At(nil, 2025, 14, 0, 25, 61, 61)
	if want := time.Date(2026, 2, 1, 2, 2, 1, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Every instant is found again from what clocks show then, or an earlier one
// with the same wall time, whatever the year.
func TestAtFindsInstants(t *testing.T) {
	names := slices.Sorted(maps.Values(windowsDefault))
	rapid.Check(t, func(t *rapid.T) {
		iana, ok := modern(rapid.SampledFrom(names).Draw(t, "zone"))
		loc, err := Load(iana)
		if !ok || err != nil {
			t.Fatal(iana, err)
		}
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "unix"), 0).In(loc)
		got := At(loc, at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second())
		const wall = "2006-01-02T15:04:05"
		if got.After(at) || got.Format(wall) != at.Format(wall) {
			t.Fatal(fmt.Sprintf("%s became %s", at, got))
		}
	})
}
