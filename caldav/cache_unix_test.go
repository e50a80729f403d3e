//go:build linux || darwin

package caldav_test

import (
	"fmt"
	"net/http"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestDiskFullWhileAFileIsMade runs out of room in the middle of a file. Each
// reader still gets the whole calendar, nothing torn stays behind, and when there
// is room again files are kept again.
func TestDiskFullWhileAFileIsMade(t *testing.T) {
	r := newRig(t, bulky(50)...)
	cache := r.handler.Cache
	r.handler.Cache = ""
	want := map[string]string{}
	for _, path := range r.wholes() {
		want[path] = r.do("GET", path, "").want(http.StatusOK).Body
	}
	r.handler.Cache = cache
	lift := noFileAbove(t, uint64(len(want[r.calPath()])/2))
	var readers sync.WaitGroup
	for i := range 12 {
		path, encoding := r.wholes()[i%2], []string{"identity", "gzip"}[i/2%2]
		readers.Go(func() {
			a := r.do("GET", path, "", "Accept-Encoding", encoding).want(http.StatusOK)
			body := a.Body
			if a.Header.Get("Content-Encoding") == "gzip" {
				body = unzip(t, body)
			}
			if body != want[path] {
				t.Errorf("%s %s: %d octets, want %d", encoding, path, len(body), len(want[path]))
			}
		})
	}
	readers.Wait()
	if n := strings.Count(r.log.String(), "the cache cannot be written"); n == 0 || strings.Contains(r.log.String(), "level=ERROR") {
		t.Errorf("log:\n%s", r.log)
	}
	for _, name := range r.cached() {
		if !strings.Contains(name, "-gz") { // compressed, a calendar may fit
			t.Errorf("%s stays", name)
		}
	}
	lift()
	r.pass(2 * time.Minute)
	for range 2 {
		a := r.do("GET", r.calPath(), "").want(http.StatusOK)
		if a.Body != want[r.calPath()] || a.Header.Get("Content-Length") != fmt.Sprint(len(a.Body)) {
			t.Errorf("with room again: %d octets, Content-Length %s", len(a.Body), a.Header.Get("Content-Length"))
		}
	}
	if n := len(r.cached()); n == 0 {
		t.Error("the cache is not used again")
	}
}

// noFileAbove lets no file of this process grow beyond n octets: a write over
// that writes what fits and fails, as on a full disk. It returns what takes the
// limit away.
func noFileAbove(t *testing.T, n uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	must[any](t)(nil, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	must[any](t)(nil, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: before.Max}))
	lift = sync.OnceFunc(func() {
		must[any](t)(nil, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
		signal.Reset(syscall.SIGXFSZ)
	})
	t.Cleanup(lift)
	return lift
}
