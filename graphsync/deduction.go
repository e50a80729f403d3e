package graphsync

import (
	"cmp"
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// deduction finds out which dates of a series its instances stand for.
type deduction struct {
	series     *bridge.Series
	rule       *bridge.Recurrence // Bounded
	covered    map[bridge.Date]bool
	home       string // the mailbox's zone
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

// dateOf is the date of the pattern that an instance stands for. An occurrence
// takes place where the pattern has it; of an exception the original start
// tells.
func (d *deduction) dateOf(x item) (bridge.Date, bool) {
	o, err := convertException(x)
	if err != nil {
		return 0, false
	}
	var dates []bridge.Date
	if o.Date != nil {
		dates = append(dates, *o.Date)
	}
	switch {
	case d.series.Master.AllDay && (x.kind != typeException || o.Original.IsZero()):
		dates = append(dates, bridge.DateIn(o.Event.Start, time.UTC))
	case d.series.Master.AllDay:
		dates = append(dates, d.midnights(o.Original)...)
	case x.kind != typeException || o.Original.IsZero():
		dates = append(dates, d.nights(o.Event.Start)...)
	default:
		dates = append(dates, d.nights(o.Original)...)
	}
	for _, date := range dates {
		if d.rule.Has(date) {
			return date, true
		}
	}
	return 0, false
}

// midnights are the dates that the start of a whole day can mean, the likeliest
// first: the midnight of the series' zone, of the mailbox's, or else of one that
// is not known.
func (d *deduction) midnights(at time.Time) (dates []bridge.Date) {
	for _, name := range []string{d.series.Zone, d.home} {
		loc, err := zone.Load(name)
		if err != nil || name == "" {
			continue
		}
		if local := at.In(loc); local.Hour() == 0 && local.Minute() == 0 {
			dates = append(dates, bridge.DateOf(local.Date()))
		}
	}
	near := bridge.DateIn(at.Add(12*time.Hour), time.UTC)
	return append(dates, near, near+1, near-1)
}

// nights are the dates of a timed instance: the one whose local time is that
// instant, for clocks that skip an hour around midnight show the day after.
func (d *deduction) nights(at time.Time) []bridge.Date {
	day := firstDay(&bridge.Event{Start: at}, d.series.Zone)
	loc, err := zone.Load(d.series.Zone)
	if d.series.Zone == "" || err != nil {
		return []bridge.Date{day}
	}
	start := d.series.Master.Start.In(loc)
	for _, date := range []bridge.Date{day, day - 1, day + 1} {
		y, m, dd := date.Civil()
		if zone.At(loc, y, m, dd, start.Hour(), start.Minute(), start.Second()).Equal(at) {
			return []bridge.Date{date, day}
		}
	}
	return []bridge.Date{day}
}

// last is the last date of the pattern, which has to end.
func (d *deduction) last() (last bridge.Date) {
	for date := range d.rule.Dates() {
		last = date
	}
	return last
}

// lacks reports whether a date of the pattern has neither an instance nor a
// known cancellation.
func (d *deduction) lacks(date bridge.Date) bool { return d.rule.Has(date) && !d.covered[date] }

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
