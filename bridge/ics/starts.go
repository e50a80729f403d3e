package ics

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"
)

const (
	// maxSteps bounds how many dates of a rule are walked through.
	maxSteps = 1_000_000
	// maxTimes bounds how often a rule can come in a day. rrule-go lays out a
	// whole year at once: with every second of it that would be gigabytes.
	maxTimes = 24
)

// starts returns the digits at which the instances of c start, sorted, as far
// as the range asked for reaches: DTSTART's rule and RDATEs without EXDATEs.
// Rules run in local time: each date becomes an instant by itself.
func (x *expander) starts(c *ical.Component, start, end moment) (list []time.Time, err error) {
	rule := c.Props.Get(ical.PropRecurrenceRule)
	if rule == nil {
		list = append(list, start.local)
	} else if list, err = x.ruleDates(rule.Value, start, end); err != nil {
		return nil, err
	}
	dates := c.Props.Values(ical.PropRecurrenceDates)
	if x.lengths = nil; len(dates) > 0 {
		x.lengths = map[time.Time]time.Duration{}
	}
	added, err := digits(dates, start, x.lengths)
	if err != nil {
		return nil, err
	}
	removed, err := digits(c.Props.Values(ical.PropExceptionDates), start, nil)
	if err != nil {
		return nil, err
	}
	list = append(list, added...)
	slices.SortFunc(list, time.Time.Compare)
	list = slices.Compact(list)
	out := map[int64]bool{}
	for _, t := range removed {
		out[t.Unix()] = true
	}
	return slices.DeleteFunc(list, func(t time.Time) bool { return out[t.Unix()] }), nil
}

// digits reads RDATEs or EXDATEs as local digits of start's zone. How long those
// last that say so goes into lengths.
func digits(props []ical.Prop, start moment, lengths map[time.Time]time.Duration) (list []time.Time, err error) {
	for i := range props {
		times, periods, err := readPeriods(&props[i])
		if err != nil {
			return nil, err
		}
		for n, m := range times {
			if m.loc != start.loc && !m.allDay {
				m.local = start.in(m.instant())
			}
			list = append(list, m.local)
			if length, ok := periods[n]; ok && lengths != nil {
				lengths[m.local] = length
			}
		}
	}
	return list, nil
}

func (x *expander) ruleDates(text string, start, end moment) (list []time.Time, err error) {
	option, err := rrule.StrToROption(text)
	if err != nil {
		return nil, fmt.Errorf("ics: RRULE: %w", err)
	}
	if option.Freq > rrule.DAILY {
		return nil, fmt.Errorf("ics: RRULE: nothing in a calendar recurs %s", strings.ToLower(option.Freq.String()))
	}
	if max(len(option.Byhour), 1)*max(len(option.Byminute), 1)*max(len(option.Bysecond), 1) > maxTimes {
		return nil, fmt.Errorf("ics: RRULE: nothing in a calendar recurs more than %d times a day", maxTimes)
	}
	if start.local.IsZero() {
		return nil, errors.New("ics: a rule that begins with the first moment of time") // rrule-go would begin now
	}
	option.Dtstart = start.local
	if !option.Until.IsZero() && strings.Contains(text, "Z") {
		option.Until = start.in(option.Until)
	}
	last := start.local.AddDate(400, 0, 0)
	if !x.to.IsZero() {
		last = x.to.Add(26 * time.Hour)
	}
	if option.Until.IsZero() {
		option.Until = last // by itself rrule-go ends after 290 years
	}
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, fmt.Errorf("ics: RRULE: %w", err)
	}
	length := max(end.local.Sub(start.local), 0) + 26*time.Hour
	next := rule.Iterator()
	for range maxSteps {
		t, ok := next()
		if !ok || t.After(last) {
			return list, nil
		}
		if x.from.IsZero() || !t.Add(length).Before(x.from) {
			if list = append(list, t); len(list) > MaxInstances {
				return nil, ErrTooMany
			}
		}
	}
	return nil, ErrTooMany
}
