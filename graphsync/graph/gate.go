package graph

import (
	"context"
	"errors"
	"sync"
	"time"
)

// inFlight is how many requests one mailbox gets at a time. Graph allows four;
// the fourth stays free for the user's other programs.
const inFlight = 3

// Gate lets requests to one mailbox through: at most three at a time, and none
// before a time that Graph named. It is safe for concurrent use.
type Gate struct {
	slots chan struct{}

	mu    sync.Mutex
	until time.Time
}

// NewGate returns an open gate.
func NewGate() *Gate { return &Gate{slots: make(chan struct{}, inFlight)} }

// Hold closes the gate for d from now, for every request.
func (g *Gate) Hold(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(d); until.After(g.until) {
		g.until = until
	}
}

// Held returns until when the gate is closed, a past time where it is open.
func (g *Gate) Held() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

// Enter waits until a request may go, and returns what to call when it ended.
// Where the gate stays closed for longer than a request waits, it returns an
// [Error] that tells for how long.
func (g *Gate) Enter(ctx context.Context) (leave func(), err error) {
	for {
		if err := g.wait(ctx); err != nil {
			return nil, err
		}
		select {
		case g.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !time.Now().Before(g.Held()) {
			return func() { <-g.slots }, nil
		}
		<-g.slots // closed while we queued
	}
}

func (g *Gate) wait(ctx context.Context) error {
	d := time.Until(g.Held())
	switch {
	case d <= 0:
		return ctx.Err()
	case d > patience:
		return &Error{class: Throttled, RetryAfter: d, held: true, cause: errors.New("the mailbox rests")}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
