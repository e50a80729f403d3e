package graphsync_test

import (
	"fmt"
	"testing"
	"time"

	"calbridge/graphsync/graphfake"
)

// Where Graph does not say which dates of a series were changed or cancelled,
// they are read off its instances: in every zone, near a change of clocks, and
// far from the pattern too.
func TestWhatGraphLeavesOutOfSeries(t *testing.T) {
	for name, h := range map[string]graphfake.Habits{
		"exceptions":             {NoExceptionOccurrences: true},
		"cancelled dates":        {NoCancelledOccurrences: true},
		"both":                   {NationalCloud: true},
		"the original start":     {NoOriginalStart: true},
		"start and cancelled":    {NoOriginalStart: true, NoCancelledOccurrences: true},
		"start and exceptions":   {NoOriginalStart: true, NoExceptionOccurrences: true},
		"nothing, but cut at 20": {ExpandCap: 20},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, graphfake.Options{Habits: h})
			r.farSeries()
			r.farEast()
			r.skippedMidnight()
			r.sync()
			r.wantSame(r.cal)
		})
	}
}

// farSeries is one whose first and last instances were moved months away.
func (r *rig) farSeries() {
	id := r.add("far", 3, func(e *graphfake.Event) {
		e.Repeat = &graphfake.Repeat{Type: "weekly", Until: time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)}
	})
	r.moveTo(id, "2026-03-03", "2025-07-10")
	r.moveTo(id, "2026-03-31", "2026-12-10")
}

func (r *rig) moveTo(id graphfake.IDs, from, to string) {
	r.must(r.box.EditOccurrence(id.Classic, from, fmt.Sprintf(
		`{"subject":"moved","start":{"dateTime":"%[1]sT20:00:00","timeZone":"UTC"},"end":{"dateTime":"%[1]sT21:30:00","timeZone":"UTC"}}`, to)))
}

// farEast are whole days in a zone whose midnights are two UTC days away from
// their dates' noon, on days in a row.
func (r *rig) farEast() {
	id := r.add("far east", 3, func(e *graphfake.Event) {
		auckland, err := time.LoadLocation("Pacific/Auckland")
		r.must(err)
		e.Start, e.AllDay, e.TimeZone = time.Date(2026, 1, 5, 0, 0, 0, 0, auckland), true, "New Zealand Standard Time"
		e.Repeat = &graphfake.Repeat{Type: "weekly", Interval: 2, Days: []time.Weekday{time.Monday, time.Tuesday}, FirstDay: time.Monday, Count: 8}
	})
	r.must(r.box.CancelOccurrence(id.Classic, "2026-01-19"))
	r.must(r.box.EditOccurrence(id.Classic, "2026-02-02", `{"subject":"another name"}`))
}

// skippedMidnight is at 23:30 in Nuuk, where clocks skip that hour on
// 28 March 2026.
func (r *rig) skippedMidnight() {
	id := r.add("skipped", 3, func(e *graphfake.Event) {
		nuuk, err := time.LoadLocation("America/Nuuk")
		r.must(err)
		e.Start, e.TimeZone = time.Date(2026, 3, 26, 23, 30, 0, 0, nuuk), "Greenland Standard Time"
		e.Repeat = &graphfake.Repeat{Type: "daily", Count: 6}
	})
	r.must(r.box.EditOccurrence(id.Classic, "2026-03-28", `{"subject":"at an hour that is not"}`))
	r.must(r.box.CancelOccurrence(id.Classic, "2026-03-30"))
}
