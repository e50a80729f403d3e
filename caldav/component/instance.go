package component

import (
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
)

// instance is one occurrence with the component that describes it.
type instance struct {
	bridge.Instance
	comp *Component
}

// event is a parsed object: a master with its overrides, or overrides alone.
type event struct {
	object    *bridge.Object
	root      *Component
	master    *Component // nil where there are overrides alone
	overrides map[time.Time]*Component
	latest    time.Time    // start of the last component
	floating  []*Component // those whose times float
}

func parseEvent(o *bridge.Object) (*event, error) {
	root, err := Parse(o.Body)
	if err != nil {
		return nil, err
	}
	e := &event{object: o, root: root, overrides: map[time.Time]*Component{}}
	for _, c := range root.Children {
		if c.Name != "VEVENT" {
			continue
		}
		if start := c.Prop("DTSTART"); start != nil {
			t, as, err := start.moment(start.Value())
			if err == nil && t.After(e.latest) {
				e.latest = t
			}
			if as == floating {
				e.floating = append(e.floating, c)
			}
		}
		id := c.Prop("RECURRENCE-ID")
		if id == nil {
			e.master = c
			continue
		}
		slot, _, err := id.Instant()
		if err != nil {
			return nil, err
		}
		e.overrides[slot] = c
	}
	return e, nil
}

// instances returns the occurrences that meet a window. Where the series goes
// on for ever and the window does too, they are those up to a year past the
// last override: enough to know every component that meets.
func (e *event) instances(w *Window) ([]instance, error) {
	if e.alone() {
		return e.single(w), nil
	}
	from, to, closed := w.within(e.object.Span)
	if !closed {
		to = later(from, e.latest).Add(margin)
	}
	found, err := ics.Expand(e.object.Body, from, to)
	if err != nil {
		return nil, err
	}
	list := make([]instance, 0, len(found))
	for _, x := range found {
		comp := e.componentOf(x.Original)
		if e.floats(comp) {
			e.settle(&x, w)
		}
		if w.Meets(x.Start, x.End, x.AllDay) {
			list = append(list, instance{x, comp})
		}
	}
	if !closed && e.master != nil && len(list) == 0 {
		list = append(list, instance{comp: e.master})
	}
	return list, nil
}

// alone reports whether the object does not recur; its span is exact then.
func (e *event) alone() bool {
	return !e.object.Recurs && e.master != nil && len(e.overrides) == 0
}

// single returns the only occurrence of an object that does not recur, if it
// meets the window; its span is exact.
func (e *event) single(w *Window) []instance {
	s := e.object.Span
	x := bridge.Instance{Start: s.Start, End: s.End, AllDay: s.AllDay}
	if e.floats(e.master) {
		e.settle(&x, w)
	}
	if !w.Meets(x.Start, x.End, x.AllDay) {
		return nil
	}
	return []instance{{x, e.master}}
}

// floats reports whether the times of a component are what a clock shows.
func (e *event) floats(c *Component) bool { return slices.Contains(e.floating, c) }

// settle puts an instance whose times float where the window's clocks show them.
func (e *event) settle(x *bridge.Instance, w *Window) {
	x.Start, x.End = w.local(x.Start), w.local(x.End)
	if !x.Original.IsZero() {
		x.Original = w.local(x.Original)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (e *event) componentOf(slot time.Time) *Component {
	if c := e.overrides[slot]; c != nil && !slot.IsZero() {
		return c
	}
	return e.master
}

// meeting returns the VEVENTs of which an occurrence meets the window.
func (e *event) meeting(w *Window) (list []*Component, err error) {
	found, err := e.instances(w)
	for _, x := range found {
		if x.comp != nil && !slices.Contains(list, x.comp) {
			list = append(list, x.comp)
		}
	}
	return list, err
}
