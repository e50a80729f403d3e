package graphfake

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFaults(t *testing.T) {
	f := start(t, Options{})
	f.fill(3)
	events := regexp.MustCompile(`^/v1\.0/me/events\?\$top=`)
	path := "/me/events?$top=5"
	t.Run("status", func(t *testing.T) {
		f.srv.Inject(Fault{Path: events, Skip: 1, Times: 2, Status: 503, Header: http.Header{"retry-after": {"7"}}, Body: `{"error":{"code":"ErrorServerBusy"}}`})
		var got []int
		for range 5 {
			got = append(got, f.get(path).status)
		}
		if d := cmp.Diff([]int{200, 503, 503, 200, 200}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("header and body", func(t *testing.T) {
		f.srv.Inject(Fault{Method: "GET", Status: 502, Body: HTMLPage, Header: http.Header{"Content-Type": {"text/html"}}})
		if r := f.get(path); r.status != 502 || r.text != HTMLPage || r.header.Get("Content-Type") != "text/html" {
			t.Errorf("got %d %q", r.status, r.text)
		}
		f.srv.Inject(Fault{Header: http.Header{"X-Test": {"1"}}})
		if r := f.ok(f.get(path)); r.header.Get("X-Test") != "1" || len(r.items()) != 3 {
			t.Errorf("got %s", r.text)
		}
	})
	t.Run("empty", func(t *testing.T) {
		f.srv.Inject(Fault{Empty: true})
		if r := f.get(path); r.status != 200 || r.text != "" {
			t.Errorf("got %d %q", r.status, r.text)
		}
	})
	t.Run("cut", func(t *testing.T) {
		f.srv.Inject(Fault{Cut: 100})
		req, err := http.NewRequest("GET", f.web.URL+"/v1.0"+path, nil)
		f.noError(err)
		req.Header.Set("Authorization", "Bearer "+f.token)
		resp, err := f.web.Client().Do(req)
		f.noError(err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err == nil || len(text) != 100 {
			t.Errorf("got %d bytes and %v", len(text), err)
		}
	})
	t.Run("removed", func(t *testing.T) {
		remove := f.srv.Inject(Fault{Times: -1, Status: 500})
		f.get(path)
		if r := f.get(path); r.status != 500 {
			t.Errorf("got %d", r.status)
		}
		remove()
		f.ok(f.get(path))
		f.srv.Inject(Fault{Times: -1, Status: 500})
		f.srv.ClearFaults()
		f.ok(f.get(path))
	})
	t.Run("without a token", func(t *testing.T) {
		token := f.token
		f.token = ""
		f.srv.Inject(Fault{Status: 500})
		if r := f.get(path); r.status != 500 {
			t.Errorf("got %d", r.status)
		}
		f.token = token
	})
	t.Run("in a batch", func(t *testing.T) {
		f.srv.Inject(Fault{Path: events, Status: 504})
		got := f.batch(get2("1", path, "") + "," + get2("2", path, ""))
		if intOf(got["1"], "status") != 504 || intOf(got["2"], "status") != 200 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("sign-in", func(t *testing.T) {
		f.srv.Inject(Fault{Path: regexp.MustCompile("/token$"), Status: 503})
		if r := f.form("token"); r.status != 503 {
			t.Errorf("got %d", r.status)
		}
	})
	t.Run("delay ends with the request", func(t *testing.T) {
		f.srv.Inject(Fault{Delay: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, "GET", f.web.URL+"/v1.0"+path, nil)
		f.noError(err)
		req.Header.Set("Authorization", "Bearer "+f.token)
		done := make(chan error)
		go func() {
			_, err := f.web.Client().Do(req)
			done <- err
		}()
		cancel()
		if err := <-done; err == nil {
			t.Error("the request came through")
		}
	})
}

// TestPause runs in virtual time: a delay passes in full, or ends with the
// request that waits.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		pause(t.Context(), 3*time.Hour)
		if got := time.Since(begun); got != 3*time.Hour {
			t.Errorf("paused for %s", got)
		}
		pause(t.Context(), 0)
		if got := time.Since(begun); got != 3*time.Hour {
			t.Errorf("no pause took until %s", got)
		}
	})
}
