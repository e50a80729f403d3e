package zone

import (
	"strings"
	"testing"
	"time"
)

var (
	euRules = Rules{Standard: 60, Daylight: 120, ToDaylight: Onset{time.March, 5, time.Sunday, 120}, ToStandard: Onset{time.October, 5, time.Sunday, 180}}
	odd     = Rules{Standard: 317, Daylight: 377, ToDaylight: Onset{time.April, 2, time.Friday, 24 * 60}, ToStandard: Onset{time.September, 5, time.Monday, 90}}
	south   = Rules{Standard: -210, Daylight: -150, ToDaylight: Onset{time.October, 1, time.Sunday, 0}, ToStandard: Onset{time.March, 5, time.Saturday, 180}}
)

// TestCustom: §8.4, a name made of rules stands for a zone that keeps them.
func TestCustom(t *testing.T) {
	for _, r := range []Rules{euRules, odd, south, {Standard: -570, Daylight: -570}, {}} {
		name, ok := Custom(r)
		if !ok {
			t.Fatalf("%+v has no name", r)
		}
		if iana, ok := Resolve(name); !ok || iana != name {
			t.Errorf("Resolve(%s) is %s, %v", name, iana, ok)
		}
		loc, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, year := range []int{1970, 1999, 2026, 2050} {
			checkRules(t, name, loc, r, year)
		}
	}
}

// checkRules walks a year day by day and compares clocks with what the rules say
// by themselves.
func checkRules(t *testing.T, name string, loc *time.Location, r Rules, year int) {
	t.Helper()
	on, off := r.ToDaylight.in(year), r.ToStandard.in(year)
	for day := 1; day <= 365; day++ {
		noon := time.Date(year, 1, day, 12, 0, 0, 0, time.UTC)
		want := r.Standard
		if r.Changes() && (on.Before(off) && noon.After(on) && noon.Before(off) || off.Before(on) && (noon.After(on) || noon.Before(off))) {
			want = r.Daylight
		}
		if d := noon.Sub(on).Abs(); d < 36*time.Hour {
			continue // the very day depends on the offset
		}
		if d := noon.Sub(off).Abs(); d < 36*time.Hour {
			continue
		}
		if _, got := noon.In(loc).Zone(); got != want*60 {
			t.Fatalf("%s on %s: %d s east, want %d min", name, noon.Format(time.DateOnly), got, want)
		}
	}
}

// in is the day of an onset, found by counting weekdays.
func (o Onset) in(year int) time.Time {
	var found time.Time
	for day, n := 1, 0; day <= 31; day++ {
		d := time.Date(year, o.Month, day, 0, 0, 0, 0, time.UTC)
		if d.Month() == o.Month && d.Weekday() == o.Weekday {
			if n++; n <= o.Week {
				found = d
			}
		}
	}
	return found.Add(time.Duration(o.Minute) * time.Minute)
}

func TestCustomOnsetIsExact(t *testing.T) {
	name, _ := Custom(odd)
	loc, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	// The second Friday of April 2026 is the 10th; its 24:00 is the 11th, 00:00.
	at := time.Date(2026, 4, 11, 0, 0, 0, 0, time.UTC).Add(-317 * time.Minute)
	_, before := at.Add(-time.Second).In(loc).Zone()
	_, after := at.In(loc).Zone()
	if before != 317*60 || after != 377*60 {
		t.Errorf("%d s before, %d s after", before, after)
	}
}

