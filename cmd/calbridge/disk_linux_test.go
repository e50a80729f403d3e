package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull runs a bridge on a small disk that others fill up, and tries it on
// a read-only one. Where the test
// may not mount one, boltdb's test of a failing disk has to do.
func TestDiskFull(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("calbridge-test", data, "tmpfs", 0, "size=24m,mode=0700"); err != nil {
		if !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EACCES) {
			t.Fatal(err)
		}
		t.Logf("no small disk: %v", err)
		return
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	v := newVictimAt(t, data)
	v.run("sync")
	var feed newFeed
	if err := json.Unmarshal([]byte(v.run("feed", "new", "--json")), &feed); err != nil {
		t.Fatal(err)
	}
	p, err := start(mustLook(t), []string{"serve"}, v.env, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.signal(syscall.SIGKILL); _, _ = p.wait() })
	address, ok := p.find(listening)
	if !ok {
		t.Fatal("the bridge does not start")
	}
	ballast := filepath.Join(data, "ballast")
	fill(t, ballast)
	v.cal.Generate(1500, 13)
	if _, ok := p.find(regexp.MustCompile("the disk with the data folder is full")); !ok {
		t.Fatal("the bridge ended")
	}
	text, code := v.try("status")
	if code != exitFailed || !strings.Contains(text, "The disk with the data folder is full") || !strings.Contains(text, "free some space") {
		t.Errorf("status ends with %d and says:\n%s", code, text)
	}
	res, err := v.client.Get("http://" + address + feed.URL[strings.Index(feed.URL, "/feeds/"):])
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the feed on a full disk: %v, %v", res, err)
	}
	_ = res.Body.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	v.run("sync")
	if text, code := v.try("status"); code != exitDone || strings.Contains(text, "disk") {
		t.Errorf("with room again, status ends with %d and says:\n%s", code, text)
	}
	v.wantSame()
	v.checkCopy()

	p.signal(syscall.SIGKILL)
	_, _ = p.wait()
	if err := syscall.Mount("", data, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if text, code := v.try("status"); code != exitFailed || !strings.Contains(text, "its disk is read-only") || !strings.Contains(text, "make the disk writable") {
		t.Errorf("on a read-only disk, status ends with %d and says:\n%s", code, text)
	}
}

// fill writes until nothing more fits.
func fill(t *testing.T, path string) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for chunk := make([]byte, 4096); err == nil; {
		_, err = f.Write(chunk)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
