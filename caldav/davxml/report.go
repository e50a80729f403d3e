package davxml

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Report is the body of a REPORT: a *CalendarQuery, *CalendarMultiget,
// *SyncCollection, *FreeBusyQuery, *ExpandProperty, *PrincipalSearchPropertySet,
// *PrincipalPropertySearch, *PrincipalMatch, *ACLPrincipalPropSet or
// *UnknownReport.
type Report interface{ report() }

// CalendarMultiget is RFC 4791 §7.9.
type CalendarMultiget struct {
	Wanted
	Hrefs []string // as they were sent
}

// SyncCollection is RFC 6578 §6.1.
type SyncCollection struct {
	Wanted
	Token string // empty where everything is wanted
	Limit int    // 0 where there is none
}

// FreeBusyQuery is RFC 4791 §7.10.
type FreeBusyQuery struct{ Range TimeRange }

// ExpandProperty is RFC 3253 §3.8.
type ExpandProperty struct{ Props []ExpandedProp }

// ExpandedProp is a property, with what is wanted of the resources that it
// names.
type ExpandedProp struct {
	Name  Name
	Props []ExpandedProp
}

// PrincipalSearchPropertySet is RFC 3744 §9.5.
type PrincipalSearchPropertySet struct{}

// PrincipalPropertySearch is RFC 3744 §9.4. Without a search it asks for
// everyone.
type PrincipalPropertySearch struct {
	Wanted
	Searches []PropertySearch
	AnyOf    bool // one search that matches is enough
}

// PropertySearch looks for a text in any of some properties.
type PropertySearch struct {
	Names []Name
	Match string
}

// PrincipalMatch is RFC 3744 §9.3. It asks for the principals that are the user,
// or for what names the user in a property.
type PrincipalMatch struct {
	Wanted
	Self     bool
	Property Name // where not Self
}

// ACLPrincipalPropSet is RFC 3744 §9.2.
type ACLPrincipalPropSet struct{ Wanted }

// UnknownReport is any other report.
type UnknownReport struct{ Name Name }

func (*CalendarQuery) report()              {}
func (*CalendarMultiget) report()           {}
func (*SyncCollection) report()             {}
func (*FreeBusyQuery) report()              {}
func (*ExpandProperty) report()             {}
func (*PrincipalSearchPropertySet) report() {}
func (*PrincipalPropertySearch) report()    {}
func (*PrincipalMatch) report()             {}
func (*ACLPrincipalPropSet) report()        {}
func (*UnknownReport) report()              {}

// ReadReport reads the body of a REPORT.
func ReadReport(body io.Reader) (Report, error) {
	root, err := read(body, func(root Name) int {
		if root == CalDAV("calendar-multiget") {
			return MaxMultiget
		}
		return MaxBody
	})
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, fmt.Errorf("%w: it is empty", ErrMalformed)
	}
	return reportOf(root)
}

func reportOf(root *Element) (Report, error) {
	switch root.Name {
	case CalDAV("calendar-query"):
		return calendarQueryOf(root)
	case CalDAV("calendar-multiget"):
		return multigetOf(root)
	case DAV("sync-collection"):
		return syncCollectionOf(root)
	case CalDAV("free-busy-query"):
		return freeBusyOf(root)
	case DAV("expand-property"):
		props, err := expandedOf(root)
		return &ExpandProperty{Props: props}, err
	case DAV("principal-search-property-set"):
		return &PrincipalSearchPropertySet{}, nil
	case DAV("principal-property-search"):
		return principalSearchOf(root)
	case DAV("principal-match"):
		return principalMatchOf(root)
	case DAV("acl-principal-prop-set"):
		wanted, err := wantedOf(root)
		return &ACLPrincipalPropSet{Wanted: wanted}, err
	}
	return &UnknownReport{Name: root.Name}, nil
}

func multigetOf(root *Element) (*CalendarMultiget, error) {
	wanted, err := wantedOf(root)
	m := &CalendarMultiget{Wanted: wanted}
	for _, e := range root.Children {
		if e.Name == href {
			m.Hrefs = append(m.Hrefs, strings.TrimSpace(e.Text))
		}
	}
	return m, err
}

