package caldav

import (
	"cmp"
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
	{name: davxml.CalDAV("supported-collation-set"), on: home | calendar | object, value: collations}, // where there is a calendar-query
	kept(davxml.CalDAV("calendar-description"), nil, text(readOnly)),
	kept(timezoneText, setTimezone, calendarTimezone),
	{name: davxml.CalDAV("calendar-timezone-id"), on: calendar, set: setTimezoneID, value: func(w *davxml.Writer, v *view) bool { // RFC 7809 §5.2
		w.Text(v.zone())
		return v.zone() != "" && !zone.IsCustom(v.zone())
	}},
	{name: davxml.CalDAV("max-resource-size"), on: calendar, value: text(fmt.Sprint(ics.MaxObject))},
	kept(transparency, setTransparency, func(w *davxml.Writer, _ *view) bool { // RFC 6638 §9.1
		w.Empty(davxml.CalDAV("opaque"))
		return true
	}),
	{name: davxml.Apple("calendar-color"), on: calendar, set: setColor, value: func(w *davxml.Writer, v *view) bool {
		if v.overlay.Color != "" {
			w.Text(v.overlay.Color)
			return true
		}
		w.Text(strings.ToUpper(v.cal.Color))
		w.Text("FF") // clients agree on eight digits, the last two being how opaque it is
		return v.cal.Color != ""
	}},
	{name: davxml.Apple("calendar-order"), on: calendar, set: setOrder, value: func(w *davxml.Writer, v *view) bool {
		if v.overlay.Order != nil {
			w.Int(*v.overlay.Order)
		} else {
			w.Int(v.cal.Order + 1)
		}
		return true
	}},
}

// kept makes a property of calendars whose value is what the reader has set,
// else what value writes.
func kept(name davxml.Name, set setter, value func(*davxml.Writer, *view) bool) property {
	if set == nil {
		set = keep(name)
	}
	return property{name: name, on: calendar, set: set, value: func(w *davxml.Writer, v *view) bool {
		if own, ok := v.overlay.Kept[clark(name)]; ok {
			w.Raw(own)
			return true
		}
		return value(w, v)
	}}
}

// zone is the name of the calendar's own zone, as the reader has it.
func (v *view) zone() string { return cmp.Or(v.overlay.Zone, v.cal.Env.MailboxZone) }

func eventsOnly(w *davxml.Writer, _ *view) bool {
	w.Empty(davxml.CalDAV("comp"), "name", "VEVENT")
	return true
}

// zoneYears is how far before the horizon a calendar's own zone is described.
const zoneYears = 20

// calendarTimezone is a calendar with the one zone that is its own (RFC 4791
// §5.2.2).
func calendarTimezone(w *davxml.Writer, v *view) bool {
	text, err := zone.VTimezone(v.zone(), v.cal.Env.Horizon-zoneYears, v.cal.Env.Horizon)
	if err != nil {
		return false // no zone is known
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
