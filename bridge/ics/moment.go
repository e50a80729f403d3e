package ics

import (
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// moment is a DATE or DATE-TIME as it is written: the digits, held as if they
// were UTC, and the zone in which they are to be read.
type moment struct {
	local  time.Time
	loc    *time.Location
	allDay bool
}

func (m moment) instant() time.Time {
	if m.allDay || m.loc == time.UTC {
		return m.local
	}
	return wall(m.loc, m.local).UTC()
}

// in returns the digits of t where m is.
func (m moment) in(t time.Time) time.Time {
	if m.allDay {
		return t.UTC()
	}
	local := t.In(m.loc)
	y, mo, d := local.Date()
	return time.Date(y, mo, d, local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
}

// readTime reads a property with one DATE or DATE-TIME.
func readTime(p *ical.Prop) (moment, error) {
	list, err := readTimes(p)
	if err == nil && len(list) != 1 {
		err = fmt.Errorf("ics: %s holds %d times", p.Name, len(list))
	}
	if err != nil {
		return moment{}, err
	}
	return list[0], nil
}

// readPeriods reads a property with a list of times or of PERIODs (RFC 5545
// §3.3.9): where each starts, and how long those last that say so.
func readPeriods(p *ical.Prop) (starts []moment, lengths map[int]time.Duration, err error) {
	if !strings.Contains(p.Value, "/") {
		starts, err = readTimes(p)
		return starts, nil, err
	}
	lengths = map[int]time.Duration{}
	for i, text := range strings.Split(p.Value, ",") {
		first, last, _ := strings.Cut(text, "/")
		start, err := readTime(&ical.Prop{Name: p.Name, Params: p.Params, Value: first})
		if err != nil {
			return nil, nil, err
		}
		length, err := (&ical.Prop{Name: ical.PropDuration, Params: ical.Params{}, Value: last}).Duration()
		if err != nil {
			end, err := readTime(&ical.Prop{Name: p.Name, Params: p.Params, Value: last})
			if err != nil {
				return nil, nil, err
			}
			length = end.instant().Sub(start.instant())
		}
		if length < 0 {
			return nil, nil, fmt.Errorf("ics: %s: ends before it starts: %q", p.Name, bridge.Excerpt(text))
		}
		starts, lengths[i] = append(starts, start), length
	}
	return starts, lengths, nil
}

// readTimes reads a property with a list of DATEs or DATE-TIMEs. A time without
// a zone, and one in a zone that nobody knows, is read in UTC.
func readTimes(p *ical.Prop) (list []moment, err error) {
	loc := locationOf(p.Params.Get(ical.ParamTimezoneID))
	for _, text := range strings.Split(p.Value, ",") {
		m := moment{loc: loc}
		switch len(text) {
		case len(dateForm):
			m.allDay = true
			m.local, err = time.Parse(dateForm, text)
		case len(localForm):
			m.local, err = time.Parse(localForm, text)
		default:
			m.loc = time.UTC
			m.local, err = time.Parse(utcForm, text)
		}
		if err != nil {
			return nil, fmt.Errorf("ics: %s: not a time: %q", p.Name, bridge.Excerpt(text))
		}
		list = append(list, m)
	}
	return list, nil
}

func locationOf(tzid string) *time.Location {
	name, ok := zone.Resolve(tzid)
	if !ok {
		return time.UTC
	}
	loc, err := zone.Load(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// unescape reads a TEXT value; what is no escape stands for itself.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return unescaper.Replace(s)
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n")
