//go:build engines

package graphsync

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/bridge/zone"
)

// Engines that nobody here wrote expand what Render writes. ical.js comes
// first: it is what Thunderbird runs, and it reads rules in its own way where
// others agree. libical is what Evolution and GNOME Calendar run.
var engines = map[string][]string{
	"ical.js": {"node", "../.ci/engines/icaljs.mjs"},
	"libical": {"/usr/bin/python3", "../.ci/engines/libical.py"},
}

type job struct {
	ID   string `json:"id"`
	ICS  string `json:"ics"`
	From string `json:"from"`
	To   string `json:"to"`
}

func run(t *testing.T, argv []string, jobs []job) map[string][]string {
	t.Helper()
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", argv, err)
	}
	var found map[string][]string
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEngines(t *testing.T) {
	var jobs []job
	want := map[string][]string{}
	for _, v := range vectors(t) {
		obj, err := ics.Render(*v.series(t), testEnv)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, job{v.ID, string(obj.Body), v.Window.Start.at.Format(time.RFC3339), v.Window.End.at.Format(time.RFC3339)})
		want[v.ID] = v.Expect.Instances
	}
	for _, s := range slices.Concat(monthEnds(), traps()) {
		obj, err := ics.Render(s, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		from, to := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC)
		jobs = append(jobs, job{s.UID, string(obj.Body), from.Format(time.RFC3339), to.Format(time.RFC3339)})
		for d := range s.Rule.Dates() {
			if at := d.Time().Add(s.Master.Start.Sub(s.Master.Start.Truncate(24 * time.Hour))); at.Before(to) {
				want[s.UID] = append(want[s.UID], at.Format(time.RFC3339))
			} else {
				break
			}
		}
	}
	for _, c := range ownClocks() {
		obj, err := ics.Render(c.series, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, job{c.series.UID, string(obj.Body), "2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z"})
		want[c.series.UID] = c.want
	}
	for name, argv := range engines {
		t.Run(name, func(t *testing.T) {
			found := run(t, argv, jobs)
			for _, j := range jobs {
				if diff := cmp.Diff(want[j.ID], found[j.ID]); diff != "" {
					t.Errorf("%s (-want +got):\n%s\n%s", j.ID, diff, j.ICS)
				}
			}
		})
	}
}

// ownClock is a daily series in a zone that somebody made up, with its starts.
type ownClock struct {
	series bridge.Series
	want   []string
}

// ownClocks are series at 09:00 in two such zones, one of each half of the
// earth. When their clocks change is found by counting weekdays.
func ownClocks() (list []ownClock) {
	for _, z := range []struct {
		rules        zone.Rules
		north        bool
		summer, back func(year int) bridge.Date // the first whole day of each
	}{
		{zone.Rules{Standard: 317, Daylight: 377, ToDaylight: zone.Onset{Month: time.April, Week: 2, Weekday: time.Friday, Minute: 120}, ToStandard: zone.Onset{Month: time.September, Week: 5, Weekday: time.Monday, Minute: 90}},
			true, func(y int) bridge.Date { return nthDay(y, time.April, time.Friday, 2) }, func(y int) bridge.Date { return nthDay(y, time.September, time.Monday, 5) }},
		{zone.Rules{Standard: -210, Daylight: -150, ToDaylight: zone.Onset{Month: time.October, Week: 1, Weekday: time.Sunday, Minute: 60}, ToStandard: zone.Onset{Month: time.March, Week: 5, Weekday: time.Saturday, Minute: 180}},
			false, func(y int) bridge.Date { return nthDay(y, time.October, time.Sunday, 1) }, func(y int) bridge.Date { return nthDay(y, time.March, time.Saturday, 5) }},
	} {
		name, ok := zone.Custom(z.rules)
		if !ok {
			panic("these rules have no name")
		}
		first := bridge.DateOf(2026, time.January, 5)
		c := ownClock{}
		for d := first; d < bridge.DateOf(2029, time.January, 1); d++ {
			year, _, _ := d.Civil()
			summer := d >= z.summer(year) && d < z.back(year)
			if !z.north {
				summer = d >= z.summer(year) || d < z.back(year)
			}
			offset := z.rules.Standard
			if summer {
				offset = z.rules.Daylight
			}
			c.want = append(c.want, d.Time().Add(9*time.Hour-time.Duration(offset)*time.Minute).Format(time.RFC3339))
		}
		start, err := time.Parse(time.RFC3339, c.want[0])
		if err != nil {
			panic(err)
		}
		c.series = bridge.Series{Source: bridge.SourceID(name), Claim: name, UID: name, Zone: name,
			Rule:   &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1, Start: first, End: bridge.MaxDate},
			Master: bridge.Event{Start: start, End: start.Add(time.Hour), Subject: name}}
		list = append(list, c)
	}
	return list
}

