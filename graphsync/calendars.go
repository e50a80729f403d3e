package graphsync

import (
	"context"
	"regexp"
	"strings"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/graphsync/graph"
)

// horizonYears is how far ahead of today lists stand for endless rules, when a
// calendar is first seen.
const horizonYears = 10

// list takes in the account's calendars, and what the mailbox says of itself.
// Only a whole listing counts, and a calendar that it lacks goes only when
// Graph says that it is gone.
func (m *mailbox) list(ctx context.Context) error {
	found, err := m.client.Calendars(ctx)
	if err != nil {
		return faultOf(err)
	}
	m.listedAt = m.now()
	if err := m.describe(ctx); err != nil {
		return err
	}
	listed := make([]bridge.Listed, 0, len(found))
	for _, c := range found {
		if c.ID != "" {
			listed = append(listed, m.listed(c))
		}
	}
	missing, err := m.accounts.SetCalendars(ctx, m.account.ID, listed, m.env())
	if err != nil {
		return err
	}
	for _, cal := range missing {
		if err := m.confirmGone(ctx, cal); err != nil {
			return err
		}
	}
	return nil
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
	m.account.Addresses = []string{m.account.Address}
	return m.accounts.UpdateAccount(ctx, m.account.ID, func(a *bridge.Account) {
		a.Zone, a.Addresses, a.Colors = m.account.Zone, m.account.Addresses, m.account.Colors
	})
}

func (m *mailbox) env() bridge.Env {
	host, embedded := zone.Version()
	if host == "" {
		host = embedded
	}
	return bridge.Env{MailboxZone: m.account.Zone, TZData: host, Horizon: m.now().Year() + horizonYears,
		Addresses: m.account.Addresses, Colors: m.account.Colors}
}

// confirmGone drops a calendar that Graph says is gone. One that it still
// knows, or does not want to talk about, stays.
func (m *mailbox) confirmGone(ctx context.Context, cal bridge.Calendar) error {
	_, err := m.client.Calendar(ctx, string(cal.Source))
	if bridge.KindOf(faultOf(err)) != bridge.Gone {
		return ctx.Err()
	}
	m.log.Info("calendar is gone", "calendar", cal.ID)
	return m.accounts.DropCalendar(ctx, cal.ID)
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
