package caldav

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// calendarQuery answers RFC 4791 §7.8.
func (h *Handler) calendarQuery(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.CalendarQuery) error {
	searches, err := h.searches(r, res, report)
	if err != nil {
		return err
	}
	ask, err := h.asked(r.Context(), report.Wanted, res)
	if err != nil {
		return err
	}
	if err := bound(searches); err != nil {
		return err
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		for _, q := range searches {
			if err := q.run(&rows{m: m, ask: ask, minimal: minimal(r)}, report.Mode); err != nil {
				return err
			}
		}
		return nil
	})
}

// searches returns one search for each calendar that a query is about: of a home
// those that its Depth reaches, which is all of them or none. A calendar that is
// reached is searched, as it is where it is asked itself: so Apple's server and
// its tests read RFC 4791 §7.8.
func (h *Handler) searches(r *http.Request, res *resource, report *davxml.CalendarQuery) (list []*search, err error) {
	about := []*resource{res}
	if res.kind == home {
		if _, err := component.NewFilter(report.Filter, nil); err != nil { // also where there is nothing to search
			return nil, err
		}
		if d := strings.ToLower(strings.TrimSpace(r.Header.Get("Depth"))); d != "1" && d != "infinity" {
			return nil, nil
		}
		if about, err = h.collections(r.Context(), res); err != nil {
			return nil, err
		}
	}
	for _, one := range about {
		loc, err := h.queryZone(r.Context(), one, report)
		if err != nil {
			return nil, err
		}
		filter, err := component.NewFilter(report.Filter, loc)
		if err != nil {
			return nil, err
		}
		list = append(list, &search{h: h, ctx: r.Context(), res: one, filter: filter, loc: loc, data: report.Data})
	}
	return list, nil
}

// queryZone is where days without a zone begin and end for a request (RFC 4791
// §7.3, RFC 7809 §5.2): as it says itself, else as the calendar has it.
func (h *Handler) queryZone(ctx context.Context, res *resource, report *davxml.CalendarQuery) (*time.Location, error) {
	switch {
	case report.TimezoneID != "":
		if name, ok := zone.Resolve(report.TimezoneID); ok {
			return zone.Load(name)
		}
		return nil, refuse(http.StatusForbidden, davxml.CalDAV("valid-timezone"))
	case strings.TrimSpace(report.Timezone) != "":
		name, ok := component.OnlyZone(report.Timezone)
		if !ok {
			return nil, refuse(http.StatusForbidden, davxml.CalDAV("valid-calendar-data"))
		}
		if name != "" {
			return zone.Load(name)
		}
	}
	return h.zoneOf(ctx, res)
}

// search finds the objects that pass a filter.
type search struct {
	h      *Handler
	ctx    context.Context
	res    *resource
	filter *component.Filter
	loc    *time.Location // of days without a zone
	data   *davxml.CalendarData
	shelf  *shelf // nil where nothing is kept ready
}

