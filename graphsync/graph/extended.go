package graph

import (
	"net/url"
	"strings"
)

// MAPI properties of a calendar item that Graph has no members for
// ([MS-OXPROPS] §2; all are of PSETID_Appointment).
const (
	Sequence        = "Integer {00062002-0000-0000-C000-000000000046} Id 0x8201" // PidLidAppointmentSequence
	RecurrenceBlob  = "Binary {00062002-0000-0000-C000-000000000046} Id 0x8216"  // PidLidAppointmentRecur
	ZoneStruct      = "Binary {00062002-0000-0000-C000-000000000046} Id 0x8233"  // PidLidTimeZoneStruct
	ZoneDescription = "String {00062002-0000-0000-C000-000000000046} Id 0x8234"  // PidLidTimeZoneDescription
	ZoneDefinition  = "Binary {00062002-0000-0000-C000-000000000046} Id 0x8260"  // PidLidAppointmentTimeZoneDefinitionRecur
)

// With is what is asked for along with an event.
type With uint8

// What can come along. Some stores do not know one or the other; then the whole
// request is refused.
const (
	Exceptions With = 1 << iota // exceptionOccurrences
	Properties                  // the MAPI properties above
)

// Alone asks for the event and nothing else.
const Alone With = 0

// query returns the query options that ask for it, of one event or, without the
// larger properties, of a listing.
func (w With) query(listing bool) string {
	var expand []string
	if w&Exceptions != 0 {
		expand = append(expand, "exceptionOccurrences")
	}
	if w&Properties != 0 {
		ids := []string{Sequence, RecurrenceBlob, ZoneStruct, ZoneDescription, ZoneDefinition}
		if listing {
			ids = ids[:1]
		}
		expand = append(expand, "singleValueExtendedProperties($filter="+url.PathEscape("id eq '"+strings.Join(ids, "' or id eq '")+"'")+")")
	}
	if expand == nil {
		return "?$select=*"
	}
	return "?$select=*&$expand=" + strings.Join(expand, ",")
}

// Property returns the value of an extended property, "" where the answer has
// none. Graph echoes ids in another case.
func (e *Event) Property(id string) string {
	for _, p := range e.Extended {
		if strings.EqualFold(p.ID, id) {
			return p.Value
		}
	}
	return ""
}
