package boltdb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/storetest"
)

// setLayout changes the version that a store says it has.
func setLayout(t *testing.T, path string, version int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte(fmt.Sprint(version)))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// checkFile runs bbolt's own check over a file.
func checkFile(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) (all error) {
		for err := range tx.Check() {
			all = errors.Join(all, err)
		}
		return all
	})
	if err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, path string) *boltdb.Store {
	t.Helper()
	s, err := boltdb.Open(path, storetest.Renderer, boltdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewerLayoutIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	setLayout(t, path, 99)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = boltdb.Open(path, storetest.Renderer, boltdb.Options{})
	if bridge.KindOf(err) != bridge.Invalid || !strings.Contains(err.Error(), "newer calbridge") {
		t.Errorf("opening it: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("it was changed, %v", err)
	}
}

func TestOlderLayoutIsMigratedAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path)
	if _, err := s.AddUser(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	setLayout(t, path, 1)
	kept := path + ".layout-1"
	// A folder in its place: no copy can be kept, so nothing may change.
	if err := os.MkdirAll(kept+".part/x", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := boltdb.Open(path, storetest.Renderer, boltdb.Options{}); err == nil || !strings.Contains(err.Error(), "no copy of the old one can be kept") {
		t.Errorf("without room for a copy: %v", err)
	}
	for range 2 { // the second time it is of this layout
		s = open(t, path)
		if users, err := s.Users(t.Context()); err != nil || len(users) != 1 {
			t.Errorf("users %v, %v", users, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkFile(t, path)
		checkFile(t, kept)
	}
	first, err := os.Stat(kept)
	if err != nil {
		t.Fatal(err)
	}
	setLayout(t, path, 1)
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Stat(kept); err != nil || !again.ModTime().Equal(first.ModTime()) {
		t.Errorf("the copy was replaced, %v", err)
	}
}

// TestDiskTrouble fails transactions as a disk does.
func TestDiskTrouble(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "db"))
	defer s.Close()
	for errno, what := range map[syscall.Errno]string{
		syscall.ENOSPC: "is full", syscall.EDQUOT: "is full", syscall.EROFS: "read-only", syscall.EIO: "does not work",
	} {
		a := bridge.Account{User: "anna", Kind: "graph", Address: "anna@contoso.example"}
		_, err := s.SaveAccount(t.Context(), a, func(bridge.AccountID) ([]byte, error) {
			return nil, &os.PathError{Op: "write", Path: "db", Err: errno}
		})
		var f *bridge.Fault
		if !errors.As(err, &f) || !strings.Contains(f.What, what) || f.Fix == "" || !errors.Is(err, errno) {
			t.Errorf("%v: %v", errno, err)
		}
		if trouble := s.Trouble(); trouble == nil || !strings.Contains(trouble.What, what) {
			t.Errorf("%v: trouble %+v", errno, trouble)
		}
	}
	if _, err := s.SaveAccount(context.Background(), bridge.Account{}, func(bridge.AccountID) ([]byte, error) { return nil, errors.New("another reason") }); err == nil || s.Trouble() == nil {
		t.Errorf("another failure, %v, ended the trouble", err)
	}
	if _, err := s.AddUser(t.Context(), "anna"); err != nil || s.Trouble() != nil {
		t.Errorf("after a transaction that went well: %+v, %v", s.Trouble(), err)
	}
}
