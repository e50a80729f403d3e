package main

import (
	"context"
	"strings"
)

type logoutCmd struct {
	Address string `arg:"" help:"Mail address of the account."`
	Yes     bool   `help:"Do not ask."`
}

// Help implements kong.HelpProvider.
func (*logoutCmd) Help() string {
	return `Deletes the sign-in and all that was mirrored of the account. Nothing changes in Outlook.

Examples:
  calbridge logout anna@example.com
  calbridge logout anna@example.com --yes

See also: calbridge accounts, calbridge login`
}

// Run implements command.
func (l *logoutCmd) Run(ctx context.Context, c *call) error {
	if strings.TrimSpace(l.Address) == "" {
		return exitError{code: exitUsage, err: invalid("no address is named", "calbridge accounts  shows them")}
	}
	return c.hold(ctx, func(h *house) error {
		accounts, err := h.findAccounts(ctx, l.Address)
		if err != nil {
			return err
		}
		if !l.Yes {
			answer, err := c.ask("Forget "+l.Address+" and its calendars? [y/N] ", false)
			if err != nil {
				return err
			}
			if !equalFold(answer, "y") && !equalFold(answer, "yes") {
				return invalid("nothing was done", "")
			}
		}
		for _, a := range accounts {
			if err := h.store.RemoveAccount(ctx, a.ID); err != nil {
				return err
			}
			h.log.Info("account removed", "account", a.ID)
		}
		h.syncer.Reload()
		if err := h.forgetFiles(); err != nil {
			return err
		}
		c.say("%s is disconnected.", l.Address)
		c.say("To withdraw the permission at Microsoft too: https://account.live.com/consent/Manage (personal), https://myapps.microsoft.com (work).")
		return nil
	})
}
