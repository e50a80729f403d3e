package ics

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// slots is the pattern of a series in its zone: which dates it has and at what
// local time.
type slots struct {
	rule       *bridge.Recurrence // Bounded, so that Has is cheap
	allDay     bool
	at         place
	start, end time.Duration // local time of day of the start; of the end, from the start's midnight
	first      bridge.Date
	none       bool // the range holds no date at all; first is then where one would be
}

func (r *renderer) slots() slots {
	s, m := r.series, &r.series.Master
	sl := slots{rule: s.Rule.Bounded(), allDay: m.AllDay, at: placeOf(s.Zone, r.env.MailboxZone)}
	if m.AllDay {
		sl.at, sl.end = inUTC, end(m).Sub(m.Start)
	} else {
		var day bridge.Date
		day, sl.start = split(m.Start, sl.at)
		last, tod := split(end(m), sl.at)
		sl.end = tod + time.Duration(last-day)*24*time.Hour
		if sl.end < sl.start { // it runs through the hour that clocks repeat
			sl.end = sl.start + end(m).Sub(m.Start)
		}
	}
	var ok bool
	if sl.first, ok = sl.rule.First(); !ok {
		sl.none, sl.first = true, firstEver(s.Rule)
	}
	return sl
}

// firstEver is where a rule's first date would be if its range did not end
// before it.
func firstEver(rule *bridge.Recurrence) bridge.Date {
	open := *rule
	open.Count, open.End = 1, bridge.MaxDate
	if d, ok := open.First(); ok {
		return d
	}
	return rule.Start
}

// split returns the local day and time of day of t.
func split(t time.Time, at place) (bridge.Date, time.Duration) {
	local := t.In(at.loc)
	tod := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	return bridge.DateOf(local.Date()), tod
}

// local returns the digits of the instance on d, as if they were UTC.
func (sl *slots) local(d bridge.Date) time.Time { return d.Time().Add(sl.start) }

// instant returns when the instance on d starts.
func (sl *slots) instant(d bridge.Date) time.Time { return wall(sl.at.loc, sl.local(d)) }

// finish returns when the instance on d ends.
func (sl *slots) finish(d bridge.Date) time.Time { return wall(sl.at.loc, d.Time().Add(sl.end)) }

// prop returns a property that names the instance on d, in the form of DTSTART
// (mapping R2.6).
func (r *renderer) slotProp(name string, sl *slots, d bridge.Date) *ical.Prop {
	if sl.allDay {
		return dateProp(name, d)
	}
	return r.zones.localProp(name, sl.local(d), sl.at)
}

// recurring returns the master and the overrides of a series.
func (r *renderer) recurring() ([]*ical.Component, error) {
	sl := r.slots()
	overrides := r.place(&sl)
	master, err := r.event(&r.series.Master, false)
	if err != nil {
		return nil, err
	}
	master.Props.Set(r.slotProp(ical.PropDateTimeStart, &sl, sl.first))
	if sl.end > sl.start {
		master.Props.Set(r.endProp(&sl))
	}
	r.rule(master, &sl, overrides)
	gone := r.cancelled(&sl, overrides)
	for _, d := range gone {
		master.Props.Add(r.slotProp(ical.PropExceptionDates, &sl, d))
	}
	r.alarm(master, &r.series.Master, "")
	r.reach(&sl, overrides)
	events := []*ical.Component{master}
	for _, o := range r.pin(&sl, overrides, gone) {
		c, err := r.override(&sl, o)
		if err != nil {
			return nil, err
		}
		events = append(events, c)
	}
	return events, nil
}

func (r *renderer) endProp(sl *slots) *ical.Prop {
	if sl.allDay {
		return dateProp(ical.PropDateTimeEnd, sl.first+bridge.Date(sl.end/(24*time.Hour)))
	}
	return r.zones.localProp(ical.PropDateTimeEnd, sl.first.Time().Add(sl.end), sl.at)
}

// placed is an override with the date of the slot that it replaces.
type placed struct {
	date  bridge.Date
	event *bridge.Event
	extra bool // the pattern has no such slot: it has to be added
}

func (r *renderer) override(sl *slots, o placed) (*ical.Component, error) {
	c, err := r.event(o.event, true)
	if err != nil {
		return nil, err
	}
	id := r.slotProp(ical.PropRecurrenceID, sl, o.date)
	c.Props.Set(id)
	r.times(c, o.event, r.series.Zone)
	r.alarm(c, o.event, id.Value)
	return c, nil
}

