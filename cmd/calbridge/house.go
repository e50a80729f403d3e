package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/ics"
	"calbridge/bridge/vault"
	"calbridge/caldav"
	"calbridge/graphsync"
)

// house is what a process has that holds the data folder.
type house struct {
	cfg    *Config
	store  *boltdb.Store
	vault  *vault.Vault
	syncer *graphsync.Syncer
	log    *slog.Logger
	now    func() time.Time

	readers   *readers
	rendering rendering
	metrics   net.Listener    // nil where nobody wants them
	dav       *caldav.Handler // nil where nobody is served
}

// openHouse takes hold of the data folder. It fails with boltdb.ErrHeld where
// another process has it.
func openHouse(ctx context.Context, cfg *Config, log *slog.Logger, now func() time.Time) (*house, error) {
	if err := cfg.makeData(); err != nil {
		return nil, err
	}
	store, err := boltdb.Open(filepath.Join(cfg.Data, "calbridge.db"), ics.Renderer, boltdb.Options{Now: now})
	if err != nil {
		return nil, err
	}
	tellHolder(cfg)
	h := &house{cfg: cfg, store: store, log: log, now: now, readers: newReaders(now)}
	if h.vault, err = openVault(ctx, cfg, store); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	h.syncer = newSyncer(h)
	if err := h.renew(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return h, nil
}

// openVault opens the key file and makes sure that it is the one that the
// store's secrets were sealed with.
func openVault(ctx context.Context, cfg *Config, store *boltdb.Store) (*vault.Vault, error) {
	kept, err := store.Check(ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.KeyFile); kept != nil && errors.Is(err, fs.ErrNotExist) {
		return nil, &bridge.Fault{Kind: bridge.Invalid, What: "the key file " + cfg.KeyFile + " is missing",
			Why: "passwords and sign-ins here are sealed with it, and another one would not open them",
			Fix: "put it back, or name it with key_file; without it, begin with a new data folder and sign in again"}
	}
	v, err := vault.Open(cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	kept, err = store.Check(ctx, v.Check())
	if err == nil && !bytes.Equal(kept, v.Check()) {
		err = &bridge.Fault{Kind: bridge.Invalid, What: "the key file " + cfg.KeyFile + " does not belong to this data folder",
			Why: "passwords and sign-ins here were sealed with another key",
			Fix: "put the right key file back; without it, begin with a new data folder and sign in again"}
	}
	return v, err
}

func (h *house) close() error {
	forgetHolder(h.cfg)
	return h.store.Close()
}

// forgetFiles removes the files that are kept ready for readers, those of one
// calendar or feed, or all of them where id is empty: so that those of who has
// left do not lie about.
func (h *house) forgetFiles(id string) error {
	dav := h.dav
	if dav == nil { // nobody is served by this process
		dav = &caldav.Handler{Cache: h.cfg.cache()}
	}
	if err := dav.Forget(id); err != nil {
		return &bridge.Fault{Kind: bridge.Internal, What: "calendars that were kept ready for readers are still there", Err: err,
			Fix: "delete the folder " + h.cfg.cache()}
	}
	return nil
}

// secrets keeps tokens sealed in the store.
type secrets struct {
	store *boltdb.Store
	vault *vault.Vault
}

func sealName(id bridge.AccountID) string { return "token of " + string(id) }

// Load implements graphsync.Secrets.
func (s secrets) Load(ctx context.Context, id bridge.AccountID) ([]byte, error) {
	sealed, err := s.store.Secret(ctx, id)
	if err != nil || sealed == nil {
		return nil, err
	}
	token, err := s.vault.Open(sealName(id), sealed)
	if err != nil {
		return nil, &bridge.Fault{Kind: bridge.SignIn, What: "the stored sign-in cannot be opened", Err: err, Fix: "run  calbridge login"}
	}
	return token, nil
}

// Save implements graphsync.Secrets.
func (s secrets) Save(ctx context.Context, id bridge.AccountID, token []byte) error {
	return s.store.SaveSecret(ctx, id, s.vault.Seal(sealName(id), token))
}

// oneUser returns the user that a command is about: the named one, or the only
// one there is.
func (h *house) oneUser(ctx context.Context, name string) (bridge.User, error) {
	if name != "" {
		spelled, err := bridge.UserName(name)
		if err != nil {
			return bridge.User{}, err
		}
		return h.store.User(ctx, spelled)
	}
	users, err := h.store.Users(ctx)
	switch {
	case err != nil:
		return bridge.User{}, err
	case len(users) == 0:
		return bridge.User{}, &bridge.Fault{Kind: bridge.Absent, What: "there is no user yet", Fix: "run  calbridge login  or  calbridge user add NAME"}
	case len(users) > 1:
		return bridge.User{}, exitError{code: exitUsage, err: invalid("there are several users", "say which one with --user NAME")}
	}
	return users[0], nil
}

// findCalendar returns the calendar of that id or name.
func (h *house) findCalendar(ctx context.Context, text string) (bridge.Calendar, error) {
	list, err := h.store.Calendars(ctx, "")
	if err != nil {
		return bridge.Calendar{}, err
	}
	var named []bridge.Calendar
	for _, c := range list {
		if string(c.ID) == text {
			return c, nil
		}
		if equalFold(c.Name, text) {
			named = append(named, c)
		}
	}
	switch len(named) {
	case 1:
		return named[0], nil
	case 0:
		return bridge.Calendar{}, &bridge.Fault{Kind: bridge.Absent, What: fmt.Sprintf("there is no calendar %q", bridge.Excerpt(text)), Fix: "calbridge calendars  shows them"}
	}
	return bridge.Calendar{}, invalid(fmt.Sprintf("%d calendars are named %q", len(named), bridge.Excerpt(text)), "name it by its id: calbridge calendars  shows them")
}

// mirrored returns the calendar of that id or name once it was fetched whole:
// half a calendar is not handed out.
func (h *house) mirrored(ctx context.Context, text string) (bridge.Calendar, error) {
	cal, err := h.findCalendar(ctx, text)
	switch {
	case err != nil || cal.Complete:
		return cal, err
	case cal.Hidden:
		return cal, invalid("the calendar "+cal.Name+" is hidden: it is not fetched", "show it: calbridge calendars --show "+string(cal.ID))
	}
	return cal, &bridge.Fault{Kind: bridge.Retry, What: "the calendar " + cal.Name + " has not been fetched whole yet", Fix: "wait for  calbridge serve, or run  calbridge sync"}
}

// findAccounts returns the account of that address, all of them where it is
// empty.
func (h *house) findAccounts(ctx context.Context, address string) ([]bridge.Account, error) {
	list, err := h.store.Accounts(ctx)
	if err != nil || address == "" {
		return list, err
	}
	var found []bridge.Account
	for _, a := range list {
		if equalFold(a.Address, address) {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		err = &bridge.Fault{Kind: bridge.Absent, What: "no account " + bridge.Excerpt(address) + " is connected", Fix: "calbridge accounts  shows them, calbridge login  adds one"}
	}
	return found, err
}

// calendarPath is the CalDAV path of a calendar's collection.
func (h *house) calendarPath(cal bridge.Calendar) string {
	return h.cfg.PublicURL.EscapedPath() + "/dav/calendars/" + url.PathEscape(cal.User) + "/" + string(cal.ID) + "/"
}
