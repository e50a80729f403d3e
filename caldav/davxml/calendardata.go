package davxml

import "strings"

var calendarData = CalDAV("calendar-data")

// CalendarData is how much of an object is wanted (RFC 4791 §9.6). The zero
// value wants the whole of it as it is.
type CalendarData struct {
	Comp     *CompData  // which components and properties; all where nil
	Expand   *TimeRange // instances in place of the series (§9.6.5)
	Limit    *TimeRange // the overrides within a range alone (§9.6.6)
	FreeBusy *TimeRange // FREEBUSY values within a range alone (§9.6.7)
	Zoneless bool       // without what describes zones (RFC 7809 §7.1); comes in a header
}

// Cuts reports whether anything but the whole object is wanted.
func (d *CalendarData) Cuts() bool {
	return d != nil && (d.Comp != nil || d.Expand != nil || d.Limit != nil || d.Zoneless)
}

// CompData is what is wanted of the components of one name (RFC 4791 §9.6.1).
type CompData struct {
	Name     string // upper case
	AllProps bool
	AllComps bool
	Props    []PropData
	Comps    []CompData
}

// PropData is a property that is wanted (RFC 4791 §9.6.4).
type PropData struct {
	Name    string // upper case
	NoValue bool
}

func calendarDataOf(e *Element) (*CalendarData, error) {
	if t, v := e.Attr("content-type"), e.Attr("version"); t != "" && !strings.EqualFold(t, "text/calendar") || v != "" && v != "2.0" {
		return nil, &Violation{Condition: CalDAV("supported-calendar-data"), Reason: "there is text/calendar 2.0 and nothing else"}
	}
	d := &CalendarData{}
	var err error
	for _, c := range e.Children {
		switch c.Name {
		case CalDAV("comp"):
			comp := compDataOf(c)
			d.Comp = &comp
		case CalDAV("expand"):
			d.Expand, err = closedRange(c)
		case CalDAV("limit-recurrence-set"):
			d.Limit, err = closedRange(c)
		case CalDAV("limit-freebusy-set"):
			d.FreeBusy, err = closedRange(c)
		}
		if err != nil {
			return nil, err
		}
	}
	if d.Expand != nil && d.Limit != nil {
		return nil, invalidFilter("expand and limit-recurrence-set exclude each other")
	}
	return d, nil
}

// closedRange reads a range that has both ends.
func closedRange(e *Element) (*TimeRange, error) {
	r, err := timeRangeOf(e)
	if err == nil && (r.Start.IsZero() || r.End.IsZero()) {
		err = invalidFilter("%s has a start and an end", e.Name.Local)
	}
	return &r, err
}

func compDataOf(e *Element) CompData {
	d := CompData{Name: strings.ToUpper(e.Attr("name"))}
	for _, c := range e.Children {
		switch c.Name {
		case CalDAV("allprop"):
			d.AllProps = true
		case CalDAV("allcomp"):
			d.AllComps = true
		case CalDAV("prop"):
			d.Props = append(d.Props, PropData{Name: strings.ToUpper(c.Attr("name")), NoValue: c.Attr("novalue") == "yes"})
		case CalDAV("comp"):
			d.Comps = append(d.Comps, compDataOf(c))
		}
	}
	return d
}
