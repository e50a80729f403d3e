package graphsync

import (
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// A token that lives shorter than the margin is used all the same: otherwise
// every request would renew it.
func TestUsable(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		life, left time.Duration
		want       bool
	}{
		{time.Hour, 3 * time.Minute, true}, {time.Hour, time.Minute, false},
		{time.Minute, 30 * time.Second, true}, {time.Minute, 10 * time.Second, false},
		{0, 3 * time.Minute, true}, {0, time.Minute, false},
	} {
		token := &oauth2.Token{AccessToken: "a", ExpiresIn: int64(c.life / time.Second), Expiry: now.Add(c.left)}
		if got := usable(token, "", now); got != c.want {
			t.Errorf("%v of %v left: usable %v, want %v", c.left, c.life, got, c.want)
		}
		if usable(token, "a", now) {
			t.Errorf("%v of %v left: usable although refused", c.left, c.life)
		}
	}
}
