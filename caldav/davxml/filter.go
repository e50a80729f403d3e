package davxml

import (
	"fmt"
	"strings"
	"time"
)

// CalendarQuery is RFC 4791 §7.8.
type CalendarQuery struct {
	Wanted
	Filter     CompFilter
	Timezone   string // C:timezone, a VCALENDAR; empty where none came
	TimezoneID string // C:timezone-id (RFC 7809 §5.2)
}

// CompFilter is a test of the components of one name (RFC 4791 §9.7.1). It
// matches where one component passes all that is below, or, with NotDefined,
// where there is no such component.
type CompFilter struct {
	Name       string // upper case
	NotDefined bool
	Range      *TimeRange
	Props      []PropFilter
	Comps      []CompFilter
}

// PropFilter is a test of the properties of one name (RFC 4791 §9.7.2).
type PropFilter struct {
	Name       string // upper case
	NotDefined bool
	Range      *TimeRange
	Match      *TextMatch
	Params     []ParamFilter
}

// ParamFilter is a test of a property's parameter (RFC 4791 §9.7.3).
type ParamFilter struct {
	Name       string // upper case
	NotDefined bool
	Match      *TextMatch
}

// TextMatch looks for a text within another (RFC 4791 §9.7.5).
type TextMatch struct {
	Text      string
	Collation string // as it was asked for; empty for the default
	Negate    bool
}

// TimeRange is half-open; a zero time leaves its side open (RFC 4791 §9.9).
type TimeRange struct{ Start, End time.Time }

// Preconditions of RFC 4791 §7.8.
var (
	validFilter     = CalDAV("valid-filter")
	supportedFilter = CalDAV("supported-filter")
)

func invalidFilter(format string, args ...any) error {
	return &Violation{Condition: validFilter, Reason: fmt.Sprintf(format, args...)}
}

func unsupportedFilter(format string, args ...any) error {
	return &Violation{Condition: supportedFilter, Reason: fmt.Sprintf(format, args...)}
}

func calendarQueryOf(root *Element) (*CalendarQuery, error) {
	wanted, err := wantedOf(root)
	if err != nil {
		return nil, err
	}
	q := &CalendarQuery{Wanted: wanted}
	for _, e := range root.Children {
		switch e.Name {
		case CalDAV("timezone"):
			q.Timezone = e.Text
		case CalDAV("timezone-id"):
			q.TimezoneID = strings.TrimSpace(e.Text)
		}
	}
	filter := root.Child(CalDAV("filter"))
	if filter == nil || len(filter.Children) != 1 || filter.Children[0].Name != CalDAV("comp-filter") {
		return nil, invalidFilter("a filter holds one comp-filter")
	}
	q.Filter, err = compFilterOf(filter.Children[0])
	return q, err
}

func compFilterOf(e *Element) (f CompFilter, err error) {
	if f.Name, err = filterName(e); err != nil {
		return f, err
	}
	for _, c := range e.Children {
		switch c.Name {
		case CalDAV("is-not-defined"):
			f.NotDefined = true
		case CalDAV("time-range"):
			f.Range, err = rangeIn(c)
		case CalDAV("prop-filter"):
			var p PropFilter
			p, err = propFilterOf(c)
			f.Props = append(f.Props, p)
		case CalDAV("comp-filter"):
			var sub CompFilter
			sub, err = compFilterOf(c)
			f.Comps = append(f.Comps, sub)
		default:
			err = unsupportedFilter("<%.40s> in a comp-filter", c.Name.Local)
		}
		if err != nil {
			return f, err
		}
	}
	if f.NotDefined && len(e.Children) > 1 {
		return f, invalidFilter("is-not-defined stands alone")
	}
	return f, nil
}

func propFilterOf(e *Element) (f PropFilter, err error) {
	if f.Name, err = filterName(e); err != nil {
		return f, err
	}
	for _, c := range e.Children {
		switch c.Name {
		case CalDAV("is-not-defined"):
			f.NotDefined = true
		case CalDAV("time-range"):
			f.Range, err = rangeIn(c)
		case CalDAV("text-match"):
			f.Match, err = textMatchOf(c)
		case CalDAV("param-filter"):
			var p ParamFilter
			p, err = paramFilterOf(c)
			f.Params = append(f.Params, p)
		default:
			err = unsupportedFilter("<%.40s> in a prop-filter", c.Name.Local)
		}
		if err != nil {
			return f, err
		}
	}
	if f.NotDefined && len(e.Children) > 1 || f.Range != nil && f.Match != nil {
		return f, invalidFilter("a prop-filter tests one thing")
	}
	return f, nil
}

func paramFilterOf(e *Element) (f ParamFilter, err error) {
	if f.Name, err = filterName(e); err != nil {
		return f, err
	}
	for _, c := range e.Children {
		switch c.Name {
		case CalDAV("is-not-defined"):
			f.NotDefined = true
		case CalDAV("text-match"):
			f.Match, err = textMatchOf(c)
		default:
			err = unsupportedFilter("<%.40s> in a param-filter", c.Name.Local)
		}
		if err != nil {
			return f, err
		}
	}
	if f.NotDefined && f.Match != nil {
		return f, invalidFilter("is-not-defined stands alone")
	}
	return f, nil
}

// filterName reads the name of what a filter is about. An attribute beside it,
// such as the test of CardDAV, would change what the filter means.
func filterName(e *Element) (string, error) {
	for _, a := range e.Attrs {
		if a.Name.Local != "name" && !(a.Name.Local == "test" && a.Value == "allof") {
			return "", unsupportedFilter("attribute %.20q of a filter", a.Name.Local)
		}
	}
	name := strings.ToUpper(strings.TrimSpace(e.Attr("name")))
	if name == "" {
		return "", invalidFilter("a filter without a name")
	}
	return name, nil
}

func textMatchOf(e *Element) (*TextMatch, error) {
	m := &TextMatch{Text: e.Text}
	for _, a := range e.Attrs {
		switch a.Name.Local {
		case "collation":
			m.Collation = a.Value
		case "negate-condition":
			if a.Value != "yes" && a.Value != "no" {
				return nil, invalidFilter("negate-condition is yes or no")
			}
			m.Negate = a.Value == "yes"
		case "caseless": // of a draft before RFC 4791
			return nil, unsupportedFilter("caseless")
		case "match-type": // of CardDAV
			if a.Value != "contains" {
				return nil, unsupportedFilter("match-type %.20q", a.Value)
			}
		}
	}
	return m, nil
}

func rangeIn(e *Element) (*TimeRange, error) {
	r, err := timeRangeOf(e)
	return &r, err
}

func timeRangeOf(e *Element) (r TimeRange, err error) {
	if r.Start, err = timeOf(e.Attr("start")); err != nil {
		return r, err
	}
	if r.End, err = timeOf(e.Attr("end")); err != nil {
		return r, err
	}
	switch {
	case r.Start.IsZero() && r.End.IsZero():
		return r, invalidFilter("a time-range has a start or an end")
	case !r.Start.IsZero() && !r.End.IsZero() && !r.End.After(r.Start):
		return r, invalidFilter("a time-range ends after it starts")
	}
	return r, nil
}

// timeOf reads a time of a range, which has to be in UTC (RFC 4791 §9.9). Some
// clients forget the Z, or send a day.
func timeOf(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{"20060102T150405Z", "20060102T150405", "20060102"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, invalidFilter("%.30q is not a time in UTC", s)
}
