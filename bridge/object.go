package bridge

import "time"

// Object is one calendar object resource (RFC 4791 §4.1) as it is served.
type Object struct {
	Name string // resource name without ".ics"; given once, kept
	UID  string
	// Source is the item that the object was made of. Stores fill it in.
	Source SourceID
	ETag   string // 32 hex digits of the body's SHA-256, without quotes
	Body   []byte // a whole VCALENDAR

	EventsAt [2]int    // Body[EventsAt[0]:EventsAt[1]] are the VEVENTs alone
	Zones    []ZoneUse // the zones that the VEVENTs name, sorted by name
	Span     Span
	Recurs   bool // whether Span is only an outer bound of many instances

	// Remarks are whole sentences for the calendar's owner: what readers cannot
	// be shown as Outlook shows it, and why. Stores keep them apart; objects that
	// are read back come without.
	Remarks []string

	Converter, Renderer uint16 // versions that made it; the store's affair
}

// ZoneUse is a zone that an object names, with the first year in which it does.
type ZoneUse struct {
	Name string `json:"name"` // IANA
	Year int    `json:"year"`
}

// Span is the time that an object takes. Of a single event it is exact; of a
// recurring one it reaches from its earliest start to its latest end, and End
// is zero where there is none. All-day times are midnights in UTC of days that
// every reader has in a zone of its own.
type Span struct {
	Start, End time.Time
	AllDay     bool // at least one instance is all-day
}

// widest is how far a zone's midnight lies from UTC's, at most.
const widest = 14 * time.Hour

// Touches reports whether the span can meet the half-open range [from, to) in
// some zone; a zero time leaves that side open.
func (s Span) Touches(from, to time.Time) bool {
	start, end := s.Start, s.End
	if s.AllDay {
		start = start.Add(-widest)
		if !end.IsZero() {
			end = end.Add(widest)
		}
	}
	if !from.IsZero() && !end.IsZero() && end.Before(from) {
		return false
	}
	return to.IsZero() || start.Before(to)
}

// Tag is what most listings tell of an object.
type Tag struct{ Name, ETag string }

// Row is one line of a calendar's listing.
type Row struct {
	Name   string
	ETag   string
	Size   int // octets of the body
	Gone   bool
	Span   Span
	Recurs bool
}
