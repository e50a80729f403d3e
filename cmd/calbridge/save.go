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

// save stores the account, here or in the process that holds the store.
func save(ctx context.Context, c *call, s saveSignInCmd) error {
	args, err := s.forwarded()
	if err != nil {
		return err
	}
	return briefly(ctx, c, args, func(h *house) error { return s.store(ctx, c, h) }, nil)
}

// briefly runs f with the store, or sends args to the process that holds it; v
// then takes in the JSON that it printed.
func briefly(ctx context.Context, c *call, args []string, f func(*house) error, v any) error {
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

// knownAccounts asks the store for all accounts.
func knownAccounts(ctx context.Context, c *call) (list []bridge.Account, err error) {
	err = briefly(ctx, c, []string{"save-sign-in", "--list"}, func(h *house) (err error) {
		list, err = h.store.Accounts(ctx)
		return err
	}, &list)
	return list, err
}

// saveSignInCmd is the last step of login and of calendars add, in the process
// that holds the store.
type saveSignInCmd struct {
	DataOf string `json:"-" help:"The sign-in."`
	List   bool   `json:"-" help:"List the accounts instead."`

	User    string         `json:"user" kong:"-"`
	Account bridge.Account `json:"account" kong:"-"`
	Token   []byte         `json:"token" kong:"-"` // empty where the account stays as it is
	Other   string         `json:"other" kong:"-"` // whose calendars to read too
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
		if s.List {
			list, err := h.store.Accounts(ctx)
			if err != nil {
				return err
			}
			return c.printJSON(list)
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

func (s *saveSignInCmd) store(ctx context.Context, c *call, h *house) error {
	made := false
	if len(s.Token) > 0 {
		var err error
		if made, err = s.storeToken(ctx, h); err != nil {
			return err
		}
		c.say("Signed in as %s.", strings.TrimSpace(s.Account.Name+" <"+s.Account.Address+">"))
	}
	if s.Other != "" {
		return h.addOther(ctx, c, s.Account, s.Other)
	}
	if made {
		c.say("Made the local user %s for it.", s.Account.User)
	}
	c.say("Next:  calbridge serve  (if it does not run yet), and  calbridge password new --user %s  for each device.", s.Account.User)
	return nil
}

func (s *saveSignInCmd) storeToken(ctx context.Context, h *house) (made bool, err error) {
	if s.Account.User, made, err = h.userFor(ctx, cmp.Or(s.User, s.Account.User), s.Account.Address); err != nil {
		return made, err
	}
	s.Account, err = h.store.SaveAccount(ctx, s.Account, func(id bridge.AccountID) ([]byte, error) {
		return h.vault.Seal(sealName(id), s.Token), nil
	})
	if err == nil {
		h.syncer.Reload()
		h.log.Info("account connected", "account", s.Account.ID)
	}
	return made, err
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
