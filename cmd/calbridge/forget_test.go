package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestNothingLiesAbout: what was kept ready for readers goes with the account or
// the user that it was of.
func TestNothingLiesAbout(t *testing.T) {
	for name, leave := range map[string]func(address string) command{
		"logout":      func(address string) command { return &logoutCmd{Address: address, Yes: true} },
		"user remove": func(string) command { return &userRemoveCmd{Name: "anna", Yes: true} },
	} {
		h, _, account := followed(t)
		kept := filepath.Join(h.cfg.cache(), "calendar-abc-123.ics")
		if err := errors.Join(os.MkdirAll(h.cfg.cache(), 0o700), os.WriteFile(kept, []byte("BEGIN:VCALENDAR"), 0o600)); err != nil {
			t.Fatal(err)
		}
		c := &call{out: io.Discard, err: io.Discard, cfg: h.cfg, log: h.log, now: h.now,
			hold: func(_ context.Context, f func(*house) error) error { return f(h) }}
		if err := leave(account.Address).Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
