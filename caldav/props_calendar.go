package caldav

import (
	"fmt"
	"strings"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/bridge/zone"
	"calbridge/caldav/davxml"
)

// readOnly is a calendar's description: the one place where a phone shows why
// it does not take a change.
const readOnly = "Read-only: changes made here are not sent to Outlook."

// calendars are the properties of calendars (RFC 4791 §5.2, RFC 6578 §4, Apple).
var calendars = []property{
	{name: davxml.DAV("sync-token"), on: calendar, value: func(w *davxml.Writer, v *view) bool {
		w.Text(tokenOf(v.cal.Point))
		return true
	}},
	{name: davxml.CalendarServer("getctag"), on: calendar, value: func(w *davxml.Writer, v *view) bool {
		w.Text(tokenOf(v.cal.Point))
		return true
	}},
	{name: davxml.CalDAV("supported-calendar-component-set"), on: calendar, value: eventsOnly},
	{name: davxml.CalDAV("supported-calendar-component-sets"), on: home, value: func(w *davxml.Writer, v *view) bool {
		w.Start(davxml.CalDAV("supported-calendar-component-set"))
		eventsOnly(w, v)
		w.End(davxml.CalDAV("supported-calendar-component-set"))
		return true
	}},
	{name: davxml.CalDAV("supported-calendar-data"), on: calendar, value: func(w *davxml.Writer, _ *view) bool {
		w.Empty(davxml.CalDAV("calendar-data"), "content-type", "text/calendar", "version", "2.0")
		return true
	}},
	{name: davxml.CalDAV("supported-collation-set"), on: calendar, value: collations},
	{name: davxml.CalDAV("calendar-description"), on: calendar, open: true, value: text(readOnly)},
	{name: davxml.CalDAV("calendar-timezone"), on: calendar, open: true, value: calendarTimezone},
	{name: davxml.CalDAV("calendar-timezone-id"), on: calendar, open: true, value: func(w *davxml.Writer, v *view) bool { // RFC 7809 §5.2
		w.Text(v.cal.Env.MailboxZone)
		return v.cal.Env.MailboxZone != ""
	}},
	{name: davxml.CalDAV("max-resource-size"), on: calendar, value: text(fmt.Sprint(ics.MaxObject))},
	{name: davxml.CalDAV("schedule-calendar-transp"), on: calendar, open: true, value: func(w *davxml.Writer, _ *view) bool { // RFC 6638 §9.1
		w.Empty(davxml.CalDAV("opaque"))
		return true
	}},
	{name: davxml.Apple("calendar-color"), on: calendar, open: true, value: func(w *davxml.Writer, v *view) bool {
		w.Text(strings.ToUpper(v.cal.Color))
		w.Text("FF") // clients agree on eight digits, the last two being how opaque it is
		return v.cal.Color != ""
	}},
	{name: davxml.Apple("calendar-order"), on: calendar, open: true, value: func(w *davxml.Writer, v *view) bool {
		w.Int(v.cal.Order + 1)
		return true
	}},
}

func eventsOnly(w *davxml.Writer, _ *view) bool {
	w.Empty(davxml.CalDAV("comp"), "name", "VEVENT")
	return true
}

// zoneYears is how far before the horizon a calendar's own zone is described.
const zoneYears = 20

// calendarTimezone is a calendar with the one zone of the mailbox (RFC 4791
// §5.2.2).
func calendarTimezone(w *davxml.Writer, v *view) bool {
	text, err := zone.VTimezone(v.cal.Env.MailboxZone, v.cal.Env.Horizon-zoneYears, v.cal.Env.Horizon)
	if err != nil {
		return false // no zone is known of the mailbox
	}
	w.Text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calbridge//calbridge//EN\r\n")
	w.Data(text)
	w.Text("END:VCALENDAR\r\n")
	return true
}

// tokenPrefix begins every sync token. RFC 6578 §4 wants a URI; Evolution takes
// one without a colon for something else.
const tokenPrefix = "urn:calbridge:sync:"

func tokenOf(p bridge.Point) string { return tokenPrefix + p.String() }
