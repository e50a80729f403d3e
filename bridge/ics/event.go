package ics

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// event returns a VEVENT with everything but its times (mapping §5), as far as
// there is room for it.
func (r *renderer) event(e *bridge.Event, isOverride bool) (*ical.Component, error) {
	if r.brevity > complete {
		e = r.shorten(e, isOverride)
	}
	c := ical.NewComponent(ical.CompEvent)
	set(c, ical.PropUID, clean(r.series.UID, maxParameter))
	r.bookkeeping(c, e)
	set(c, ical.PropSummary, clean(e.Subject, maxSummary))
	body(c, e)
	attachments(c, e.Links)
	whereabouts(c, e)
	conference(c, e)
	visibility(c, e)
	r.allDay(c, e)
	marks(c, e)
	categories(c, e.Categories)
	r.color(c, e.Categories)
	r.people(c, e)
	if isOverride {
		return c, r.weigh(c)
	}
	return c, nil
}

// bookkeeping writes when the event was made and changed. DTSTAMP comes from
// the data as well: with the clock's time, every rendering would be a change.
func (r *renderer) bookkeeping(c *ical.Component, e *bridge.Event) {
	changed := e.Modified
	if changed.IsZero() {
		changed = e.Created
	}
	if changed.IsZero() {
		changed = e.Start
	}
	c.Props.Set(stamp(ical.PropDateTimeStamp, changed))
	if !e.Created.IsZero() {
		c.Props.Set(stamp(ical.PropCreated, e.Created))
	}
	if !e.Modified.IsZero() {
		c.Props.Set(stamp(ical.PropLastModified, e.Modified))
	}
	raw(c, ical.PropSequence, strconv.Itoa(max(e.Sequence, 0)))
}

// times writes DTSTART and DTEND of a single event or of an override.
func (r *renderer) times(c *ical.Component, e *bridge.Event, fallback string) {
	if e.AllDay {
		c.Props.Set(dateProp(ical.PropDateTimeStart, dateOf(e.Start)))
		c.Props.Set(dateProp(ical.PropDateTimeEnd, dateOf(end(e))))
		return
	}
	at := placeOf(e.StartZone, fallback, r.env.MailboxZone)
	c.Props.Set(r.zones.instantProp(ical.PropDateTimeStart, e.Start, at))
	// RFC 5545 §3.8.2.2 wants DTEND after DTSTART: without one, it ends at once.
	if e.End.After(e.Start) {
		c.Props.Set(r.zones.instantProp(ical.PropDateTimeEnd, e.End, placeOf(e.EndZone, e.StartZone, fallback, r.env.MailboxZone)))
	}
}

// end returns when e ends: never before it starts, and after a whole day at
// least if it is all-day.
func end(e *bridge.Event) time.Time {
	switch {
	case e.AllDay && !e.End.After(e.Start):
		return e.Start.AddDate(0, 0, 1)
	case e.End.Before(e.Start):
		return e.Start
	}
	return e.End
}

func dateOf(t time.Time) bridge.Date { return bridge.DateIn(t, time.UTC) }

// propBusyStatus says how the time is shown ([MS-OXCICAL] §2.1.3.1.1.20.31).
const propBusyStatus = "X-MICROSOFT-CDO-BUSYSTATUS"

// busyStatus are the values of propBusyStatus.
var busyStatus = map[bridge.ShowAs]string{
	bridge.Free: "FREE", bridge.Tentative: "TENTATIVE", bridge.Busy: "BUSY",
	bridge.OutOfOffice: "OOF", bridge.WorkingElsewhere: "WORKINGELSEWHERE",
}

// visibility writes how the time is shown and to whom (mapping §5.1).
func visibility(c *ical.Component, e *bridge.Event) {
	status, transparent := ical.EventConfirmed, e.ShowAs == bridge.Free || e.Response == bridge.Declined
	switch {
	case e.Cancelled:
		status, transparent = ical.EventCancelled, true
	case e.ShowAs == bridge.Tentative || e.Response == bridge.Tentatively:
		status = ical.EventTentative
	}
	raw(c, ical.PropStatus, string(status))
	raw(c, ical.PropTransparency, map[bool]string{true: "TRANSPARENT", false: "OPAQUE"}[transparent])
	if busy, ok := busyStatus[e.ShowAs]; ok {
		raw(c, propBusyStatus, busy)
	}
	class(c, e.Sensitivity)
	importance(c, e.Importance)
}

