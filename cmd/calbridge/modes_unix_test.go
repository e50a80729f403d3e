//go:build unix

package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesOpenToOthers: what other users of the machine could read or replace is
// named in status and in the log, with the command that mends it.
func TestFilesOpenToOthers(t *testing.T) {
	h, _, _ := followed(t)
	config, secret := filepath.Join(t.TempDir(), "config.toml"), filepath.Join(t.TempDir(), "secret")
	if err := errors.Join(os.WriteFile(config, []byte("notify.url = \"https://ntfy.example.org/x\"\n"), 0o600), os.WriteFile(secret, nil, 0o640)); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig(config, func(string) string { return "" }, map[string]string{"data": h.cfg.Data, "microsoft.client_secret_file": secret})
	if err != nil {
		t.Fatal(err)
	}
	h.cfg = cfg
	if list := cfg.exposed(); len(list) != 0 {
		t.Errorf("as calbridge makes them: %q", list)
	}
	for path, mode := range map[string]os.FileMode{
		cfg.Data: 0o777, cfg.KeyFile: 0o644, filepath.Join(cfg.Data, "calbridge.db"): 0o604, config: 0o644, secret: 0o604,
	} {
		info, err := os.Stat(path)
		if err = errors.Join(err, os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		list := cfg.exposed()
		if len(list) != 1 || !strings.HasPrefix(list[0], path) || !strings.Contains(list[0], "run  chmod ") {
			t.Errorf("%s with mode %o: %q", path, mode, list)
		}
		var log bytes.Buffer
		h.log = slog.New(slog.NewTextHandler(&log, nil))
		h.announce(t.Context(), &net.TCPAddr{})
		for _, line := range []string{"status", "status --json"} {
			if out, _, _ := at(t, h, line); !strings.Contains(out, path) || !strings.Contains(log.String(), path) {
				t.Errorf("%s: %s\n%s", line, out, log.String())
			}
		}
		if err := os.Chmod(path, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}
