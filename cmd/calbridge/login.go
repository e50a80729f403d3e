package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
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
	return l.save(ctx, c, saveSignInCmd{User: l.User, Account: account, Token: token})
}

// known asks the store for an account of that address.
func (l *loginCmd) known(ctx context.Context, c *call) (bridge.Account, error) {
	if l.Address == "" {
		return bridge.Account{}, nil
	}
	var found bridge.Account
	err := l.briefly(ctx, c, []string{"save-sign-in", "--lookup", l.Address}, func(h *house) error {
		list, err := h.store.Accounts(ctx)
		for _, a := range list {
			if equalFold(a.Address, l.Address) {
				found = a
			}
		}
		return err
	}, &found)
	return found, err
}

func (l *loginCmd) registration(cfg *Config, known bridge.Account) bridge.Registration {
	r := bridge.Registration{Tenant: cfg.Microsoft.Tenant, Cloud: l.Cloud,
		ClientID: cmp.Or(cfg.Microsoft.ClientID, known.Registration.ClientID, builtInClientID),
		LoginURL: cfg.Microsoft.LoginURL, GraphURL: cfg.Microsoft.GraphURL}
	if known.Registration.ClientID != "" && (cfg.Microsoft.ClientID == "" || cfg.Microsoft.ClientID == known.Registration.ClientID) && l.Tenant == "" {
		return known.Registration
	}
	if hosts, ok := clouds[l.Cloud]; ok {
		r.LoginURL, r.GraphURL = hosts[0], hosts[1]
	}
	return r
}

// save stores the account, here or in the process that holds the store.
func (l *loginCmd) save(ctx context.Context, c *call, s saveSignInCmd) error {
	args, err := s.forwarded()
	if err != nil {
		return err
	}
	return l.briefly(ctx, c, args, func(h *house) error { return s.store(ctx, c, h) }, nil)
}

// briefly runs f with the store, or sends args to the process that holds it; v
// then takes in the JSON that it printed.
func (l *loginCmd) briefly(ctx context.Context, c *call, args []string, f func(*house) error, v any) error {
	for try := 0; ; try++ {
		var out strings.Builder
		there := *c
		if v != nil {
			there.out = &out
		}
		code, err := forward(ctx, c.cfg, args, &there)
		switch {
		case err == nil && code != exitDone:
			return exitError{code: code}
		case err == nil && v != nil:
			return json.Unmarshal([]byte(out.String()), v)
		case err == nil || !errors.Is(err, errNoHolder):
			return err
		}
		err = c.hold(ctx, f)
		if !errors.Is(err, boltdb.ErrHeld) || try > 50 {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// saveSignInCmd is login's last step, in the process that holds the store.
type saveSignInCmd struct {
	DataOf string `json:"-" help:"The sign-in."`
	Lookup string `json:"-" help:"Address to look up instead."`

	User    string         `json:"user" kong:"-"`
	Account bridge.Account `json:"account" kong:"-"`
	Token   []byte         `json:"token" kong:"-"`
}

// forwarded returns the command line that saves s elsewhere.
func (s *saveSignInCmd) forwarded() ([]string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode the sign-in: %w", err)
	}
	return []string{"save-sign-in", "--data-of", base64.StdEncoding.EncodeToString(text)}, nil
}

// Run implements command.
func (s *saveSignInCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		if s.Lookup != "" {
			return s.lookup(ctx, c, h)
		}
		text, err := base64.StdEncoding.DecodeString(s.DataOf)
		if err == nil {
			err = json.Unmarshal(text, s)
		}
		if err != nil {
			return fmt.Errorf("read the sign-in: %w", err)
		}
		return s.store(ctx, c, h)
	})
}

func (s *saveSignInCmd) lookup(ctx context.Context, c *call, h *house) error {
	list, err := h.store.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range list {
		if equalFold(a.Address, s.Lookup) {
			return c.printJSON(a)
		}
	}
	return c.printJSON(bridge.Account{})
}

func (s *saveSignInCmd) store(ctx context.Context, c *call, h *house) error {
	name, made, err := h.userFor(ctx, cmp.Or(s.User, s.Account.User), s.Account.Address)
	if err != nil {
		return err
	}
	s.Account.User = name
	a, err := h.store.SaveAccount(ctx, s.Account, func(id bridge.AccountID) ([]byte, error) {
		return h.vault.Seal(sealName(id), s.Token), nil
	})
	if err != nil {
		return err
	}
	h.syncer.Reload()
	h.log.Info("account connected", "account", a.ID)
	c.say("Signed in as %s.", strings.TrimSpace(a.Name+" <"+a.Address+">"))
	if made {
		c.say("Made the local user %s for it.", name)
	}
	c.say("Next:  calbridge serve  (if it does not run yet), and  calbridge password new --user %s  for each device.", name)
	return nil
}

// userFor returns the local user for a new account: the named one, the only
// one, or a new one named after the address.
func (h *house) userFor(ctx context.Context, name, address string) (user string, made bool, err error) {
	users, err := h.store.Users(ctx)
	if err != nil {
		return "", false, err
	}
	if name == "" {
		switch len(users) {
		case 1:
			return users[0].Name, false, nil
		case 0:
			name, _, _ = strings.Cut(address, "@")
		default:
			return "", false, exitError{code: exitUsage, err: invalid("there are several users", "say whose account it is with --user NAME")}
		}
	}
	spelled, err := bridge.UserName(name)
	if err != nil {
		return "", false, err
	}
	for _, u := range users {
		if u.Name == spelled {
			return spelled, false, nil
		}
	}
	_, err = h.store.AddUser(ctx, spelled)
	return spelled, true, err
}
