package main

import (
	"context"
)

type statusCmd struct {
	JSON bool `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*statusCmd) Help() string {
	return `Ends with 0 where everything is in order ("ok" in the JSON), with 3 where a person must act (no account is connected, or one has to sign in again), with 75 where calendars have yet to be fetched for the first time, and with 1 where something else is wrong.

Events that could not be read are named with the cause, and so are those that are not served just as Outlook shows them: cut because no calendar program would take them, or kept in a time zone that nobody knows.

Examples:
  calbridge status
  calbridge status --json

See also: calbridge sync, calbridge accounts`
}

// Run implements command.
func (s *statusCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		r, err := h.report(ctx, "")
		if err != nil {
			return err
		}
		if s.JSON {
			if err := c.printJSON(r); err != nil {
				return err
			}
		} else {
			s.print(c, r)
		}
		return r.exit()
	})
}

// exit is how status ends: with 0 exactly where the report says OK. What waits
// for a person goes first, then what is wrong, then what only takes time.
func (r *report) exit() error {
	state := map[string]bool{}
	for _, a := range r.Accounts {
		state[a.State] = true
	}
	switch {
	case len(r.Accounts) == 0, state["signin"], state["consent"]:
		return exitError{code: exitPerson}
	case state["degraded"]:
		return exitError{code: exitFailed}
	case state["first-sync"]:
		return exitError{code: exitLater}
	}
	return nil
}

func (s *statusCmd) print(c *call, r report) {
	for _, w := range r.Warnings {
		c.print("Warning: %s", w)
	}
	if len(r.Accounts) == 0 {
		c.print("No account is connected yet. To connect one:  calbridge login")
		return
	}
	for _, a := range r.Accounts {
		c.print("%s  (%s)  %s", a.Address, a.User, a.State)
		c.print("  %s", a.Message)
		if a.Fix != "" {
			c.print("  To do: %s", a.Fix)
		}
		for _, cal := range a.Calendars {
			s.calendar(c, cal)
		}
		if a.Requests > 0 {
			c.print("  %s to Microsoft in the last hour, %d put off", plural(a.Requests, "request", "requests"), a.Throttled)
		}
	}
	c.print("Time zone data: %s", r.TZData)
}

func (s *statusCmd) calendar(c *call, cal calendarReport) {
	switch {
	case !cal.cal.Complete:
		c.print("  - %s: being fetched for the first time", cal.Name)
	default:
		c.print("  - %s: %s, as of %s", cal.Name, plural(cal.Objects, "event", "events"), c.ago(cal.cal.SyncedAt))
	}
	if cal.Message != "" {
		c.print("      %s", cal.Message)
	}
	if cal.Check != nil {
		c.print("      all events compared with the mailbox: %s differed and %s put right, last %s; %d so far", plural(cal.Check.Repaired, "event", "events"),
			map[bool]string{true: "was", false: "were"}[cal.Check.Repaired == 1], c.ago(cal.cal.Check.At), cal.Check.Total)
	}
	if cal.Audit != nil {
		c.print("      compared with Outlook: %s checked, %d differed, last %s", plural(cal.audit.Checked, "instance", "instances"), cal.audit.Differed, c.ago(cal.audit.At))
	}
	if cal.audit.Differed > 0 {
		c.print("        To do: calbridge audit --repair  shows which, and reads them again")
	}
	if cal.Notice != "" {
		c.print("      %s", cal.Notice)
	}
	for _, b := range cal.Bad {
		c.print("      kept aside: %s", b.ID)
		c.print("        because %s", b.Cause)
	}
	for _, r := range cal.Remarks {
		c.print("      not just as in Outlook: %s", r.ID)
		c.print("        %s", r.Text)
	}
}
