package caldav

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// freeBusy answers RFC 4791 §7.10, of a calendar or of all that a home holds.
func (h *Handler) freeBusy(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.FreeBusyQuery) error {
	if report.Range.Start.IsZero() || report.Range.End.IsZero() {
		return refuse(http.StatusForbidden, davxml.CalDAV("valid-filter"))
	}
	cals := []bridge.Calendar{}
	if res.cal != nil {
		cals = append(cals, *res.cal)
	} else {
		var err error
		if cals, err = h.busyCalendars(r.Context(), res.reader); err != nil {
			return err
		}
	}
	busy := component.FreeBusy{Window: component.WindowOf(report.Range, nil), Memory: &h.series}
	for i := range cals {
		in := *res
		in.kind, in.calendar, in.cal = calendar, cals[i].ID, &cals[i]
		if err := h.addBusy(r.Context(), &in, &busy); err != nil {
			return err
		}
	}
	s := &stream{w: w, status: http.StatusOK}
	w.Header().Set("Content-Type", calendarType)
	w.Header().Set("Cache-Control", "private, no-cache")
	return h.fill(r, s, func() error { return s.finish(busy.Text(h.now())) })
}

// busyCalendars are those that count when all are asked: a user may have set
// some to be transparent (RFC 6638 §9.1).
func (h *Handler) busyCalendars(ctx context.Context, user string) ([]bridge.Calendar, error) {
	cals, err := h.Library.UserCalendars(ctx, user)
	if err != nil {
		return nil, err
	}
	overlays, err := h.Overlays.Overlays(ctx, user)
	return slices.DeleteFunc(cals, func(cal bridge.Calendar) bool {
		return strings.Contains(overlays[bridge.OnCalendar(cal.ID)].Kept[clark(transparency)], "transparent")
	}), err
}

// addBusy takes in the events of a calendar.
func (h *Handler) addBusy(ctx context.Context, res *resource, busy *component.FreeBusy) (err error) {
	if busy.Window.Zone, err = h.zoneOf(ctx, res); err != nil {
		return err
	}
	q := search{h: h, ctx: ctx, res: res, filter: &component.Filter{Window: &busy.Window}}
	var unknown []string
	for hit, err := range q.hits() {
		if err != nil {
			return err
		}
		known, err := busy.Recall(q.key(hit.row.Name), &hit.row)
		if err := q.busyError(hit.row.Name, err); err != nil {
			return err
		}
		if !known {
			unknown = append(unknown, hit.row.Name)
		}
	}
	for obj, err := range h.Library.Objects(ctx, res.calendar, unknown) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if obj.Body == nil { // it has just gone
			continue
		}
		if err := q.busyError(obj.Name, busy.Add(q.key(obj.Name), &obj)); err != nil {
			return err
		}
	}
	return nil
}

// busyError refuses what would be too much, and tells what is missing.
func (q *search) busyError(name string, err error) error {
	switch {
	case errors.Is(err, ics.ErrTooMany):
		return errTooManyMatches
	case err != nil:
		q.h.warn(q.ctx, "an event is missing from a free-busy answer", slog.String("calendar", string(q.res.calendar)),
			slog.String("object", name), slog.Any("cause", err))
	}
	return nil
}
