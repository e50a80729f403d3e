package zone

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// madeUp builds a zone that no release of the database changes: it keeps the
// first offset until the moment, and a POSIX rule from there on.
func madeUp(t *testing.T, before time.Duration, moment time.Time, rule string) *time.Location {
	t.Helper()
	var b bytes.Buffer
	block := func(version byte, wide bool) {
		b.WriteString("TZif")
		b.WriteByte(version)
		b.Write(make([]byte, 15))
		for _, count := range []uint32{0, 0, 0, 1, 1, 4} { // one change, one type, "LMT\0"
			binary.Write(&b, binary.BigEndian, count)
		}
		if wide {
			binary.Write(&b, binary.BigEndian, moment.Unix())
		} else {
			binary.Write(&b, binary.BigEndian, int32(0))
		}
		b.WriteByte(0)
		binary.Write(&b, binary.BigEndian, int32(before.Seconds()))
		b.Write([]byte{0, 0})
		b.WriteString("OLD\x00")
	}
	block('2', false)
	block('2', true)
	fmt.Fprintf(&b, "\n%s\n", rule)
	loc, err := time.LoadLocationFromTZData("Test/Zone", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestVTimezoneText compares with texts that were checked by eye, for the kinds
// of rules there are.
func TestVTimezoneText(t *testing.T) {
	always := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)
	later := time.Date(2018, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		before time.Duration
		moment time.Time
		rule   string
		first  int
	}{
		{"berlin", time.Hour, always, "CET-1CEST,M3.5.0,M10.5.0/3", 2024},
		{"new-york", -5 * time.Hour, always, "EST5EDT,M3.2.0,M11.1.0", 2024},
		{"cairo", 2 * time.Hour, always, "EET-2EEST,M4.5.5/0,M10.5.4/24", 2024},
		{"nuuk", -2 * time.Hour, always, "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2024},
		{"dublin", time.Hour, always, "IST-1GMT0,M10.5.0,M3.5.0/1", 2024},
		{"lord-howe", 10 * time.Hour, always, "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2024},
		{"kolkata", 5*time.Hour + 30*time.Minute, always, "IST-5:30", 2024},
		{"summer-time-introduced", time.Hour, later, "CET-1CEST,M3.5.0,M10.5.0/3", 2015},
		{"offset-moved", 3 * time.Hour, later, "<+04>-4", 2015},
		{"offset-moved-long-ago", 3 * time.Hour, later, "<+04>-4", 2024},
	} {
		t.Run(test.name, func(t *testing.T) {
			loc := madeUp(t, test.before, test.moment, test.rule)
			got := string(render("Test/Zone", observances(loc, test.first, 2026)))
			golden(t, filepath.Join("testdata", test.name+".ics"), got)
		})
	}
}

// golden compares with a file whose lines end as those of a text file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if n := strings.Count(got, "\n"); n != strings.Count(got, "\r\n") {
		t.Error("lines do not end in CRLF")
	}
	got = strings.ReplaceAll(got, "\r\n", "\n")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Texts stay short enough to be put into every object and every feed.
func TestVTimezoneSize(t *testing.T) {
	for _, name := range slices.Sorted(maps.Values(spelling)) {
		for first, limit := range map[int]int{1970: 199, 1990: 199, 2024: 80} {
			text, err := VTimezone(name, first, proofHorizon)
			if _, old := renamed[name]; err != nil && old {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			n := bytes.Count(text, []byte("\n"))
			if ordinary := !bytes.Contains(text, []byte("RDATE")); first == 2024 && ordinary {
				limit = 39
			}
			if n > limit {
				t.Errorf("%s from %d has %d lines", name, first, n)
			}
		}
	}
}

// What is in force at the beginning stands first, and fixed zones are fixed.
func TestVTimezoneOrder(t *testing.T) {
	for _, name := range slices.Sorted(maps.Values(windowsDefault)) {
		text, err := VTimezone(name, 2024, proofHorizon)
		if err != nil {
			t.Fatal(err)
		}
		_, first, _ := bytes.Cut(text, []byte("DTSTART:"))
		if start := string(first[:15]); start >= "20240101T030000" {
			t.Errorf("%s begins with %s", name, start)
		}
		head := []byte("X-LIC-LOCATION:" + name + "\r\nBEGIN:STANDARD\r\n")
		fixed := bytes.Count(text, []byte("BEGIN:")) == 2
		if fixed && (!bytes.Contains(text, head) || !strings.HasSuffix(string(first), "19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")) {
			t.Errorf("%s is fixed:\n%s", name, text)
		}
	}
}

// Years out of range are taken for the nearest in range.
func TestVTimezoneYears(t *testing.T) {
	for _, test := range []struct{ first, horizon, sameFirst, sameHorizon int }{
		{1601, 2030, 1970, 2030},
		{math.MinInt, math.MinInt, 1970, 1970},
		{2024, 1999, 2024, 2024},
		{math.MaxInt, math.MaxInt, 2100, 2100},
	} {
		got, err := VTimezone("America/Santiago", test.first, test.horizon)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := VTimezone("America/Santiago", test.sameFirst, test.sameHorizon)
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%+v:\n%s", test, diff)
		}
	}
}

// In February the fourth Sunday is the last one for decades, until it is not.
func TestVTimezoneTellsFourthFromLast(t *testing.T) {
	always := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)
	for rule, want := range map[string]string{"M2.4.0": "BYDAY=4SU\r\n", "M2.5.0": "BYDAY=-1SU\r\n"} {
		loc := madeUp(t, time.Hour, always, "CET-1CEST,"+rule+",M10.1.0")
		text := render("Test/Zone", observances(loc, 2016, 2016))
		if !bytes.Contains(text, []byte("BYMONTH=2;"+want)) {
			t.Errorf("%s is not written %q:\n%s", rule, want, text)
		}
	}
}

// Liberia's offset had seconds until 1972. The text drops them, and still has
// the change at its moment.
func TestVTimezoneWholeMinutes(t *testing.T) {
	moment := time.Date(1972, 1, 7, 0, 44, 30, 0, time.UTC)
	loc := madeUp(t, -(44*time.Minute + 30*time.Second), moment, "GMT0")
	text := string(render("Test/Zone", observances(loc, 1970, 2030)))
	r, err := readTimezone(text, 2030)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if last := r.onsets[len(r.onsets)-1]; last.at != moment.Unix() || last.from != -44*60 {
		t.Errorf("%+v\n%s", last, text)
	}
}

func TestVTimezoneUnknown(t *testing.T) {
	for _, name := range []string{"", "Local", "W. Europe Standard Time", "A/B\r\nX:Y"} {
		if text, err := VTimezone(name, 2024, 2030); text != nil || !errors.Is(err, ErrUnknown) {
			t.Errorf("VTimezone(%q) = %q, %v", name, text, err)
		}
	}
}

// The caller may write into what it gets, and goroutines may ask together.
func TestVTimezoneIsTheCallers(t *testing.T) {
	want, err := VTimezone("Europe/Berlin", 2020, 2030)
	if err != nil {
		t.Fatal(err)
	}
	want = bytes.Clone(want)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			got, err := VTimezone("Europe/Berlin", 2020, 2030)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("got %q, %v", got, err)
			}
			clear(got)
		})
	}
	wg.Wait()
}

func TestRenderedIsBounded(t *testing.T) {
	for i := range maxRendered + 10 {
		keep(rendering{"Test/Zone", i, i}, []byte("x"))
	}
	rendered.RLock()
	n := len(rendered.text)
	rendered.RUnlock()
	if n > maxRendered {
		t.Errorf("%d texts kept", n)
	}
	clear(rendered.text)
}
