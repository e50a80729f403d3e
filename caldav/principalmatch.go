package caldav

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"calbridge/caldav/davxml"
)

// principalMatch answers RFC 3744 §9.3: all that is below a collection, at any
// depth, and is the reader, or names the reader in a property.
func (h *Handler) principalMatch(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.PrincipalMatch) error {
	if !slices.Contains(res.kind.reports(), davxml.DAV("principal-match")) {
		return errReport
	}
	if depth := r.Header.Get("Depth"); depth != "" && depth != "0" {
		return fmt.Errorf("%w: Depth", davxml.ErrMalformed)
	}
	ask, err := h.asked(r.Context(), report.Wanted, res)
	if err != nil {
		return err
	}
	kinds := principal
	if !report.Self {
		kinds = h.naming(byName[report.Property], res.reader)
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		rows := rows{m: m, ask: ask, minimal: minimal(r)}
		if report.Self && res.kind == principal { // a principal can be asked for itself
			return rows.add(h.viewOf(res))
		}
		return h.below(r.Context(), res, kinds, &rows)
	})
}

// naming returns the kinds of resource that name the user in a property. That is
// the same for all of a kind: each user sees their own things alone.
func (h *Handler) naming(p *property, user string) (kinds kind) {
	if p == nil || p.hrefs == nil {
		return unknown
	}
	for k := root; k <= object; k <<= 1 {
		is := func(t target) bool { return t.kind == principal && t.user == user }
		if p.on&k != 0 && slices.ContainsFunc(p.hrefs(&view{h: h, target: target{kind: k, user: user}}), is) {
			kinds |= k
		}
	}
	return kinds
}

// below writes the rows of what is of some kinds below a resource.
func (h *Handler) below(ctx context.Context, res *resource, kinds kind, rs *rows) error {
	if res.kind == calendar && kinds&object != 0 {
		return h.objectRows(ctx, res, rs)
	}
	list, err := h.collections(ctx, res)
	for _, inner := range list {
		if inner.kind&kinds != 0 {
			err = rs.add(h.viewOf(inner))
		}
		if err == nil {
			err = h.below(ctx, inner, kinds, rs)
		}
		if err != nil {
			return err
		}
	}
	return err
}
