package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"calbridge/bridge"
	"calbridge/graphsync"
)

type calendarsAddCmd struct {
	Address string `arg:"" help:"Mail address of the person whose calendars you may read."`
	Account string `help:"The account of yours that may read them; the only one where none is named." placeholder:"ADDRESS"`
	Browser bool   `help:"Where a sign-in is needed: through a browser instead of by code."`
}

// Help implements kong.HelpProvider.
func (*calendarsAddCmd) Help() string {
	return `Reads another person's calendars in their own mailbox, beside yours. They have to have shared them with you in Outlook. Microsoft wants one more permission for it, Calendars.Read.Shared, so the first time you sign in again. Calendars of others that stand in your own list are there without this.

Examples:
  calbridge calendars add bob@example.com
  calbridge calendars add bob@example.com --account anna@example.com

See also: calbridge calendars, docs/microsoft.md`
}

func (a *calendarsAddCmd) alone() {}

// Run asks for the permission where it is missing, then looks and saves.
func (a *calendarsAddCmd) Run(ctx context.Context, c *call) error {
	list, err := knownAccounts(ctx, c)
	if err != nil {
		return err
	}
	account, err := oneAccount(list, a.Account)
	if err != nil {
		return err
	}
	s := saveSignInCmd{Account: account, Other: strings.TrimSpace(a.Address)}
	if account.Mailbox == "" && !account.Registration.Shared {
		if s.Account, s.Token, err = a.permission(ctx, c, account); err != nil {
			return err
		}
	}
	return save(ctx, c, s)
}

// permission signs the account in again, with the one scope that it lacks.
func (a *calendarsAddCmd) permission(ctx context.Context, c *call, account bridge.Account) (bridge.Account, []byte, error) {
	c.say("To read other people's calendars, Microsoft wants one more permission: %s.", graphsync.SharedScope)
	c.say("Sign in once more as %s to give it.", account.Address)
	r := account.Registration
	r.Shared = true
	again, token, err := (&loginCmd{Address: account.Address, Browser: a.Browser}).signIn(ctx, c, r)
	if err != nil {
		return again, nil, err
	}
	if !equalFold(again.Address, account.Address) {
		return again, nil, invalid("you signed in as "+again.Address+", not as "+account.Address, "run it again and choose the other account")
	}
	again.User, again.Others = account.User, account.Others
	return again, token, nil
}

func oneAccount(list []bridge.Account, address string) (bridge.Account, error) {
	if address != "" {
		list = slices.DeleteFunc(list, func(a bridge.Account) bool { return !equalFold(a.Address, address) })
	}
	switch {
	case len(list) == 1:
		return list[0], nil
	case len(list) == 0:
		return bridge.Account{}, &bridge.Fault{Kind: bridge.Absent, What: strings.TrimSpace("no account " + bridge.Excerpt(address) + " is connected"), Fix: "calbridge accounts  shows them, calbridge login  adds one"}
	}
	return bridge.Account{}, exitError{code: exitUsage, err: invalid("there are several accounts", "say which one may read them with --account ADDRESS")}
}

// addOther makes sure that the account may read the person's calendars, and
// keeps that it should.
func (h *house) addOther(ctx context.Context, c *call, a bridge.Account, address string) error {
	names, err := h.syncer.Others(ctx, a, address)
	switch kind := bridge.KindOf(err); {
	case kind == bridge.Denied || kind == bridge.Gone || err == nil && len(names) == 0:
		return &bridge.Fault{Kind: bridge.Absent, What: fmt.Sprintf("there are no calendars of %s that %s may read", bridge.Excerpt(address), a.Address),
			Fix: "ask them to share a calendar with you in Outlook, with all details", Err: err}
	case err != nil:
		return err
	}
	err = h.store.UpdateAccount(ctx, a.ID, func(a *bridge.Account) {
		if !slices.ContainsFunc(a.Others, func(known string) bool { return equalFold(known, address) }) {
			a.Others = append(a.Others, address)
		}
	})
	if err != nil {
		return err
	}
	h.log.Info("another person's calendars added", "account", a.ID, "calendars", len(names))
	h.syncer.Reload()
	c.say("%s: %s. %s fetched at the next round; to fetch now:  calbridge sync", address, strings.Join(names, ", "),
		map[bool]string{true: "It is", false: "They are"}[len(names) == 1])
	return nil
}
