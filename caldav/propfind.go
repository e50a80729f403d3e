package caldav

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// propfind answers RFC 4918 §9.1.
func (h *Handler) propfind(w http.ResponseWriter, r *http.Request, res *resource) error {
	members, err := depth(r)
	if err != nil {
		return err
	}
	wanted, err := davxml.ReadPropfind(r.Body)
	if err != nil {
		return err
	}
	ask, err := h.asked(r.Context(), wanted, res)
	if err != nil {
		return err
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		rows := rows{m: m, ask: ask, minimal: minimal(r)}
		if err := rows.add(h.viewOf(res)); err != nil || !members {
			return err
		}
		return h.members(r.Context(), res, &rows)
	})
}

// depth reads the Depth header (RFC 4918 §10.2). Without one the RFC means
// infinity, which is refused; what clients mean that leave it out is the
// resource and what is in it.
func depth(r *http.Request) (members bool, err error) {
	switch strings.ToLower(strings.TrimSpace(r.Header.Get("Depth"))) {
	case "0":
		return false, nil
	case "", "1", "1,noroot":
		return true, nil
	case "infinity":
		return false, refuse(http.StatusForbidden, davxml.DAV("propfind-finite-depth"))
	}
	return false, fmt.Errorf("%w: Depth", davxml.ErrMalformed)
}

// asked is what a request wants of each resource, looked up once.
type asked struct {
	mode      davxml.Mode
	names     []davxml.Name // of Props, and what allprop includes beside
	props     []*property   // found for names; nil where unknown
	addresses []string
	overlays  map[bridge.Place]bridge.Overlay // of the reader; only where a property may be set
}

func (h *Handler) asked(ctx context.Context, wanted davxml.Wanted, res *resource) (*asked, error) {
	a := &asked{mode: wanted.Mode, names: wanted.Names}
	for _, name := range a.names {
		a.props = append(a.props, byName[name])
	}
	var err error
	if a.any(func(p *property) bool { return p != nil && p.people }) {
		a.addresses, err = h.addresses(ctx, res.reader)
	}
	if err == nil && a.any(func(p *property) bool { return p == nil || p.set != nil }) {
		a.overlays, err = h.Overlays.Overlays(ctx, res.reader)
	}
	return a, err
}

// any reports whether one of the properties that may be written is of a sort.
func (a *asked) any(is func(*property) bool) bool {
	return a.mode == davxml.PropName || a.mode == davxml.AllProp || slices.ContainsFunc(a.props, is)
}

// viewOf is the resource of a request as properties see it.
func (h *Handler) viewOf(res *resource) *view {
	v := &view{h: h, target: res.target, cal: res.cal}
	if o := res.obj; o != nil {
		v.row = rowOf(o)
	}
	return v
}

// rows writes one row of a multistatus after another.
type rows struct {
	m       *davxml.Multistatus
	ask     *asked
	minimal bool
}

// add writes the row of a resource.
func (rs *rows) add(v *view) error {
	rs.m.Response(v.h.path(v.target))
	rs.fill(v)
	return rs.m.EndResponse(rs.minimal)
}

// fill writes what is asked of a resource into the row that has begun.
func (rs *rows) fill(v *view) {
	v.addresses = rs.ask.addresses
	if place := v.place(); place != "" {
		v.overlay = rs.ask.overlays[place]
	}
	switch rs.ask.mode {
	case davxml.AllProp:
		for i := range table {
			if p := &table[i]; p.all && p.on&v.kind != 0 {
				rs.prop(p, v)
			}
		}
		rs.dead(v)
	case davxml.PropName:
		rs.propNames(v)
		return
	}
	for i, p := range rs.ask.props {
		switch {
		case rs.ask.names[i] == calendarData && v.data != nil:
			rs.m.Prop(calendarData)
			rs.m.Data(v.data)
			rs.m.EndProp(calendarData, true)
		case p != nil && p.all && rs.ask.mode == davxml.AllProp && p.on&v.kind != 0: // written above
		case p != nil && p.on&v.kind != 0:
			rs.prop(p, v)
		case !rs.kept(rs.ask.names[i], v):
			rs.m.Missing(rs.ask.names[i])
		}
	}
}

// kept writes a property that only its reader knows, if there is one.
func (rs *rows) kept(name davxml.Name, v *view) bool {
	if len(v.overlay.Kept) == 0 {
		return false
	}
	value, ok := v.overlay.Kept[clark(name)]
	if ok {
		rs.m.Prop(name)
		rs.m.Raw(value)
		rs.m.EndProp(name, true)
	}
	return ok
}

// dead writes what allprop includes of the properties that only the reader
// knows (RFC 4918 §9.1): not those that extensions of WebDAV have, which keep
// theirs out of it.
func (rs *rows) dead(v *view) {
	for _, name := range v.dead() {
		if !davxml.Known(name.Space) && !slices.Contains(rs.ask.names, name) {
			rs.kept(name, v)
		}
	}
}

func (rs *rows) prop(p *property, v *view) {
	rs.m.Prop(p.name)
	rs.m.EndProp(p.name, p.value(&rs.m.Writer, v))
}

// propNames writes the names of all properties that the resource has.
func (rs *rows) propNames(v *view) {
	for i := range table {
		p := &table[i]
		if p.on&v.kind != 0 && p.value(&davxml.Writer{}, v) {
			rs.m.Prop(p.name)
			rs.m.EndProp(p.name, true)
		}
	}
	for _, name := range v.dead() {
		rs.m.Prop(name)
		rs.m.EndProp(name, true)
	}
}

// members writes the rows of what a collection holds.
func (h *Handler) members(ctx context.Context, res *resource, rs *rows) error {
	if res.kind == calendar {
		return h.objectRows(ctx, res, rs)
	}
	list, err := h.collections(ctx, res)
	for _, inner := range list {
		if err := rs.add(h.viewOf(inner)); err != nil {
			return err
		}
	}
	return err
}

// collections returns those that a collection holds.
func (h *Handler) collections(ctx context.Context, res *resource) (list []*resource, err error) {
	add := func(k kind, cal *bridge.Calendar) {
		inner := &resource{target: target{kind: k, user: res.user}, reader: res.reader, readOnly: res.readOnly, cal: cal}
		if cal != nil {
			inner.calendar = cal.ID
		}
		inner.href = h.path(inner.target)
		list = append(list, inner)
	}
	switch res.kind {
	case root:
		add(service, nil)
	case service:
		add(principals, nil)
		add(homes, nil)
	case principals:
		add(principal, nil)
	case homes:
		add(home, nil)
	case home:
		var cals []bridge.Calendar
		cals, err = h.Library.UserCalendars(ctx, res.reader)
		for i := range cals {
			add(calendar, &cals[i])
		}
	}
	return list, err
}

func (h *Handler) objectRows(ctx context.Context, res *resource, rs *rows) error {
	list, err := h.listing(ctx, res, rs, nil)
	if err != nil {
		return err
	}
	for row, err := range list.each(ctx) {
		if err != nil {
			return err
		}
		if err := list.add(row); err != nil {
			return err
		}
	}
	return nil
}
