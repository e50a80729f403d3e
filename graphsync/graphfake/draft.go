package graphfake

import (
	"net/url"
	"strings"
)

// draft is an event as it would be after a request: everything is checked on
// the draft before anything is changed.
type draft struct {
	mb         *Mailbox
	bag        object
	span       span
	startLabel string
	endLabel   string
	moved      bool        // the request set start, end or isAllDay
	rule       *recurrence // nil for an event without one
	ruled      bool        // the request set recurrence
}

// newDraft begins a draft from an instance, or from nothing to create one.
func (m *Mailbox) newDraft(base *instance) *draft {
	d := &draft{mb: m}
	if base == nil {
		return d
	}
	rec := base.rec
	d.span, d.startLabel, d.endLabel = base.span, rec.startLabel, rec.endLabel
	if !base.occurrence {
		d.bag = rec.bag.clone()
		if rec.series != nil {
			rule := rec.series.recurrence
			d.rule = &rule
		}
	}
	return d
}

// apply lays the members of a request body over the draft.
func (d *draft) apply(body object, create bool) error {
	for _, m := range body {
		if err := d.member(m, create); err != nil {
			return err
		}
	}
	if err := d.times(body, create); err != nil {
		return err
	}
	return d.recurrence(body)
}

// member takes one member of the body. Those that only the server writes are
// ignored, as are unknown ones: the event is an open type.
func (d *draft) member(m member, create bool) error {
	switch m.name {
	case "body":
		b, _ := m.value.(object)
		d.bag.set("body", storedBody(b))
	case "location":
		d.place(m.value)
	case "locations":
		l, _ := m.value.(list)
		d.places(l)
	case "attendees":
		return d.attendees(m.value)
	case "transactionId":
		if !create {
			return invalidQuery("The property 'transactionId' cannot be changed.")
		}
		if m.value != nil {
			d.bag.set(m.name, m.value)
		}
	case "singleValueExtendedProperties":
		l, _ := m.value.(list)
		d.extended(l)
	case "isOnlineMeeting":
		d.online(m.value == true)
	default:
		d.plain(m)
	}
	return nil
}

// plain takes a member that is stored as it comes; null takes it back to what
// it was by default.
func (d *draft) plain(m member) {
	if !isWritten(m.name) {
		return
	}
	value := m.value
	if value == nil {
		value = defaultOf(m.name)
	}
	d.bag.set(m.name, value)
}

// place stores a location, which replaces all locations.
func (d *draft) place(value any) {
	loc, _ := value.(object)
	if loc.text("displayName") == "" {
		d.bag.set("location", noLocation)
		d.bag.set("locations", list{})
		return
	}
	d.places(list{loc})
}

// places stores locations. The display name of the one location is those of
// all, joined.
func (d *draft) places(l list) {
	var names []string
	stored := list{}
	for _, v := range l {
		loc, _ := v.(object)
		loc = loc.clone()
		name := loc.text("displayName")
		for _, m := range (object{{"locationType", "default"}, {"uniqueId", name}, {"uniqueIdType", "private"}}) {
			if _, ok := loc.get(m.name); !ok {
				loc.set(m.name, m.value)
			}
		}
		names = append(names, name)
		stored = append(stored, loc)
	}
	if len(stored) == 0 {
		d.bag.set("location", noLocation)
		d.bag.set("locations", list{})
		return
	}
	first := stored[0].(object).clone()
	if len(stored) > 1 {
		joined := strings.Join(names, "; ")
		first = object{{"displayName", joined}, {"locationType", "default"}, {"uniqueId", joined}, {"uniqueIdType", "private"}}
	}
	d.bag.set("location", first)
	d.bag.set("locations", stored)
}

// maxAttendees is the documented bound.
const maxAttendees = 500

// attendees replaces the list. An answer that is known stays with its person.
func (d *draft) attendees(value any) error {
	l, _ := value.(list)
	if len(l) > maxAttendees {
		return badRequest("ErrorInvalidRecipients", "The event has more than %d attendees.", maxAttendees)
	}
	answers := map[string]any{}
	old, _ := d.bag.get("attendees")
	known, _ := old.(list)
	for _, v := range known {
		a, _ := v.(object)
		answers[addressOf(a)], _ = a.get("status")
	}
	stored, seen := list{}, map[string]bool{}
	for _, v := range l {
		a, _ := v.(object)
		address := addressOf(a)
		if address == "" || seen[address] {
			return badRequest("ErrorInvalidRecipients", "At least one recipient isn't valid.")
		}
		seen[address] = true
		a = a.clone()
		if a.text("type") == "" {
			a.set("type", "required")
		}
		a.set("status", orNil(answers[address], noAnswer))
		stored = append(stored, a)
	}
	d.bag.set("attendees", stored)
	return nil
}

func orNil(v any, unset any) any {
	if v == nil {
		return unset
	}
	return v
}

func addressOf(attendee object) string {
	return strings.ToLower(attendee.child("emailAddress").text("address"))
}

// extended merges extended properties by id.
func (d *draft) extended(l list) {
	old, _ := d.bag.get("singleValueExtendedProperties")
	known, _ := old.(list)
	merged := append(list{}, known...)
	for _, v := range l {
		p, _ := v.(object)
		id := normalProperty(p.text("id"))
		for i, k := range merged {
			if o, _ := k.(object); normalProperty(o.text("id")) == id {
				merged = append(merged[:i:i], merged[i+1:]...)
				break
			}
		}
		merged = append(merged, object{{"id", id}, {"value", p.text("value")}})
	}
	d.bag.set("singleValueExtendedProperties", merged)
}

// online makes a Teams meeting; it cannot be undone.
func (d *draft) online(wanted bool) {
	if v, _ := d.bag.get("isOnlineMeeting"); v == true || !wanted {
		return
	}
	thread := url.QueryEscape("19:meeting_" + newGUID() + "@thread.v2")
	d.bag.set("isOnlineMeeting", true)
	d.bag.set("onlineMeetingProvider", "teamsForBusiness")
	d.bag.set("onlineMeeting", object{
		{"joinUrl", "https://teams.microsoft.com/l/meetup-join/" + thread + "/0?context=%7b%22Tid%22%3a%22" + tenantID + "%22%7d"},
		{"conferenceId", "177513992"},
		{"tollNumber", "+49 30 5550 0123"},
	})
}
