package main

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// single is a listener with one connection, in memory, so that time may pass.
type single struct {
	conn chan net.Conn
	done chan struct{}
}

func (l single) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l single) Close() error   { return nil }
func (l single) Addr() net.Addr { return &net.IPAddr{} }

// What holds a connection without a request is shut out.
func TestServerBoundsConnections(t *testing.T) {
	for _, c := range []struct {
		name, sent string
		answers    int
		after      time.Duration
	}{
		{"nothing", "", 0, 15 * time.Second},
		{"half a header", "GET / HTTP/1.1\r\nHost: x\r\nX-", 0, 15 * time.Second},
		{"half a body", "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", 1, 2 * time.Minute},
		{"no second request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1, 3 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := single{make(chan net.Conn, 1), make(chan struct{})}
				server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body) // how it ends is what the test looks at
					w.WriteHeader(http.StatusNoContent)
				}), slog.New(slog.DiscardHandler))
				go server.Serve(l)
				ours, theirs := net.Pipe()
				l.conn <- theirs
				begun := time.Now()
				if _, err := io.WriteString(ours, c.sent); err != nil {
					t.Fatal(err)
				}
				in, answers := bufio.NewReader(ours), 0
				for {
					res, err := http.ReadResponse(in, nil)
					if err != nil {
						break
					}
					if res.StatusCode == http.StatusNoContent {
						answers++
					}
				}
				if took := time.Since(begun); took < c.after || took > c.after+time.Second || answers != c.answers {
					t.Errorf("closed after %v with %d answers, want %v", took, answers, c.after)
				}
				close(l.done)
				ours.Close()
				server.Close()
			})
		})
	}
}
