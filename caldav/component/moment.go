package component

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// form is what a time is tied to (RFC 5545 §3.3.4 and §3.3.5).
type form uint8

const (
	fixed    form = iota // UTC, or a zone
	floating             // what a clock shows, wherever it hangs
	day                  // a DATE
)

// Types of values that hold times (RFC 5545 §3.3).
const (
	dateValue     = "DATE"
	dateTimeValue = "DATE-TIME"
	periodValue   = "PERIOD"
)

// dated are the properties that hold times, with the type of their values where
// they name no other (RFC 5545 §3.8, RFC 9074 §6.1). RFC 4791 §9.9 defines
// time-ranges of the first seven; those of the others are judged alike.
var dated = map[string]string{
	"COMPLETED": dateTimeValue, "CREATED": dateTimeValue, "DTEND": dateTimeValue, "DTSTAMP": dateTimeValue, "DTSTART": dateTimeValue,
	"DUE": dateTimeValue, "LAST-MODIFIED": dateTimeValue,
	"RECURRENCE-ID": dateTimeValue, "EXDATE": dateTimeValue, "RDATE": dateTimeValue, "ACKNOWLEDGED": dateTimeValue, "FREEBUSY": periodValue,
	"TRIGGER": "DURATION",
}

// canBeDated reports whether properties of a name can hold times. One that
// somebody made up can, where it says so itself.
func canBeDated(name string) bool { return dated[name] != "" || strings.HasPrefix(name, "X-") }

// holds reports whether one of the times in a property lies within the window: a
// time as an event without length would, a period as one of that length (RFC
// 4791 §9.9).
func (w *Window) holds(p *Property) bool {
	kind, named := p.Param("VALUE")
	if !named {
		kind = dated[p.Name]
	}
	switch strings.ToUpper(kind) {
	case dateValue, dateTimeValue, periodValue:
	default:
		return false
	}
	for value := range strings.SplitSeq(p.Value(), ",") {
		start, end, as, err := p.between(value)
		if err == nil && w.Meets(start, end, as != fixed) {
			return true
		}
	}
	return false
}

var errBackwards = errors.New("component: a period ends before it starts")

// between reads a value of a property: a time, which ends where it starts, or a
// period (RFC 5545 §3.3.9).
func (p *Property) between(value string) (start, end time.Time, as form, err error) {
	first, last, isPeriod := strings.Cut(value, "/")
	if start, as, err = p.moment(first); err != nil || !isPeriod {
		return start, start, as, err
	}
	if length, ok := duration(last); ok {
		end = start.Add(length)
	} else if end, _, err = p.moment(last); err != nil {
		return start, end, as, err
	}
	if end.Before(start) {
		err = errBackwards
	}
	return start, end, as, err
}

// moment reads a DATE or DATE-TIME that stands in a property. What is tied to no
// zone is given in UTC, and so is, like in [ics.Expand], what is tied to one that
// nobody knows.
func (p *Property) moment(value string) (t time.Time, as form, err error) {
	switch len(value) {
	case len("20060102"):
		t, err = time.Parse("20060102", value)
		return t, day, p.wrap(value, err)
	case len("20060102T150405Z"):
		t, err = time.Parse("20060102T150405Z", value)
		return t, fixed, p.wrap(value, err)
	}
	local, err := time.Parse("20060102T150405", value)
	if err != nil {
		return local, fixed, p.wrap(value, err)
	}
	tzid, ok := p.Param("TZID")
	if !ok {
		return local, floating, nil
	}
	year, month, dayOf := local.Date()
	return zone.At(location(tzid), year, month, dayOf, local.Hour(), local.Minute(), local.Second()).UTC(), fixed, nil
}

// Instant reads the value as a DATE or DATE-TIME. Of a DATE it is midnight in
// UTC.
func (p *Property) Instant() (t time.Time, allDay bool, err error) {
	t, as, err := p.moment(p.Value())
	return t, as == day, err
}

func (p *Property) wrap(value string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("component: %s: not a time: %q", p.Name, bridge.Excerpt(value))
}

// location returns the zone that a TZID means, UTC where it means none.
func location(tzid string) *time.Location {
	if name, ok := zone.Resolve(tzid); ok {
		if loc, err := zone.Load(name); err == nil {
			return loc
		}
	}
	return time.UTC
}

// finish returns when a component ends that says how long it lasts and not until
// when: RFC 4791 §9.9 has this judged in place of a DTEND. nil where it does not.
func (c *Component) finish() *Property {
	start := c.Prop("DTSTART")
	length, ok := duration(c.Value("DURATION"))
	if start == nil || !ok || c.Prop("DTEND") != nil {
		return nil
	}
	t, as, err := start.moment(start.Value())
	if err != nil {
		return nil
	}
	p := timeProperty("DTEND", t.Add(length), as == day)
	if as == floating {
		p = newProperty("DTEND", "", t.Add(length).Format("20060102T150405"))
	}
	return &p
}
