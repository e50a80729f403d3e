package graphfake

import (
	"net/url"
	"strings"
	"time"
)

// view is how one request wants its events written.
type view struct {
	habits    *Habits
	immutable bool
	beta      bool
	zone      *time.Location
	label     string // the zone as the request spelled it
	numeric   bool   // originalStart has an offset in place of Z
	textBody  bool
	alone     bool // a GET of one event: cancelledOccurrences may come
	sel       selection
	extended  []string // extended properties to expand, normalised
}

// selection is a $select.
type selection struct {
	all   bool            // $select=*
	names map[string]bool // nil without $select
}

// wants tells whether a member is to be written.
func (s selection) wants(m *eventMember) bool {
	if s.all {
		return true
	}
	if m.traits&hidden != 0 {
		return s.names[m.name]
	}
	return s.names == nil || s.names[m.name]
}

// event writes an instance.
func (v *view) event(it instance) object {
	if it.rec.raw && !it.occurrence {
		return v.rawEvent(it.rec)
	}
	out := make(object, 0, 48)
	if key, ok := v.changeKey(it.rec); ok {
		out = append(out, member{"@odata.etag", `W/"` + key + `"`})
	}
	for i := range eventMembers {
		m := &eventMembers[i]
		if m.traits&betaOnly != 0 && !v.beta || m.name != "id" && !v.sel.wants(m) {
			continue
		}
		if value, ok := v.member(m, it); ok {
			out = append(out, member{m.name, value})
		}
	}
	return v.addExtended(out, it.rec)
}

// changeKey returns the key of a record; a raw one has only what it came with.
func (v *view) changeKey(rec *record) (string, bool) {
	if rec.raw {
		key := rec.bag.text("changeKey")
		return key, key != ""
	}
	return rec.cal.mb.changeKey(rec.version), true
}

// member returns the value of a member and whether it has one here.
func (v *view) member(m *eventMember, it instance) (any, bool) {
	rec, mb := it.rec, it.rec.cal.mb
	if value, ok := opaque[m.name]; ok && rec.veiled() {
		return value, true
	}
	switch m.name {
	case "id":
		return mb.instanceIDs(it).of(v.immutable), true
	case "createdDateTime":
		return v.stamp(rec, m.name, rec.created)
	case "lastModifiedDateTime":
		return v.stamp(rec, m.name, rec.modified)
	case "changeKey":
		return v.changeKey(rec)
	case "originalStartTimeZone":
		return textOrNull(rec.startLabel), true
	case "originalEndTimeZone":
		return textOrNull(rec.endLabel), true
	case "iCalUId":
		return mb.uidOf(it), true
	case "uid":
		return mb.seriesUID(it), true
	case "isAllDay":
		return it.span.allDay, true
	case "seriesMasterId":
		return v.masterID(it), true
	case "type":
		return it.typeName(), true
	case "webLink":
		return webLink(mb.instanceIDs(it).Classic), true
	case "bodyPreview":
		return preview(rec.lookup("body")), true
	case "body":
		return v.body(rec.lookup("body")), true
	case "organizer":
		return organizerOf(rec), true
	case "recurrence":
		return recurrenceOf(it), true
	case "start":
		return v.moment(it.span.start, it.span.allDay), true
	case "end":
		return v.moment(it.span.end, it.span.allDay), true
	case "originalStart":
		return v.originalStart(it)
	case "occurrenceId":
		return v.occurrenceID(it), true
	case "cancelledOccurrences":
		return v.cancelled(it)
	}
	return rec.lookup(m.name), true
}

// opaque is what others see of a private event: a busy block.
var opaque = map[string]any{
	"subject": "Private appointment", "body": noBody, "bodyPreview": "", "location": noLocation, "locations": list{},
	"attendees": list{}, "categories": list{}, "onlineMeeting": nil, "onlineMeetingUrl": nil,
}

// veiled tells whether the reader of the calendar may not see the event.
func (r *record) veiled() bool {
	return r.cal.info.HidePrivate && r.lookup("sensitivity") == "private"
}

func (v *view) stamp(rec *record, name string, micro int64) (any, bool) {
	if rec.raw {
		return rec.bag.get(name)
	}
	return formatStamp(micro), true
}

