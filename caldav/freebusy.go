package caldav

import (
	"errors"
	"log/slog"
	"net/http"

	"calbridge/bridge/ics"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// freeBusy answers RFC 4791 §7.10.
func (h *Handler) freeBusy(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.FreeBusyQuery) error {
	if report.Range.Start.IsZero() || report.Range.End.IsZero() {
		return refuse(http.StatusForbidden, davxml.CalDAV("valid-filter"))
	}
	loc, err := h.zoneOf(r.Context(), res)
	if err != nil {
		return err
	}
	busy := component.FreeBusy{Window: component.WindowOf(report.Range, loc)}
	q := search{h: h, ctx: r.Context(), res: res, filter: &component.Filter{Window: &busy.Window}, data: &davxml.CalendarData{}}
	for hit, err := range q.hits() {
		if err != nil {
			return err
		}
		switch err := busy.Add(hit.obj); {
		case errors.Is(err, ics.ErrTooMany):
			return refuse(http.StatusInsufficientStorage, davxml.DAV("number-of-matches-within-limits"))
		case err != nil:
			h.warn(r.Context(), "an event is missing from a free-busy answer", slog.String("calendar", string(res.calendar)),
				slog.String("object", hit.row.Name), slog.Any("cause", err))
		}
	}
	s := &stream{w: w, status: http.StatusOK}
	w.Header().Set("Content-Type", calendarType)
	w.Header().Set("Cache-Control", "private, no-cache")
	return h.fill(r, s, func() error { return s.finish(busy.Text(h.now())) })
}
