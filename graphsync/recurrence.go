package graphsync

import (
	"fmt"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/graphsync/graph"
)

var patterns = map[string]bridge.Pattern{
	"daily": bridge.Daily, "weekly": bridge.Weekly,
	"absolutemonthly": bridge.AbsoluteMonthly, "relativemonthly": bridge.RelativeMonthly,
	"absoluteyearly": bridge.AbsoluteYearly, "relativeyearly": bridge.RelativeYearly,
}

// maxInterval is far beyond what Outlook accepts (99 to 999).
const maxInterval = 10_000

// convertRecurrence reads a patternedRecurrence (mapping §2.4 and §3). Only the
// members that the type uses count: the others hold dummies.
func convertRecurrence(g *graph.Recurrence, master *bridge.Event, zoneName string) (*bridge.Recurrence, error) {
	p := &g.Pattern
	pattern, ok := patterns[strings.ToLower(p.Type)]
	if !ok {
		return nil, unreadable(fmt.Sprintf("it repeats in a way that calbridge does not know: %q", bridge.Excerpt(p.Type)), nil)
	}
	if p.Interval > maxInterval {
		return nil, unreadable("the interval of its repetition is out of range", nil)
	}
	r := &bridge.Recurrence{Pattern: pattern, Interval: max(p.Interval, 1)}
	if err := readRange(g, r, firstDay(master, zoneName)); err != nil {
		return nil, err
	}
	if err := readPattern(g, r); err != nil {
		return nil, err
	}
	settlePhase(r, firstDay(master, zoneName))
	return r, nil
}

// settlePhase counts the periods of a rule from the day on which the master
// starts, where the rule would have none on that day if it counted from its
// range's start (mapping R2.4). Which of the two Exchange counts from is not
// documented; what it shows as the first occurrence is.
func settlePhase(r *bridge.Recurrence, first bridge.Date) {
	if r.Interval == 1 || first <= r.Start || r.Has(first) {
		return
	}
	again := *r
	again.Start = first
	if d, ok := again.First(); ok && d == first {
		*r = again
	}
}

// firstDay is the day on which the master starts, in the zone of the series.
func firstDay(master *bridge.Event, name string) bridge.Date {
	loc := time.UTC
	if !master.AllDay {
		if l, err := zone.Load(name); err == nil {
			loc = l
		}
	}
	return bridge.DateIn(master.Start, loc)
}

func readPattern(g *graph.Recurrence, r *bridge.Recurrence) (err error) {
	p := &g.Pattern
	switch r.Pattern {
	case bridge.Weekly:
		r.FirstDay = weekday(p.FirstDayOfWeek, time.Sunday)
		r.Days = weekdays(p.DaysOfWeek)
		if r.Days == 0 {
			r.Days = bridge.WeekdaysOf(r.Start.Weekday())
		}
	case bridge.AbsoluteMonthly, bridge.AbsoluteYearly:
		if r.DayOfMonth = p.DayOfMonth; r.DayOfMonth < 1 || r.DayOfMonth > 31 {
			return unreadable(fmt.Sprintf("its repetition names the day %d of a month", p.DayOfMonth), nil)
		}
	case bridge.RelativeMonthly, bridge.RelativeYearly:
		if r.Days = weekdays(p.DaysOfWeek); r.Days == 0 {
			return unreadable("its repetition names no day of the week", nil)
		}
		r.Index, err = index(p.Index)
	}
	if r.Pattern == bridge.AbsoluteYearly || r.Pattern == bridge.RelativeYearly {
		if r.Month = time.Month(p.Month); r.Month < time.January || r.Month > time.December {
			return unreadable(fmt.Sprintf("its repetition names the month %d", p.Month), nil)
		}
	}
	return err
}

func readRange(g *graph.Recurrence, r *bridge.Recurrence, first bridge.Date) error {
	r.Start, r.End = first, bridge.MaxDate
	if d, err := bridge.ParseDate(g.Range.StartDate); err == nil && sane(d) {
		r.Start = d
	}
	switch strings.ToLower(g.Range.Type) {
	case "numbered":
		r.Count = min(max(g.Range.NumberOfOccurrences, 0), 100_000)
	case "enddate":
		d, err := bridge.ParseDate(g.Range.EndDate)
		if err != nil {
			return unreadable("the end of its repetition cannot be read", err)
		}
		if !sane(d) {
			return nil // the placeholder of a range without end
		}
		if r.End = d; d < r.Start {
			r.End, r.Count = bridge.MaxDate, 1
		}
	case "noend":
	default:
		return unreadable(fmt.Sprintf("the end of its repetition is of a kind that calbridge does not know: %q", bridge.Excerpt(g.Range.Type)), nil)
	}
	return nil
}

// sane tells dates from the placeholders 0001-01-01 and 1601-01-01.
func sane(d bridge.Date) bool {
	year, _, _ := d.Civil()
	return year > 1601 && year < 4500
}

func weekdays(names []string) (set bridge.Weekdays) {
	for _, name := range names {
		if d := weekday(name, -1); d >= 0 {
			set |= bridge.WeekdaysOf(d)
		}
	}
	return set
}

func weekday(name string, otherwise time.Weekday) time.Weekday {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(name, d.String()) {
			return d
		}
	}
	return otherwise
}

func index(name string) (int, error) {
	for i, s := range []string{"first", "second", "third", "fourth"} {
		if strings.EqualFold(name, s) {
			return i + 1, nil
		}
	}
	if strings.EqualFold(name, "last") {
		return bridge.Last, nil
	}
	return 0, unreadable(fmt.Sprintf("its repetition names the %q day of a set", bridge.Excerpt(name)), nil)
}
