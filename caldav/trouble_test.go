package caldav_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/caldav"
)

// failing is a library whose sequences end in an error after some steps.
type failing struct {
	caldav.Library
	after int
	err   error
}

func cutOff[T any](f failing, list iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		n := 0
		for v, err := range list {
			if n++; n > f.after {
				var zero T
				yield(zero, f.err)
				return
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

func (f failing) Rows(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Row, error] {
	return cutOff(f, f.Library.Rows(ctx, id))
}

func (f failing) Within(ctx context.Context, id bridge.CalendarID, from, to time.Time) iter.Seq2[bridge.Row, error] {
	return cutOff(f, f.Library.Within(ctx, id, from, to))
}

func (f failing) Changes(ctx context.Context, id bridge.CalendarID, since bridge.Seq) iter.Seq2[bridge.Changed, error] {
	return cutOff(f, f.Library.Changes(ctx, id, since))
}

func (f failing) Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error] {
	return cutOff(f, f.Library.Objects(ctx, id, names))
}

func (f failing) Tags(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Tag, error] {
	return cutOff(f, f.Library.Tags(ctx, id))
}

func (f failing) All(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Object, error] {
	return cutOff(f, f.Library.All(ctx, id))
}

// A failure before the first octet is an answer; after it, the connection is
// cut. In no case does a client get a whole document with a hole.
func TestFailuresNeverLeaveAHole(t *testing.T) {
	var series []*bridge.Series
	var hrefs strings.Builder
	r := newRig(t)
	for i := range 600 {
		s := event(strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26), "event", "2026-03-04T10:00")
		s.Master.Text = strings.Repeat("long text ", 100)
		series = append(series, s)
		hrefs.WriteString("<D:href>" + r.objPath(string(s.Source)) + "</D:href>")
	}
	before := r.sync("").SyncToken
	r.change(upserts(series...)...)
	requests := map[string]func() *http.Request{}
	add := func(name, method, path, body string) {
		requests[name] = func() *http.Request {
			req := httptest.NewRequest(method, path, strings.NewReader(body))
			req.SetBasicAuth("anna", r.secret)
			return req
		}
	}
	add("propfind", "PROPFIND", r.calPath(), "")
	add("first sync", "REPORT", r.calPath(), "<D:sync-collection"+namespaces+">"+syncBody("", "")+"</D:sync-collection>")
	add("sync", "REPORT", r.calPath(), "<D:sync-collection"+namespaces+">"+syncBody(before, "")+"</D:sync-collection>")
	add("multiget", "REPORT", r.calPath(), "<C:calendar-multiget"+namespaces+">"+prop("C:calendar-data")+hrefs.String()+"</C:calendar-multiget>")
	add("query", "REPORT", r.calPath(), "<C:calendar-query"+namespaces+">"+queryData("", timeRange("2026-03-01T00:00", ""))+"</C:calendar-query>")
	add("calendar", "GET", r.calPath(), "")
	add("feed", "GET", "/feeds/"+r.feed+"/x.ics", "")
	add("free-busy", "REPORT", r.calPath(), "<C:free-busy-query"+namespaces+`><C:time-range start="20260301T000000Z" end="20260401T000000Z"/></C:free-busy-query>`)
	add("calendar, streamed", "GET", r.calPath(), "")
	add("feed, streamed", "GET", "/feeds/"+r.feed+"/x.ics", "")
	cache := r.handler.Cache
	for name, request := range requests {
		r.handler.Cache = cache
		if strings.HasSuffix(name, ", streamed") {
			r.handler.Cache = ""
		}
		for _, after := range []int{0, 580} {
			for want, err := range map[int]error{500: errors.New("the disk is gone"), 503: &bridge.Fault{Kind: bridge.Retry, What: "not now"}} {
				r.renew()
				r.handler.Library = failing{r.store, after, err}
				rec := httptest.NewRecorder()
				aborted := serveAborting(r.handler, rec, request())
				switch {
				case aborted && rec.Body.Len() == 0:
					t.Errorf("%s after %d: cut before anything was sent", name, after)
				case aborted && (strings.Contains(rec.Body.String(), "</D:multistatus>") || strings.Contains(rec.Body.String(), "END:VCALENDAR\r\nEND")):
					t.Errorf("%s after %d: cut after the end", name, after)
				case !aborted && rec.Code != want:
					t.Errorf("%s after %d: %d, want %d", name, after, rec.Code, want)
				case after == 0 && aborted:
					t.Errorf("%s: cut, though nothing had been sent", name)
				}
			}
		}
	}
}

// meddling is a library in which something happens between a listing and the
// reading of what was listed.
type meddling struct {
	caldav.Library
	happen func()
}

func (m meddling) Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error] {
	m.happen()
	return m.Library.Objects(ctx, id, names)
}

