package main

import (
	"strings"
	"sync"
	"time"
)

// activeFor is how long after a reader was seen a mailbox is followed closely.
const activeFor = 10 * time.Minute

// readers remembers when readers of each user were seen last.
type readers struct {
	now   func() time.Time
	nudge func(user string) // told when a user's readers come back

	mu   sync.Mutex
	seen map[string]time.Time
}

func newReaders(now func() time.Time) *readers {
	return &readers{now: now, seen: map[string]time.Time{}}
}

// saw notes that a reader of user is here.
func (r *readers) saw(user string) {
	now := r.now()
	r.mu.Lock()
	was := r.seen[user]
	r.seen[user] = now
	r.mu.Unlock()
	if now.Sub(was) > activeFor && r.nudge != nil {
		r.nudge(user)
	}
}

// active reports whether a reader of user was here lately.
func (r *readers) active(user string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now().Sub(r.seen[user]) <= activeFor
}

func equalFold(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
