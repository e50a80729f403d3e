package caldav

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// calendarData is no property: reports alone give it (RFC 4791 §9.6).
var calendarData = davxml.CalDAV("calendar-data")

// listing writes rows of a calendar's objects with as little work as there is.
type listing struct {
	*rows
	href    string // of the calendar
	members davxml.Members
	view    view // of one object after another,
	row     bridge.Row
	loc     *time.Location
	want    *davxml.CalendarData // nil where properties alone are wanted
	alike   *davxml.Template     // nil where rows differ in more than its holes
	shelf   *shelf               // where rows that are alike have data
}

func (h *Handler) listing(ctx context.Context, res *resource, rs *rows, want *davxml.CalendarData) (l *listing, err error) {
	t := target{kind: object, user: res.user, calendar: res.calendar}
	href := h.path(target{kind: calendar, user: t.user, calendar: t.calendar})
	l = &listing{rows: rs, href: href, members: davxml.MembersOf(href, ".ics"),
		view: view{h: h, target: t, cal: res.cal}, loc: mailboxZone(res.cal), want: want}
	if l.alike = l.template(); l.alike != nil && want != nil {
		l.shelf, err = h.shelf(ctx, res.cal)
	}
	return l, err
}

// template returns what makes the rows of all objects, where they are alike.
func (l *listing) template() *davxml.Template {
	if l.want.Cuts() || l.ask.mode != davxml.Props || l.ask.any(func(p *property) bool { return p != nil && p.own }) {
		return nil
	}
	if l.want != nil {
		l.view.data = []byte(davxml.HoleData.String())
	}
	l.row = bridge.Row{Name: davxml.HoleName.String(), ETag: davxml.HoleETag.String()}
	l.view.row, l.view.name = &l.row, l.row.Name
	return l.m.Template(func() {
		l.m.Member(&l.members, l.row.Name)
		l.fill(&l.view)
	}, l.minimal)
}

// mailboxZone is where a calendar's days begin and end, unless a request says
// otherwise.
func mailboxZone(cal *bridge.Calendar) *time.Location {
	if loc, err := zone.Load(cal.Env.MailboxZone); err == nil {
		return loc
	}
	return time.UTC
}

// each yields all objects in name order: of rows that are alike no more than the
// holes need. A row is good until the next one.
func (l *listing) each(ctx context.Context) iter.Seq2[*bridge.Row, error] {
	return func(yield func(*bridge.Row, error) bool) {
		var row bridge.Row
		if l.alike == nil {
			for r, err := range l.view.h.Library.Rows(ctx, l.view.calendar) {
				if row = r; !yield(&row, err) {
					return
				}
			}
			return
		}
		for tag, err := range l.view.h.Library.Tags(ctx, l.view.calendar) {
			if row.Name, row.ETag = tag.Name, tag.ETag; !yield(&row, err) {
				return
			}
		}
	}
}

// add writes the row of an object.
func (l *listing) add(row *bridge.Row) error {
	if l.alike != nil {
		return l.m.Fill(l.alike, &davxml.Filling{davxml.HoleName: row.Name, davxml.HoleETag: row.ETag})
	}
	l.row = *row
	l.view.row, l.view.name = &l.row, row.Name
	l.m.Member(&l.members, row.Name)
	l.fill(&l.view)
	return l.m.EndResponse(l.minimal)
}

// status writes the row of an object that has nothing to tell but that it is
// so (RFC 4791 §7.8 for a query without properties).
func (l *listing) status(code int, row *bridge.Row) error {
	return l.m.Status(code, davxml.Name{}, l.href, row.Name, ".ics")
}

// object writes the row of an object with its data, as far as they are wanted.
func (l *listing) object(ctx context.Context, obj *bridge.Object) error {
	switch {
	case l.want == nil:
		return l.add(rowOf(obj))
	case l.shelf == nil:
		return l.part(ctx, obj)
	}
	t := readyText{obj.ETag, davxml.Escaped(obj.Body)}
	l.shelf.put(obj.Name, t)
	return l.text(obj.Name, t)
}

// text writes the row of an object whose data are ready.
func (l *listing) text(name string, t readyText) error {
	return l.m.Fill(l.alike, &davxml.Filling{davxml.HoleName: name, davxml.HoleETag: t.etag, davxml.HoleData: t.text})
}

// part writes the row of an object with what is wanted of its data. One that
// cannot be cut is given whole: a client can do without the cut, not without the
// event.
func (l *listing) part(ctx context.Context, obj *bridge.Object) error {
	body, err := component.Cut(obj, l.want, l.loc)
	if err != nil {
		l.view.h.warn(ctx, "an event cannot be given in parts", slog.String("calendar", string(l.view.calendar)),
			slog.String("object", obj.Name), slog.Any("cause", err))
		body = obj.Body
	}
	l.view.data = body
	defer func() { l.view.data = nil }()
	return l.add(rowOf(obj))
}

func rowOf(o *bridge.Object) *bridge.Row {
	return &bridge.Row{Name: o.Name, ETag: o.ETag, Size: len(o.Body), Span: o.Span, Recurs: o.Recurs}
}
