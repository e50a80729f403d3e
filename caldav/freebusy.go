package caldav

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

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
		if cals, err = h.Library.UserCalendars(r.Context(), res.reader); err != nil {
			return err
		}
	}
	busy := component.FreeBusy{Window: component.WindowOf(report.Range, nil)}
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

// addBusy takes in the events of a calendar.
func (h *Handler) addBusy(ctx context.Context, res *resource, busy *component.FreeBusy) (err error) {
	if busy.Window.Zone, err = h.zoneOf(ctx, res); err != nil {
		return err
	}
	q := search{h: h, ctx: ctx, res: res, filter: &component.Filter{Window: &busy.Window}, data: &davxml.CalendarData{}}
	for hit, err := range q.hits() {
		if err != nil {
			return err
		}
		switch err := busy.Add(hit.obj); {
		case errors.Is(err, ics.ErrTooMany):
			return refuse(http.StatusInsufficientStorage, davxml.DAV("number-of-matches-within-limits"))
		case err != nil:
			h.warn(ctx, "an event is missing from a free-busy answer", slog.String("calendar", string(res.calendar)),
				slog.String("object", hit.row.Name), slog.Any("cause", err))
		}
	}
	return nil
}
