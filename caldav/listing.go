package caldav

import (
	"context"
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
}

func (h *Handler) listing(res *resource, rs *rows) *listing {
	t := target{kind: object, user: res.user, calendar: res.calendar}
	href := h.path(target{kind: calendar, user: t.user, calendar: t.calendar})
	return &listing{rows: rs, href: href, members: davxml.MembersOf(href, ".ics"),
		view: view{h: h, target: t, cal: res.cal}, loc: mailboxZone(res.cal)}
}

// mailboxZone is where a calendar's days begin and end, unless a request says
// otherwise.
func mailboxZone(cal *bridge.Calendar) *time.Location {
	if loc, err := zone.Load(cal.Env.MailboxZone); err == nil {
		return loc
	}
	return time.UTC
}

// add writes the row of an object.
func (l *listing) add(row *bridge.Row) error {
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
// One that cannot be cut is given whole: a client can do without the cut, not
// without the event.
func (l *listing) object(ctx context.Context, obj *bridge.Object, want *davxml.CalendarData) error {
	if want != nil {
		body, err := component.Cut(obj, want, l.loc)
		if err != nil {
			l.view.h.warn(ctx, "an event cannot be given in parts", slog.String("calendar", string(l.view.calendar)),
				slog.String("object", obj.Name), slog.Any("cause", err))
			body = obj.Body
		}
		l.view.data = body
		defer func() { l.view.data = nil }()
	}
	return l.add(rowOf(obj))
}

func rowOf(o *bridge.Object) *bridge.Row {
	return &bridge.Row{Name: o.Name, ETag: o.ETag, Size: len(o.Body), Span: o.Span, Recurs: o.Recurs}
}
