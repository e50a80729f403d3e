package ics

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// rdateYears is how far past the horizon a list stands for an endless rule.
const rdateYears = 25

// rule writes RRULE, and RDATEs where a rule alone would mean something else
// to readers (mapping §3), or where an override stands outside the rule.
func (r *renderer) rule(c *ical.Component, sl *slots, overrides []placed) {
	w := ruleWriter{rule: r.series.Rule, sl: sl}
	parts, clamped := w.pattern(r.env.Horizon)
	extra := slices.Clone(clamped)
	for _, o := range overrides {
		if o.extra {
			extra = append(extra, o.date)
		}
	}
	slices.Sort(extra)
	for _, d := range extra {
		c.Props.Add(r.slotProp(ical.PropRecurrenceDates, sl, d))
	}
	raw(c, ical.PropRecurrenceRule, strings.Join(append(parts, w.limit(len(clamped))...), ";"))
}

type ruleWriter struct {
	rule *bridge.Recurrence
	sl   *slots
	// until tells that the range must be written as UNTIL: COUNT would count
	// differently from reader to reader.
	until bool
}

// pattern returns the parts before COUNT or UNTIL, and the dates that the rule
// leaves out and RDATEs have to add.
func (w *ruleWriter) pattern(horizon int) (parts []string, clamped []bridge.Date) {
	r := w.rule
	switch r.Pattern {
	case bridge.Daily:
		parts = w.freq("DAILY")
	case bridge.Weekly:
		parts = append(w.freq("WEEKLY"), "BYDAY="+days(r.Days), "WKST="+dayNames[w.weekStart()])
	case bridge.AbsoluteMonthly:
		parts = append(w.freq("MONTHLY"), "BYMONTHDAY="+w.monthDay())
		clamped = w.clamped(horizon)
	case bridge.AbsoluteYearly:
		parts = append(w.freq("YEARLY"), "BYMONTH="+strconv.Itoa(int(r.Month)), "BYMONTHDAY="+w.yearDay())
	case bridge.RelativeMonthly:
		parts = append(w.freq("MONTHLY"), w.relative()...)
	default:
		parts = append(append(w.freq("YEARLY"), "BYMONTH="+strconv.Itoa(int(r.Month))), w.relative()...)
	}
	return parts, clamped
}

func (w *ruleWriter) freq(name string) []string {
	if w.rule.Interval > 1 {
		return []string{"FREQ=" + name, "INTERVAL=" + strconv.Itoa(w.rule.Interval)}
	}
	return []string{"FREQ=" + name}
}

var dayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// days lists a set from Monday on.
func days(set bridge.Weekdays) string {
	var names []string
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); set.Has(d) {
			names = append(names, dayNames[d])
		}
	}
	return strings.Join(names, ",")
}

// weekStart is where weeks are cut. Where it stands between two days of the set
// changes nothing, except for libical: in every n-th week it reads rules that
// begin between a Tuesday and a Saturday outside the set wrongly.
func (w *ruleWriter) weekStart() time.Weekday {
	first := w.rule.FirstDay
	if w.rule.Interval == 1 || first == time.Sunday || first == time.Monday || w.rule.Days == 0 {
		return first
	}
	for !w.rule.Days.Has(first) {
		first = (first + 1) % 7
	}
	return first
}

// monthDay writes a day of the month. The 31st is the last of every month.
// Months that are too short for a 29th or a 30th are [ruleWriter.clamped]'s:
// BYMONTHDAY with BYSETPOS would say it, but ical.js (Thunderbird) reads that
// as every day of the list.
func (w *ruleWriter) monthDay() string {
	if w.rule.DayOfMonth >= 31 || w.alwaysFebruary() {
		return "-1"
	}
	return strconv.Itoa(max(w.rule.DayOfMonth, 1))
}

// alwaysFebruary reports whether a monthly rule past the 28th only ever visits
// Februaries: there the last day says all.
func (w *ruleWriter) alwaysFebruary() bool {
	_, month, _ := w.rule.Start.Civil()
	return w.rule.DayOfMonth > 28 && w.rule.Interval%12 == 0 && month == time.February
}

// yearDay is exact for every month: a day past the end of a month is its last.
func (w *ruleWriter) yearDay() string {
	last := 31
	switch w.rule.Month {
	case time.February:
		last = 29
	case time.April, time.June, time.September, time.November:
		last = 30
	}
	if w.rule.DayOfMonth > last || last == 29 && w.rule.DayOfMonth == last {
		return "-1"
	}
	return strconv.Itoa(max(w.rule.DayOfMonth, 1))
}

// clamped returns the dates of a monthly rule on the 29th or 30th that fall on
// the last day of a shorter February.
func (w *ruleWriter) clamped(horizon int) (dates []bridge.Date) {
	r := w.sl.rule
	if r.DayOfMonth < 29 || r.DayOfMonth > 30 || w.alwaysFebruary() {
		return nil
	}
	last := min(r.End, bridge.DateOf(horizon+rdateYears, time.December, 31))
	for d := range r.Dates() {
		if d > last {
			break
		}
		if _, _, day := d.Civil(); day < r.DayOfMonth {
			dates = append(dates, d)
		}
	}
	w.until = len(dates) > 0 && dates[0] == w.sl.first
	return dates
}

// relative writes the n-th day of a set (mapping §3.2). Single days take their
// ordinal with them and all seven are a day of the month: both are read alike
// everywhere. Groups need BYSETPOS.
func (w *ruleWriter) relative() []string {
	r := w.rule
	n := strconv.Itoa(r.Index)
	switch list := r.Days.List(); {
	case r.Days == bridge.AllDays && r.Pattern == bridge.RelativeYearly && r.Month == time.January && r.Index == bridge.Last && r.Interval > 1:
		// ical.js takes the last day of every n-th January a year off.
		return []string{"BYMONTHDAY=31"}
	case r.Days == bridge.AllDays:
		return []string{"BYMONTHDAY=" + n}
	case len(list) == 1:
		return []string{"BYDAY=" + n + dayNames[list[0]]}
	}
	return []string{"BYDAY=" + days(r.Days), "BYSETPOS=" + n}
}

// limit writes the range. COUNT counts what the rule itself yields, so listed
// dates come off it.
func (w *ruleWriter) limit(listed int) []string {
	r, sl := w.rule, w.sl
	switch {
	case sl.none:
		return []string{"COUNT=1"}
	case r.Count > 0 && !w.until && r.Count > listed:
		return []string{"COUNT=" + strconv.Itoa(r.Count-listed)}
	case sl.rule.Endless():
		return nil
	case sl.allDay:
		return []string{"UNTIL=" + sl.rule.End.Time().Format(dateForm)}
	}
	return []string{"UNTIL=" + sl.lastReading(sl.rule.End).UTC().Format(utcForm)}
}

// lastReading is the last moment that a reader may take for the start of the
// instance on d: in an hour that clocks repeat, that of the second pass.
func (sl *slots) lastReading(d bridge.Date) time.Time {
	t := sl.instant(d)
	if !zone.Repeated(sl.at.loc, t) {
		return t
	}
	_, end := t.In(sl.at.loc).ZoneBounds()
	_, before := t.In(sl.at.loc).Zone()
	_, after := end.In(sl.at.loc).Zone()
	return t.Add(time.Duration(before-after) * time.Second)
}
