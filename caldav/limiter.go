package caldav

import (
	"sync"
	"time"
)

// limiter slows down those who guess: each key may fail burst times, then once
// per interval. The zero limiter is ready; it is safe for concurrent use.
type limiter struct {
	mu    sync.Mutex
	until map[string]time.Time // when all failures of a key are forgiven
}

const (
	burst    = 10
	interval = 6 * time.Second
	maxKeys  = 4096
)

// fail counts a failure and returns how long the key has to wait, 0 while it
// may go on.
func (l *limiter) fail(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	forgiven := l.until[key]
	if forgiven.Before(now) {
		forgiven = now
	}
	if wait := forgiven.Sub(now) - (burst-1)*interval; wait > 0 {
		return wait
	}
	l.makeRoom(now)
	l.until[key] = forgiven.Add(interval)
	return 0
}

// makeRoom forgets keys that are forgiven, and all when that is not enough:
// forgetting lets someone guess on, an endless list would take the memory.
func (l *limiter) makeRoom(now time.Time) {
	if l.until == nil {
		l.until = map[string]time.Time{}
	}
	if len(l.until) < maxKeys {
		return
	}
	for key, forgiven := range l.until {
		if forgiven.Before(now) {
			delete(l.until, key)
		}
	}
	if len(l.until) >= maxKeys {
		clear(l.until)
	}
}
