package zone

import (
	"cmp"
	"slices"
	"time"
)

const (
	// certain is how many years an n-th weekday must have held to be taken for
	// a rule when its neighbours say otherwise, or to be continued for ever. A
	// date falls on the same weekday again after 5, 6 or 11 years, so in twelve
	// any other rule would have shown itself.
	certain = 12
	// spell is the shortest run of years that is written as a rule with an end.
	// A rule takes as many lines as this many dates. Whether it was a law or a
	// coincidence does not matter between two dates.
	spell = 4
	// cycle is after how many years the Gregorian weekdays repeat. Rules must
	// hold as long behind the horizon to be left open.
	cycle = 28
	// listed is how many years behind the horizon dates are listed for.
	listed = 10
)

// An observance is one STANDARD or DAYLIGHT part of a VTIMEZONE (RFC 5545
// §3.6.5): changes that agree in everything but their date.
type observance struct {
	changes []change
	nth     int  // the rule's weekday in the month, -1 for the last, 0 for no rule
	open    bool // the rule has no end
}

// pattern is what the changes of a yearly rule have in common.
type pattern struct {
	from, to int
	name     string
	daylight bool
	month    time.Month
	weekday  time.Weekday
	clock    int
}

func (c change) pattern() pattern {
	w := c.wall()
	clock := w.Hour()*3600 + w.Minute()*60 + w.Second()
	return pattern{c.from, c.to, c.name, c.daylight, w.Month(), w.Weekday(), clock}
}

// observances returns what a reader must know of loc from the year first on, in
// the order of onset. All rules end ten years behind the horizon unless yearly
// ones cover every change from there on: half a rule left open would put
// clocks forward each spring and never back.
func observances(loc *time.Location, first, horizon int) []observance {
	start := yearStart(first) - reach
	sample := changes(loc, horizon+cycle)
	known := since(sample, start)
	list := group(known, horizon+cycle)
	if !settled(list, horizon+listed) {
		cut := slices.IndexFunc(known, func(c change) bool { return c.year() > horizon+listed })
		known = known[:cut]
		list = group(known, 0)
	}
	if len(known) == 0 || known[0].at > start {
		list = append(list, initial(loc, start, len(known) == 0))
	}
	slices.SortFunc(list, func(a, b observance) int {
		return cmp.Compare(a.changes[0].at, b.changes[0].at)
	})
	return list
}

// since drops the changes that no longer matter at start: all but the last one
// before it. If nothing changes any more, that one does not matter either.
func since(list []change, start int64) []change {
	next := slices.IndexFunc(list, func(c change) bool { return c.at > start })
	if next < 0 {
		return nil
	}
	return list[max(next-1, 0):]
}

// initial is the observance in force at start when no change from 1970 on has
// brought it about.
func initial(loc *time.Location, start int64, only bool) observance {
	c := changeAt(loc, start)
	now := time.Unix(start, 0).In(loc)
	c.from = c.to
	c.at = yearStart(1970) - int64(c.from)
	c.daylight = now.IsDST() && !only
	return observance{changes: []change{c}}
}

// settled tells whether open rules make all the changes after the given year.
func settled(list []observance, year int) bool {
	return !slices.ContainsFunc(list, func(o observance) bool {
		return !o.open && o.changes[len(o.changes)-1].year() > year
	})
}

// group sorts changes into as few observances as say the same. A rule that
// holds to the year last stays open.
func group(list []change, last int) []observance {
	byPattern := make(map[pattern][]change)
	for _, c := range list {
		byPattern[c.pattern()] = append(byPattern[c.pattern()], c)
	}
	var rules []observance
	var rest []change
	for _, like := range byPattern {
		for len(like) > 0 {
			n := consecutive(like)
			found, others := yearly(like[:n], last)
			rules = append(rules, found...)
			rest = append(rest, others...)
			like = like[n:]
		}
	}
	return append(rules, dated(rest)...)
}

// consecutive counts the changes at the head of the list that are a year apart.
func consecutive(list []change) int {
	n := 1
	for n < len(list) && list[n].year() == list[n-1].year()+1 {
		n++
	}
	return n
}

// yearly splits a spell of consecutive years into rules and the changes that
// follow none.
func yearly(years []change, last int) (rules []observance, rest []change) {
	whole := len(years)
	for len(years) > 0 {
		nth, n := weekdayRule(years)
		switch {
		case n >= certain, n == whole && n >= spell:
			open := n >= certain && years[n-1].year() == last
			rules = append(rules, observance{changes: years[:n], nth: nth, open: open})
		default:
			rest = append(rest, years[:n]...)
		}
		years = years[n:]
	}
	return rules, rest
}

// weekdayRule finds the weekday of the month that the most changes at the head
// of the list fall on, and how many do; the last one is preferred to the n-th.
func weekdayRule(years []change) (nth, n int) {
	for _, candidate := range []int{-1, 1, 2, 3, 4} {
		fit := 0
		for fit < len(years) && falls(years[fit].wall(), candidate) {
			fit++
		}
		if fit > n {
			nth, n = candidate, fit
		}
	}
	return nth, n
}

// falls tells whether t is on the n-th of its weekday in the month, or on the
// last for -1.
func falls(t time.Time, nth int) bool {
	if nth < 0 {
		return t.AddDate(0, 0, 7).Month() != t.Month()
	}
	return (t.Day()-1)/7+1 == nth
}

// dated gathers changes that follow no rule: one observance for each pair of
// offsets under one name.
func dated(list []change) []observance {
	type pair struct {
		from, to int
		name     string
		daylight bool
	}
	slices.SortFunc(list, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	var all []observance
	index := make(map[pair]int)
	for _, c := range list {
		key := pair{c.from, c.to, c.name, c.daylight}
		i, ok := index[key]
		if !ok {
			i = len(all)
			index[key] = i
			all = append(all, observance{})
		}
		all[i].changes = append(all[i].changes, c)
	}
	return all
}
