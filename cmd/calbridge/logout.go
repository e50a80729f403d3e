package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"calbridge/bridge"
)

type logoutCmd struct {
	Address string `arg:"" help:"Mail address of the account."`
	User    string `help:"Whose account it is. Needed where several users have connected the address." placeholder:"NAME"`
	Yes     bool   `help:"Do not ask."`
}

// Help implements kong.HelpProvider.
func (*logoutCmd) Help() string {
	return `Deletes the sign-in and all that was mirrored of the account, after telling what that is. Nothing changes in Outlook, nor for other users who have connected the same address.

Examples:
  calbridge logout anna@example.com
  calbridge logout team@example.com --user anna --yes

See also: calbridge accounts, calbridge login`
}

// Run implements command.
func (l *logoutCmd) Run(ctx context.Context, c *call) error {
	if strings.TrimSpace(l.Address) == "" {
		return exitError{code: exitUsage, err: invalid("no address is named", "calbridge accounts  shows them")}
	}
	return c.hold(ctx, func(h *house) error {
		account, err := l.account(ctx, h)
		if err != nil {
			return err
		}
		what, err := h.heldOf(ctx, account)
		if err != nil {
			return err
		}
		if err := l.confirm(c, account, what); err != nil {
			return err
		}
		if err := h.store.RemoveAccount(ctx, account.ID); err != nil {
			return err
		}
		h.log.Info("account removed", "account", account.ID)
		h.syncer.Reload()
		if err := h.forgetFiles(""); err != nil {
			return err
		}
		c.say("%s is disconnected; deleted: %s.", account.Address, what)
		c.say("To withdraw the permission at Microsoft too: https://account.live.com/consent/Manage (personal), https://myapps.microsoft.com (work).")
		return nil
	})
}

// account finds the one account that is meant.
func (l *logoutCmd) account(ctx context.Context, h *house) (bridge.Account, error) {
	list, err := h.findAccounts(ctx, l.Address)
	if err != nil {
		return bridge.Account{}, err
	}
	if l.User != "" {
		list = slices.DeleteFunc(list, func(a bridge.Account) bool { return !equalFold(a.User, l.User) })
	}
	switch len(list) {
	case 0:
		return bridge.Account{}, &bridge.Fault{Kind: bridge.Absent, What: l.Address + " is no account of " + l.User, Fix: "calbridge accounts  shows whose it is"}
	case 1:
		return list[0], nil
	}
	var users []string
	for _, a := range list {
		users = append(users, a.User)
	}
	return bridge.Account{}, exitError{code: exitUsage, err: &bridge.Fault{Kind: bridge.Invalid, What: "several users have connected " + l.Address,
		Why: strings.Join(users, ", "), Fix: "say whose is meant:  calbridge logout " + l.Address + " --user " + users[0]}}
}

func (l *logoutCmd) confirm(c *call, a bridge.Account, what string) error {
	if l.Yes {
		return nil
	}
	answer, err := c.ask(fmt.Sprintf("Forget %s of %s, with %s? [y/N] ", a.Address, a.User, what), false)
	if err == nil && !equalFold(answer, "y") && !equalFold(answer, "yes") {
		err = invalid("nothing was done", "")
	}
	return err
}

// heldOf says what is kept of an account.
func (h *house) heldOf(ctx context.Context, a bridge.Account) (string, error) {
	list, err := h.store.Calendars(ctx, a.ID)
	if err != nil {
		return "", err
	}
	events, mine := 0, map[bridge.CalendarID]bool{}
	for _, cal := range list {
		events, mine[cal.ID] = events+cal.Objects, true
	}
	feeds, err := h.store.Feeds(ctx, a.User)
	feeds = slices.DeleteFunc(feeds, func(f bridge.Feed) bool {
		return !slices.ContainsFunc(f.Calendars, func(id bridge.CalendarID) bool { return mine[id] })
	})
	what := fmt.Sprintf("its sign-in, %s and %s", plural(len(list), "calendar", "calendars"), plural(events, "event", "events"))
	if len(feeds) > 0 {
		what += ", which " + plural(len(feeds), "feed shows", "feeds show")
	}
	return what, err
}
