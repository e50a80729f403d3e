package ics

import (
	"cmp"
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// pin adds an override for each instance, up to the horizon, whose local time
// clocks skip or repeat that night. RFC 5545 §3.3.5 says when it takes place,
// but ical.js and libical read it an hour away; an override leaves nothing to
// read. gone are the dates that have no instance.
func (r *renderer) pin(sl *slots, overrides []placed, gone []bridge.Date) []placed {
	if sl.allDay {
		return overrides
	}
	taken := map[bridge.Date]bool{}
	for _, o := range overrides {
		taken[o.date] = true
	}
	for _, d := range gone {
		taken[d] = true
	}
	last := min(sl.rule.End, bridge.DateOf(r.env.Horizon, time.December, 31))
	for _, day := range zone.Unclear(sl.at.loc, sl.start, sl.first.Time(), last.Time()) {
		if d := dateOf(day); !taken[d] && sl.rule.Has(d) {
			overrides = append(overrides, placed{date: d, event: r.instance(sl, d)})
		}
	}
	slices.SortFunc(overrides, func(a, b placed) int { return cmp.Compare(a.date, b.date) })
	return overrides
}

// instance is the master as it takes place on d.
func (r *renderer) instance(sl *slots, d bridge.Date) *bridge.Event {
	e := r.series.Master
	e.Start, e.End = sl.instant(d), sl.finish(d)
	e.StartZone, e.EndZone = sl.at.name, sl.at.name
	return &e
}
