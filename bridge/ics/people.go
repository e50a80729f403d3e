package ics

import (
	"slices"
	"strings"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// people writes ORGANIZER and ATTENDEE (mapping §5.4). An organizer alone would
// make Apple's calendar take a plain appointment for an invitation.
func (r *renderer) people(c *ical.Component, e *bridge.Event) {
	if len(e.Attendees) == 0 {
		return
	}
	if o := e.Organizer; o != nil && (o.Address != "" || o.Name != "") {
		c.Props.Set(person(ical.PropOrganizer, o))
	}
	seen := map[string]bool{}
	for i := range e.Attendees {
		a := &e.Attendees[i]
		if key := strings.ToLower(a.Address); key != "" && seen[key] {
			continue
		} else {
			seen[key] = true
		}
		c.Props.Add(r.attendee(e, a))
	}
	if e.NoCounter {
		raw(c, "X-MICROSOFT-DISALLOW-COUNTER", "TRUE")
	}
}

func person(name string, p *bridge.Person) *ical.Prop {
	prop := ical.NewProp(name)
	prop.Value = mailto(p.Address)
	cn := parameter(p.Name)
	if cn == "" && prop.Value == "invalid:nomail" {
		cn = parameter(p.Address)
	}
	if cn != "" {
		prop.Params.Set(ical.ParamCommonName, cn)
	}
	return prop
}

var roles = map[bridge.Role][2]string{
	bridge.Required: {"INDIVIDUAL", "REQ-PARTICIPANT"},
	bridge.Optional: {"INDIVIDUAL", "OPT-PARTICIPANT"},
	bridge.Resource: {"RESOURCE", "NON-PARTICIPANT"},
	bridge.Room:     {"ROOM", "NON-PARTICIPANT"},
}

var partStats = map[bridge.Response]string{
	bridge.Organizer: "ACCEPTED", bridge.Accepted: "ACCEPTED",
	bridge.Tentatively: "TENTATIVE", bridge.Declined: "DECLINED",
}

func (r *renderer) attendee(e *bridge.Event, a *bridge.Person) *ical.Prop {
	p := person(ical.PropAttendee, a)
	kind, ok := roles[a.Role]
	if !ok {
		kind = roles[bridge.Required]
	}
	p.Params.Set(ical.ParamCalendarUserType, kind[0])
	p.Params.Set(ical.ParamRole, kind[1])
	partStat := partStats[r.response(e, a)]
	if partStat == "" {
		partStat = "NEEDS-ACTION"
		if !e.NoReply {
			p.Params.Set(ical.ParamRSVP, "TRUE")
		}
	}
	if e.NoReply {
		p.Params.Set(ical.ParamRSVP, "FALSE")
	}
	p.Params.Set(ical.ParamParticipationStatus, partStat)
	return p
}

// response is an attendee's answer. Of the mailbox's own the event itself
// knows more than its copy of the list.
func (r *renderer) response(e *bridge.Event, a *bridge.Person) bridge.Response {
	own := slices.ContainsFunc(r.env.Addresses, func(s string) bool { return strings.EqualFold(s, a.Address) })
	if own && !e.IsOrganizer && e.Response != "" {
		return e.Response
	}
	return a.Response
}
