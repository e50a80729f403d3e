package caldav

import (
	"net/http"
	"slices"

	"calbridge/caldav/davxml"
)

// proppatch answers RFC 4918 §9.2: nothing can be stored yet, so each property
// is told why. It is an answer of its own and no failure of the request, which
// would end macOS's setup.
func (h *Handler) proppatch(w http.ResponseWriter, r *http.Request, res *resource) error {
	patches, err := davxml.ReadPropertyUpdate(r.Body)
	if err != nil {
		return err
	}
	var protected, rest []davxml.Name
	for _, p := range patches {
		name := p.Prop.Name
		if known := byName[name]; known != nil && !known.open {
			protected = add(protected, name)
		} else {
			rest = add(rest, name)
		}
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		m.Response(res.href)
		switch {
		case len(protected) == 0:
			m.Propstat(davxml.StatusForbidden, rest, davxml.DAV("need-privileges"))
		case len(rest) == 0:
			m.Propstat(davxml.StatusForbidden, protected, davxml.DAV("cannot-modify-protected-property"))
		default: // all or nothing: the others fail with them
			m.Propstat(davxml.StatusForbidden, protected, davxml.DAV("cannot-modify-protected-property"))
			m.Propstat(davxml.StatusFailedDependency, rest, davxml.Name{})
		}
		return m.EndRow()
	})
}

func add(names []davxml.Name, name davxml.Name) []davxml.Name {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