// run writes the rows of what is found.
func (q *search) run(rs *rows, mode davxml.Mode) error {
	list, err := q.h.listing(q.ctx, q.res, rs, q.data)
	if err != nil {
		return err
	}
	list.loc, q.shelf = q.loc, list.shelf
	for hit, err := range q.hits() {
		if err == nil {
			err = q.tell(list, &hit, mode)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hit is an object that passed: its row, and the object itself where it had to
// be read anyway, or its text where that is wanted and ready.
type hit struct {
	row  bridge.Row
	obj  *bridge.Object
	text readyText
}

// readAtOnce is how many objects a search reads in one go.
const readAtOnce = 200

// hits yields the objects that pass, in no order. Most are judged by their rows
// alone; series that are not remembered, objects that need a closer look and
// those whose data are wanted are read in groups.
func (q *search) hits() iter.Seq2[hit, error] {
	return func(yield func(hit, error) bool) {
		if q.filter.Nothing {
			return
		}
		var waiting []candidate
		for row, err := range q.rows() {
			if err != nil {
				yield(hit{}, err)
				return
			}
			meets, decided := q.judge(&row)
			switch {
			case decided && !meets:
				continue
			case decided && !q.filter.Closer:
				if text, ok := q.ready(&row); q.data == nil || ok {
					if !yield(hit{row: row, text: text}, nil) {
						return
					}
					continue
				}
			}
			waiting = append(waiting, candidate{row: row, meets: decided})
			if len(waiting) == readAtOnce {
				if !q.read(waiting, yield) {
					return
				}
				waiting = waiting[:0]
			}
		}
		q.read(waiting, yield)
	}
}

// ready returns the text of an object where it is ready.
func (q *search) ready(row *bridge.Row) (t readyText, ok bool) {
	if q.shelf != nil {
		t, ok = q.shelf.get(row.Name)
	}
	return t, ok && t.etag == row.ETag
}

// candidate is an object that has to be read.
type candidate struct {
	row   bridge.Row
	meets bool // it is known to meet the window
}

// rows yields what could meet the window: of an object alone that one, of a
// calendar what the store finds.
func (q *search) rows() iter.Seq2[bridge.Row, error] {
	if q.res.kind == object {
		return func(yield func(bridge.Row, error) bool) { yield(*rowOf(q.res.obj), nil) }
	}
	w := q.filter.Window
	if w == nil {
		return q.h.Library.Rows(q.ctx, q.res.calendar)
	}
	return q.h.Library.Within(q.ctx, q.res.calendar, w.From, w.To)
}

// judge tells from the row, and from what is remembered of a series, whether an
// object meets the window.
func (q *search) judge(row *bridge.Row) (meets, decided bool) {
	w := q.filter.Window
	if w == nil {
		return true, true
	}
	if meets, decided = w.Judge(row); decided {
		return meets, true
	}
	return q.h.series.Meets(q.key(row.Name), row, w)
}

func (q *search) key(name string) component.Key {
	return component.Key{Calendar: q.res.calendar, Name: name}
}

// read reads objects and yields those that pass.
func (q *search) read(list []candidate, yield func(hit, error) bool) bool {
	if len(list) == 0 {
		return true
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].row.Name
	}
	i := 0
	for obj, err := range q.h.Library.Objects(q.ctx, q.res.calendar, names) {
		if err == nil {
			err = q.ctx.Err() // a group may take long
		}
		if err != nil {
			yield(hit{}, err)
			return false
		}
		meets := list[i].meets && list[i].row.ETag == obj.ETag
		i++
		if obj.Body == nil || !meets && !q.meets(&obj) || !q.passes(&obj) { // without a body it has just gone
			continue
		}
		if !yield(hit{row: *rowOf(&obj), obj: &obj}, nil) {
			return false
		}
	}
	return true
}

// meets looks at the instances of an object.
func (q *search) meets(obj *bridge.Object) bool {
	w := q.filter.Window
	if w == nil {
		return true
	}
	if meets, decided := w.Judge(rowOf(obj)); decided {
		return meets
	}
	meets, err := q.h.series.Learn(q.key(obj.Name), obj, w)
	if err != nil {
		q.doubt(obj, err)
	}
	return meets
}

// passes puts the whole filter to an object. One that cannot be judged passes:
// better one event too many than a report that fails for all.
func (q *search) passes(obj *bridge.Object) bool {
	if !q.filter.Closer {
		return true
	}
	ok, err := q.filter.Match(obj)
	if err != nil {
		q.doubt(obj, err)
	}
	return ok || err != nil
}

func (q *search) doubt(obj *bridge.Object, err error) {
	q.h.warn(q.ctx, "an event cannot be judged", slog.String("calendar", string(q.res.calendar)), slog.String("object", obj.Name), slog.Any("cause", err))
}

// tell writes the row of a hit.
func (q *search) tell(list *listing, hit *hit, mode davxml.Mode) error {
	switch {
	case mode == davxml.NoProps:
		return list.status(davxml.StatusOK, &hit.row)
	case hit.obj != nil:
		return list.object(q.ctx, hit.obj)
	case hit.text.etag != "":
		return list.text(hit.row.Name, hit.text)
	}
	return list.add(&hit.row)
}
