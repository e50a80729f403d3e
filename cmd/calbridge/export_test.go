package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestExportKeepsWhoMayRead: a file that was its owner's alone stays so.
func TestExportKeepsWhoMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calendar.ics")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := exportCmd{Output: path}
	c := &call{}
	_, done, err := e.prepare(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.out.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := done(nil); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if text, err := os.ReadFile(path); string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}
}
