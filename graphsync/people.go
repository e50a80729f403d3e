package graphsync

import (
	"strings"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// readPeople reads organizer, attendees and answers (mapping §5.4).
func readPeople(g *graph.Event, e *bridge.Event) {
	if g.Organizer != nil {
		e.Organizer = &bridge.Person{Name: g.Organizer.EmailAddress.Name, Address: g.Organizer.EmailAddress.Address}
	}
	if g.ResponseStatus != nil {
		e.Response = readResponse(g.ResponseStatus.Response)
	}
	e.HideList = g.HideAttendees
	e.NoReply = g.ResponseRequested != nil && !*g.ResponseRequested
	e.NoCounter = g.AllowNewTime != nil && !*g.AllowNewTime
	for _, a := range g.Attendees {
		e.Attendees = append(e.Attendees, bridge.Person{
			Name: a.EmailAddress.Name, Address: a.EmailAddress.Address,
			Role: readRole(g, &a), Response: readResponse(a.Status.Response),
		})
	}
}

func readRole(g *graph.Event, a *graph.Attendee) bridge.Role {
	switch strings.ToLower(a.Type) {
	case "optional":
		return bridge.Optional
	case "resource":
		if isPlace(g, a.EmailAddress.Address) {
			return bridge.Room
		}
		return bridge.Resource
	}
	return bridge.Required
}

// isPlace reports whether address is one of the event's places: then the
// resource is a room.
func isPlace(g *graph.Event, address string) bool {
	if address == "" {
		return false
	}
	for _, l := range places(g) {
		if strings.EqualFold(l.EmailAddress, address) || strings.EqualFold(l.LocationURI, address) {
			return true
		}
	}
	return false
}

func readResponse(s string) bridge.Response {
	for _, r := range []bridge.Response{bridge.Unanswered, bridge.NotResponded, bridge.Organizer, bridge.Accepted, bridge.Tentatively, bridge.Declined} {
		if strings.EqualFold(s, string(r)) {
			return r
		}
	}
	return ""
}
