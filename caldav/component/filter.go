package component

import (
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// Filter is the filter of a calendar-query (RFC 4791 §9.7), made ready for a
// calendar that holds events and nothing else.
type Filter struct {
	// Nothing tells that no object can pass.
	Nothing bool
	// Window is what every object that passes has to meet; nil where time does
	// not matter.
	Window *Window
	// Closer tells that Match has to look at the objects that meet the window.
	Closer bool

	tree davxml.CompFilter
	zone *time.Location
}

// NewFilter returns a filter whose days without a zone are loc's. What it
// cannot judge rightly it refuses, with a [davxml.Violation].
func NewFilter(tree davxml.CompFilter, loc *time.Location) (*Filter, error) {
	if tree.Name == "VCALENDAR" && tree.Range != nil && !tree.NotDefined { // python-caldav, where it is asked for no component
		tree.Comps = append(slices.Clone(tree.Comps), davxml.CompFilter{Name: "VEVENT", Range: tree.Range})
		tree.Range = nil
	}
	if err := check(&tree, nil); err != nil {
		return nil, err
	}
	f := &Filter{tree: tree, zone: loc}
	if tree.Name != "VCALENDAR" || tree.NotDefined {
		f.Nothing = (tree.Name != "VCALENDAR") != tree.NotDefined
		return f, nil
	}
	f.Closer = len(tree.Props) > 0
	for i := range tree.Comps {
		f.prepare(&tree.Comps[i])
	}
	return f, nil
}

// prepare looks at a comp-filter directly below VCALENDAR. Its tests are joined
// by "and", so that one which no object passes settles all.
func (f *Filter) prepare(c *davxml.CompFilter) {
	switch {
	case c.Name == "VTIMEZONE":
		f.Closer = true
	case c.Name != "VEVENT" && c.NotDefined:
	case c.Name != "VEVENT" || c.NotDefined:
		f.Nothing = true
	default:
		f.Closer = f.Closer || len(c.Props)+len(c.Comps) > 0 || f.Window != nil && c.Range != nil
		if c.Range != nil && f.Window == nil {
			w := WindowOf(*c.Range, f.zone)
			f.Window = &w
		}
	}
}

// Match reports whether the object passes. It is needed where Closer is set.
func (f *Filter) Match(o *bridge.Object) (bool, error) {
	e, err := parseEvent(o)
	if err != nil {
		return false, err
	}
	m := matcher{event: e, zone: f.zone}
	ok := m.comp(&f.tree, nil, []*Component{e.root})
	return ok, m.err
}

// matcher tests one object; err stays once set.
type matcher struct {
	event *event
	zone  *time.Location
	err   error
}

func (m *matcher) comp(f *davxml.CompFilter, parent *Component, siblings []*Component) bool {
	var named []*Component
	for _, c := range siblings {
		if c.Name == f.Name {
			named = append(named, c)
		}
	}
	if f.NotDefined {
		return len(named) == 0
	}
	if f.Range != nil {
		w := WindowOf(*f.Range, m.zone)
		if f.Name == "VALARM" {
			named, m.err = m.event.alarms(parent, named, &w)
		} else {
			named, m.err = m.event.meeting(&w)
		}
		if m.err != nil {
			return false
		}
	}
	return slices.ContainsFunc(named, func(c *Component) bool { return m.passes(f, c) })
}

func (m *matcher) passes(f *davxml.CompFilter, c *Component) bool {
	for i := range f.Props {
		if !m.prop(&f.Props[i], c) {
			return false
		}
	}
	for i := range f.Comps {
		if !m.comp(&f.Comps[i], c, c.Children) {
			return false
		}
	}
	return true
}

func (m *matcher) prop(f *davxml.PropFilter, c *Component) bool {
	defined := false
	for i := range c.Props {
		p := &c.Props[i]
		if p.Name != f.Name {
			continue
		}
		defined = true
		if !f.NotDefined && m.propPasses(f, p) {
			return true
		}
	}
	if end := c.finish(); f.Name == "DTEND" && f.Range != nil && end != nil {
		return m.propPasses(f, end)
	}
	return f.NotDefined && !defined
}

func (m *matcher) propPasses(f *davxml.PropFilter, p *Property) bool {
	if f.Range != nil {
		if w := WindowOf(*f.Range, m.zone); !w.holds(p) {
			return false
		}
	}
	if f.Match != nil && !matches(f.Match, p.Text()) {
		return false
	}
	for i := range f.Params {
		value, ok := p.Param(f.Params[i].Name)
		switch test := &f.Params[i]; {
		case test.NotDefined == ok:
			return false
		case test.Match != nil && !matches(test.Match, value):
			return false
		}
	}
	return true
}

// parents says within which components a component stands (RFC 5545 §3.6).
var parents = map[string][]string{
	"VEVENT": {"VCALENDAR"}, "VTODO": {"VCALENDAR"}, "VJOURNAL": {"VCALENDAR"}, "VFREEBUSY": {"VCALENDAR"}, "VTIMEZONE": {"VCALENDAR"},
	"VALARM": {"VEVENT", "VTODO"}, "STANDARD": {"VTIMEZONE"}, "DAYLIGHT": {"VTIMEZONE"},
}

// ranged are the components that have a place in time (RFC 4791 §9.9).
var ranged = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM"}

// check refuses what makes no sense and what the tests above would get wrong
// (RFC 4791 §7.8, CALDAV:valid-filter and CALDAV:supported-filter).
func check(f *davxml.CompFilter, parent *davxml.CompFilter) error {
	homes, known := parents[f.Name]
	switch {
	case parent == nil && known:
		return refuse("valid-filter", f.Name+" outside of VCALENDAR")
	case parent != nil && (f.Name == "VCALENDAR" || known && !slices.Contains(homes, parent.Name)):
		return refuse("valid-filter", bridge.Excerpt(f.Name)+" within "+bridge.Excerpt(parent.Name))
	case f.Range == nil || slices.Contains(ranged, f.Name):
	case known:
		return refuse("valid-filter", "a time-range of "+f.Name)
	default:
		return refuse("supported-filter", "a time-range of "+bridge.Excerpt(f.Name))
	}
	for i := range f.Props {
		if err := checkProp(&f.Props[i]); err != nil {
			return err
		}
	}
	for i := range f.Comps {
		if err := check(&f.Comps[i], f); err != nil {
			return err
		}
	}
	return nil
}

func checkProp(f *davxml.PropFilter) error {
	if f.Range != nil && !canBeDated(f.Name) {
		return refuse("valid-filter", "a time-range of "+bridge.Excerpt(f.Name))
	}
	matches := []*davxml.TextMatch{f.Match}
	for i := range f.Params {
		matches = append(matches, f.Params[i].Match)
	}
	for _, m := range matches {
		if m == nil {
			continue
		}
		if _, ok := collationOf(m.Collation); !ok {
			return refuse("supported-collation", bridge.Excerpt(m.Collation))
		}
	}
	return nil
}

func refuse(condition, reason string) error {
	return &davxml.Violation{Condition: davxml.CalDAV(condition), Reason: reason}
}
