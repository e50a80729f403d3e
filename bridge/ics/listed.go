package ics

import (
	"slices"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// propRecurrence marks a master whose instances are listed one by one because
// its rule cannot be written or is not to be trusted; its value is "explicit".
const propRecurrence = "X-CALBRIDGE-RECURRENCE"

// listing is the instances of a series that are told one by one, by the digits
// of their starts where the series lives.
type listing struct {
	at      place
	allDay  bool
	length  time.Duration // in digits
	digits  []time.Time   // sorted; at least one
	changed map[time.Time]*bridge.Event
}

// listed returns the master and the overrides of a series whose instances are
// listed (mapping R3.2): the master stands at the first of them, RDATEs name the
// others.
func (r *renderer) listed() ([]*ical.Component, error) {
	l := r.listing()
	master, err := r.event(&r.series.Master, false)
	if err != nil {
		return nil, err
	}
	raw(master, propRecurrence, "explicit")
	first := l.digits[0]
	master.Props.Set(r.listedProp(&l, ical.PropDateTimeStart, first))
	if l.length > 0 {
		master.Props.Set(r.listedProp(&l, ical.PropDateTimeEnd, first.Add(l.length)))
	}
	for _, d := range l.digits[1:] {
		master.Props.Add(r.listedProp(&l, ical.PropRecurrenceDates, d))
	}
	r.alarm(master, &r.series.Master, "")
	events := []*ical.Component{master}
	for _, d := range l.digits {
		if e := l.changed[d]; e != nil {
			c, err := r.event(e, true)
			if err != nil {
				return nil, err
			}
			id := r.listedProp(&l, ical.PropRecurrenceID, d)
			c.Props.Set(id)
			r.times(c, e, r.series.Zone)
			r.alarm(c, e, id.Value)
			events = append(events, c)
		}
	}
	r.reachListed(&l)
	return events, nil
}

// listing works out the digits of all slots. An instance in an hour that clocks
// repeat is written as an override: digits alone mean its first pass.
func (r *renderer) listing() listing {
	s, m := r.series, &r.series.Master
	l := listing{at: placeOf(s.Zone, r.env.MailboxZone), allDay: m.AllDay, changed: map[time.Time]*bridge.Event{}}
	if m.AllDay {
		l.at = inUTC
	}
	start := l.of(m.Start)
	l.length = max(l.of(end(m)).Sub(start), 0)
	for _, t := range s.Listed.Starts {
		d := l.of(t)
		l.digits = append(l.digits, d)
		if !wall(l.at.loc, d).Equal(t) {
			e := *m
			e.Start, e.End = t, t.Add(end(m).Sub(m.Start))
			l.changed[d] = &e
		}
	}
	for i := range s.Overrides {
		o := &s.Overrides[i]
		d := r.listedSlot(&l, o, start)
		l.digits, l.changed[d] = append(l.digits, d), &o.Event
	}
	if len(l.digits) == 0 {
		l.digits = []time.Time{start}
	}
	slices.SortFunc(l.digits, time.Time.Compare)
	l.digits = slices.Compact(l.digits)
	return l
}

// of returns the digits of t, as if they were UTC.
func (l *listing) of(t time.Time) time.Time {
	day, tod := split(t, l.at)
	return day.Time().Add(tod)
}

// listedSlot returns the digits of the instance that an override replaces; one
// that does not say so stands for itself.
func (r *renderer) listedSlot(l *listing, o *bridge.Override, start time.Time) time.Time {
	switch {
	case l.allDay && !o.Original.IsZero():
		return r.daysMeant(o.Original)[0].Time()
	case !o.Original.IsZero():
		return l.of(o.Original)
	case o.Date != nil:
		return o.Date.Time().Add(start.Sub(dateOf(start).Time()))
	case l.allDay:
		return dateOf(o.Event.Start).Time()
	}
	return l.of(o.Event.Start)
}

func (r *renderer) listedProp(l *listing, name string, digits time.Time) *ical.Prop {
	if l.allDay {
		return dateProp(name, dateOf(digits))
	}
	return r.zones.localProp(name, digits, l.at)
}

// reachListed sets the span of all listed instances.
func (r *renderer) reachListed(l *listing) {
	last := l.digits[len(l.digits)-1]
	r.span = bridge.Span{Start: wall(l.at.loc, l.digits[0]), End: wall(l.at.loc, last.Add(l.length)), AllDay: l.allDay}
	for _, e := range l.changed {
		if e.Start.Before(r.span.Start) {
			r.span.Start = e.Start
		}
		if end(e).After(r.span.End) {
			r.span.End = end(e)
		}
		r.span.AllDay = r.span.AllDay || e.AllDay
	}
}
