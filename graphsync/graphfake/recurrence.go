package graphfake

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// parseRecurrence reads a patternedRecurrence. It takes what a mailbox may
// hold: names in any case, members missing that the type does not need, and
// placeholders. start is the date of the event, for a range without one.
func parseRecurrence(o object, start day) (recurrence, error) {
	p, err := parsePattern(o.child("pattern"))
	if err != nil {
		return recurrence{}, err
	}
	r := recurrence{pattern: p, start: start, label: o.child("range").text("recurrenceTimeZone")}
	if err := r.readRange(o.child("range")); err != nil {
		return recurrence{}, err
	}
	if p.kind == weekly && p.days == 0 {
		r.pattern.days = 1 << r.start.weekday()
	}
	return r, nil
}

// maxInterval bounds what a raw event may ask for; requests get less.
const maxInterval = 9999

func parsePattern(o object) (pattern, error) {
	kind := foldedIndex(patternKinds, o.text("type"))
	if kind < 0 {
		return pattern{}, fmt.Errorf("recurrence pattern of unknown type %q", o.text("type"))
	}
	p := pattern{
		kind:     patternKind(kind),
		interval: min(max(intOf(o, "interval"), 1), maxInterval),
		month:    time.Month(intOf(o, "month")),
		dom:      intOf(o, "dayOfMonth"),
		index:    max(foldedIndex(weekIndexes, o.text("index")), 0),
	}
	p.first, _ = parseWeekday(o.text("firstDayOfWeek"))
	v, _ := o.get("daysOfWeek")
	names, _ := v.(list)
	for _, n := range names {
		name, _ := n.(string)
		d, ok := parseWeekday(name)
		if !ok {
			return pattern{}, fmt.Errorf("recurrence pattern with unknown day %q", name)
		}
		p.days |= 1 << d
	}
	p = p.bare()
	return p, p.check()
}

// bare drops the placeholders in members that the type does not use, so that
// two patterns with the same days are equal.
func (p pattern) bare() pattern {
	switch p.kind {
	case daily:
		return pattern{kind: p.kind, interval: p.interval}
	case weekly:
		return pattern{kind: p.kind, interval: p.interval, days: p.days, first: p.first}
	case absoluteMonthly, absoluteYearly:
		p.days, p.first, p.index = 0, 0, 0
	default:
		p.dom = 0
	}
	if p.kind == absoluteMonthly || p.kind == relativeMonthly {
		p.month = 0
	}
	return p
}

// check refuses a pattern that lacks what its type is made of.
func (p pattern) check() error {
	monthly := p.kind == absoluteMonthly || p.kind == absoluteYearly
	relative := p.kind == relativeMonthly || p.kind == relativeYearly
	yearly := p.kind == absoluteYearly || p.kind == relativeYearly
	switch {
	case monthly && (p.dom < 1 || p.dom > 31):
		return fmt.Errorf("recurrence pattern with dayOfMonth %d", p.dom)
	case relative && p.days == 0:
		return fmt.Errorf("recurrence pattern without daysOfWeek")
	case yearly && (p.month < 1 || p.month > 12):
		return fmt.Errorf("recurrence pattern with month %d", p.month)
	}
	return nil
}

func (r *recurrence) readRange(o object) error {
	kind := foldedIndex(rangeKinds, o.text("type"))
	if kind < 0 {
		return fmt.Errorf("recurrence range of unknown type %q", o.text("type"))
	}
	r.kind = rangeKind(kind)
	if d, err := parseDay(o.text("startDate")); err == nil && d > dayOf(1, 1, 1) {
		r.start = d
	}
	switch r.kind {
	case untilDay:
		return r.readEnd(o.text("endDate"))
	case counted:
		if r.count = intOf(o, "numberOfOccurrences"); r.count < 1 {
			r.kind = noEnd
		}
	}
	return nil
}

// readEnd reads an endDate. The placeholder of year 1 means no end, a date
// before the start one instance.
func (r *recurrence) readEnd(text string) error {
	d, err := parseDay(text)
	if err != nil {
		return fmt.Errorf("recurrence range: %w", err)
	}
	switch {
	case d <= dayOf(1, 1, 1):
		r.kind = noEnd
	case d < r.start:
		r.kind, r.count = counted, 1
	}
	r.end = d
	return nil
}

// object writes the resource with the placeholders that Graph puts into
// members that the type does not use.
func (r *recurrence) object() object {
	return object{{"pattern", r.pattern.object()}, {"range", r.rangeObject()}}
}

func (p pattern) object() object {
	o := object{{"type", patternKinds[p.kind]}, {"interval", p.interval}, {"month", 0}, {"dayOfMonth", 0}}
	if p.kind == absoluteMonthly || p.kind == absoluteYearly {
		o.set("dayOfMonth", p.dom)
	}
	if p.kind == absoluteYearly || p.kind == relativeYearly {
		o.set("month", int(p.month))
	}
	first, index := time.Sunday, 0
	switch p.kind {
	case weekly:
		first = p.first
		o.set("daysOfWeek", p.dayNames())
	case relativeMonthly, relativeYearly:
		first, index = p.first, p.index
		o.set("daysOfWeek", p.dayNames())
	}
	o.set("firstDayOfWeek", weekdayName(first))
	o.set("index", weekIndexes[index])
	return o
}

func (p pattern) dayNames() list {
	names := list{}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if p.days.has(d) {
			names = append(names, weekdayName(d))
		}
	}
	return names
}

func (r *recurrence) rangeObject() object {
	end, count := "0001-01-01", 0
	switch r.kind {
	case untilDay:
		end = r.end.String()
	case counted:
		count = r.count
	}
	return object{
		{"type", rangeKinds[r.kind]},
		{"startDate", r.start.String()},
		{"endDate", end},
		{"recurrenceTimeZone", r.label},
		{"numberOfOccurrences", count},
	}
}

// foldedIndex finds a name without regard to case, -1 if it is not there.
func foldedIndex(names []string, name string) int {
	for i, n := range names {
		if strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}

// intOf returns a member that is a whole number, 0 for anything else.
func intOf(o object, name string) int {
	switch v, _ := o.get(name); v := v.(type) {
	case int:
		return v
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return 0
		}
		return int(n)
	}
	return 0
}