func TestQueriesTellWhatTheyRead(t *testing.T) {
	for name, change := range map[string]bridge.Change{"moved away": upserts(event("a", "one", "2027-03-04T10:00"))[0], "gone": gone("a")} {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		r.handler.Library = meddling{r.store, func() { r.change(change) }}
		body := queryData("", timeRange("2026-03-01T00:00", "2026-04-01T00:00"))
		if m := r.report("C:calendar-query", body).multistatus(); len(m.Rows) != 0 {
			t.Errorf("%s: %s", name, m.answer.Body)
		}
	}
}

// zoneless is a library whose zones came up after they had been asked for.
type zoneless struct{ caldav.Library }

func (zoneless) Zones(context.Context, bridge.CalendarID) (map[string]int, error) { return nil, nil }

func TestFilesNameNoZoneThatTheyLack(t *testing.T) {
	r := newRig(t, in("Europe/Berlin", event("a", "one", "2026-03-04T10:00")))
	r.handler.Library = zoneless{r.store}
	for i, path := range append(r.wholes(), r.wholes()...) {
		if i == 2 {
			r.handler.Cache = ""
		}
		if a := r.do("GET", path, "").want(http.StatusServiceUnavailable); a.Header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After %q", path, a.Header.Get("Retry-After"))
		}
	}
}

// serveAborting reports whether the handler cut the connection.
func serveAborting(h http.Handler, w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			aborted = true
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

// panicking is a gate that fails badly.
type panicking struct{}

func (panicking) Verify(context.Context, string, string) (bridge.Device, error) { panic("out of luck") }

func TestPanicsHarmOneRequest(t *testing.T) {
	r := newRig(t)
	good := r.handler.Gate
	r.handler.Gate = panicking{}
	a := r.do("PROPFIND", "/dav/", "").want(http.StatusInternalServerError)
	if strings.Contains(a.Body, "luck") {
		t.Errorf("the cause is told: %s", a.Body)
	}
	if log := r.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "out of luck") {
		t.Errorf("log:\n%s", log)
	}
	r.handler.Gate = good
	r.propfind("/dav/", "0", "D:resourcetype")
}

// Many readers at once; and some that never read, which must not keep the store
// from using its pages again.
func TestX06ManyReaders(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	large := func(state string) (series []*bridge.Series) {
		for i := range 300 {
			s := event(fmt.Sprint("large", i), state, "2026-03-04T10:00")
			s.Master.Text = strings.Repeat(state+" ", 30<<10/(len(state)+1))
			series = append(series, s)
		}
		return series
	}
	r.holds("X06", func(t *testing.T) {
		for i := range 10 {
			r.change(upserts(large(fmt.Sprint("before ", i))...)...)
		}
		grown := fileSize(t, r.file)
		for range 5 {
			conn, err := net.Dial("tcp", r.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close() // what it asks for is never read
			body := "<C:calendar-query" + namespaces + ">" + queryData("", "") + "</C:calendar-query>"
			fmt.Fprintf(conn, "REPORT %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\nContent-Length: %d\r\n\r\n%s", r.calPath(),
				base64.StdEncoding.EncodeToString([]byte("anna:"+r.secret)), len(body), body)
			if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 10 {
			r.change(upserts(large(fmt.Sprint("after ", i))...)...)
		}
		if now := fileSize(t, r.file); now > grown+grown/10 {
			t.Errorf("with readers that do not read the file grew from %d to %d", grown, now)
		}
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				req := httptest.NewRequest("PROPFIND", r.calPath(), strings.NewReader(asking("D:getetag")))
				req.SetBasicAuth("anna", r.secret)
				rec := httptest.NewRecorder()
				if r.handler.ServeHTTP(rec, req); rec.Code != http.StatusMultiStatus || !strings.HasSuffix(rec.Body.String(), "</D:multistatus>") {
					t.Errorf("status %d", rec.Code)
				}
			})
		}
		r.write(3)
		all.Wait()
	})
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestRequestsThatAreCancelled(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := httptest.NewRequestWithContext(ctx, "PROPFIND", r.calPath(), http.NoBody)
	req.SetBasicAuth("anna", r.secret)
	if !serveAborting(r.handler, httptest.NewRecorder(), req) {
		t.Error("an answer was made for nobody")
	}
	if strings.Contains(r.log.String(), "level=ERROR") {
		t.Errorf("log:\n%s", r.log)
	}
}

func TestPagesGetTheRest(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/", "/healthz", "/nothing", "/dav/nothing", "/calendar"} {
		r.as("", "", "GET", path, "").want(http.StatusNotFound)
	}
	r.handler.Pages = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.URL.Path) })
	for _, path := range []string{"/", "/healthz", "/nothing", "/dav/nothing"} {
		if a := r.as("", "", "GET", path, "").want(http.StatusOK); a.Body != path {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
}
