package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
)

type auditCmd struct {
	Address string `arg:"" optional:"" help:"Mail address of the account; all accounts where none is named."`
	Days    int    `help:"Days ahead of today to compare; 30 days back always are. Default: ${default}." default:"365" placeholder:"N"`
	Repair  bool   `help:"Read the events that differ again, and compare them again."`
	JSON    bool   `help:"Print JSON, with the ids of all that differs."`
}

// Help implements kong.HelpProvider.
func (*auditCmd) Help() string {
	return `Asks Outlook itself what takes place, series expanded, and compares it instance by instance with what readers get. A running bridge does so by itself, a month each night; this compares all of it, now.

What differs is shown by kind, time (UTC) and id:
  missing   Outlook shows it, readers do not get it
  extra     readers get it, Outlook does not show it
  moved     it takes place at another time
  changed   its title, place, status or the like is another

Ends with 0 where nothing differs, and with 4 where something still does.

Examples:
  calbridge audit
  calbridge audit anna@example.com --days 1000
  calbridge audit --repair

See also: calbridge status, calbridge sync, docs/audit.md`
}

// maxDays bounds how far ahead an audit looks: a hundred years.
const maxDays = 36_525

// Run implements command.
func (a *auditCmd) Run(ctx context.Context, c *call) error {
	if a.Days < 1 || a.Days > maxDays {
		return exitError{code: exitUsage, err: invalid("--days is out of range", "name a number of days from 1 to 36525")}
	}
	return c.hold(ctx, func(h *house) error {
		accounts, err := h.findAccounts(ctx, a.Address)
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			return &bridge.Fault{Kind: bridge.Absent, What: "no account is connected yet", Fix: "run  calbridge login"}
		}
		r := auditReport{Calendars: []auditedCalendar{}}
		for _, account := range accounts {
			if err := a.account(ctx, c, h, account, &r); err != nil {
				return err
			}
		}
		return a.result(c, &r)
	})
}

// account audits one account; a fault of its own is explained and kept.
func (a *auditCmd) account(ctx context.Context, c *call, h *house, account bridge.Account, r *auditReport) error {
	p := newProgress(c)
	p.quiet = true
	results, err := h.syncer.Audit(ctx, account, graphsync.AuditOptions{Days: a.Days, Repair: a.Repair, Report: p.show})
	p.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, one := range results {
		r.add(account, one)
		if one.Err != nil {
			c.say("%s was not compared:", one.Calendar.Name)
			r.failed = append(r.failed, one.Err)
			explain(c.err, one.Err)
		}
	}
	if err != nil {
		r.failed = append(r.failed, err)
		explain(c.err, err)
	}
	return nil
}

func (a *auditCmd) result(c *call, r *auditReport) error {
	if a.JSON {
		if err := c.printJSON(r); err != nil {
			return err
		}
	} else {
		for _, cal := range r.Calendars {
			cal.print(c)
		}
	}
	switch {
	case r.Differed > 0 && a.Repair:
		c.say("What is left did not go by reading it again. Please report it, with the kinds that are shown.")
	case r.Differed > 0:
		c.say("To read these events again:  calbridge audit --repair")
	}
	compared := 0
	for _, cal := range r.Calendars {
		if cal.Message == "" {
			compared++
		}
	}
	switch {
	case r.Differed > 0, len(r.failed) > 0 && compared > 0:
		return exitError{code: exitPartly}
	case len(r.failed) > 0:
		return exitError{code: codeOf(errors.Join(r.failed...))}
	}
	return nil
}

// auditReport is what an audit came to. Its JSON fields are added to, never
// renamed or removed.
type auditReport struct {
	Checked   int               `json:"checked"`
	Differed  int               `json:"differed"` // that still differ
	Mended    int               `json:"mended"`   // that differed and were put right
	Calendars []auditedCalendar `json:"calendars"`

	failed []error
}

type auditedCalendar struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Account     string             `json:"account"`
	From        string             `json:"from"` // first day
	To          string             `json:"to"`   // last day
	Checked     int                `json:"checked"`
	Differed    int                `json:"differed"`
	Mended      int                `json:"mended"`
	Cut         bool               `json:"cut"` // so much differed that the rest was not compared
	Message     string             `json:"message,omitempty"`
	Differences []differenceReport `json:"differences"`
}

type differenceReport struct {
	Kind     string   `json:"kind"`
	Event    string   `json:"event"`              // id of the event or the series
	Instance string   `json:"instance,omitempty"` // Outlook's id of the instance
	Start    *string  `json:"start"`              // in Outlook
	Served   *string  `json:"served"`             // as readers get it
	AllDay   bool     `json:"all_day"`
	Fields   []string `json:"fields"`
}

func (r *auditReport) add(a bridge.Account, one graphsync.AuditResult) {
	cal := auditedCalendar{ID: string(one.Calendar.ID), Name: one.Calendar.Name, Account: a.Address,
		From: one.From.Format(time.DateOnly), To: one.To.AddDate(0, 0, -1).Format(time.DateOnly),
		Checked: one.Checked, Differed: len(one.Differences), Mended: one.Mended, Cut: one.Cut, Differences: []differenceReport{}}
	if one.Err != nil {
		cal.Message = bridge.AsFault(one.Err).What
	}
	for _, d := range one.Differences {
		cal.Differences = append(cal.Differences, differenceReport{Kind: string(d.Kind), Event: string(d.Event), Instance: string(d.Instance),
			Start: stamp(d.Start), Served: stamp(d.Served), AllDay: d.AllDay, Fields: append([]string{}, d.Fields...)})
	}
	r.Checked, r.Differed, r.Mended = r.Checked+cal.Checked, r.Differed+cal.Differed, r.Mended+cal.Mended
	r.Calendars = append(r.Calendars, cal)
}

// shownLines is how many differences of a calendar are printed for people.
const shownLines = 40

func (cal *auditedCalendar) print(c *call) {
	if cal.Message != "" {
		return
	}
	text := "nothing differs"
	switch {
	case cal.Differed > 0:
		text = plural(cal.Differed, "instance differs", "instances differ")
	case cal.Mended > 0:
		text = "nothing differs any more"
	}
	if cal.Mended > 0 {
		text += ", " + plural(cal.Mended, "was", "were") + " put right"
	}
	c.print("%s: %s compared, %s to %s; %s", cal.Name, plural(cal.Checked, "instance", "instances"), cal.From, cal.To, text)
	for i, d := range cal.Differences {
		if i == shownLines {
			c.print("  and %d more: --json lists them all", cal.Differed-i)
			break
		}
		c.print("  %-8s %s  %s", d.Kind, d.when(), d.Event)
	}
	if cal.Cut {
		c.print("  So much differs that the rest was not compared. To read everything again:  calbridge sync --full")
	}
}

// when tells the times of a difference, and which fields differ.
func (d *differenceReport) when() string {
	at := func(s *string) string {
		switch {
		case s == nil:
			return ""
		case d.AllDay:
			return (*s)[:len(time.DateOnly)]
		}
		return strings.Replace((*s)[:len("2006-01-02T15:04")], "T", " ", 1)
	}
	text := at(d.Start)
	if served := at(d.Served); served != "" && served != text {
		text = strings.TrimSpace(text + " served as " + served)
	}
	if len(d.Fields) > 0 {
		text += " (" + strings.Join(d.Fields, ", ") + ")"
	}
	return text
}
