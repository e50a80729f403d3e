package caldav

import (
	"cmp"
	"errors"
	"net/http"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// proppatch answers RFC 4918 §9.2: all instructions are carried out, or none.
// What is set is kept here, for the reader alone. A property that cannot be set
// is no failure of the request, which would end macOS's setup.
func (h *Handler) proppatch(w http.ResponseWriter, r *http.Request, res *resource) error {
	patches, err := davxml.ReadPropertyUpdate(r.Body)
	if err != nil {
		return err
	}
	p := newPatching(res, patches)
	if len(p.failed) == 0 {
		err = h.Overlays.EditOverlay(r.Context(), res.reader, res.place(), p.apply)
		if err != nil && !errors.Is(err, errFailed) {
			return err
		}
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		m.Response(res.href)
		p.tell(m)
		return m.EndRow()
	})
}

// errFailed leaves an overlay as it was.
var errFailed = errors.New("caldav: a property cannot be set")

// patching is a PROPPATCH under way.
type patching struct {
	kind    kind
	patches []davxml.Patch
	names   []davxml.Name // each once, in order
	failed  map[davxml.Name]verdict
}

// newPatching judges what can be judged without the values.
func newPatching(res *resource, patches []davxml.Patch) *patching {
	p := &patching{kind: res.kind, patches: patches, failed: map[davxml.Name]verdict{}}
	seen := map[davxml.Name]bool{}
	for _, patch := range patches {
		name := patch.Prop.Name
		if !seen[name] {
			seen[name], p.names = true, append(p.names, name)
		}
		switch {
		case res.kind.setterOf(name) == nil && !(patch.Remove && byName[name] == nil): // removing what is not there is no failure (RFC 4918 §14.23)
			p.failed[name] = protected
		case res.place() == "" || res.readOnly:
			p.failed[name] = noRight
		}
	}
	return p
}

// apply carries out the instructions in their order (RFC 4918 §14.19).
func (p *patching) apply(o *bridge.Overlay) error {
	before := o.Size()
	for _, patch := range p.patches {
		name, value := patch.Prop.Name, patch.Prop
		if patch.Remove {
			value = nil
		}
		if set := p.kind.setterOf(name); set != nil {
			if v := set(o, value); v.status != 0 {
				p.failed[name] = v
			}
		}
	}
	if n := o.Size(); n > bridge.MaxOverlay && n > before {
		for _, name := range p.names {
			p.failed[name] = noRoom
		}
	}
	if len(p.failed) > 0 {
		return errFailed
	}
	return nil
}

// tell writes a propstat for each verdict that fell. Where one property failed,
// the others failed with it.
func (p *patching) tell(m *davxml.Multistatus) {
	var order []verdict
	groups := map[verdict][]davxml.Name{}
	for _, name := range p.names {
		v := verdict{status: davxml.StatusOK}
		if len(p.failed) > 0 {
			v = cmp.Or(p.failed[name], verdict{status: davxml.StatusFailedDependency})
		}
		if groups[v] == nil {
			order = append(order, v)
		}
		groups[v] = append(groups[v], name)
	}
	for _, v := range order {
		m.Propstat(v.status, groups[v], v.condition)
	}
}
