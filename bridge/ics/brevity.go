package ics

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// brevity is how much an object has to leave out so that readers take it. Each
// degree includes the ones before it.
type brevity int

const (
	complete   brevity = iota
	noMarkup           // changed occurrences come without X-ALT-DESC
	shortText          // and with the beginning of their text
	fewPeople          // and with the organizer and the mailbox's owner alone
	bareEvents         // so does the master; titles and places are short, the rest is gone
	barest     = bareEvents
)

const (
	// roomy is the size in octets up to which nothing is left out.
	roomy = 4 << 20
	// shortened is how much text of a changed occurrence is left, in octets.
	shortened = 1 << 10
	// scant is the same of titles and places in bareEvents.
	scant = 256
)

// errTooLong tells that an object needs more brevity.
var errTooLong = errors.New("ics: the event is too long")

// limit is how large an object may be: leaving out more has to be worth it.
func (b brevity) limit() int {
	if b < fewPeople {
		return roomy
	}
	return MaxObject
}

// shorten returns e without what the brevity leaves out.
func (r *renderer) shorten(e *bridge.Event, isOverride bool) *bridge.Event {
	if !isOverride && r.brevity < bareEvents {
		return e
	}
	s := *e
	s.HTML = ""
	if r.brevity >= shortText {
		s.Text = cut(strings.ToValidUTF8(e.Text[:min(len(e.Text), 2*shortened)], ""), shortened)
	}
	if r.brevity >= fewPeople {
		s.Attendees = r.closest(e)
	}
	if r.brevity >= bareEvents {
		s.Subject, s.Location = cut(e.Subject, scant), cut(e.Location, scant)
		s.Text = cut(s.Text, scant)
		if isOverride {
			s.Text = ""
		}
		s.Categories, s.Links, s.WebLink, s.JoinURL, s.DialIn, s.Geo = nil, nil, "", "", "", nil
	}
	return &s
}

// closest returns those attendees that are the organizer or the mailbox's owner.
func (r *renderer) closest(e *bridge.Event) (list []bridge.Person) {
	addresses := r.env.Addresses
	if e.Organizer != nil {
		addresses = append(slices.Clone(addresses), e.Organizer.Address)
	}
	for _, a := range e.Attendees {
		if slices.ContainsFunc(addresses, func(s string) bool { return s != "" && strings.EqualFold(s, a.Address) }) {
			list = append(list, a)
		}
	}
	if o := e.Organizer; len(list) == 0 && len(e.Attendees) > 0 && o != nil { // so that it stays a meeting
		list = append(list, bridge.Person{Name: o.Name, Address: o.Address, Response: bridge.Organizer})
	}
	return list
}

// weigh counts what c adds, so that an object that will be too long is given up
// before all of it has been built.
func (r *renderer) weigh(c *ical.Component) error {
	for _, list := range c.Props {
		for i := range list {
			r.written += len(list[i].Name) + len(list[i].Value)
			for name, values := range list[i].Params {
				for _, v := range values {
					r.written += len(name) + len(v)
				}
			}
		}
	}
	if r.written > r.brevity.limit() {
		return fmt.Errorf("%w: more than %d MiB as iCalendar", errTooLong, r.brevity.limit()>>20)
	}
	return nil
}

// remarks says what of the event readers do not get as Outlook shows it.
func (r *renderer) remarks() (list []string) {
	if l := r.series.Listed; l != nil {
		list = append(list, fmt.Sprintf("It is served as a list of its occurrences from %s to %s, because %s.", l.From, l.To-1, l.Cause))
	}
	if r.series.Listed == nil && r.series.Rule != nil && r.series.Zone == "" && !r.series.Master.AllDay {
		list = append(list, "Outlook keeps it in a time zone without a name or rules that could be read. It is shown by the mailbox's own zone, and may be off for a part of the year.")
	}
	if r.brevity == complete {
		return list
	}
	text := fmt.Sprintf("With everything it would take over %d MiB, too much for calendar programs, so its changed occurrences come without formatting", roomy>>20)
	if r.brevity >= shortText {
		text += fmt.Sprintf(", with the first %d KiB of their text", shortened>>10)
	}
	if r.brevity >= fewPeople {
		text += ", and with no attendees but the organizer and you"
	}
	if r.brevity >= bareEvents {
		text += "; even so it is too long: changed occurrences have a short title and place and nothing else, and the series itself is cut as well"
	}
	return append(list, text+".")
}
