package caldav

import (
	"context"
	"net/http"
	"strings"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// place is where a client stands: at a point of the journal, or, while it gets
// a first listing in parts, behind a name.
type place struct {
	point bridge.Point
	after string // of a first listing, the last name that was told
	part  bool   // it is in the middle of a first listing
}

// String returns the sync token of the place (RFC 6578 §4).
func (p place) String() string {
	if p.part {
		return tokenOf(p.point) + ":" + p.after
	}
	return tokenOf(p.point)
}

var errToken = refuse(http.StatusForbidden, davxml.DAV("valid-sync-token"))

// placeOf reads a token that String made. Any other is told as invalid, upon
// which all clients begin anew (RFC 6578 §3.2).
func (h *Handler) placeOf(ctx context.Context, cal *bridge.Calendar, token string) (p place, err error) {
	if token == "" {
		return place{point: cal.Point, part: true}, nil
	}
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	rest, p.after, p.part = strings.Cut(rest, ":")
	if p.point, err = bridge.ParsePoint(rest); !ok || err != nil {
		return p, errToken
	}
	if ok, err = h.Library.Answerable(ctx, cal.ID, p.point); err == nil && !ok {
		err = errToken
	}
	return p, err
}

// syncCollection answers RFC 6578 §3.2. The calendar's point was read before
// its rows are: what changes meanwhile is told again next time.
func (h *Handler) syncCollection(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.SyncCollection) error {
	from, err := h.placeOf(r.Context(), res.cal, report.Token)
	if err != nil {
		return err
	}
	ask, err := h.asked(r.Context(), report.Wanted, res)
	if err != nil {
		return err
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		list, err := h.listing(r.Context(), res, &rows{m: m, ask: ask, minimal: minimal(r)}, nil)
		if err != nil {
			return err
		}
		s := syncer{h: h, ctx: r.Context(), list: list, cal: res.cal, left: report.Limit}
		next, err := s.tell(from)
		if err != nil {
			return err
		}
		if s.cut { // RFC 6578 §3.6
			if err := m.Status(davxml.StatusInsufficientStorage, davxml.DAV("number-of-matches-within-limits"), res.href); err != nil {
				return err
			}
		}
		m.SyncToken(next.String())
		return nil
	})
}

// syncer writes the rows of one sync.
type syncer struct {
	h    *Handler
	ctx  context.Context
	list *listing
	cal  *bridge.Calendar
	left int  // rows that may still be told; 0 at the beginning is no limit
	cut  bool // there is more than the limit
}

// tell writes what changed since the place and returns the one after it.
func (s *syncer) tell(from place) (place, error) {
	if s.left == 0 {
		s.left = -1
	}
	if from.part {
		return s.first(from)
	}
	if from.point == s.cal.Point { // nothing to look for
		return from, nil
	}
	return s.since(from)
}

// first lists all members from a name on. Whoever gets them in parts keeps the
// point of the first part to the end, so that what changed in parts already
// told is told afterwards.
func (s *syncer) first(from place) (place, error) {
	next := place{point: from.point}
	for row, err := range s.list.each(s.ctx) {
		switch {
		case err != nil:
			return next, err
		case row.Name <= from.after:
			continue
		case s.left == 0:
			s.cut = true
			return next, nil
		}
		if err := s.list.add(row); err != nil {
			return next, err
		}
		if s.left--; s.left == 0 {
			next.part, next.after = true, row.Name
		}
	}
	next.part, next.after = false, ""
	return next, nil
}

// since tells each name that changed once: as it is now, or that it is gone.
func (s *syncer) since(from place) (place, error) {
	next := from
	for changed, err := range s.h.Library.Changes(s.ctx, s.cal.ID, from.point.Seq) {
		switch {
		case err != nil:
			return next, err
		case s.left == 0:
			s.cut = true
			return next, nil
		}
		if err := s.one(&changed.Row); err != nil {
			return next, err
		}
		if s.left--; s.left == 0 {
			next.point.Seq = changed.Seq
		}
	}
	next.point = s.cal.Point
	return next, nil
}

func (s *syncer) one(row *bridge.Row) error {
	if row.Gone {
		return s.list.status(davxml.StatusNotFound, row)
	}
	return s.list.add(row)
}
