package main

import (
	"net/http"
	"sync/atomic"
)

// guard keeps a bridge that others can reach closed until it has a user: until
// then, nobody could have signed in, and nobody shall be the first by chance.
func (h *house) guard(next http.Handler) http.Handler {
	if loopback(h.cfg.Listen) {
		return next
	}
	var open atomic.Bool
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !open.Load() {
			users, err := h.store.Users(r.Context())
			open.Store(err == nil && len(users) > 0)
		}
		if open.Load() || r.URL.Path == h.cfg.PublicURL.Path+"/healthz" || r.URL.Path == "/healthz" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("calbridge has no user yet. On the computer where it runs:\n\n  calbridge login\n"))
	})
}
