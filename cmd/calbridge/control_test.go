package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// shortDir returns a folder with a path that a socket's name still fits into.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestSocketsOfLongPathsAreFoundFromOtherSurroundings(t *testing.T) {
	dir := shortDir(t)
	data := filepath.Join(dir, strings.Repeat("long", 30))
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	cfg := &Config{Data: data}
	service := socketPaths(cfg, environment())
	person := socketPaths(cfg, environment("XDG_RUNTIME_DIR", dir))
	if len(person) < 2 || filepath.Dir(person[0]) != dir || len(service) == 0 {
		t.Fatalf("a person's places: %v, a service's: %v", person, service)
	}
	l, err := net.Listen("unix", service[0])
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := dialHolder(cfg, environment("XDG_RUNTIME_DIR", dir))
	if err != nil {
		t.Fatalf("the service at %s is not found: %v", service[0], err)
	}
	_ = conn.Close()
	if short := socketPaths(&Config{Data: dir}, environment()); len(short) != 1 || short[0] != filepath.Join(dir, "control.sock") {
		t.Errorf("a short path: %v", short)
	}
}

// A socket is its owner's alone whatever files are otherwise.
func TestSocketsAreTheirOwners(t *testing.T) {
	path := filepath.Join(shortDir(t), "control.sock")
	l, err := listenAlone(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	if _, err := dialHolder(&Config{Data: t.TempDir()}, environment()); !errors.Is(err, errNoHolder) {
		t.Errorf("%v, want %v", err, errNoHolder)
	}
}

// TestInterruptedWhileAsking: a person who does not answer, but presses Ctrl-C,
// gets the prompt back.
func TestInterruptedWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		answer := make(chan string)
		go cancel()
		text, err := unlessDone(ctx, func() (string, error) { return <-answer, nil })
		if !errors.Is(err, context.Canceled) || text != "" || codeOf(err) != exitInterrupted {
			t.Errorf("%q, %v", text, err)
		}
		answer <- "too late"
	})
	if text, err := unlessDone(t.Context(), func() (string, error) { return "yes", nil }); text != "yes" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
