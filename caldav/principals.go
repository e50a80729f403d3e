package caldav

import (
	"net/http"
	"strings"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// principalReport answers the reports about people (RFC 3744 §9). A user finds
// nobody but themselves: who else is here is not theirs to know.
func (h *Handler) principalReport(w http.ResponseWriter, r *http.Request, res *resource, body davxml.Report) error {
	switch report := body.(type) {
	case *davxml.PrincipalSearchPropertySet:
		send(w, http.StatusOK, xmlType, searchable())
		return nil
	case *davxml.PrincipalPropertySearch:
		return h.principalSearch(w, r, res, report)
	case *davxml.PrincipalMatch:
		return h.principalMatch(w, r, res, report)
	case *davxml.ACLPrincipalPropSet:
		return h.principalRow(w, r, res, report.Wanted, true)
	case *davxml.UnknownReport:
		if report.Name == davxml.CalendarServer("calendarserver-principal-search") {
			return h.multistatus(w, r, func(*davxml.Multistatus) error { return nil })
		}
	}
	return errReport
}

// searchNames are the properties that a principal can be found by.
var searchNames = map[davxml.Name]string{
	davxml.DAV("displayname"):                  "User name",
	davxml.CalDAV("calendar-user-address-set"): "Calendar address",
	davxml.CalendarServer("email-address-set"): "Mail address",
}

// searchable is RFC 3744 §9.5.
func searchable() []byte {
	return davxml.Document(davxml.DAV("principal-search-property-set"), func(w *davxml.Writer) {
		for _, p := range table {
			description, ok := searchNames[p.name]
			if !ok {
				continue
			}
			w.Start(davxml.DAV("principal-search-property"))
			w.Start(davxml.DAV("prop"))
			w.Empty(p.name)
			w.End(davxml.DAV("prop"))
			w.Start(davxml.DAV("description"), "xml:lang", "en")
			w.Text(description)
			w.End(davxml.DAV("description"))
			w.End(davxml.DAV("principal-search-property"))
		}
	})
}

// principalRow answers with the reader's own principal, or with nobody.
func (h *Handler) principalRow(w http.ResponseWriter, r *http.Request, res *resource, wanted davxml.Wanted, found bool) error {
	ask, err := h.asked(r.Context(), wanted, res)
	if err != nil {
		return err
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		if !found {
			return nil
		}
		rows := rows{m: m, ask: ask, minimal: minimal(r)}
		return rows.add(&view{h: h, target: target{kind: principal, user: res.reader}})
	})
}

// principalSearch answers RFC 3744 §9.4.
func (h *Handler) principalSearch(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.PrincipalPropertySearch) error {
	addresses, err := h.addresses(r.Context(), res.reader)
	if err != nil {
		return err
	}
	matching := 0
	for _, search := range report.Searches {
		if matches(search, res.reader, addresses) {
			matching++
		}
	}
	found := matching == len(report.Searches) || report.AnyOf && matching > 0
	return h.principalRow(w, r, res, report.Wanted, found)
}

// matches reports whether all properties of one search hold its text, without
// case.
func matches(search davxml.PropertySearch, user string, addresses []string) bool {
	text := strings.ToLower(search.Match)
	for _, name := range search.Names {
		value := user
		switch _, ok := searchNames[name]; {
		case !ok:
			return false
		case name != davxml.DAV("displayname"):
			value = strings.Join(addresses, "\n")
		}
		if !strings.Contains(strings.ToLower(value), strings.TrimPrefix(text, "mailto:")) {
			return false
		}
	}
	return true
}

// expandProperty answers RFC 3253 §3.8: properties, and of those that name
// resources what is asked of these.
func (h *Handler) expandProperty(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.ExpandProperty) error {
	x := expander{h: h}
	var err error
	if x.addresses, err = h.addresses(r.Context(), res.reader); err != nil {
		return err
	}
	if x.overlays, err = h.Overlays.Overlays(r.Context(), res.reader); err != nil {
		return err
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		x.m = m
		x.expand(h.viewOf(res), report.Props)
		return nil
	})
}

// expander writes resources within properties.
type expander struct {
	h         *Handler
	m         *davxml.Multistatus
	addresses []string
	overlays  map[bridge.Place]bridge.Overlay
}

// expand writes the row of a resource with all that is asked below it.
func (x *expander) expand(v *view, wanted []davxml.ExpandedProp) {
	m, w := x.m, &x.m.Writer
	v.addresses, v.overlay = x.addresses, x.overlays[v.place()]
	found, missing := sortOut(v, wanted)
	m.Response(v.h.path(v.target))
	if len(found) > 0 || len(missing) == 0 {
		w.Start(davxml.DAV("propstat"))
		w.Start(davxml.DAV("prop"))
		for _, want := range found {
			p := byName[want.Name]
			w.Start(want.Name)
			if p.hrefs == nil || len(want.Props) == 0 {
				p.value(w, v)
			} else {
				for _, t := range p.hrefs(v) {
					x.expand(&view{h: x.h, target: t}, want.Props)
				}
			}
			w.End(want.Name)
		}
		w.End(davxml.DAV("prop"))
		w.Element(davxml.DAV("status"), "HTTP/1.1 200 OK")
		w.End(davxml.DAV("propstat"))
	}
	if len(missing) > 0 {
		m.Propstat(davxml.StatusNotFound, missing, davxml.Name{})
	}
	w.End(davxml.DAV("response"))
}

// sortOut splits properties into those that the resource has and the others.
func sortOut(v *view, wanted []davxml.ExpandedProp) (found []davxml.ExpandedProp, missing []davxml.Name) {
	seen := map[davxml.Name]bool{}
	for _, want := range wanted {
		p := byName[want.Name]
		switch {
		case seen[want.Name]:
		case p != nil && p.on&v.kind != 0 && p.value(&davxml.Writer{}, v):
			found = append(found, want)
		default:
			missing = append(missing, want.Name)
		}
		seen[want.Name] = true
	}
	return found, missing
}
