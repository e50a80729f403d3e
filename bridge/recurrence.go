package bridge

import (
	"iter"
	"time"
)

// Pattern is the kind of a recurrence (Graph recurrencePattern.type).
type Pattern string

// The six patterns that Graph documents. Monthly and yearly patterns are
// absolute (a day of the month) or relative (the n-th of a set of weekdays).
const (
	Daily           Pattern = "daily"
	Weekly          Pattern = "weekly"
	AbsoluteMonthly Pattern = "absoluteMonthly"
	RelativeMonthly Pattern = "relativeMonthly"
	AbsoluteYearly  Pattern = "absoluteYearly"
	RelativeYearly  Pattern = "relativeYearly"
)

// Last as an Index means the last of the set in the month.
const Last = -1

// Weekdays is a set of days of the week; bit i stands for time.Weekday(i).
type Weekdays uint8

// WeekdaysOf returns the set of the given days.
func WeekdaysOf(days ...time.Weekday) (set Weekdays) {
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

// AllDays is the set of all seven days.
const AllDays Weekdays = 1<<7 - 1

// Has reports whether the set holds d.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// List returns the days of the set, Sunday first.
func (w Weekdays) List() []time.Weekday {
	var days []time.Weekday
	for d := time.Sunday; d <= time.Saturday; d++ {
		if w.Has(d) {
			days = append(days, d)
		}
	}
	return days
}

// Recurrence is a pattern with its range, with the meaning that Outlook gives
// it (Graph patternedRecurrence, [MS-OXOCAL] §2.2.1.44). Its dates are days in
// the zone of the series.
//
// A day of the month past the end of a month falls on the month's last day. A
// relative pattern has one date per month: the n-th day of the month among the
// days of the set. Weeks are cut at FirstDay and counted from the week of
// Start.
type Recurrence struct {
	Pattern    Pattern      `json:"pattern"`
	Interval   int          `json:"interval"` // at least 1
	Days       Weekdays     `json:"days,omitempty"`
	FirstDay   time.Weekday `json:"firstDay,omitempty"`
	DayOfMonth int          `json:"dayOfMonth,omitempty"`
	Month      time.Month   `json:"month,omitempty"`
	Index      int          `json:"index,omitempty"` // 1 to 4, or Last

	Start Date `json:"start"`
	End   Date `json:"end,omitempty"`   // inclusive; MaxDate where there is no end
	Count int  `json:"count,omitempty"` // dates in all; 0 where the range is not counted
}

// Endless reports whether the recurrence goes on for ever.
func (r *Recurrence) Endless() bool { return r.Count == 0 && r.End >= MaxDate }

// Dates yields the dates of the recurrence in order. Cancelled and moved
// instances are dates like any other. An endless recurrence yields until
// MaxDate, so callers stop by themselves.
func (r *Recurrence) Dates() iter.Seq[Date] {
	return func(yield func(Date) bool) {
		n := 0
		for d := range r.unbounded() {
			if d > r.End || d > MaxDate {
				return
			}
			n++
			if !yield(d) || n == r.Count {
				return
			}
		}
	}
}

// First returns the first date; ok is false where the range holds none.
func (r *Recurrence) First() (first Date, ok bool) {
	for d := range r.Dates() {
		return d, true
	}
	return 0, false
}

// Bounded returns the same dates as a recurrence without Count: End is its last
// date, so that Has no longer has to count.
func (r *Recurrence) Bounded() *Recurrence {
	b := *r
	if r.Count == 0 {
		return &b
	}
	b.Count, b.End = 0, r.Start-1
	for d := range r.Dates() {
		b.End = d
	}
	return &b
}

// Has reports whether d is a date of the recurrence.
func (r *Recurrence) Has(d Date) bool {
	if r.Count > 0 {
		return r.Bounded().Has(d)
	}
	if d < r.Start || d > r.End || d > MaxDate {
		return false
	}
	k, inStep := r.steps(d)
	found := false
	if inStep {
		r.period(k, func(x Date) bool {
			found = x == d
			return !found
		})
	}
	return found
}

// steps tells in which period from Start d lies, and whether the recurrence
// visits that period.
func (r *Recurrence) steps(d Date) (k int, visited bool) {
	y0, m0, _ := r.Start.Civil()
	y, m, _ := d.Civil()
	switch r.Pattern {
	case Daily:
		k = int(d - r.Start)
	case Weekly:
		k = int(d-r.weekStart(0)) / 7
	case AbsoluteMonthly, RelativeMonthly:
		k = (y-y0)*12 + int(m-m0)
	default:
		k = y - y0
	}
	return k, k%max(r.Interval, 1) == 0
}

// unbounded yields the dates from Start on, past End and Count, to MaxDate.
func (r *Recurrence) unbounded() iter.Seq[Date] {
	step := max(r.Interval, 1)
	return func(yield func(Date) bool) {
		for k := 0; ; k += step {
			past, ok := r.period(k, yield)
			if past || !ok {
				return
			}
		}
	}
}

// period yields the dates of the k-th day, week, month or year from Start.
// past tells that the period lies beyond MaxDate.
func (r *Recurrence) period(k int, yield func(Date) bool) (past, ok bool) {
	switch r.Pattern {
	case Daily:
		d := r.Start + Date(k)
		return d > MaxDate, d > MaxDate || yield(d)
	case Weekly:
		return r.week(k, yield)
	case AbsoluteMonthly, RelativeMonthly:
		y, m, _ := r.Start.Civil()
		return r.month(y, m+time.Month(k), yield)
	default:
		y, _, _ := r.Start.Civil()
		return r.month(y+k, r.Month, yield)
	}
}

func (r *Recurrence) week(k int, yield func(Date) bool) (past, ok bool) {
	first := r.weekStart(k)
	if first > MaxDate || r.Days == 0 {
		return true, true
	}
	for d := first; d < first+7; d++ {
		if d >= r.Start && r.Days.Has(d.Weekday()) && !yield(d) {
			return false, false
		}
	}
	return false, true
}

func (r *Recurrence) weekStart(k int) Date {
	return r.Start - Date((r.Start.Weekday()-r.FirstDay+7)%7) + Date(7*k)
}

func (r *Recurrence) month(year int, month time.Month, yield func(Date) bool) (past, ok bool) {
	year, month, _ = DateOf(year, month, 1).Civil()
	if year > 9999 {
		return true, true
	}
	d, found := r.dayIn(year, month)
	return false, !found || d < r.Start || yield(d)
}

func (r *Recurrence) dayIn(year int, month time.Month) (Date, bool) {
	last := daysIn(year, month)
	if r.Pattern == AbsoluteMonthly || r.Pattern == AbsoluteYearly {
		return DateOf(year, month, min(max(r.DayOfMonth, 1), last)), true
	}
	if r.Index == Last {
		return r.nth(DateOf(year, month, last), -1, last, 1)
	}
	return r.nth(DateOf(year, month, 1), 1, last, max(r.Index, 1))
}

// nth walks from day d for at most limit days to the n-th day of the set.
func (r *Recurrence) nth(d, step Date, limit, n int) (Date, bool) {
	for range limit {
		if r.Days.Has(d.Weekday()) {
			if n--; n == 0 {
				return d, true
			}
		}
		d += step
	}
	return 0, false
}
