package ics

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// MaxInstances bounds what one call of Expand returns.
const MaxInstances = 100_000

// ErrTooMany is returned by Expand when a range holds more than MaxInstances.
var ErrTooMany = errors.New("ics: too many instances")

// Expand returns the instances of an object that meet the half-open range
// [from, to), in order of their start, as a reader expands it: rules in local
// time, times in a gap and in a repeated hour as RFC 5545 §3.3.5 reads them.
// All-day instances are compared by their days in UTC. from or to may be zero
// where the object ends by itself.
func Expand(object []byte, from, to time.Time) ([]bridge.Instance, error) {
	cal, err := parse(object)
	if err != nil {
		return nil, err
	}
	x := expander{from: from, to: to}
	for _, group := range byUID(cal) {
		if err := x.group(group); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(x.found, func(a, b bridge.Instance) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.UID, b.UID), a.Original.Compare(b.Original))
	})
	return x.found, nil
}

// byUID groups the VEVENTs of a calendar, in order of appearance.
func byUID(cal *ical.Calendar) (groups [][]*ical.Component) {
	index := map[string]int{}
	for _, c := range cal.Children {
		if c.Name != ical.CompEvent {
			continue
		}
		uid := textOf(c, ical.PropUID)
		i, ok := index[uid]
		if !ok {
			i = len(groups)
			index[uid], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

type expander struct {
	from, to time.Time
	found    []bridge.Instance
	lengths  map[time.Time]time.Duration // of the master's RDATEs that are periods, by their digits
}

// group expands one master with its overrides.
func (x *expander) group(events []*ical.Component) error {
	overrides := map[time.Time]*ical.Component{}
	var masters []*ical.Component
	for _, c := range events {
		id := c.Props.Get(ical.PropRecurrenceID)
		if id == nil {
			masters = append(masters, c)
			continue
		}
		original, err := readTime(id)
		if err != nil {
			return err
		}
		overrides[original.instant()] = c
	}
	for original, c := range overrides {
		if err := x.single(c, original); err != nil {
			return err
		}
	}
	for _, c := range masters {
		if err := x.master(c, overrides); err != nil {
			return err
		}
	}
	return nil
}

// single adds a component that stands for itself.
func (x *expander) single(c *ical.Component, original time.Time) error {
	start, end, err := bounds(c)
	if err != nil {
		return err
	}
	return x.add(c, start.instant(), end.instant(), start.allDay, original)
}

// master adds the instances of a component that no override replaces.
func (x *expander) master(c *ical.Component, overrides map[time.Time]*ical.Component) error {
	start, end, err := bounds(c)
	if err != nil {
		return err
	}
	starts, err := x.starts(c, start, end)
	if err != nil {
		return err
	}
	recurs := c.Props.Get(ical.PropRecurrenceRule) != nil || c.Props.Get(ical.PropRecurrenceDates) != nil
	for _, local := range starts {
		at := moment{local: local, loc: start.loc, allDay: start.allDay}.instant()
		if overrides[at] != nil {
			continue
		}
		original := time.Time{}
		if recurs {
			original = at
		}
		last := finish(start, end, local)
		if length, ok := x.lengths[local]; ok {
			last = at.Add(length)
		}
		if err := x.add(c, at, last, start.allDay, original); err != nil {
			return err
		}
	}
	return nil
}

// finish is when the instance that starts at local ends: the same local
// duration later, or the same time later where start and end differ in zone.
func finish(start, end moment, local time.Time) time.Time {
	if end.loc == start.loc {
		return moment{local: local.Add(end.local.Sub(start.local)), loc: end.loc, allDay: end.allDay}.instant()
	}
	at := moment{local: local, loc: start.loc}.instant()
	return at.Add(end.instant().Sub(start.instant()))
}

func (x *expander) add(c *ical.Component, start, end time.Time, allDay bool, original time.Time) error {
	if !x.meets(start, end) {
		return nil
	}
	if len(x.found) == MaxInstances {
		return ErrTooMany
	}
	x.found = append(x.found, bridge.Instance{
		UID: textOf(c, ical.PropUID), AllDay: allDay, Start: start, End: end, Original: original,
		Subject: textOf(c, ical.PropSummary), Location: textOf(c, ical.PropLocation), ShowAs: showAsOf(c),
		Cancelled: textOf(c, ical.PropStatus) == string(ical.EventCancelled),
	})
	return nil
}

// showAsOf reads how the time is shown, where Outlook's own property says so.
func showAsOf(c *ical.Component) bridge.ShowAs {
	text := textOf(c, propBusyStatus)
	for v, name := range busyStatus {
		if strings.EqualFold(text, name) {
			return v
		}
	}
	return ""
}

// meets holds RFC 4791 §9.9: an instance without length meets the instant at
// which it starts.
func (x *expander) meets(start, end time.Time) bool {
	if !x.to.IsZero() && !start.Before(x.to) {
		return false
	}
	if x.from.IsZero() || end.After(x.from) {
		return true
	}
	return !end.After(start) && !start.Before(x.from)
}

// bounds reads when a component starts and ends (RFC 5545 §3.6.1).
func bounds(c *ical.Component) (start, end moment, err error) {
	p := c.Props.Get(ical.PropDateTimeStart)
	if p == nil {
		return start, end, errors.New("ics: an event has no DTSTART")
	}
	if start, err = readTime(p); err != nil {
		return start, end, err
	}
	end = start
	switch p, d := c.Props.Get(ical.PropDateTimeEnd), c.Props.Get(ical.PropDuration); {
	case p != nil:
		end, err = readTime(p)
	case d != nil:
		var length time.Duration
		if length, err = d.Duration(); err != nil {
			return start, end, fmt.Errorf("ics: DURATION: %w", err)
		}
		end.local = end.local.Add(length)
	case start.allDay:
		end.local = end.local.AddDate(0, 0, 1)
	}
	return start, end, err
}

// textOf returns a TEXT value as well as it can be read.
func textOf(c *ical.Component, name string) string {
	p := c.Props.Get(name)
	if p == nil {
		return ""
	}
	return unescape(p.Value)
}
