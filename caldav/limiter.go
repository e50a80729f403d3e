package caldav

import (
	"maps"
	"slices"
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

// makeRoom forgets keys that are forgiven, and where that is not enough the half
// with the fewest failures: forgetting lets someone guess on, an endless list
// would take the memory. Who makes up names to have one of them forgotten has to
// fail as often with each.
func (l *limiter) makeRoom(now time.Time) {
	if l.until == nil {
		l.until = map[string]tally{}
	}
	if len(l.until) < maxKeys {
		return
	}
	maps.DeleteFunc(l.until, func(_ string, t tally) bool { return t.forgiven.Before(now) })
	if len(l.until) < maxKeys {
		return
	}
	byFailures := slices.SortedFunc(maps.Keys(l.until), func(a, b string) int { return l.until[a].forgiven.Compare(l.until[b].forgiven) })
	for _, key := range byFailures[:maxKeys/2] {
		delete(l.until, key)
	}
}
