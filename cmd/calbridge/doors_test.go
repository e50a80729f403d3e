package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"calbridge/bridge"
	"calbridge/bridge/vault"
)

// TestFewPagePasswordsAreTriedAtOnce: guesses that come together are not tried
// one after the other, uncounted.
func TestFewPagePasswordsAreTriedAtOnce(t *testing.T) {
	h, _, _ := followed(t)
	v := newVisitors(h.store)
	v.turn <- struct{}{} // somebody is being let in
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	refused := make(chan struct{}, 100)
	for range 100 {
		waiting.Go(func() {
			if _, err := v.Verify(ctx, "anna", "guess"); bridge.KindOf(err) == bridge.Retry {
				refused <- struct{}{}
			}
		})
	}
	for range 100 - maxVisitors {
		<-refused
	}
	cancel()
	waiting.Wait()
	if n := len(refused); n != 0 {
		t.Errorf("%d more were refused than there was no place for", n)
	}
}

// TestPagePasswordOpensPagesAlone: CalDAV takes app passwords only, and a page
// password is its user's.
func TestPagePasswordOpensPagesAlone(t *testing.T) {
	h, _, _ := followed(t)
	server := newHandler(h, nil)
	status := func(method, path, user, password string) int {
		r := httptest.NewRequest(method, path, http.NoBody)
		r.SetBasicAuth(user, password)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w.Code
	}
	if _, err := h.store.AddUser(t.Context(), "ben"); err != nil {
		t.Fatal(err)
	}
	if got := status(http.MethodGet, "/", "anna", "correct horse"); got != http.StatusUnauthorized {
		t.Errorf("before there is a page password: %d", got)
	}
	if err := h.store.SetPassword(t.Context(), "anna", vault.HashPage("correct horse")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, user, password string
		want                         int
	}{
		{http.MethodGet, "/", "anna", "correct horse", http.StatusOK},
		{http.MethodGet, "/", "Anna", "correct horse", http.StatusOK},
		{http.MethodGet, "/", "anna", "incorrect horse", http.StatusUnauthorized},
		{http.MethodGet, "/", "ben", "correct horse", http.StatusUnauthorized},
		{http.MethodGet, "/", "ben", "", http.StatusUnauthorized},
		{http.MethodGet, "/", "nobody", "correct horse", http.StatusUnauthorized},
		{"PROPFIND", "/dav/", "anna", "correct horse", http.StatusUnauthorized},
	} {
		if got := status(c.method, c.path, c.user, c.password); got != c.want {
			t.Errorf("%s %s as %s with %q: %d, want %d", c.method, c.path, c.user, c.password, got, c.want)
		}
	}
}
