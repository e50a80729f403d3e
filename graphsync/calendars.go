package graphsync

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/graphsync/graph"
)

// list takes in the account's calendars and, if that was not asked for lately,
// what the mailbox says of itself. Only a whole listing counts, and a calendar
// that it lacks goes only when Graph says that it is gone.
func (m *mailbox) list(ctx context.Context, full bool) error {
	listed, err := m.found(ctx, full || m.now().Sub(m.described) >= describeAfter)
	if err != nil {
		return err
	}
	if listed, err = m.trace(ctx, listed); err != nil {
		m.listedAt = time.Time{} // nothing of the listing was taken in
		return err
	}
	missing, err := m.accounts.SetCalendars(ctx, m.account.ID, listed, m.env())
	if err != nil {
		return err
	}
	for _, cal := range missing {
		if slices.Contains(m.unlisted, cal.Mailbox) {
			continue // a listing that failed lacks nothing
		}
		if err := m.confirmGone(ctx, cal); err != nil {
			return err
		}
	}
	return nil
}

// found lists what the mailbox shows, and what is read in others'. One of those
// that cannot be read keeps nobody else's from being listed.
func (m *mailbox) found(ctx context.Context, describe bool) (listed []bridge.Listed, err error) {
	own, err := m.client.Calendars(ctx, describe)
	if err != nil {
		return nil, faultOf(err)
	}
	m.listedAt, m.unlisted = m.now(), nil
	if m.partly {
		m.listedAt, m.partly = m.listedAt.Add(listAgain-listEvery), false
	}
	if describe {
		m.along.forget()
		if err := m.describe(ctx); err != nil {
			return nil, err
		}
		m.described = m.listedAt
	}
	for _, c := range own {
		listed = m.add(listed, c, "")
	}
	for _, other := range m.account.Others {
		theirs, err := m.clientOf(other).Calendars(ctx, describe)
		if fault := faultOf(err); err != nil && (wholeMailbox(fault, other) || ctx.Err() != nil) {
			return nil, fault
		}
		if err != nil {
			m.log.Warn("another person's calendars not listed", "cause", err)
			m.unlisted = append(m.unlisted, other)
		}
		for _, c := range theirs {
			listed = m.add(listed, c, other)
		}
	}
	return listed, nil
}

// leftOut sees to it that calendars are listed again before long.
func (m *mailbox) leftOut(err error) {
	m.partly = true
	m.log.Warn("a group of calendars not listed", "cause", err)
}

// add takes a calendar of the given mailbox into the listing.
func (m *mailbox) add(listed []bridge.Listed, c graph.Calendar, mailbox string) []bridge.Listed {
	if c.ID == "" {
		return listed
	}
	l := m.listed(c)
	if l.Mailbox = mailbox; mailbox != "" {
		l.Default, l.Peripheral = false, false
	}
	return append(listed, l)
}

// clientOf returns the client of a mailbox: the account's own where it is empty.
// Graph counts requests per mailbox, so each has a gate of its own.
func (m *mailbox) clientOf(mailbox string) *graph.Client {
	if mailbox == "" {
		return m.client
	}
	key := strings.ToLower(mailbox)
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.others[key]
	if c == nil {
		c = &graph.Client{Root: m.client.Root, HTTP: m.client.HTTP, Gate: graph.NewGate(), User: mailbox, Token: m.client.Token, Count: m.client.Count}
		m.others[key] = c
	}
	return c
}

// Others lists the calendars of another person that an account may read.
func (s *Syncer) Others(ctx context.Context, a bridge.Account, address string) (names []string, err error) {
	found, err := s.mailbox(a).clientOf(address).Calendars(ctx, true)
	for _, c := range found {
		names = append(names, c.Name)
	}
	return names, faultOf(err)
}

// describe reads zone, addresses and colours of the mailbox. What may not be
// read stays as it was known.
func (m *mailbox) describe(ctx context.Context) error {
	name, err := m.client.MailboxZone(ctx)
	if err != nil && ctx.Err() != nil {
		return err
	}
	if z, ok := zone.Resolve(name); ok {
		m.account.Zone = z
	}
	if err := m.recolor(ctx); err != nil {
		return err
	}
	if m.account.Addresses, err = m.addresses(ctx); err != nil {
		return err
	}
	return m.accounts.UpdateAccount(ctx, m.account.ID, func(a *bridge.Account) {
		a.Zone, a.Addresses, a.Colors = m.account.Zone, m.account.Addresses, m.account.Colors
	})
}

// maxAddresses bounds how many addresses a mailbox may call its own.
const maxAddresses = 400

// addresses returns the owner's mail addresses, the one that signed in first.
// Invitations may come to any of them. Where they may not be read, they stay as
// they were known.
func (m *mailbox) addresses(ctx context.Context) (own []string, err error) {
	found, err := m.client.Addresses(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		found = m.account.Addresses
	}
	for _, address := range append([]string{m.account.Address}, found...) {
		if len(own) < maxAddresses && !slices.ContainsFunc(own, func(s string) bool { return strings.EqualFold(s, address) }) {
			own = append(own, address)
		}
	}
	return own, nil
}

func (m *mailbox) env() bridge.Env {
	return bridge.Env{MailboxZone: m.account.Zone, TZData: zone.InUse(), Horizon: bridge.HorizonAt(m.now()),
		Addresses: m.account.Addresses, Colors: m.account.Colors}
}

// confirmGone takes a calendar out of sight that Graph says is gone, or that is
// no longer listed and may not be read: it is no longer shared. One that Graph
// still knows, or does not want to talk about, stays.
func (m *mailbox) confirmGone(ctx context.Context, cal bridge.Calendar) error {
	_, err := m.clientOf(cal.Mailbox).Calendar(ctx, string(cal.Source))
	if bridge.KindOf(faultOf(err)) != bridge.Gone && classOf(err) != graph.Denied {
		return ctx.Err()
	}
	m.log.Info("calendar is gone", "calendar", cal.ID)
	return m.accounts.RetireCalendar(ctx, cal.ID)
}

func (m *mailbox) listed(c graph.Calendar) bridge.Listed {
	own := c.Owner.Address == "" || strings.EqualFold(c.Owner.Address, m.account.Address)
	name := strings.TrimSpace(c.Name)
	if name == "" {
		name = "Calendar"
	}
	return bridge.Listed{
		Source: bridge.SourceID(c.ID), Name: name, Color: color(c), Default: c.IsDefaultCalendar,
		Writable: c.CanEdit, Owner: bridge.Person{Name: c.Owner.Name, Address: c.Owner.Address},
		Peripheral: !c.CanEdit && own && !c.IsDefaultCalendar,
	}
}

var hexColor = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// colors are what Outlook shows for the named ones.
var colors = map[string]string{
	"lightblue": "#0099BC", "lightgreen": "#00CC6A", "lightorange": "#F7630C", "lightgray": "#69797E",
	"lightyellow": "#FDE300", "lightteal": "#038387", "lightpink": "#BF0077", "lightbrown": "#8E562E", "lightred": "#A4262C",
}

func color(c graph.Calendar) string {
	if hexColor.MatchString(c.HexColor) {
		return strings.ToUpper(c.HexColor)
	}
	if hex, ok := colors[strings.ToLower(c.Color)]; ok {
		return hex
	}
	return "#0078D4"
}