// nthDay is the n-th of a weekday in a month, or the last before a fifth.
func nthDay(year int, month time.Month, day time.Weekday, n int) (found bridge.Date) {
	for d := bridge.DateOf(year, month, 1); d < bridge.DateOf(year, month+1, 1); d++ {
		if d.Weekday() == day && n > 0 {
			found = d
			n--
		}
	}
	return found
}

// monthEnds are series on the last days of a month that begin in a February
// and elsewhere, with every kind of range, in UTC.
func monthEnds() (list []bridge.Series) {
	for _, day := range []int{28, 29, 30, 31} {
		for _, start := range []string{"2023-02-28", "2024-02-29", "2023-04-30", "2023-01-31", "2022-12-29"} {
			for _, interval := range []int{1, 2, 3, 12} {
				for _, limit := range []string{"none", "count", "end"} {
					list = append(list, monthEnd(day, start, interval, limit))
				}
			}
		}
	}
	return list
}

// traps are series whose plain rules one of the engines misreads.
func traps() (list []bridge.Series) {
	for _, interval := range []int{2, 3, 5} {
		s := monthEnd(31, "2021-01-31", interval, "none")
		s.Rule.Pattern, s.Rule.Month, s.Rule.Days, s.Rule.Index = bridge.RelativeYearly, time.January, bridge.AllDays, bridge.Last
		list = append(list, renamed(s, "last of January"))
		for first := time.Sunday; first <= time.Saturday; first++ {
			for _, days := range []bridge.Weekdays{bridge.WeekdaysOf(time.Tuesday, time.Friday), bridge.WeekdaysOf(time.Monday, time.Thursday, time.Sunday)} {
				s := monthEnd(31, "2021-01-01", interval, "none") // a Friday
				s.Rule.Pattern, s.Rule.FirstDay, s.Rule.Days = bridge.Weekly, first, days
				list = append(list, renamed(s, fmt.Sprint("weeks cut at ", first, days)))
			}
		}
	}
	return list
}

func renamed(s bridge.Series, name string) bridge.Series {
	name += s.UID
	s.Source, s.UID, s.Claim, s.Master.Subject = bridge.SourceID(name), name, name, name
	return s
}

func monthEnd(day int, start string, interval int, limit string) bridge.Series {
	first, err := bridge.ParseDate(start)
	if err != nil {
		panic(err)
	}
	r := &bridge.Recurrence{Pattern: bridge.AbsoluteMonthly, Interval: interval, DayOfMonth: day, Start: first, End: bridge.MaxDate}
	switch limit {
	case "count":
		r.Count = 17
	case "end":
		r.End = bridge.DateOf(2027, time.March, 1)
	}
	at := first.Time().Add(10 * time.Hour)
	id := time.Duration(day*interval).String() + start + limit
	return bridge.Series{Source: bridge.SourceID(id), UID: id, Claim: id, Zone: "UTC", Rule: r,
		Master: bridge.Event{Start: at, End: at.Add(time.Hour), StartZone: "UTC", EndZone: "UTC", Subject: id}}
}
