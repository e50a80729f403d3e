package graphfake

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
)

// expansion is an $expand that was read.
type expansion struct {
	exceptions bool
	inner      *selection // $select inside exceptionOccurrences
	extended   []string   // ids of extended properties, normalised
	empty      []string   // relations that the emulator has nothing in
}

// readExpand reads an $expand of events. Changed instances come only with one
// event, not in a listing.
func (c *call) readExpand(alone bool) (expansion, error) {
	var e expansion
	text, ok := c.query["$expand"]
	if !ok {
		return e, nil
	}
	for _, item := range splitOutside(text, ',') {
		name, nested, _ := strings.Cut(strings.TrimSpace(item), "(")
		if err := e.add(c, name, strings.TrimSuffix(nested, ")"), alone); err != nil {
			return e, err
		}
	}
	return e, nil
}

func (e *expansion) add(c *call, name, nested string, alone bool) error {
	switch name {
	case "exceptionOccurrences":
		if c.habits.NationalCloud {
			return unknownMember(name, "event")
		}
		if !alone {
			return invalidQuery("The relationship '%s' can only be expanded on a single event.", name)
		}
		e.exceptions = true
		return e.addInner(c, nested)
	case "singleValueExtendedProperties":
		return e.addExtended(nested)
	case "attachments", "extensions", "multiValueExtendedProperties":
		e.empty = append(e.empty, name)
		return nil
	case "calendar", "instances":
		return invalidQuery("The relationship '%s' cannot be expanded.", name)
	}
	return unknownMember(name, "event")
}

func (e *expansion) addInner(c *call, nested string) error {
	for _, option := range splitOutside(nested, ';') {
		name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		switch name {
		case "":
		case "$select":
			sel, err := readSelection(value, c.beta, c.habits.NationalCloud)
			if err != nil {
				return err
			}
			e.inner = &sel
		default:
			return invalidQuery("The query option '%s' is not supported inside $expand.", name)
		}
	}
	return nil
}

var propertyTerm = regexp.MustCompile(`^\s*id\s+eq\s+'([^']*)'\s*$`)

// addExtended reads $filter=id eq '…' or id eq '…'.
func (e *expansion) addExtended(nested string) error {
	name, filter, _ := strings.Cut(strings.TrimSpace(nested), "=")
	if name != "$filter" {
		return invalidQuery("Expanding singleValueExtendedProperties needs a $filter on their ids.")
	}
	for term := range strings.SplitSeq(filter, " or ") {
		m := propertyTerm.FindStringSubmatch(term)
		if m == nil {
			return badRequest("ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
		}
		e.extended = append(e.extended, normalProperty(m[1]))
	}
	return nil
}

// normalProperty writes the id of an extended property as Exchange echoes it:
// GUID and hex digits in lower case, the name of a named one as it is.
func normalProperty(id string) string {
	head, name, named := strings.Cut(id, " Name ")
	kind, rest, _ := strings.Cut(head, " ")
	rest = strings.ReplaceAll(strings.ToLower(rest), " id ", " Id ")
	out := strings.TrimSpace(kind + " " + rest)
	if named {
		out += " Name " + name
	}
	return out
}

const appointmentSet = "{00062002-0000-0000-c000-000000000046}"
const meetingSet = "{6ed8da90-450b-101b-98da-00aa003f1305}"

// extendedValue returns the value of an extended property that the emulator
// knows, or that a request stored.
func extendedValue(rec *record, id string) (string, bool) {
	if v, ok := rec.bag.get("singleValueExtendedProperties"); ok {
		l, _ := v.(list)
		for _, p := range l {
			if o, _ := p.(object); normalProperty(o.text("id")) == id {
				return o.text("value"), true
			}
		}
	}
	m := rec.cal.mb
	switch id {
	case "Integer " + appointmentSet + " Id 0x8201":
		return "0", !rec.raw
	case "Boolean " + appointmentSet + " Id 0x8223":
		return truth(rec.kind == masterEvent), true
	case "Binary " + appointmentSet + " Id 0x8216":
		if rec.series == nil || rec.series.foreign != "" {
			return "", false
		}
		return base64.StdEncoding.EncodeToString(rec.series.blob()), true
	case "Binary " + appointmentSet + " Id 0x8233", "String " + appointmentSet + " Id 0x8234", "Binary " + appointmentSet + " Id 0x8260":
		return zoneValue(rec, id)
	case "Binary " + meetingSet + " Id 0x3":
		return binaryUID(m.uidOf(whole(rec)))
	case "Binary " + meetingSet + " Id 0x23":
		return binaryUID(m.seriesUID(whole(rec)))
	}
	return "", false
}

// zoneValue returns the properties that tell an event's clocks. A raw event has
// only those that it came with.
func zoneValue(rec *record, id string) (string, bool) {
	if rec.raw {
		return "", false
	}
	zone, name := rec.clocksOf()
	year := time.Unix(rec.span.start, 0).UTC().Year()
	switch id[len(id)-4:] {
	case "8233":
		return zoneStruct(zone, year), rec.series != nil
	case "8234":
		return name, true
	}
	return zoneDefinition(zone, name, year), rec.series != nil
}

func binaryUID(uid any) (string, bool) {
	text, _ := uid.(string)
	b, err := hex.DecodeString(text)
	return base64.StdEncoding.EncodeToString(b), err == nil && len(b) > 0
}

// addExtended adds the extended properties that the request expands. Those
// that an event does not have are absent, and so is the member without any.
func (v *view) addExtended(out object, rec *record) object {
	var values list
	for _, id := range v.extended {
		if value, ok := extendedValue(rec, id); ok && !(v.habits.NoAppointmentRecur && strings.HasSuffix(id, " Id 0x8216")) {
			values = append(values, object{{"id", id}, {"value", value}})
		}
	}
	if values != nil {
		out = append(slices.Clip(out), member{"singleValueExtendedProperties", values})
	}
	return out
}

// expanded adds to one event what the request expands besides.
func (c *call) expanded(out object, it instance, e expansion) object {
	for _, name := range e.empty {
		out = append(out, member{name, list{}})
	}
	sel, err := c.query.selection(c.beta, c.habits.NationalCloud)
	if !e.exceptions || err != nil || c.habits.NoExceptionOccurrences || sel.names != nil && !sel.all && !sel.names["exceptionOccurrences"] {
		return out
	}
	changed := list{}
	if s := it.rec.series; s != nil && !it.occurrence {
		v := c.view(innerSelection(sel, e.inner))
		for _, d := range sortedDays(s.exceptions) {
			if c.habits.ExpandCap > 0 && len(changed) == c.habits.ExpandCap {
				break
			}
			changed = append(changed, v.event(whole(s.exceptions[d])))
		}
	}
	return append(out, member{"exceptionOccurrences", changed})
}

// innerSelection returns what expanded events show: their own $select, else
// all members, with originalStart only where the outer $select asks for it.
func innerSelection(outer selection, inner *selection) selection {
	if inner != nil {
		return *inner
	}
	if !outer.all && !outer.names["originalStart"] {
		return selection{}
	}
	return selection{all: true}
}
