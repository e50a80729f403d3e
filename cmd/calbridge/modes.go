package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Of a file that holds secrets nobody else may know anything; a group may, since
// services get their files that way. Into the data folder nobody else may put
// anything.
const (
	othersRead  fs.FileMode = 0o007
	othersWrite fs.FileMode = 0o022
)

// exposed says which files other users of this machine could read or replace, and
// what to do. Modes mean nothing on Windows.
func (c *Config) exposed() (warnings []string) {
	if runtime.GOOS == "windows" {
		return nil
	}
	warn := func(path string, forbidden fs.FileMode, what, fix string) {
		info, err := os.Stat(path)
		if path == "" || err != nil || info.Mode().Perm()&forbidden == 0 {
			return
		}
		warnings = append(warnings, fmt.Sprintf("%s %s (its mode is %04o): run  chmod %s %s", path, what, info.Mode().Perm(), fix, path))
	}
	warn(c.Data, othersWrite, "can be written to by other users of this machine", "go-w")
	warn(c.KeyFile, othersRead, "opens the stored sign-ins, and other users of this machine can read it", "o=")
	warn(filepath.Join(c.Data, "calbridge.db"), othersRead, "holds calendars, and other users of this machine can read it", "o=")
	warn(c.Microsoft.ClientSecretFile, othersRead, "holds a secret, and other users of this machine can read it", "o=")
	if c.secretIn != "" {
		warn(c.secretIn, othersRead, "has a secret address in notify.url, and other users of this machine can read it", "o=")
	}
	return warnings
}
