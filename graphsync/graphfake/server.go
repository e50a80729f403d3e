package graphfake

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is an emulated Microsoft cloud: Entra ID, Graph and a page for
// people, told apart by path. It is safe for concurrent use and starts no
// goroutines.
type Server struct {
	opt      Options
	switches atomic.Pointer[Habits]
	graph    *http.ServeMux
	human    http.Handler

	mu        sync.RWMutex
	mailboxes []*Mailbox

	sign   signing
	faults faults
	counts counts
}

// New makes a server without mailboxes.
func New(opt Options) *Server {
	s := &Server{opt: opt.settled()}
	s.switches.Store(&s.opt.Habits)
	s.sign.init()
	s.counts.init()
	s.graph = s.graphRoutes()
	s.human = s.humanRoutes()
	return s
}

// SetHabits changes the switches for the requests that follow.
func (s *Server) SetHabits(h Habits) {
	h.RemovedReason = orDefault(h.RemovedReason, "deleted")
	s.switches.Store(&h)
}

func (s *Server) habits() *Habits { return s.switches.Load() }

// Mailbox finds a mailbox by address or object id, nil if there is none.
func (s *Server) Mailbox(name string) *Mailbox {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, m := range s.mailboxes {
		if strings.EqualFold(m.info.Address, name) || m.guid == name {
			return m
		}
	}
	return nil
}

// Mailboxes lists the mailboxes in the order in which they were added.
func (s *Server) Mailboxes() []*Mailbox {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]*Mailbox(nil), s.mailboxes...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	s.counts.request()
	w.Header().Set("Date", s.opt.Now().UTC().Format(http.TimeFormat))
	switch {
	case strings.HasPrefix(path, "/v1.0/"), strings.HasPrefix(path, "/beta/"):
		s.serveGraph(w, r)
	case strings.Contains(path, "/oauth2/v2.0/"):
		s.faults.apply(w, r, http.HandlerFunc(s.serveSignIn))
	default:
		s.faults.apply(w, r, s.human)
	}
	s.opt.Logger.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("method", r.Method), slog.Int("path_length", len(path)))
}

// baseURL returns scheme and host of the links in an answer.
func (s *Server) baseURL(r *http.Request) string {
	if s.opt.PublicURL != "" {
		return strings.TrimSuffix(s.opt.PublicURL, "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// newGUID makes a random GUID.
func newGUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, says its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return formatGUID(b[:])
}

// pause waits for a time or until the request ends, whichever comes first.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