// allDay tells Outlook what DTSTART tells everyone (mapping §2.2, §5.8): where it
// is so, and where one instance of an all-day series is not. Timed events say
// nothing, which means the same.
func (r *renderer) allDay(c *ical.Component, e *bridge.Event) {
	switch {
	case e.AllDay:
		raw(c, propAllDay, "TRUE")
	case r.series.Master.AllDay:
		raw(c, propAllDay, "FALSE")
	}
}

// propAllDay says whether an event is all-day ([MS-OXCICAL]).
const propAllDay = "X-MICROSOFT-CDO-ALLDAYEVENT"

func class(c *ical.Component, s bridge.Sensitivity) {
	switch s {
	case bridge.Private:
		raw(c, ical.PropClass, "PRIVATE")
	case bridge.Personal:
		raw(c, ical.PropClass, "PRIVATE")
		raw(c, "X-MICROSOFT-SENSITIVITY", "PERSONAL")
	case bridge.Confidential:
		raw(c, ical.PropClass, "CONFIDENTIAL")
	default:
		raw(c, ical.PropClass, "PUBLIC")
	}
}

func importance(c *ical.Component, i bridge.Importance) {
	priority, cdo := "5", "1"
	switch i {
	case bridge.Low:
		priority, cdo = "9", "0"
	case bridge.High:
		priority, cdo = "1", "2"
	}
	raw(c, ical.PropPriority, priority)
	raw(c, "X-MICROSOFT-CDO-IMPORTANCE", cdo)
}

// categories writes one property for all, in the order that Outlook gives. Where
// a name has a backslash, readers fail at where it ends in a list: then each has
// a property of its own.
func categories(c *ical.Component, list []string) {
	var names []string
	apart := false
	for _, name := range list {
		if name = category(name); name != "" {
			names = append(names, escape(name))
			apart = apart || strings.Contains(name, `\`)
		}
	}
	if !apart && len(names) > 0 {
		names = []string{strings.Join(names, ",")}
	}
	for _, text := range names {
		p := ical.NewProp(ical.PropCategories)
		p.Value = text
		c.Props.Add(p)
	}
}

func category(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(clean(name, maxParameter), "\n", " "))
}

// color writes COLOR (RFC 7986 §5.9) after the first category that has one.
func (r *renderer) color(c *ical.Component, list []string) {
	for _, name := range list {
		if css := r.env.Colors[name]; isColorName(css) {
			raw(c, ical.PropColor, css)
			return
		}
	}
}

// alarm adds the reminder (mapping §5.6). instance tells the alarms of one
// object apart.
func (r *renderer) alarm(c *ical.Component, e *bridge.Event, instance string) {
	if e.Reminder == nil || e.Cancelled || e.Response == bridge.Declined {
		return
	}
	sum := sha256.Sum256([]byte(r.series.UID + "\x00" + instance))
	a := ical.NewComponent(ical.CompAlarm)
	raw(a, ical.PropAction, "DISPLAY")
	raw(a, ical.PropTrigger, trigger(*e.Reminder))
	raw(a, ical.PropUID, hex.EncodeToString(sum[:16]))
	subject := clean(e.Subject, maxSummary)
	if subject == "" {
		subject = "Reminder"
	}
	set(a, ical.PropDescription, subject)
	c.Children = append(c.Children, a)
}

// trigger returns minutes before the start as a duration (RFC 5545 §3.3.6).
func trigger(minutes int) string {
	const day = 24 * 60
	minutes = max(min(minutes, 10_000*day), -10_000*day)
	sign := "-"
	if minutes < 0 {
		sign, minutes = "", -minutes
	}
	switch {
	case minutes == 0:
		return "PT0S"
	case minutes%day == 0:
		return sign + "P" + strconv.Itoa(minutes/day) + "D"
	}
	return sign + "PT" + strconv.Itoa(minutes) + "M"
}

// set writes a TEXT property, raw one whose value needs no escaping.
func set(c *ical.Component, name, text string) { raw(c, name, escape(text)) }

func setIf(c *ical.Component, name, text string) {
	if text != "" {
		set(c, name, text)
	}
}

func raw(c *ical.Component, name, value string) {
	c.Props.Set(&ical.Prop{Name: name, Value: value})
}
