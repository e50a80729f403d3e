package ics

import (
	"bytes"
	"slices"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// Marks that an event carries for [Subscribed]: what they say of it has no
// property of its own in iCalendar.
const (
	markDraft = "X-CALBRIDGE-DRAFT"          // TRUE: its organizer has not sent it yet
	markHide  = "X-CALBRIDGE-HIDE-ATTENDEES" // TRUE: those invited are not to see each other
)

func marks(c *ical.Component, e *bridge.Event) {
	if e.Draft {
		raw(c, markDraft, "TRUE")
	}
	if e.HideList && len(e.Attendees) > 0 {
		raw(c, markHide, "TRUE")
	}
}

// manyAttendees is how many people make a list that a subscription leaves out.
const manyAttendees = 500

// Subscribed returns VEVENTs as a subscription shows them. It leaves out alarms,
// which would go off at every reader's; the body as HTML; events that their
// organizer has not sent yet; series that are called off, and single instances
// that are, as EXDATE; who is invited, where that is not to be known or are
// over 500. An event without a title gets one. Text cannot imitate the lines
// that this goes by: it has no line breaks. Where nothing changes, the result
// is events itself.
func Subscribed(events []byte) []byte {
	if shownAsTheyAre(events) {
		return events
	}
	return adapted(events)
}

// leftOut begins the lines of VEVENTs of which a subscription leaves something
// out or changes it, and of some more.
var leftOut = [][]byte{[]byte("BEGIN:VALARM"), []byte(altDesc), []byte("X-CALBRIDGE-"), []byte("STATUS:CANCELLED"), []byte("SUMMARY:\r")}

var attendee, newline = []byte(ical.PropAttendee), []byte("\n")

func shownAsTheyAre(events []byte) bool {
	attendees := 0
	for rest := events; len(rest) > 0; _, rest, _ = bytes.Cut(rest, newline) {
		switch rest[0] {
		case 'A':
			if bytes.HasPrefix(rest, attendee) {
				attendees++
			}
		case 'B', 'S', 'X': // what leftOut begins with
			for _, text := range leftOut {
				if bytes.HasPrefix(rest, text) {
					return false
				}
			}
		}
	}
	return attendees <= manyAttendees
}

func adapted(events []byte) []byte {
	out := make([]byte, 0, len(events))
	var list []*listed
	for len(events) > 0 {
		var e *listed
		e, events = nextEvent(events)
		list = append(list, e)
	}
	for _, e := range list {
		switch {
		case e.draft, e.called && e.slot == nil && e.recurs, e.slot != nil && mastersGone(list):
		case e.called && e.slot != nil && hasMaster(list):
		default:
			out = e.appendTo(out, list)
		}
	}
	return out
}

func isMaster(e *listed) bool { return e.slot == nil }

func hasMaster(list []*listed) bool { return slices.ContainsFunc(list, isMaster) }

// mastersGone reports whether the series as a whole is left out.
func mastersGone(list []*listed) bool {
	return slices.ContainsFunc(list, func(e *listed) bool { return isMaster(e) && (e.draft || e.called && e.recurs) })
}

// listed is one VEVENT, cut into its lines.
type listed struct {
	lines     [][]byte // properties with their folds and breaks, BEGIN and END
	slot      []byte   // RECURRENCE-ID with its parameters and value
	attendees int
	recurs    bool
	called    bool // off: STATUS:CANCELLED
	draft     bool
	hide      bool
}

// nextEvent cuts the first VEVENT off.
func nextEvent(events []byte) (*listed, []byte) {
	e := &listed{lines: make([][]byte, 0, 32)}
	alarm := false
	for len(events) > 0 {
		var line []byte
		line, events = nextLine(events)
		name := nameOf(line)
		switch {
		case is(name, "BEGIN") && bytes.HasPrefix(line, []byte("BEGIN:VALARM")):
			alarm = true
		case is(name, "END") && bytes.HasPrefix(line, []byte("END:VALARM")):
			alarm = false
		case alarm:
		default:
			e.take(name, line)
			if is(name, "END") {
				return e, events
			}
		}
	}
	return e, nil
}

func (e *listed) take(name, line []byte) {
	switch string(name) {
	case altDesc:
		return
	case markDraft:
		e.draft = true
		return
	case markHide:
		e.hide = true
		return
	case ical.PropRecurrenceID:
		e.slot = line[len(name):]
	case ical.PropRecurrenceRule, ical.PropRecurrenceDates:
		e.recurs = true
	case ical.PropAttendee:
		e.attendees++
	case ical.PropStatus:
		e.called = bytes.HasPrefix(line[len(name):], []byte(":CANCELLED"))
	case ical.PropSummary:
		if string(line) == "SUMMARY:\r\n" {
			line = []byte("SUMMARY:(No subject)\r\n")
		}
	}
	e.lines = append(e.lines, line)
}

// appendTo writes the event; a master with an EXDATE for each instance of the
// list that is called off.
func (e *listed) appendTo(out []byte, list []*listed) []byte {
	secret := e.hide || e.attendees > manyAttendees
	for i, line := range e.lines {
		if i == len(e.lines)-1 && e.slot == nil {
			for _, o := range list {
				if o.slot != nil && o.called {
					out = append(append(out, ical.PropExceptionDates...), o.slot...)
				}
			}
		}
		if name := nameOf(line); secret && (is(name, ical.PropAttendee) || is(name, ical.PropOrganizer)) {
			continue
		}
		out = append(out, line...)
	}
	return out
}

// nextLine cuts off a property with its folds.
func nextLine(text []byte) (line, rest []byte) {
	n := 0
	for n < len(text) {
		i := bytes.IndexByte(text[n:], '\n')
		if i < 0 {
			return text, nil
		}
		n += i + 1
		if n == len(text) || text[n] != ' ' {
			break
		}
	}
	return text[:n], text[n:]
}

func nameOf(line []byte) []byte {
	for i, c := range line {
		if c == ':' || c == ';' {
			return line[:i]
		}
	}
	return line
}

func is(name []byte, want string) bool { return string(name) == want }
