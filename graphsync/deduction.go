package graphsync

import (
	"cmp"
	"slices"
	"time"

	"calbridge/bridge"
)

// deduction finds out which dates of a series its instances stand for.
type deduction struct {
	series     *bridge.Series
	rule       *bridge.Recurrence // Bounded
	covered    map[bridge.Date]bool
	exceptions []item
	unplaced   []int         // exceptions that do not say what they replace
	free       []bridge.Date // dates that nothing stands for
}

// take counts one instance in; told again, it changes nothing.
func (d *deduction) take(x item) {
	if x.kind == typeException {
		if slices.ContainsFunc(d.exceptions, func(y item) bool { return y.id == x.id }) {
			return
		}
		d.exceptions = append(d.exceptions, x)
		if x.event.OriginalStart == "" && x.event.OccurrenceID == "" {
			d.unplaced = append(d.unplaced, len(d.exceptions)-1)
			return
		}
	}
	if date, ok := d.dateOf(x); ok {
		d.covered[date] = true
	}
}

// cover counts dates in that are known to be cancelled.
func (d *deduction) cover(cancelled []string) {
	for _, text := range cancelled {
		if date, ok := occurrenceDate(text); ok {
			d.covered[date] = true
		}
	}
}

// dateOf is the date of the pattern that an instance stands for.
func (d *deduction) dateOf(x item) (bridge.Date, bool) {
	o, err := convertException(x)
	if err != nil {
		return 0, false
	}
	at := o.Original
	if at.IsZero() {
		at = o.Event.Start
	}
	dates := []bridge.Date{firstDay(&bridge.Event{Start: at}, d.series.Zone)}
	if d.series.Master.AllDay {
		near := bridge.DateIn(at.Add(12*time.Hour), time.UTC)
		dates = []bridge.Date{near, near + 1, near - 1}
	}
	if o.Date != nil {
		dates = append([]bridge.Date{*o.Date}, dates...)
	}
	for _, date := range dates {
		if d.rule.Has(date) {
			return date, true
		}
	}
	return 0, false
}

// place gives each exception that does not say what it replaces the free date
// that comes nearest, in order: Exchange lets no instance pass another. What is
// still free up to last was cancelled.
func (d *deduction) place(last bridge.Date) {
	for date := range d.rule.Dates() {
		if date > last {
			break
		}
		if !d.covered[date] {
			d.free = append(d.free, date)
		}
	}
	slices.SortFunc(d.unplaced, func(a, b int) int { return cmp.Compare(d.day(a), d.day(b)) })
	at := 0
	for n, i := range d.unplaced {
		left := len(d.unplaced) - n
		for at+left < len(d.free) && distance(d.free[at+1], d.day(i)) <= distance(d.free[at], d.day(i)) {
			at++
		}
		if at == len(d.free) {
			return
		}
		d.exceptions[i].event.OccurrenceID = occurrenceID(d.series.Source, d.free[at])
		d.free = slices.Delete(d.free, at, at+1)
	}
}

// day is the day on which an exception takes place.
func (d *deduction) day(i int) bridge.Date {
	e, err := convertEvent(d.exceptions[i].event)
	if err != nil {
		return bridge.MaxDate
	}
	return firstDay(e, d.series.Zone)
}

func distance(a, b bridge.Date) bridge.Date { return max(a-b, b-a) }
