package main

import (
	"context"
	"errors"
	"strconv"
	"text/tabwriter"

	"calbridge/bridge"
)

type calendarsCmd struct {
	Show string `help:"Mirror and serve this calendar (id or name)." placeholder:"CALENDAR"`
	Hide string `help:"Neither mirror nor serve this calendar (id or name)." placeholder:"CALENDAR"`
	JSON bool   `help:"Print JSON."`

	List calendarsListCmd `cmd:"" default:"1" hidden:"" help:"List the calendars."`
	Add  calendarsAddCmd  `cmd:"" help:"Read another person's calendars, too."`
}

// calendarsListCmd is what calendars does without add.
type calendarsListCmd struct{ of *calendarsCmd }

// AfterApply implements kong.AfterApply.
func (l *calendarsCmd) AfterApply() error {
	l.List.of = l
	return nil
}

// Help implements kong.HelpProvider.
func (*calendarsCmd) Help() string {
	return `Calendars that are nobody's own, such as birthdays and holidays, are hidden at first.

Examples:
  calbridge calendars
  calbridge calendars --show Birthdays
  calbridge calendars add bob@example.com

See also: calbridge accounts, calbridge export, calbridge feed new`
}

type calendarLine struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Account  string  `json:"account"`
	User     string  `json:"user"`
	Path     string  `json:"path"`
	Color    string  `json:"color"`
	Writable bool    `json:"writable"`
	Objects  int     `json:"objects"`
	SyncedAt *string `json:"synced_at"`
	Hidden   bool    `json:"hidden"`
}

// Run implements command.
func (d *calendarsListCmd) Run(ctx context.Context, c *call) error {
	l := d.of
	return c.hold(ctx, func(h *house) error {
		if l.Show != "" || l.Hide != "" {
			return errors.Join(l.set(ctx, c, h, l.Show, true), l.set(ctx, c, h, l.Hide, false))
		}
		lines, err := h.calendarLines(ctx)
		if err != nil {
			return err
		}
		if l.JSON {
			return c.printJSON(lines)
		}
		return printCalendars(c, lines)
	})
}

func (l *calendarsCmd) set(ctx context.Context, c *call, h *house, text string, show bool) error {
	if text == "" {
		return nil
	}
	cal, err := h.findCalendar(ctx, text)
	if err != nil {
		return err
	}
	if err := h.store.Show(ctx, cal.ID, show); err != nil {
		return err
	}
	if !show {
		if err := h.forgetFiles(string(cal.ID)); err != nil {
			return err
		}
		c.say("%s is hidden: readers no longer see it.", cal.Name)
		return nil
	}
	h.syncer.Nudge(cal.User)
	c.say("%s is shown. It is fetched at the next round; to fetch it now:  calbridge sync", cal.Name)
	return nil
}

func (h *house) calendarLines(ctx context.Context) ([]calendarLine, error) {
	accounts, err := h.store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	address := map[bridge.AccountID]string{}
	for _, a := range accounts {
		address[a.ID] = a.Address
	}
	list, err := h.store.Calendars(ctx, "")
	lines := []calendarLine{}
	for _, cal := range list {
		lines = append(lines, calendarLine{string(cal.ID), cal.Name, address[cal.Account], cal.User, h.calendarPath(cal),
			cal.Color, cal.Writable, cal.Objects, stamp(cal.SyncedAt), cal.Hidden})
	}
	return lines, err
}

func printCalendars(c *call, lines []calendarLine) error {
	if len(lines) == 0 {
		c.say("No calendar is known yet:  calbridge login, then  calbridge sync")
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 3, ' ', 0)
	row(w, "NAME", "ID", "EVENTS", "USER", "ACCOUNT", "")
	for _, l := range lines {
		note := ""
		if l.Hidden {
			note = "hidden"
		}
		row(w, l.Name, l.ID, strconv.Itoa(l.Objects), l.User, l.Account, note)
	}
	return w.Flush()
}
