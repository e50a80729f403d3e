package graphsync

import (
	"fmt"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/graphsync/graph"
)

// readTimes reads start and end (mapping §2).
func readTimes(g *graph.Event, e *bridge.Event) error {
	if g.Start == nil || g.End == nil {
		return unreadable("it has no start or no end", nil)
	}
	start, err := readWall(g.Start.DateTime)
	if err != nil {
		return unreadable("its start cannot be read", err)
	}
	end, err := readWall(g.End.DateTime)
	if err != nil {
		return unreadable("its end cannot be read", err)
	}
	// Exchange fills broken items with its smallest and largest times.
	if start.Year() <= 1601 || start.Year() >= 4500 {
		return unreadable("it starts in the year "+fmt.Sprint(start.Year())+", which stands for no time at all", nil)
	}
	if g.IsAllDay {
		readDays(e, start, end)
		return nil
	}
	e.StartZone, e.EndZone = known(g.OriginalStartZone), known(g.OriginalEndZone)
	if e.Start, err = instant(start, g.Start.TimeZone, g); err != nil {
		return err
	}
	if e.End, err = instant(end, g.End.TimeZone, g); err != nil {
		return err
	}
	if e.End.Before(e.Start) || end.Year() >= 9999 {
		e.End = e.Start
	}
	return nil
}

// readDays takes the dates of an all-day event as they are written: they are
// days in whatever zone is shown. Ones that are not at midnight, an old defect
// of Outlook's, go to the nearest.
func readDays(e *bridge.Event, start, end time.Time) {
	e.Start, e.End = nearestMidnight(start), nearestMidnight(end)
	if !e.End.After(e.Start) || end.Year() >= 9999 {
		e.End = e.Start.AddDate(0, 0, 1)
	}
}

func nearestMidnight(t time.Time) time.Time { return t.Add(12 * time.Hour).Truncate(24 * time.Hour) }

// known returns the IANA name of a zone, "" where there is none to be known.
func known(name string) string {
	z, _ := zone.Resolve(name)
	return z
}

// instant reads a wall time. Graph labels it with the zone that was asked for;
// a label that says nothing falls back on the zones that the event names.
func instant(wall time.Time, label string, g *graph.Event) (time.Time, error) {
	names := []string{label}
	if g.Recurrence != nil {
		names = append(names, g.Recurrence.Range.RecurrenceTimeZone)
	}
	if label == "" {
		names = []string{"UTC"}
	}
	for _, name := range append(names, g.OriginalStartZone, g.OriginalEndZone) {
		z, ok := zone.Resolve(name)
		if !ok {
			continue
		}
		loc, err := zone.Load(z)
		if err != nil {
			return time.Time{}, unreadable("the rules of its time zone are missing on this machine", err)
		}
		y, m, d := wall.Date()
		return zone.At(loc, y, m, d, wall.Hour(), wall.Minute(), wall.Second()).UTC(), nil
	}
	return time.Time{}, unreadable(fmt.Sprintf("its time zone is not known: %q", bridge.Excerpt(label)), nil)
}

// readWall reads the digits of a dateTime as if they were UTC. Fractions are
// cut; a Z behind them, as on broken items, says nothing.
func readWall(text string) (time.Time, error) {
	text = strings.TrimSuffix(strings.TrimSpace(text), "Z")
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.Truncate(time.Second), nil
		}
	}
	return time.Time{}, fmt.Errorf("not a time: %q", bridge.Excerpt(text))
}

// readStamp reads an Edm.DateTimeOffset: RFC 3339 with any number of fractional
// digits, "Z" or an offset. Without either it is UTC.
func readStamp(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err == nil {
		return t.UTC().Truncate(time.Second), nil
	}
	return readWall(text)
}