func TestCustomVTimezone(t *testing.T) {
	name, _ := Custom(odd)
	text, err := VTimezone(name, 2026, 2036)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TZID:" + name, "TZOFFSETFROM:+0517", "TZOFFSETTO:+0617", "RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=-1MO"} {
		if !strings.Contains(string(text), "\r\n"+want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestNamesThatCustomNeverMade(t *testing.T) {
	for _, name := range []string{
		"Custom/", "Custom/0100", "Custom/+9900", "Custom/+0100/+0100", "Custom/+0100/+0200/3-5-0-0200/3-5-0-0300", "Custom/+0100/+0200/13-5-0-0200/10-5-0-0300",
		"Custom/+0100/+0200/3-6-0-0200/10-5-0-0300", "Custom/+0100/+0200/3-5-7-0200/10-5-0-0300", "Custom/+0100/+0200/3-5-0-9900/10-5-0-0300", "Custom/+0100/+0200/03-5-0-0200/10-5-0-0300",
		"Custom/../etc/passwd", "custom/+0100", "Custom/+0100/", "Custom/+01:0",
	} {
		if loc, err := Load(name); err == nil {
			t.Errorf("%q is the zone %v", name, loc)
		}
	}
	for _, r := range []Rules{{Standard: 2000, Daylight: 2000}, {Daylight: 60}, {Standard: 60, Daylight: 120, ToDaylight: euRules.ToDaylight, ToStandard: euRules.ToDaylight}} {
		if name, ok := Custom(r); ok {
			t.Errorf("%+v is called %s", r, name)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name      string
		rules     Rules
		year      int
		preferred string
		want      string
	}{
		{"the mailbox's own zone first", euRules, 2026, "Europe/Paris", "Europe/Paris"},
		{"another one where that differs", euRules, 2026, "America/New_York", "Europe/Budapest"},
		{"without one", euRules, 2026, "", "Europe/Budapest"},
		{"New York's", Rules{-300, -240, Onset{time.November, 1, time.Sunday, 120}, Onset{time.March, 2, time.Sunday, 120}}, 2026, "", "America/New_York"},
		{"New York's, before 2007", Rules{-300, -240, Onset{time.October, 5, time.Sunday, 120}, Onset{time.April, 1, time.Sunday, 120}}, 2004, "America/New_York", "America/New_York"},
		{"New York's of before 2007, now", Rules{-300, -240, Onset{time.October, 5, time.Sunday, 120}, Onset{time.April, 1, time.Sunday, 120}}, 2026, "America/New_York", ""},
		{"a fixed offset", Rules{Standard: 60, Daylight: 60}, 2026, "", "Etc/GMT-1"},
		{"a fixed offset that the mailbox's zone keeps", Rules{Standard: 330, Daylight: 330}, 2026, "Asia/Kolkata", "Asia/Kolkata"},
		{"an offset that nobody has", Rules{Standard: 317, Daylight: 317}, 2026, "", ""},
		{"rules that nobody has", odd, 2026, "Europe/Berlin", ""},
	} {
		if got, ok := c.rules.Match(c.year, c.preferred); got != c.want || ok != (c.want != "") {
			t.Errorf("§8.4 %s: %q, %v, want %q", c.name, got, ok, c.want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		odd.Match(2026, "Europe/Berlin")
	}
}

func TestAlike(t *testing.T) {
	daily := func(zone string, days ...int) (list []time.Time) {
		loc, err := Load(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range days {
			list = append(list, time.Date(2026, 1, d, 9, 0, 0, 0, loc))
		}
		return list
	}
	for _, c := range []struct {
		name      string
		moments   []time.Time
		preferred string
		date      string
		want      string // "other" for any but the preferred one
	}{
		{"the mailbox's own zone", daily("Europe/Paris", 1, 75, 100, 200, 330), "Europe/Vienna", "", "Europe/Vienna"},
		{"another", daily("America/New_York", 1, 75, 100, 200, 330), "Europe/Vienna", "", "other"},
		{"no change of clocks between them", daily("America/New_York", 1, 2, 3), "Europe/Vienna", "", "Europe/Vienna"},
		{"none", append(daily("America/New_York", 1, 100), daily("Asia/Tokyo", 2, 101)...), "Europe/Vienna", "", ""},
		{"nothing to go by", nil, "Europe/Vienna", "", ""},
		{"no zone of its own", daily("Europe/Paris", 1, 75, 200), "", "", "other"},
		{"a day that it is nowhere", daily("America/New_York", 1, 2, 3), "Europe/Vienna", "2026-01-04", ""},
	} {
		date := "2026-01-01"
		if c.date != "" {
			date = c.date
		}
		got, ok := Alike(c.moments, date, c.preferred)
		if ok != (c.want != "") || c.want != "other" && got != c.want || c.want == "other" && got == c.preferred {
			t.Errorf("§8.4 %s: %q, %v, want %q", c.name, got, ok, c.want)
		}
		if loc, err := time.LoadLocation(got); ok {
			for _, m := range c.moments {
				if err != nil || m.In(loc).Format(time.TimeOnly) != c.moments[0].In(loc).Format(time.TimeOnly) {
					t.Errorf("§8.4 %s: %v is at %v in %s", c.name, m, m.In(loc), got)
				}
			}
		}
	}
}
