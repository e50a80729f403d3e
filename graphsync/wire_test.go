package graphsync_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"calbridge/graphsync/graphfake"
)

// graphHost is the host of the emulated cloud in a bubble of virtual time.
const graphHost = "graph.contoso.example"

// memory is a network in memory: real HTTP over pipes, which a bubble of virtual
// time can wait for.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept implements net.Listener.
func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (m *memory) Close() error { m.once.Do(func() { close(m.done) }); return nil }

// Addr implements net.Listener.
func (m *memory) Addr() net.Addr { return &net.TCPAddr{} }

func (m *memory) dial(ctx context.Context, _, address string) (net.Conn, error) {
	if !strings.HasPrefix(address, graphHost) {
		return nil, &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}
	}
	here, there := net.Pipe()
	select {
	case m.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// referee watches what goes over the wire. Whatever a scenario does, Graph's
// limits are kept, and tokens stay with their host.
type referee struct {
	t    *testing.T
	next http.RoundTripper

	mu     sync.Mutex
	flying int
	until  time.Time // no request before
	told   time.Time // when that was said; a request may leave at the same moment
	sent   int
	broken error // stands for the network
}

// RoundTrip implements http.RoundTripper.
func (w *referee) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/v1.0/") {
		return w.next.RoundTrip(r)
	}
	if err := w.leave(r); err != nil {
		return nil, err
	}
	res, err := w.next.RoundTrip(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flying--
	if err == nil && res.StatusCode >= 400 {
		if pause := asked(res.Header); pause > 0 && time.Now().Add(pause).After(w.until) {
			w.told, w.until = time.Now(), time.Now().Add(pause)
		}
	}
	return res, err
}

// requests tells how many requests were made of Graph.
func (w *referee) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

func (w *referee) leave(r *http.Request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	if w.flying++; w.flying > 3 {
		w.t.Errorf("%d requests at a time", w.flying)
	}
	if early := time.Until(w.until); early > 0 && time.Now().After(w.told) {
		w.t.Errorf("a request went out %v before the pause that Graph asked for was over", early)
	}
	if r.URL.Host != graphHost && r.Header.Get("Authorization") != "" {
		w.t.Errorf("a token went to %s", r.URL.Host)
	}
	if w.broken != nil {
		w.flying--
	}
	return w.broken
}

// asked reads a Retry-After by other means than the client does.
func asked(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(min(max(seconds, 0), 6*3600) * 1e9)
	}
	at, err := time.Parse(time.RFC1123, text)
	date, err2 := time.Parse(time.RFC1123, h.Get("Date"))
	if errors.Join(err, err2) != nil {
		return 0
	}
	return min(at.Sub(date), 6*time.Hour)
}

// bubbled is a rig in a bubble of virtual time, on Monday 2026-03-02, noon UTC.
// It has to be called in the bubble.
func bubbled(t *testing.T, h graphfake.Habits) (*rig, *referee) {
	t.Helper()
	time.Sleep(time.Until(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)))
	fake := graphfake.New(graphfake.Options{Habits: h})
	wire := newMemory()
	server := &http.Server{Handler: fake}
	go server.Serve(wire)
	transport := &http.Transport{DialContext: wire.dial, DisableKeepAlives: true}
	t.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	w := &referee{t: t, next: transport}
	r := rigOn(t, nil, fake, "http://"+graphHost, &http.Client{Transport: w}, func(fake *graphfake.Server) (*graphfake.Mailbox, error) {
		return fake.AddMailbox(graphfake.MailboxInfo{Person: graphfake.Person{Name: "Anna", Address: anna}, TimeZone: "W. Europe Standard Time"})
	})
	return r, w
}
