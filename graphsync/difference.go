package graphsync

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"calbridge/bridge"
)

// DifferenceKind is how an instance differs.
type DifferenceKind string

// The kinds of differences.
const (
	Missing DifferenceKind = "missing" // Outlook shows it, readers do not get it
	Extra   DifferenceKind = "extra"   // readers get it, Outlook does not show it
	Moved   DifferenceKind = "moved"   // it takes place at another time
	Changed DifferenceKind = "changed" // it looks otherwise
)

// Difference is one instance that readers do not get as Outlook shows it.
type Difference struct {
	Kind     DifferenceKind
	Event    bridge.SourceID // the event or the series
	Instance bridge.SourceID // Graph's id of the instance; empty where it is extra
	AllDay   bool
	Start    time.Time // in Outlook; zero where it is extra, or cannot be read
	Served   time.Time // as readers get it; zero where it is missing
	Fields   []string  // what differs of one that is moved or changed: start, end, allDay, subject, location, showAs, cancelled
}

// finding is a difference with both sides of it. One side may be empty.
type finding struct{ theirs, ours shown }

// key tells findings of different instances apart.
type key struct {
	source bridge.SourceID
	id     bridge.SourceID
	slot   time.Time
	start  time.Time
}

func (f finding) key() key {
	if f.theirs.source == "" {
		return key{source: f.ours.source, slot: f.ours.slot, start: f.ours.start}
	}
	return key{source: f.theirs.source, id: f.theirs.id}
}

func (f finding) source() bridge.SourceID { return cmp.Or(f.ours.source, f.theirs.source) }

func (f finding) start() time.Time {
	if f.theirs.source == "" || f.theirs.unreadable {
		return f.ours.start
	}
	return f.theirs.start
}

func (f finding) difference() Difference {
	d := Difference{Event: f.source(), Instance: f.theirs.id, AllDay: f.theirs.allDay, Start: f.theirs.start, Served: f.ours.start}
	switch {
	case f.theirs.source == "":
		d.Kind, d.AllDay = Extra, f.ours.allDay
	case f.ours.source == "":
		d.Kind = Missing
	default:
		d.Kind, d.Fields = Changed, fields(&f.theirs, &f.ours)
		if slices.ContainsFunc(d.Fields, func(s string) bool { return s == "start" || s == "end" || s == "allDay" }) {
			d.Kind = Moved
		}
	}
	return d
}

// fields names what differs between two pictures of an instance.
func fields(a, b *shown) (names []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"start", a.start.Equal(b.start)}, {"end", a.end.Equal(b.end)}, {"allDay", a.allDay == b.allDay},
		{"subject", sameText(a.subject, b.subject)}, {"location", sameText(a.location, b.location)},
		{"showAs", a.showAs == b.showAs}, {"cancelled", a.cancelled == b.cancelled},
	} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return names
}

// sameText reports whether b is a, or what is left of it where it was too long.
func sameText(a, b string) bool {
	if a == b {
		return true
	}
	head, cut := strings.CutSuffix(b, "…")
	return cut && strings.HasPrefix(a, strings.TrimSpace(head))
}

// both returns the findings that are in both lists, unchanged.
func both(a, b []finding) (list []finding) {
	seen := make(map[finding]bool, len(a))
	for _, f := range a {
		seen[f] = true
	}
	for _, f := range b {
		if seen[f] {
			list = append(list, f)
		}
	}
	return list
}

// ofEvents returns the findings about events that the others are about.
func ofEvents(list, others []finding) []finding {
	events := map[bridge.SourceID]bool{}
	for _, f := range others {
		events[f.source()] = true
		events[f.theirs.source] = true
	}
	return slices.DeleteFunc(list, func(f finding) bool { return !events[f.source()] })
}

// toRead are the items that have to be read again: the events, and of an
// instance whose series the mirror does not have itself too: it may stand alone.
func toRead(list []finding) (ids []bridge.SourceID) {
	for _, f := range list {
		ids = append(ids, f.source())
		if f.theirs.exception && !f.theirs.known {
			ids = append(ids, f.theirs.source, f.theirs.id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
