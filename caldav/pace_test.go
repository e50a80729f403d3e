package caldav_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"calbridge/bridge"
	"calbridge/caldav"
)

// laborious is a library that works a while at each object.
type laborious struct {
	caldav.Library
	each time.Duration
}

func (l laborious) Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error] {
	return func(yield func(bridge.Object, error) bool) {
		for o, err := range l.Library.Objects(ctx, id, names) {
			if time.Sleep(l.each); !yield(o, err) {
				return
			}
		}
	}
}

func (r *rig) serve(method, path string, body io.Reader) (rec *httptest.ResponseRecorder, aborted bool) {
	req := httptest.NewRequest(method, path, body)
	req.SetBasicAuth("anna", r.secret)
	rec = httptest.NewRecorder()
	return rec, serveAborting(r.handler, rec, req)
}

func TestRequestsThatWorkTooLong(t *testing.T) {
	s := event("a", "one", "2026-03-04T10:00")
	s.Master.Text = strings.Repeat("long ", 30_000)
	t1, t2 := event("b", "two", "2026-03-04T10:00"), event("c", "three", "2026-03-04T10:00")
	r := newRig(t, s, t1, t2)
	synctest.Test(t, func(t *testing.T) {
		query := "<C:calendar-query" + namespaces + ">" + queryData("", timeRange("2026-03-01T00:00", "")) + "</C:calendar-query>"
		for _, c := range []struct {
			each    time.Duration
			status  int
			aborted bool
		}{
			{9 * time.Second, 207, false}, // what is passed on in between gives new time
			{40 * time.Second, 503, false},
		} {
			r.renew()
			r.handler.Library = laborious{r.store, c.each}
			rec, aborted := r.serve("REPORT", r.calPath(), strings.NewReader(query))
			if rec.Code != c.status || aborted != c.aborted {
				t.Errorf("%v at each object: %d, cut %v", c.each, rec.Code, aborted)
			}
			if c.status == 503 && (rec.Header().Get("Retry-After") == "" || !strings.Contains(r.log.String(), "it worked too long")) {
				t.Errorf("headers %v, log\n%s", rec.Header(), r.log)
			}
		}
		// A body that trickles in is the server's affair, not the work's.
		r.handler.Library = r.store
		slow := &trickle{text: query, pause: 5 * time.Second}
		if rec, _ := r.serve("REPORT", r.calPath(), slow); rec.Code != http.StatusMultiStatus {
			t.Errorf("a slow request: %d", rec.Code)
		}
	})
}

// trickle gives its text in pieces, with a pause before each.
type trickle struct {
	text  string
	pause time.Duration
}

func (r *trickle) Read(p []byte) (int, error) {
	time.Sleep(r.pause)
	n := copy(p, r.text[:min(len(r.text), 40)])
	if r.text = r.text[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// pipes is a listener whose connections lie in memory, so that time may pass.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.IPAddr{} }

func (l *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return ours
}

// A reader may take long, as long as it takes something.
func TestReadersThatAreSlow(t *testing.T) {
	s := event("a", "one", "2026-03-04T10:00")
	s.Master.Text = strings.Repeat("long ", 60_000)
	r := newRig(t, s)
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic %s\r\n\r\n", r.objPath("a"),
		base64.StdEncoding.EncodeToString([]byte("anna:"+r.secret)))
	for name, c := range map[string]struct {
		pause time.Duration
		whole bool
	}{"steady": {pause: 200 * time.Millisecond, whole: true}, "stuck": {pause: 10 * time.Minute}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				server := &http.Server{Handler: r.handler}
				go server.Serve(l)
				conn := l.dial()
				if _, err := io.WriteString(conn, request); err != nil {
					t.Fatal(err)
				}
				var got []byte
				piece := make([]byte, 1024)
				for begun := time.Now(); ; time.Sleep(c.pause) {
					n, err := conn.Read(piece)
					got = append(got, piece[:n]...)
					if err != nil {
						if whole := strings.HasSuffix(string(got), "END:VCALENDAR\r\n"); whole != c.whole {
							t.Errorf("after %v and %d octets: %v, whole: %v", time.Since(begun), len(got), err, whole)
						}
						break
					}
				}
				conn.Close()
				server.Close()
			})
		})
	}
}
