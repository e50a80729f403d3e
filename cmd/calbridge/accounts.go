package main

import (
	"context"
	"text/tabwriter"
)

type accountsCmd struct {
	JSON bool `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*accountsCmd) Help() string {
	return `Examples:
  calbridge accounts
  calbridge accounts --json

See also: calbridge login, calbridge logout, calbridge status`
}

type accountLine struct {
	ID       string  `json:"id"`
	Address  string  `json:"address"`
	Name     string  `json:"name"`
	User     string  `json:"user"`
	State    string  `json:"state"`
	LastSync *string `json:"last_sync"`
}

// Run implements command.
func (a *accountsCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		report, err := h.report(ctx, "")
		if err != nil {
			return err
		}
		lines := []accountLine{}
		for _, r := range report.Accounts {
			lines = append(lines, accountLine{r.ID, r.Address, r.Name, r.User, r.State, r.LastSync})
		}
		if a.JSON {
			return c.printJSON(lines)
		}
		if len(lines) == 0 {
			c.say("No account is connected yet:  calbridge login")
			return nil
		}
		w := tabwriter.NewWriter(c.out, 0, 0, 3, ' ', 0)
		row(w, "ADDRESS", "USER", "STATE", "LAST SYNC")
		for i, l := range lines {
			row(w, l.Address, l.User, l.State, c.ago(report.Accounts[i].lastSync))
		}
		return w.Flush()
	})
}
