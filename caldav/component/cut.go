package component

import (
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/caldav/davxml"
)

// Cut returns what is wanted of an object (RFC 4791 §9.6): its bytes as they
// are unless something else was asked for. Days without a zone are loc's.
func Cut(o *bridge.Object, d *davxml.CalendarData, loc *time.Location) ([]byte, error) {
	if !d.Cuts() {
		return o.Body, nil
	}
	e, err := parseEvent(o)
	if err != nil {
		return nil, err
	}
	root := e.root
	switch {
	case d.Expand != nil:
		w := WindowOf(*d.Expand, loc)
		root, err = e.expanded(&w)
	case d.Limit != nil:
		w := WindowOf(*d.Limit, loc)
		root, err = e.limited(&w)
	}
	if err != nil {
		return nil, err
	}
	if d.Comp != nil {
		root = cutCalendar(root, d.Comp)
	}
	if d.Zoneless {
		root = &Component{Name: root.Name, Props: root.Props, Children: slices.DeleteFunc(slices.Clone(root.Children), isZone)}
	}
	return root.Append(nil), nil
}

func isZone(c *Component) bool { return c.Name == "VTIMEZONE" }

// Limits of what one object is expanded to: it is made in memory, and a long
// text comes with each instance.
const (
	maxExpanded      = 20_000
	maxExpandedBytes = 32 << 20
)

// TooMany reports whether n instances are more than an object of that size is
// expanded to.
func TooMany(n, size int) bool { return n > maxExpanded || n*size > maxExpandedBytes }

// expanded returns one VEVENT per instance, in UTC and without anything that
// recurs (RFC 4791 §9.6.5).
func (e *event) expanded(w *Window) (*Component, error) {
	found, err := e.instances(w)
	if err == nil && e.object.Recurs && TooMany(len(found), len(e.object.Body)) {
		err = ics.ErrTooMany
	}
	if err != nil {
		return nil, err
	}
	root := &Component{Name: e.root.Name, Props: e.root.Props}
	for i := range found {
		if found[i].comp != nil {
			root.Children = append(root.Children, found[i].component())
		}
	}
	return root, nil
}

// component returns the instance as an event of its own.
func (x *instance) component() *Component {
	c := &Component{Name: "VEVENT", Children: x.comp.Children}
	for _, p := range x.comp.Props {
		switch p.Name {
		case "DTSTART":
			c.Props = append(c.Props, timeProperty(p.Name, x.Start, x.AllDay))
			if x.End.After(x.Start) {
				c.Props = append(c.Props, timeProperty("DTEND", x.End, x.AllDay))
			}
			if !x.Original.IsZero() {
				c.Props = append(c.Props, timeProperty("RECURRENCE-ID", x.Original, x.slotIsDay()))
			}
		case "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE", "EXRULE":
		default:
			c.Props = append(c.Props, p)
		}
	}
	return c
}

// slotIsDay reports whether the series is all-day: an override of it may be at
// a time.
func (x *instance) slotIsDay() bool {
	if id := x.comp.Prop("RECURRENCE-ID"); id != nil {
		_, allDay, err := id.Instant()
		return err == nil && allDay
	}
	return x.AllDay
}

func timeProperty(name string, t time.Time, allDay bool) Property {
	if allDay {
		return newProperty(name, ";VALUE=DATE", t.UTC().Format("20060102"))
	}
	return newProperty(name, "", t.UTC().Format("20060102T150405Z"))
}

// limited returns the master with the overrides that meet the window, or whose
// slots do (RFC 4791 §9.6.6).
func (e *event) limited(w *Window) (*Component, error) {
	meeting, err := e.meeting(w)
	if err != nil {
		return nil, err
	}
	root := &Component{Name: e.root.Name, Props: e.root.Props}
	for _, c := range e.root.Children {
		id := c.Prop("RECURRENCE-ID")
		if c.Name == "VEVENT" && id != nil && !slices.Contains(meeting, c) {
			slot, as, err := id.moment(id.Value())
			if err != nil || !w.Meets(slot, slot.Add(e.length()), as != fixed) {
				continue
			}
		}
		root.Children = append(root.Children, c)
	}
	return root, nil
}

// length is how long the master's own slot lasts.
func (e *event) length() time.Duration {
	if e.master == nil {
		return 0
	}
	first, last := e.master.Prop("DTSTART"), e.master.Prop("DTEND")
	if length, ok := duration(e.master.Value("DURATION")); ok && last == nil {
		return length
	}
	if first == nil || last == nil {
		return 0
	}
	start, _, err1 := first.Instant()
	end, _, err2 := last.Instant()
	if err1 != nil || err2 != nil {
		return 0
	}
	return end.Sub(start)
}

// cutCalendar keeps of a VCALENDAR what is wanted, and the zones that what is
// left still names.
func cutCalendar(root *Component, d *davxml.CompData) *Component {
	if d.Name != root.Name {
		return &Component{Name: root.Name}
	}
	cut := cutComponent(root, d)
	if slices.ContainsFunc(cut.Children, isZone) {
		return cut
	}
	used := map[string]bool{}
	for _, c := range cut.Children {
		for i := range c.Props {
			if tzid, ok := c.Props[i].Param("TZID"); ok {
				used[tzid] = true
			}
		}
	}
	var zones []*Component
	for _, c := range root.Children {
		if c.Name == "VTIMEZONE" && used[c.Value("TZID")] {
			zones = append(zones, c)
		}
	}
	cut.Children = append(zones, cut.Children...)
	return cut
}

// cutComponent keeps what is wanted of a component: all of it where nothing is
// named, as in the examples of RFC 4791 §7.8.
func cutComponent(c *Component, d *davxml.CompData) *Component {
	if !d.AllProps && !d.AllComps && len(d.Props)+len(d.Comps) == 0 {
		return c
	}
	cut := &Component{Name: c.Name}
	for _, p := range c.Props {
		i := slices.IndexFunc(d.Props, func(want davxml.PropData) bool { return want.Name == p.Name })
		switch {
		case d.AllProps || i >= 0 && !d.Props[i].NoValue:
			cut.Props = append(cut.Props, p)
		case i >= 0:
			cut.Props = append(cut.Props, newProperty(p.Name, "", ""))
		}
	}
	for _, sub := range c.Children {
		i := slices.IndexFunc(d.Comps, func(want davxml.CompData) bool { return want.Name == sub.Name })
		switch {
		case i >= 0:
			cut.Children = append(cut.Children, cutComponent(sub, &d.Comps[i]))
		case d.AllComps:
			cut.Children = append(cut.Children, sub)
		}
	}
	return cut
}