// syncCollectionOf reads the report leniently: drafts had the sync-level in the
// Depth header, and on a calendar "infinite" means the same as 1.
func syncCollectionOf(root *Element) (*SyncCollection, error) {
	wanted, err := wantedOf(root)
	if err != nil {
		return nil, err
	}
	s := &SyncCollection{Wanted: wanted}
	if e := root.Child(syncToken); e != nil {
		s.Token = strings.TrimSpace(e.Text)
	}
	if e := root.Child(DAV("sync-level")); e != nil {
		if level := strings.TrimSpace(e.Text); level != "1" && level != "infinite" && level != "infinity" {
			return nil, fmt.Errorf("%w: sync-level %.20q", ErrMalformed, level)
		}
	}
	if e := root.Child(DAV("limit")); e != nil {
		if s.Limit, err = limitOf(e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// limitOf reads RFC 5323 §5.17.
func limitOf(e *Element) (int, error) {
	n := e.Child(DAV("nresults"))
	if n == nil {
		return 0, fmt.Errorf("%w: a limit without nresults", ErrMalformed)
	}
	limit, err := strconv.ParseUint(strings.TrimSpace(n.Text), 10, 31)
	if err != nil || limit == 0 {
		return 0, fmt.Errorf("%w: nresults %.20q", ErrMalformed, n.Text)
	}
	return int(limit), nil
}

func freeBusyOf(root *Element) (*FreeBusyQuery, error) {
	e := root.Child(CalDAV("time-range"))
	if e == nil {
		return nil, invalidFilter("a free-busy-query has one time-range")
	}
	r, err := timeRangeOf(e)
	return &FreeBusyQuery{Range: r}, err
}

func expandedOf(parent *Element) (props []ExpandedProp, err error) {
	for _, e := range parent.Children {
		if e.Name != DAV("property") {
			continue
		}
		p := ExpandedProp{Name: Name{Space: e.Attr("namespace"), Local: e.Attr("name")}}
		if !isName(p.Name.Local) {
			return nil, fmt.Errorf("%w: %.40q is not the name of a property", ErrMalformed, p.Name.Local)
		}
		if p.Name.Space == "" {
			p.Name.Space = NamespaceDAV
		}
		if p.Props, err = expandedOf(e); err != nil {
			return nil, err
		}
		props = append(props, p)
	}
	return props, nil
}

func principalMatchOf(root *Element) (*PrincipalMatch, error) {
	wanted, err := wantedOf(root)
	if err != nil {
		return nil, err
	}
	m := &PrincipalMatch{Wanted: wanted, Self: root.Child(DAV("self")) != nil}
	switch by := root.Child(DAV("principal-property")); {
	case by != nil && !m.Self && len(by.Children) == 1:
		m.Property = by.Children[0].Name
	case by != nil || !m.Self:
		return nil, fmt.Errorf("%w: a principal-match has a self or a principal-property", ErrMalformed)
	}
	return m, nil
}

// isName reports whether s can be the name of an element; names that come in
// attributes have not been checked by the decoder.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r|0x20 && r|0x20 <= 'z'
		if !letter && (i == 0 || r != '-' && r != '.' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

func principalSearchOf(root *Element) (*PrincipalPropertySearch, error) {
	wanted, err := wantedOf(root)
	if err != nil {
		return nil, err
	}
	s := &PrincipalPropertySearch{Wanted: wanted, AnyOf: root.Attr("test") == "anyof"}
	for _, e := range root.Children {
		if e.Name != DAV("property-search") {
			continue
		}
		names, match := e.Child(prop), e.Child(DAV("match"))
		if names == nil || match == nil {
			return nil, fmt.Errorf("%w: a property-search without prop or match", ErrMalformed)
		}
		search := PropertySearch{Match: match.Text}
		for _, n := range names.Children {
			search.Names = append(search.Names, n.Name)
		}
		s.Searches = append(s.Searches, search)
	}
	if wanted.Mode == Props && len(wanted.Names) == 0 {
		s.Names = beside(root)
	}
	return s, nil
}

// beside returns the properties that stand beside an empty DAV:prop, where
// python-caldav writes them.
func beside(root *Element) (names []Name) {
	for _, e := range root.Children {
		switch e.Name {
		case prop, DAV("property-search"), DAV("apply-to-principal-collection-set"):
		default:
			names = append(names, e.Name)
		}
	}
	return names
}
