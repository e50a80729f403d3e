//go:build engines

package zone

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEveryHour is TestVTimezoneAgreesWithZone without leaving out an hour.
func TestEveryHour(t *testing.T) {
	t.Run("host", func(t *testing.T) { everyHour(t, slices.Sorted(maps.Values(spelling)), Load) })
	t.Run("go", func(t *testing.T) {
		names, load := goZones(t)
		everyHour(t, names, load)
	})
}

func everyHour(t *testing.T, names []string, load func(string) (*time.Location, error)) {
	hours := make(chan int, len(names))
	each(runtime.GOMAXPROCS(0), slices.Compact(names), func(name string) {
		loc, err := load(name)
		if err != nil {
			if renamed[name] == "" {
				t.Errorf("%s: %v", name, err)
			}
			return
		}
		text := string(render(name, observances(loc, proofFirst, proofHorizon)))
		r, err := readTimezone(text, proofLast)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			return
		}
		n, err := agree(r, loc)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		hours <- n
	})
	close(hours)
	sum := 0
	for n := range hours {
		sum += n
	}
	t.Logf("%d hours of %d zones agree", sum, len(names))
}

func agree(r *reader, loc *time.Location) (hours int, err error) {
	at := time.Date(proofFirst, 1, 1, 0, 0, 0, 0, loc).Truncate(time.Hour).Add(time.Hour).Unix()
	end := time.Date(proofLast+1, 1, 1, 0, 0, 0, 0, loc).Unix()
	i := 0
	for ; at < end; at += 3600 {
		for i+1 < len(r.onsets) && r.onsets[i+1].at <= at {
			i++
		}
		_, offset := time.Unix(at, 0).In(loc).Zone()
		if r.onsets[i].at > at || r.onsets[i].to != offset {
			return hours, fmt.Errorf("at %d read %+v, want %d", at, r.onsets[i], offset)
		}
		hours++
	}
	return hours, nil
}

// TestEngineZones lets ical.js (Thunderbird) and libical (Evolution, GNOME) say
// when local times are, by our VTIMEZONEs alone: some in each quarter from 1990
// to 2040, and three hours before and behind each change. Names are made up, so
// that no engine takes rules of its own.
func TestEngineZones(t *testing.T) {
	type job struct {
		ID   string `json:"id"`
		ICS  string `json:"ics"`
		From string `json:"from"`
		To   string `json:"to"`
	}
	var jobs []job
	want := map[string][]string{}
	for _, windows := range slices.Sorted(maps.Keys(windowsDefault)) {
		name, ok := Resolve(windows)
		if !ok || want[name] != nil {
			continue
		}
		text, instants := zoneFile(t, name)
		want[name] = instants
		jobs = append(jobs, job{name, text, "1980", "2100"})
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	for engine, argv := range map[string][]string{
		"ical.js": {"node", "../../.ci/engines/icaljs.mjs"}, "libical": {"/usr/bin/python3", "../../.ci/engines/libical.py"},
	} {
		t.Run(engine, func(t *testing.T) {
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var got map[string][]string
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			sum := 0
			for _, j := range jobs {
				sum += len(want[j.ID])
				if diff := cmp.Diff(want[j.ID], got[j.ID]); diff != "" {
					t.Errorf("%s (-want +%s):\n%s", j.ID, engine, diff[:min(len(diff), 1500)])
				}
			}
			t.Logf("%d local times in %d zones agree", sum, len(jobs))
		})
	}
}

// zoneFile returns a calendar with an event at each of many instants, in local
// time of the zone, and the instants.
func zoneFile(t *testing.T, name string) (text string, instants []string) {
	loc, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Time
	for year := proofFirst; year <= proofLast; year++ {
		for month := time.January; month <= time.December; month += 3 {
			all = append(all, time.Date(year, month, 15, 12, 0, 0, 0, time.UTC))
		}
	}
	for _, at := range samplesOf(loc) {
		_, before := time.Unix(at-1, 0).In(loc).Zone()
		if _, after := time.Unix(at, 0).In(loc).Zone(); before != after {
			all = append(all, time.Unix(at-3*3600, 0), time.Unix(at+3*3600, 0))
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	zone := string(render(name, observances(loc, proofFirst, proofHorizon)))
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n" + strings.ReplaceAll(zone, name, "Made/Up"))
	for i, at := range all {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Made/Up:%s\r\nEND:VEVENT\r\n", i, stamp(at.In(loc)))
		instants = append(instants, at.UTC().Format(time.RFC3339))
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String(), instants
}
