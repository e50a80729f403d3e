package caldav_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
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
