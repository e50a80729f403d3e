package caldav

import (
	"sync"
	"time"
)

// limiter slows down those who guess: each key may fail burst times, then once
// per interval. The zero limiter is ready; it is safe for concurrent use.
type limiter struct {
	mu    sync.Mutex
	until map[string]tally
}

// tally is what is held against a key.
type tally struct {
	forgiven time.Time // when all of its failures are
	told     bool      // that it has to wait
}

const (
	burst    = 10
	interval = 6 * time.Second
	maxKeys  = 4096
)

// fail counts a failure and returns how long the key has to wait, 0 while it
// may go on; first tells that it may no longer since this failure.
func (l *limiter) fail(key string, now time.Time) (wait time.Duration, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.until[key]
	if t.forgiven.Before(now) {
		t = tally{forgiven: now}
	}
	if wait := t.wait(now); wait > 0 {
		first, t.told = !t.told, true
		l.until[key] = t
		return wait, first
	}
	l.makeRoom(now)
	t.forgiven = t.forgiven.Add(interval)
	l.until[key] = t
	return 0, false
}

// wait returns how long the key has to wait, 0 while it may go on.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.until[key]
	return t.wait(now)
}

func (t *tally) wait(now time.Time) time.Duration {
	if t.forgiven.Before(now) {
		return 0
	}
	return max(0, t.forgiven.Sub(now)-(burst-1)*interval)
}

// makeRoom forgets keys that are forgiven, and all when that is not enough:
// forgetting lets someone guess on, an endless list would take the memory.
func (l *limiter) makeRoom(now time.Time) {
	if l.until == nil {
		l.until = map[string]tally{}
	}
	if len(l.until) < maxKeys {
		return
	}
	for key, t := range l.until {
		if t.forgiven.Before(now) {
			delete(l.until, key)
		}
	}
	if len(l.until) >= maxKeys {
		clear(l.until)
	}
}