// moment writes start or end in the zone that the request prefers. An all-day
// event keeps its midnights whatever the zone is.
func (v *view) moment(at int64, allDay bool) object {
	if !allDay {
		at = toWall(at, v.zone)
	}
	return dateTimeZone(at, v.label)
}

// originalStart writes the start of the slot. Where the request prefers a zone
// other than UTC it has that zone's offset, as observed.
func (v *view) originalStart(it instance) (any, bool) {
	at, ok := it.slotStart(it.rec.cal.mb.zone)
	if !ok || v.habits.NoOriginalStart {
		return nil, false
	}
	if v.numeric {
		return time.Unix(at, 0).In(v.zone).Format(time.RFC3339), true
	}
	return time.Unix(at, 0).UTC().Format(time.RFC3339), true
}

func (v *view) masterID(it instance) any {
	m := it.master()
	if m == nil {
		return nil
	}
	return m.cal.mb.recordIDs(m).of(v.immutable)
}

func (v *view) occurrenceID(it instance) any {
	if m := it.master(); m != nil {
		return v.oid(m, it.slot)
	}
	return nil
}

// oid writes the name of an occurrence: its master and the date of its slot.
func (v *view) oid(m *record, slot day) string {
	return "OID." + m.cal.mb.recordIDs(m).of(v.immutable) + "." + slot.String()
}

// cancelled lists the cancelled slots of a master; Graph does so only on a
// GET of that one event.
func (v *view) cancelled(it instance) (any, bool) {
	s := it.rec.series
	if s == nil || it.occurrence || !v.alone || v.habits.NoCancelledOccurrences || v.habits.NationalCloud {
		return nil, false
	}
	oids := list{}
	for _, d := range sortedDays(s.cancelled) {
		oids = append(oids, v.oid(it.rec, d))
	}
	return oids, true
}

// typeName returns the type of what is shown.
func (it instance) typeName() string {
	if it.occurrence {
		return "occurrence"
	}
	return eventTypes[it.rec.kind]
}

func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func recurrenceOf(it instance) any {
	if it.occurrence || it.rec.series == nil {
		return nil
	}
	return it.rec.series.object()
}

// organizerOf returns the organizer, who is the owner of the calendar if
// nobody else was named.
func organizerOf(rec *record) any {
	if o := rec.lookup("organizer"); o != nil {
		return o
	}
	return object{{"emailAddress", rec.cal.info.Owner.object()}}
}

func webLink(id string) string {
	return "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(id) + "&exvsurl=1&path=/calendar/item"
}

// rawEvent writes a raw record as it was given, narrowed by a $select, with
// an id where it came without one.
func (v *view) rawEvent(rec *record) object {
	out := make(object, 0, len(rec.bag)+1)
	if _, ok := rec.bag.get("id"); !ok {
		out = append(out, member{"id", rec.cal.mb.recordIDs(rec).of(v.immutable)})
	}
	for _, m := range rec.bag {
		if v.wantsRaw(m.name) {
			out = append(out, member{m.name, v.rawValue(rec, m)})
		}
	}
	if _, given := rec.bag.get("cancelledOccurrences"); !given && (v.sel.all || v.sel.names["cancelledOccurrences"]) {
		if dates, ok := v.cancelled(whole(rec)); ok {
			out = append(out, member{"cancelledOccurrences", dates})
		}
	}
	return v.addExtended(out, rec)
}

func (v *view) wantsRaw(name string) bool {
	switch {
	case name == "originalStart" && v.habits.NoOriginalStart,
		name == "cancelledOccurrences" && (v.habits.NoCancelledOccurrences || v.habits.NationalCloud):
		return false
	}
	return v.sel.all || v.sel.names == nil || v.sel.names[name] || name == "id" || strings.HasPrefix(name, "@")
}

// rawValue writes start and end in the preferred zone if the server is to
// convert raw events and could read them.
func (v *view) rawValue(rec *record, m member) any {
	if !v.habits.ConvertRaw || !rec.timed {
		return m.value
	}
	switch m.name {
	case "start":
		return v.moment(rec.span.start, rec.span.allDay)
	case "end":
		return v.moment(rec.span.end, rec.span.allDay)
	}
	return m.value
}
