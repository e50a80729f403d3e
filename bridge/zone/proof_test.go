package zone

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teambition/rrule-go"
)

// Years that the proof covers. Lists of dates reach ten years behind the
// horizon, so that this is all of them.
const (
	proofFirst   = 1990
	proofLast    = 2040
	proofHorizon = proofLast - listed
	proofOpen    = 2095 // for zones with open rules
)

// TestVTimezoneAgreesWithZone reads what VTimezone writes for every zone there
// is and compares the offsets with those of the zone itself.
func TestVTimezoneAgreesWithZone(t *testing.T) {
	t.Run("host", func(t *testing.T) {
		proveAll(t, slices.Sorted(maps.Values(spelling)), Load)
	})
	t.Run("go", func(t *testing.T) {
		names, load := goZones(t)
		proveAll(t, names, load)
	})
}

func proveAll(t *testing.T, names []string, load func(string) (*time.Location, error)) {
	names = slices.Compact(names)
	proved := 0
	var mu sync.Mutex
	each(runtime.GOMAXPROCS(0), names, func(name string) {
		loc, err := load(name)
		if _, old := renamed[name]; err != nil && old {
			return
		}
		if err == nil {
			err = prove(name, loc)
		}
		mu.Lock()
		defer mu.Unlock()
		proved++
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	t.Logf("%d zones agree", proved)
	if proved < 400 {
		t.Errorf("only %d zones", proved)
	}
}

// each calls do for every name, from several goroutines.
func each(workers int, names []string, do func(string)) {
	queue := make(chan string)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for name := range queue {
				do(name)
			}
		})
	}
	for _, name := range names {
		queue <- name
	}
	close(queue)
	wg.Wait()
}

func prove(name string, loc *time.Location) error {
	samples, later := samplesOf(loc), samplesBehind()
	for _, first := range []int{proofFirst, 2007, 2024} {
		text := string(render(name, observances(loc, first, proofHorizon)))
		r, err := readTimezone(text, proofOpen)
		if err != nil {
			return fmt.Errorf("from %d: %w\n%s", first, err, text)
		}
		all := samples
		if r.open {
			all = slices.Concat(samples, later)
		}
		if err := compare(r, loc, all, first); err != nil {
			return fmt.Errorf("from %d: %w\n%s", first, err, text)
		}
	}
	return nil
}

func compare(r *reader, loc *time.Location, samples []int64, first int) error {
	start := time.Date(first, 1, 1, 0, 0, 0, 0, loc).Unix()
	for _, at := range samples {
		if at < start {
			continue
		}
		want := time.Unix(at, 0).In(loc)
		_, offset := want.Zone()
		if got, ok := r.offset(at); !ok || got != offset {
			return fmt.Errorf("at %s read %d (%t), want %d", want.Format(time.RFC3339), got, ok, offset)
		}
	}
	if r.onsets[0].at > start {
		return fmt.Errorf("nothing is in force at the start of %d", first)
	}
	for i := 1; i < len(r.onsets); i++ {
		if a, b := r.onsets[i-1], r.onsets[i]; a.to != b.from || a.wall >= b.wall {
			return fmt.Errorf("%+v does not lead to %+v", a, b)
		}
	}
	return nil
}

// samplesOf finds the changes of a zone by looking at every day, and returns
// the instants around each and some full hours.
func samplesOf(loc *time.Location) []int64 {
	offset := func(at int64) int {
		_, seconds := time.Unix(at, 0).In(loc).Zone()
		return seconds
	}
	var samples []int64
	begin := time.Date(proofFirst-1, 12, 31, 0, 0, 0, 0, time.UTC).Unix()
	end := time.Date(proofLast+1, 1, 1, 0, 0, 0, 0, loc).Unix()
	const day = 86400
	was := offset(begin)
	for at := begin + day; at < end; at += day {
		now := offset(at)
		if now != was {
			low, high := at-day, at
			for high-low > 1 {
				if mid := (low + high) / 2; offset(mid) == was {
					low = mid
				} else {
					high = mid
				}
			}
			samples = append(samples, high-3600, high-1, high, high+1, high+3600)
			was = now
		}
		if at/day%7 == 0 {
			samples = append(samples, at+at/day%24*3600)
		}
	}
	return slices.DeleteFunc(samples, func(at int64) bool { return at >= end })
}

// samplesBehind looks at every tenth day from where the lists end, which is
// enough to see a rule go wrong.
func samplesBehind() []int64 {
	var samples []int64
	for d := time.Date(proofLast+1, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < proofOpen; d = d.AddDate(0, 0, 10) {
		samples = append(samples, d.Unix())
	}
	return samples
}

// goZones opens the zones that come with the Go release, whatever the host has.
// A distribution may leave them out: then there are the host's only.
func goZones(t *testing.T) ([]string, func(string) (*time.Location, error)) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if errors.Is(err, fs.ErrNotExist) {
		return slices.Sorted(maps.Values(spelling)), Load
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { archive.Close() })
	files := make(map[string]*zip.File)
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			files[f.Name] = f
		}
	}
	return slices.Sorted(maps.Keys(files)), func(name string) (*time.Location, error) {
		r, err := files[name].Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		return time.LoadLocationFromTZData(name, data)
	}
}

// TestReaderAgreesWithLibrary keeps the proof honest: the reader's own
// expansion of rules is that of rrule-go.
func TestReaderAgreesWithLibrary(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Tehran"} {
		text, err := VTimezone(name, 1975, proofHorizon)
		if err != nil {
			t.Fatal(err)
		}
		r, err := readTimezone(string(text), proofLast)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range r.rules {
			compareRule(t, name, rule, r.onsets)
		}
	}
}

func compareRule(t *testing.T, name, rule string, onsets []onset) {
	var start, text string
	var from int
	if _, err := fmt.Sscan(rule, &start, &from, &text); err != nil {
		t.Fatal(err)
	}
	option, err := rrule.StrToROption(text)
	if err != nil {
		t.Fatalf("%s: %q: %v", name, rule, err)
	}
	if option.Dtstart, err = time.Parse(layout, start); err != nil {
		t.Fatal(err)
	}
	end := time.Date(proofLast, 12, 31, 0, 0, 0, 0, time.UTC)
	if !option.Until.IsZero() {
		option.Until = option.Until.Add(time.Duration(from) * time.Second)
		end = option.Until
	}
	set, err := rrule.NewRRule(*option)
	if err != nil {
		t.Fatalf("%s: %q: %v", name, rule, err)
	}
	var got []int64
	for _, o := range onsets {
		if w := time.Unix(o.wall, 0).UTC(); o.from == from && falling(w, option) && !w.Before(option.Dtstart) && !w.After(end) {
			got = append(got, o.wall)
		}
	}
	var want []int64
	for _, w := range set.Between(option.Dtstart, end, true) {
		want = append(want, w.Unix())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %q (-library +reader):\n%s", name, rule, diff)
	}
}

// falling picks the onsets that may belong to a rule among all of a zone.
func falling(w time.Time, o *rrule.ROption) bool {
	return int(w.Month()) == o.Bymonth[0] && (int(w.Weekday())+6)%7 == o.Byweekday[0].Day()
}