// place finds the slot of each override (mapping R2.7, R2.8) and sorts by it.
// Of two for one slot the one changed last stays.
func (r *renderer) place(sl *slots) []placed {
	bySlot := map[bridge.Date]placed{}
	var unplaced []*bridge.Override
	for i := range r.series.Overrides {
		o := &r.series.Overrides[i]
		d, ok := r.slotOf(sl, o)
		if old := bySlot[d]; !ok {
			unplaced = append(unplaced, o)
		} else if old.event == nil || old.event.Modified.Before(o.Event.Modified) {
			bySlot[d] = placed{date: d, event: &o.Event}
		}
	}
	for _, o := range unplaced {
		if p := r.stray(sl, o); bySlot[p.date].event == nil {
			bySlot[p.date] = p
		}
	}
	list := slices.Collect(maps.Values(bySlot))
	slices.SortFunc(list, func(a, b placed) int { return cmp.Compare(a.date, b.date) })
	return list
}

// stray places an override that names no slot of the pattern. One that does
// not say what it replaces takes the slot of its own day; what fits nowhere is
// shown beside the pattern rather than lost.
func (r *renderer) stray(sl *slots, o *bridge.Override) placed {
	d := bridge.DateIn(o.Event.Start, sl.at.loc)
	switch {
	case !o.Original.IsZero():
		d = r.originalDates(sl, o.Original)[0]
	case o.Date != nil:
		d = *o.Date
	case o.Event.AllDay:
		d = dateOf(o.Event.Start)
	}
	return placed{date: d, event: &o.Event, extra: !sl.rule.Has(d)}
}

func (r *renderer) slotOf(sl *slots, o *bridge.Override) (bridge.Date, bool) {
	var candidates []bridge.Date
	if o.Date != nil && sl.allDay {
		candidates = append(candidates, *o.Date)
	}
	if !o.Original.IsZero() {
		candidates = append(candidates, r.originalDates(sl, o.Original)...)
	}
	if o.Date != nil {
		candidates = append(candidates, *o.Date)
	}
	for _, d := range candidates {
		if sl.rule.Has(d) {
			return d, true
		}
	}
	return 0, false
}

// originalDates are the dates that an original start can mean.
func (r *renderer) originalDates(sl *slots, t time.Time) []bridge.Date {
	if !sl.allDay {
		return sl.timedDates(t)
	}
	return r.daysMeant(t)
}

// daysMeant are the dates that the original start of an all-day instance can
// mean, the likeliest first. It is the midnight of some zone: the organizer's,
// often unknown, or the mailbox's. Going by the nearest midnight in UTC alone
// errs where a zone is 13 hours ahead, as New Zealand in summer.
func (r *renderer) daysMeant(t time.Time) (dates []bridge.Date) {
	for _, name := range []string{r.series.Zone, r.env.MailboxZone} {
		if name == "" {
			continue
		}
		if d, tod := split(t, placeOf(name)); tod == 0 {
			dates = append(dates, d)
		}
	}
	nearest := dateOf(t.Add(12 * time.Hour))
	return append(dates, nearest, nearest+1, nearest-1)
}

// timedDates are the dates of the instance that starts at t: first the one
// whose local time is that instant, for in a night when clocks skip an hour
// around midnight they show the day after.
func (sl *slots) timedDates(t time.Time) []bridge.Date {
	d := bridge.DateIn(t, sl.at.loc)
	for _, near := range []bridge.Date{d, d - 1, d + 1} {
		if sl.instant(near).Equal(t) {
			return []bridge.Date{near, d}
		}
	}
	return []bridge.Date{d}
}

// cancelled returns the dates to take out of the pattern, sorted. A date is the
// local one of an instance, or else its UTC date (mapping R2.9); one that an
// override stands for is not taken out (R1.4).
func (r *renderer) cancelled(sl *slots, overrides []placed) []bridge.Date {
	kept := map[bridge.Date]bool{}
	for _, o := range overrides {
		kept[o.date] = true
	}
	var dates []bridge.Date
	for _, d := range r.series.Cancelled {
		if d, ok := sl.meant(d); ok && !kept[d] {
			dates = append(dates, d)
		}
	}
	if sl.none {
		dates = append(dates, sl.first)
	}
	slices.Sort(dates)
	return slices.Compact(dates)
}

func (sl *slots) meant(d bridge.Date) (bridge.Date, bool) {
	if sl.rule.Has(d) {
		return d, true
	}
	if !sl.allDay {
		for _, near := range []bridge.Date{d - 1, d + 1} {
			if sl.rule.Has(near) && dateOf(sl.instant(near)) == d {
				return near, true
			}
		}
	}
	return 0, false
}

// reach sets the span of the whole series.
func (r *renderer) reach(sl *slots, overrides []placed) {
	r.span = bridge.Span{Start: sl.instant(sl.first), AllDay: sl.allDay}
	if !sl.rule.Endless() {
		r.span.End = sl.finish(max(sl.rule.End, sl.first))
	}
	for _, o := range overrides {
		if o.event.Start.Before(r.span.Start) {
			r.span.Start = o.event.Start
		}
		if e := end(o.event); !r.span.End.IsZero() && e.After(r.span.End) {
			r.span.End = e
		}
		r.span.AllDay = r.span.AllDay || o.event.AllDay
	}
}
