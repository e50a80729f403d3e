package ics

import (
	"cmp"
	"slices"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

const (
	dateForm  = "20060102"
	localForm = "20060102T150405"
	utcForm   = "20060102T150405Z"
)

// place is where a time is written: a zone with its rules.
type place struct {
	name string
	loc  *time.Location
}

var inUTC = place{"UTC", time.UTC}

// placeOf returns the first of the named zones that can be loaded, else UTC.
func placeOf(names ...string) place {
	for _, name := range names {
		if name == "UTC" {
			return inUTC
		}
		if loc, err := zone.Load(name); name != "" && err == nil {
			return place{name, loc}
		}
	}
	return inUTC
}

// zones collects the zones that an object names, with the first year of each.
type zones map[string]int

func (z zones) use(p place, year int) {
	if first, ok := z[p.name]; p.loc != time.UTC && (!ok || year < first) {
		z[p.name] = year
	}
}

func (z zones) list() []bridge.ZoneUse {
	var list []bridge.ZoneUse
	for name, year := range z {
		list = append(list, bridge.ZoneUse{Name: name, Year: year})
	}
	slices.SortFunc(list, func(a, b bridge.ZoneUse) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// stamp returns a property that holds an instant in UTC.
func stamp(name string, t time.Time) *ical.Prop {
	return &ical.Prop{Name: name, Value: t.UTC().Format(utcForm)}
}

// dateProp returns a property that holds a day.
func dateProp(name string, d bridge.Date) *ical.Prop {
	p := ical.NewProp(name)
	p.Params.Set(ical.ParamValue, string(ical.ValueDate))
	p.Value = d.Time().Format(dateForm)
	return p
}

// instantProp returns a property that holds an instant, in local time of where
// it is to be shown. The hour that autumn repeats is written in UTC: local time
// means its first pass (RFC 5545 §3.3.5), but ical.js and libical read the
// second.
func (z zones) instantProp(name string, t time.Time, at place) *ical.Prop {
	if at.loc == time.UTC || zone.Repeated(at.loc, t) {
		return stamp(name, t)
	}
	return z.localProp(name, t.In(at.loc), at)
}

// localProp returns a property that holds the digits of local.
func (z zones) localProp(name string, local time.Time, at place) *ical.Prop {
	p := ical.NewProp(name)
	if at.loc == time.UTC {
		p.Value = local.Format(utcForm)
		return p
	}
	z.use(at, local.Year())
	p.Params.Set(ical.ParamTimezoneID, at.name)
	p.Value = local.Format(localForm)
	return p
}

// wall reads the digits of local in loc, as iCalendar does.
func wall(loc *time.Location, local time.Time) time.Time {
	y, m, d := local.Date()
	return zone.At(loc, y, m, d, local.Hour(), local.Minute(), local.Second())
}
