package caldav

import (
	"context"
	"slices"
	"strings"

	"calbridge/caldav/davxml"
)

// people are the properties of principals, and of where clients look for them
// (RFC 3744 §4, RFC 4791 §6.2, RFC 6638 §2.4). Inbox and outbox are missing
// because their presence switches scheduling on.
var people = []property{
	links(davxml.CalDAV("calendar-home-set"), root|service|principals|principal, func(v *view) []target { return []target{v.at(home)} }),
	links(davxml.DAV("principal-URL"), principal, func(v *view) []target { return []target{v.at(principal)} }),
	links(davxml.DAV("group-membership"), principal, nobody),
	links(davxml.DAV("group-member-set"), principal, nobody),
	links(davxml.DAV("alternate-URI-set"), principal, nobody),
	links(davxml.CalendarServer("calendar-proxy-read-for"), principal, nobody),
	links(davxml.CalendarServer("calendar-proxy-write-for"), principal, nobody),
	{name: davxml.CalDAV("calendar-user-type"), on: principal, value: text("INDIVIDUAL")},
	{name: davxml.CalDAV("calendar-user-address-set"), on: principal, people: true, value: func(w *davxml.Writer, v *view) bool {
		for i, address := range v.addresses {
			attrs := []string{"preferred", "1"}
			if i > 0 {
				attrs = nil
			}
			w.Start(davxml.DAV("href"), attrs...)
			w.Text("mailto:" + address)
			w.End(davxml.DAV("href"))
		}
		w.Href(v.h.path(v.at(principal)))
		return true
	}},
	{name: davxml.CalendarServer("email-address-set"), on: principal, people: true, value: func(w *davxml.Writer, v *view) bool {
		for _, address := range v.addresses {
			w.Element(davxml.CalendarServer("email-address"), address)
		}
		return true
	}},
}

func nobody(*view) []target { return nil }

// addresses returns the mail addresses of all mailboxes of user, each once, as
// their calendars know them.
func (h *Handler) addresses(ctx context.Context, user string) (list []string, err error) {
	cals, err := h.Library.UserCalendars(ctx, user)
	for _, cal := range cals {
		for _, a := range cal.Env.Addresses {
			if a != "" && !slices.ContainsFunc(list, func(known string) bool { return strings.EqualFold(known, a) }) {
				list = append(list, a)
			}
		}
	}
	return list, err
}
