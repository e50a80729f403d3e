package bridge

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// genRecurrence draws any recurrence that Outlook could hold.
func genRecurrence(t *rapid.T) *Recurrence {
	r := &Recurrence{
		Pattern:    rapid.SampledFrom([]Pattern{Daily, Weekly, AbsoluteMonthly, RelativeMonthly, AbsoluteYearly, RelativeYearly}).Draw(t, "pattern"),
		Interval:   rapid.IntRange(1, 7).Draw(t, "interval"),
		Days:       Weekdays(rapid.IntRange(1, 127).Draw(t, "days")),
		FirstDay:   time.Weekday(rapid.IntRange(0, 6).Draw(t, "first day")),
		DayOfMonth: rapid.IntRange(1, 31).Draw(t, "day"),
		Month:      time.Month(rapid.IntRange(1, 12).Draw(t, "month")),
		Index:      rapid.SampledFrom([]int{1, 2, 3, 4, Last}).Draw(t, "index"),
		Start:      DateOf(2019, 1, 1) + Date(rapid.IntRange(0, 2000).Draw(t, "start")),
		End:        MaxDate,
	}
	switch rapid.IntRange(0, 2).Draw(t, "range") {
	case 1:
		r.Count = rapid.IntRange(1, 40).Draw(t, "count")
	case 2:
		r.End = r.Start + Date(rapid.IntRange(-10, 3000).Draw(t, "length"))
	}
	return r
}

// scan works out, day by day and from the documentation's words alone, whether
// the pattern has a day.
func scan(r *Recurrence, d Date) bool {
	y, m, day := d.Civil()
	y0, m0, _ := r.Start.Civil()
	last := daysIn(y, m)
	clamped := day == r.DayOfMonth || day == last && r.DayOfMonth > last
	nth := func() bool {
		var set []int
		for i := 1; i <= last; i++ {
			if r.Days.Has(DateOf(y, m, i).Weekday()) {
				set = append(set, i)
			}
		}
		i := r.Index - 1
		if r.Index == Last {
			i = len(set) - 1
		}
		return i >= 0 && i < len(set) && set[i] == day
	}
	months, weekStart := (y-y0)*12+int(m-m0), func(x Date) Date {
		for x.Weekday() != r.FirstDay {
			x--
		}
		return x
	}
	switch r.Pattern {
	case Daily:
		return int(d-r.Start)%r.Interval == 0
	case Weekly:
		return r.Days.Has(d.Weekday()) && int(weekStart(d)-weekStart(r.Start))/7%r.Interval == 0
	case AbsoluteMonthly:
		return clamped && months%r.Interval == 0
	case RelativeMonthly:
		return nth() && months%r.Interval == 0
	case AbsoluteYearly:
		return clamped && m == r.Month && (y-y0)%r.Interval == 0
	}
	return nth() && m == r.Month && (y-y0)%r.Interval == 0
}

func TestDatesAreThoseOfAScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := genRecurrence(t)
		limit := r.Start + 4000
		var want []Date
		for d := r.Start; d <= min(r.End, limit) && (r.Count == 0 || len(want) < r.Count); d++ {
			if scan(r, d) {
				want = append(want, d)
			}
		}
		var got []Date
		for d := range r.Dates() {
			if d > limit {
				break
			}
			got = append(got, d)
		}
		if !slices.Equal(want, got) {
			t.Fatalf("%+v\nwant %v\ngot  %v", r, want, got)
		}
		bounded := r.Bounded()
		for d := r.Start - 40; d < limit; d += Date(rapid.IntRange(1, 90).Draw(t, "step")) {
			is := slices.Contains(want, d)
			if len(want) == r.Count && r.Count > 0 || d <= limit {
				if r.Has(d) != is || bounded.Has(d) != is {
					t.Fatalf("%+v: Has(%v) = %v, bounded %v, want %v", r, d, r.Has(d), bounded.Has(d), is)
				}
			}
		}
	})
}

func TestRecurrencesEnd(t *testing.T) {
	for _, r := range []Recurrence{
		{Pattern: Daily, Interval: 10_000, Start: MinDate, End: MaxDate},
		{Pattern: RelativeMonthly, Interval: 1, Start: MinDate, End: MaxDate}, // an empty set of days
		{Pattern: Weekly, Interval: 1, Start: MinDate, End: MaxDate},
		{Pattern: AbsoluteYearly, Month: time.May, DayOfMonth: 31, Start: MaxDate - 400, End: MaxDate},
		{},
	} {
		n := 0
		for range r.Dates() {
			n++
		}
		if n > 1_000_000 {
			t.Errorf("%+v has %d dates", r, n)
		}
	}
}
