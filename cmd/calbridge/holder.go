package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holderFile is where the process that holds the store writes its id. It is for
// people alone: the lock on the store decides.
func holderFile(cfg *Config) string { return filepath.Join(cfg.Data, "calbridge.pid") }

// tellHolder writes who holds the store. It is a courtesy: where it fails, others
// are told without a number.
func tellHolder(cfg *Config) {
	_ = os.WriteFile(holderFile(cfg), fmt.Appendln(nil, os.Getpid()), 0o600)
}

func forgetHolder(cfg *Config) { _ = os.Remove(holderFile(cfg)) }

// holder names the process that holds the store.
func holder(cfg *Config) string {
	text, err := os.ReadFile(holderFile(cfg))
	if pid, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil {
		return fmt.Sprintf("another calbridge (process %d)", pid)
	}
	return "another calbridge"
}
