package graphfake

import (
	"strings"
	"time"
)

// patternKind is the type of a recurrencePattern.
type patternKind uint8

const (
	daily patternKind = iota
	weekly
	absoluteMonthly
	relativeMonthly
	absoluteYearly
	relativeYearly
)

// patternKinds names the kinds as Graph does, in the order of the constants.
var patternKinds = []string{"daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"}

// weekdays is a set of days of the week, one bit each, Sunday the lowest.
type weekdays uint8

func (w weekdays) has(d time.Weekday) bool { return w&(1<<d) != 0 }

// weekIndexes names the values of weekIndex; lastWeek is the one that counts
// from the end of the month.
var weekIndexes = []string{"first", "second", "third", "fourth", "last"}

const lastWeek = 4

// pattern is a recurrencePattern (Graph resource of that name): which days,
// counted from a start day, belong to a series.
type pattern struct {
	kind     patternKind
	interval int
	month    time.Month
	dom      int
	days     weekdays
	first    time.Weekday // firstDayOfWeek
	index    int          // place in weekIndexes
}

// falls tells whether the day d, not before start, belongs to the pattern.
// The interval is counted from the day, week, month or year of start, whether
// or not start itself belongs to the pattern.
func (p pattern) falls(start, d day) bool {
	switch p.kind {
	case daily:
		return int(d-start)%p.interval == 0
	case weekly:
		weeks := int(p.weekOf(d)-p.weekOf(start)) / 7
		return p.days.has(d.weekday()) && weeks%p.interval == 0
	}
	y, m, dom := d.date()
	return p.monthCounts(start, y, m) && p.inMonth(d, y, m, dom)
}

// ahead returns the first day, d or after it, that is not in a month which the
// interval leaves out: scans need not look at each of its days.
func (p pattern) ahead(start, d day) day {
	if p.kind == daily || p.kind == weekly {
		return d
	}
	y, m, dom := d.date()
	if p.monthCounts(start, y, m) {
		return d
	}
	return d + day(monthLength(y, m)-dom+1)
}

// weekOf returns the day that begins the week of d.
func (p pattern) weekOf(d day) day {
	return d - day((d.weekday()-p.first+7)%7)
}

// monthCounts tells whether the interval lands on a month.
func (p pattern) monthCounts(start day, y int, m time.Month) bool {
	sy, sm, _ := start.date()
	if p.kind == absoluteYearly || p.kind == relativeYearly {
		return m == p.month && (y-sy)%p.interval == 0
	}
	return ((y-sy)*12+int(m-sm))%p.interval == 0
}

// inMonth tells whether a day is the one that the pattern takes from its
// month. A day of month past the end of a short month is its last day.
func (p pattern) inMonth(d day, y int, m time.Month, dom int) bool {
	length := monthLength(y, m)
	if p.kind == absoluteMonthly || p.kind == absoluteYearly {
		return dom == min(p.dom, length)
	}
	if !p.days.has(d.weekday()) {
		return false
	}
	if p.index == lastWeek {
		return p.count(d.weekday()+1, length-dom) == 0
	}
	return p.count(d.weekday()-time.Weekday((dom-1)%7)+7, dom) == p.index+1
}

// count counts the days of the set among n days running, from a weekday on.
func (p pattern) count(from time.Weekday, n int) int {
	found := 0
	for i := range n {
		if p.days.has((from + time.Weekday(i)) % 7) {
			found++
		}
	}
	return found
}

// parseWeekday reads a Graph dayOfWeek name.
func parseWeekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(name, d.String()) {
			return d, true
		}
	}
	return 0, false
}

// weekdayName writes a Graph dayOfWeek name.
func weekdayName(d time.Weekday) string { return strings.ToLower(d.String()) }
