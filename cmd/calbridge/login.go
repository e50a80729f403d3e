package main

import (
	"cmp"
	"context"

	"calbridge/bridge"
)

type loginCmd struct {
	Address  string `arg:"" optional:"" help:"Mail address of the account: signing in again finds the registration that it was signed in with."`
	User     string `help:"Local user that the account belongs to; made if there is none of that name." placeholder:"NAME"`
	Browser  bool   `help:"Sign in through a browser instead of by code: on this computer, or anywhere by pasting the address that it ends at."`
	ClientID string `help:"Application (client) id of the app registration. Environment: CALBRIDGE_MICROSOFT_CLIENT_ID." placeholder:"ID"`
	Tenant   string `help:"common, consumers, organizations, or a directory (tenant) id. Environment: CALBRIDGE_MICROSOFT_TENANT. Default: common." placeholder:"ID"`
	Cloud    string `help:"Microsoft cloud: global, usgov, dod or china. Default: ${default}." placeholder:"NAME" enum:"global,usgov,dod,china" default:"global"`
}

// Help implements kong.HelpProvider.
func (*loginCmd) Help() string {
	return `Prints a code and an address: open the address in any browser, enter the code, and the account is connected. calbridge asks to read calendars, nothing else. Where microsoft.client_secret_file is set, the app's own permission opens the mailbox ADDRESS and nobody signs in.

Examples:
  calbridge login anna@example.com
  calbridge login --browser
  calbridge login --client-id 11111111-2222-3333-4444-555555555555 --tenant consumers

See also: calbridge accounts, calbridge logout, calbridge serve, docs/microsoft.md`
}

func (l *loginCmd) alone() {}

func (l *loginCmd) settings() map[string]string {
	return map[string]string{"microsoft.client_id": l.ClientID, "microsoft.tenant": l.Tenant}
}

// clouds are the hosts of Microsoft's clouds (graph.md §1.1).
var clouds = map[string][2]string{
	"usgov": {"https://login.microsoftonline.us", "https://graph.microsoft.us"},
	"dod":   {"https://login.microsoftonline.us", "https://dod-graph.microsoft.us"},
	"china": {"https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"},
}

// Run signs in and saves the account. It holds the store only to look up what
// is known and to save, so that a bridge may run or start meanwhile.
func (l *loginCmd) Run(ctx context.Context, c *call) error {
	known, err := l.known(ctx, c)
	if err != nil {
		return err
	}
	r := l.registration(c.cfg, known)
	if r.ClientID == "" {
		if r.ClientID, err = guide(c); err != nil {
			return err
		}
	}
	account, token, err := l.signIn(ctx, c, r)
	if err != nil {
		return err
	}
	if l.Address != "" && !equalFold(l.Address, account.Address) {
		c.say("Note: you signed in as %s, not as %s.", account.Address, l.Address)
	}
	account.User = known.User
	return save(ctx, c, saveSignInCmd{User: l.User, Account: account, Token: token})
}

// known asks the store for an account of that address.
func (l *loginCmd) known(ctx context.Context, c *call) (found bridge.Account, err error) {
	if l.Address == "" {
		return found, nil
	}
	list, err := knownAccounts(ctx, c)
	for _, a := range list {
		if equalFold(a.Address, l.Address) {
			found = a
		}
	}
	return found, err
}

func (l *loginCmd) registration(cfg *Config, known bridge.Account) bridge.Registration {
	r := bridge.Registration{Tenant: cfg.Microsoft.Tenant, Cloud: l.Cloud,
		ClientID: cmp.Or(cfg.Microsoft.ClientID, known.Registration.ClientID, builtInClientID),
		LoginURL: cfg.Microsoft.LoginURL, GraphURL: cfg.Microsoft.GraphURL}
	if known.Registration.ClientID != "" && (cfg.Microsoft.ClientID == "" || cfg.Microsoft.ClientID == known.Registration.ClientID) && l.Tenant == "" {
		return known.Registration
	}
	r.Shared = known.Registration.Shared
	if hosts, ok := clouds[l.Cloud]; ok {
		r.LoginURL, r.GraphURL = hosts[0], hosts[1]
	}
	return r
}
