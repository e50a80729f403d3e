package graphfake

import (
	"maps"
	"sync"
)

// Counts is what a server has seen.
type Counts struct {
	// Total is the number of HTTP requests, sign-in and pages included.
	Total int
	// Routes counts Graph requests and batch parts by method and address
	// pattern, as in "GET /me/calendars/{cid}/events".
	Routes map[string]int
	// Concurrent is the most requests of one app that ran on a mailbox at the
	// same time, by mail address. Batch parts count singly.
	Concurrent map[string]int
	// Window is the number of requests on each mailbox within the quota's
	// window (10 minutes), rejected ones and batch parts included.
	Window map[string]int
}

// counts is the part of Counts that is not kept per mailbox.
type counts struct {
	mu     sync.Mutex
	total  int
	routes map[string]int
}

func (c *counts) init() { c.routes = map[string]int{} }

func (c *counts) request() {
	c.mu.Lock()
	c.total++
	c.mu.Unlock()
}

func (c *counts) route(pattern string) {
	c.mu.Lock()
	c.routes[pattern]++
	c.mu.Unlock()
}

// Counts returns what the server has seen since it was made or since
// ResetCounts.
func (s *Server) Counts() Counts {
	s.counts.mu.Lock()
	out := Counts{
		Total: s.counts.total, Routes: maps.Clone(s.counts.routes),
		Concurrent: map[string]int{}, Window: map[string]int{},
	}
	s.counts.mu.Unlock()
	for _, m := range s.Mailboxes() {
		out.Concurrent[m.Address()], out.Window[m.Address()] = m.traffic.seen(s)
	}
	return out
}

// seen returns the peak and the window count over all apps.
func (t *traffic) seen(s *Server) (peak, total int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, app := range t.apps {
		app.window.forward(s.opt.Now(), s.opt.Quota.Per)
		peak = max(peak, app.peak)
		total += app.window.total()
	}
	return peak, total
}

// ResetCounts sets totals, routes and peaks to zero. The request windows of
// the quota go on.
func (s *Server) ResetCounts() {
	s.counts.mu.Lock()
	s.counts.total = 0
	clear(s.counts.routes)
	s.counts.mu.Unlock()
	for _, m := range s.Mailboxes() {
		m.traffic.mu.Lock()
		for _, app := range m.traffic.apps {
			app.peak = app.running
		}
		m.traffic.mu.Unlock()
	}
}
