package caldav_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/caldav"
)

// bulky makes n events that together do not fit into the buffers of a
// connection.
func bulky(n int) (series []*bridge.Series) {
	for i := range n {
		s := event(fmt.Sprint("event-", i), fmt.Sprint("Meeting ", i), "2026-03-04T10:00")
		s.Master.Text = strings.Repeat(fmt.Sprint("text ", i, " "), 3000)
		series = append(series, s)
	}
	return series
}

// wholes are the addresses of whole calendars.
func (r *rig) wholes() []string { return []string{r.calPath(), "/feeds/" + r.feed + "/work.ics"} }

// cached returns the files of the cache.
func (r *rig) cached() (names []string) {
	entries, _ := os.ReadDir(r.handler.Cache)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestFilesOfTheCacheAreWhatIsStreamed also deletes the cache under the server.
func TestFilesOfTheCacheAreWhatIsStreamed(t *testing.T) {
	r := newRig(t, bulky(50)...)
	other := r.addCalendar(bridge.Listed{Source: "cal-2", Name: "Home"}, event("z", "last", "2026-03-05T10:00"))
	r.addFeed("both", "Both", r.cal.ID, other.ID)
	cache := r.handler.Cache
	for _, path := range append(r.wholes(), "/feeds/both/both.ics") {
		r.handler.Cache = ""
		want := r.do("GET", path, "").want(http.StatusOK)
		r.handler.Cache = cache
		for _, step := range []string{"made", "kept", "deleted", "deleted with its folder"} {
			switch step {
			case "deleted":
				for _, name := range r.cached() {
					must[any](t)(nil, os.Remove(filepath.Join(cache, name)))
				}
			case "deleted with its folder":
				must[any](t)(nil, os.RemoveAll(cache))
			}
			for _, method := range []string{"GET", "HEAD"} {
				got := r.do(method, path, "", "Accept-Encoding", "identity").want(http.StatusOK)
				if method == "GET" && got.Body != want.Body {
					t.Errorf("%s %s: %d octets, streamed %d", step, path, len(got.Body), len(want.Body))
				}
				if n := got.Header.Get("Content-Length"); n != fmt.Sprint(len(want.Body)) {
					t.Errorf("%s %s %s: Content-Length %q of %d", step, method, path, n, len(want.Body))
				}
				for name := range want.Header {
					if got.Header.Get(name) != want.Header.Get(name) && name != "Date" && name != "Content-Length" {
						t.Errorf("%s %s %s: %s is %q, streamed %q", step, method, path, name, got.Header.Get(name), want.Header.Get(name))
					}
				}
			}
		}
	}
	if log := r.log.String(); strings.Contains(log, "level=WARN") {
		t.Errorf("log:\n%s", log)
	}
}

func TestRangesOfAFile(t *testing.T) {
	r := newRig(t, bulky(20)...)
	for _, path := range r.wholes() {
		whole := r.do("GET", path, "", "Accept-Encoding", "identity")
		tag := whole.Header.Get("ETag")
		for _, c := range []struct {
			headers []string
			status  int
			body    string
		}{
			{[]string{"Range", "bytes=10-29"}, 206, whole.Body[10:30]},
			{[]string{"Range", "bytes=-100"}, 206, whole.Body[len(whole.Body)-100:]},
			{[]string{"Range", "bytes=10-29", "If-Range", tag}, 206, whole.Body[10:30]},
			{[]string{"Range", "bytes=10-29", "If-Range", `"another"`}, 200, whole.Body},
			{[]string{"Range", "bytes=999999999-"}, 416, ""},
			{[]string{"Range", "bytes=10-29", "If-None-Match", tag}, 304, ""},
			{[]string{"If-Match", `"another"`}, 412, ""},
		} {
			got := r.do("GET", path, "", append(c.headers, "Accept-Encoding", "identity")...).want(c.status)
			if c.status < 300 && got.Body != c.body {
				t.Errorf("%s %v: %d octets, want %d", path, c.headers, len(got.Body), len(c.body))
			}
		}
	}
}

func unzip(t *testing.T, body string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return string(must[[]byte](t)(io.ReadAll(z)))
}

// A compressed file says how long it is, unpacks to the plain one, and is another
// body: with a tag, ranges and conditions of its own.
func TestCompressedFilesAreKept(t *testing.T) {
	r := newRig(t, bulky(20)...)
	for i, path := range r.wholes() {
		plain := r.do("GET", path, "")
		tag := ""
		for _, step := range []string{"made", "kept", "streamed"} {
			if step == "streamed" {
				r.handler.Cache = ""
			}
			a := r.do("GET", path, "", "Accept-Encoding", "gzip").want(http.StatusOK)
			if got := unzip(t, a.Body); got != plain.Body || a.Header.Get("Content-Encoding") != "gzip" || a.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s %s: %d octets of %d, %v", step, path, len(got), len(plain.Body), a.Header)
			}
			if n := a.Header.Get("Content-Length"); step != "streamed" && n != fmt.Sprint(len(a.Body)) || n == fmt.Sprint(len(plain.Body)) {
				t.Errorf("%s %s: Content-Length %s of %d", step, path, n, len(a.Body))
			}
			if got := a.Header.Get("ETag"); got == plain.Header.Get("ETag") || tag != "" && tag != got {
				t.Errorf("%s %s: tag %s after %q, plain %s", step, path, got, tag, plain.Header.Get("ETag"))
			}
			head := r.do("HEAD", path, "", "Accept-Encoding", "gzip").want(http.StatusOK)
			for _, name := range []string{"ETag", "Content-Encoding", "Content-Type", "Content-Disposition", "Vary", "Last-Modified"} {
				if head.Header.Get(name) != a.Header.Get(name) {
					t.Errorf("%s %s: %s is %q with HEAD, %q with GET", step, path, name, head.Header.Get(name), a.Header.Get(name))
				}
			}
			if tag = a.Header.Get("ETag"); step == "kept" {
				r.rangesOf(path, a)
				if names := r.cached(); len(names) != 2*(i+1) {
					t.Errorf("kept: %v", names)
				}
			}
			for _, c := range []struct {
				encoding, tag string
				status        int
			}{{"gzip", tag, 304}, {"gzip", plain.Header.Get("ETag"), 200}, {"identity", tag, 200}, {"identity", plain.Header.Get("ETag"), 304}} {
				got := r.do("GET", path, "", "Accept-Encoding", c.encoding, "If-None-Match", c.tag).want(c.status)
				if c.status == 304 && got.Header.Get("ETag") != c.tag {
					t.Errorf("%s %s: 304 of %s for %s", step, path, got.Header.Get("ETag"), c.tag)
				}
			}
		}
		r.handler.Cache = filepath.Join(filepath.Dir(r.file), "cache")
	}
}

// A failure is told in plain text, and says nothing of the body that there would
// have been.
func TestFailuresAreNotCompressed(t *testing.T) {
	r := newRig(t, bulky(20)...)
	r.handler.Library = failing{Library: r.store, err: &bridge.Fault{Kind: bridge.Retry, What: "not now"}}
	for _, path := range r.wholes() {
		for _, cache := range []string{r.handler.Cache, ""} {
			r.handler.Cache = cache
			a := r.do("GET", path, "", "Accept-Encoding", "gzip").want(http.StatusServiceUnavailable)
			if a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "not now") {
				t.Errorf("%s: %q, %v", path, a.Body, a.Header)
			}
			for _, name := range []string{"Content-Encoding", "Content-Disposition", "ETag", "Last-Modified", "Cache-Control"} {
				if got := a.Header.Get(name); got != "" {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
		}
		r.handler.Cache = filepath.Join(filepath.Dir(r.file), "cache")
	}
}

// rangesOf asks for parts of a compressed body.
func (r *rig) rangesOf(path string, whole *answer) {
	r.t.Helper()
	middle := []string{"Accept-Encoding", "gzip", "Range", "bytes=10-29"}
	part := r.do("GET", path, "", append(middle, "If-Range", whole.Header.Get("ETag"))...).want(http.StatusPartialContent)
	if part.Body != whole.Body[10:30] || part.Header.Get("Content-Encoding") != "gzip" {
		r.t.Errorf("%s: %q of the compressed file, %v", path, part.Body, part.Header)
	}
	// What a reader of the plain one has cannot be completed from this one.
	other := r.do("GET", path, "", append(middle, "If-Range", strings.Replace(whole.Header.Get("ETag"), "-gz", "", 1))...).want(http.StatusOK)
	if other.Body != whole.Body {
		r.t.Errorf("%s: %d octets", path, len(other.Body))
	}
}

// Who reads a file while the calendar changes gets the old one to its end; who
// comes afterwards gets the new one.
func TestChangesWhileAFileIsRead(t *testing.T) {
	r := newRig(t, bulky(400)...)
	for i, path := range r.wholes() {
		want := r.do("GET", path, "", "Accept-Encoding", "identity").Body
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), "GET", r.URL+path, http.NoBody))
		req.SetBasicAuth("anna", r.secret)
		req.Header.Set("Accept-Encoding", "identity")
		res := must[*http.Response](t)(client.Do(req))
		reader := bufio.NewReader(res.Body)
		must[[]byte](t)(reader.Peek(100))
		r.change(upserts(event("event-0", fmt.Sprint("changed ", i), "2026-03-04T10:00"))...)
		after := r.do("GET", path, "", "Accept-Encoding", "identity")
		if !strings.Contains(after.Body, fmt.Sprint("SUMMARY:changed ", i)) || after.Header.Get("ETag") == res.Header.Get("ETag") {
			t.Errorf("%s: the change is not there, ETag %s", path, after.Header.Get("ETag"))
		}
		if got := string(must[[]byte](t)(io.ReadAll(reader))); got != want {
			t.Errorf("%s: %d octets of the old version, want %d", path, len(got), len(want))
		}
		res.Body.Close()
	}
	if names := r.cached(); len(names) != 2 {
		t.Errorf("older versions stay: %v", names)
	}
}

// What a killed process left, whole or torn, is neither served nor kept.
func TestLeftoversAreSweptAway(t *testing.T) {
	r := newRig(t, bulky(3)...)
	path := r.calPath()
	want := r.do("GET", path, "").Body
	names := r.cached()
	must[any](t)(nil, os.WriteFile(filepath.Join(r.handler.Cache, names[0]), []byte(want[:len(want)/2]), 0o600))
	must[any](t)(nil, os.WriteFile(filepath.Join(r.handler.Cache, "making-123"), []byte("BEGIN"), 0o600))
	again := httptest.NewServer(&caldav.Handler{Library: r.store, Gate: doors{r}, Feeds: doors{r}, Cache: r.handler.Cache, Now: r.clock})
	defer again.Close()
	r.URL = again.URL
	if got := r.do("GET", path, "").Body; got != want {
		t.Errorf("%d octets, want %d", len(got), len(want))
	}
	if now := r.cached(); !slices.Equal(now, names) {
		t.Errorf("the cache holds %v, want %v", now, names)
	}
}

// A disk that takes nothing costs time, not the calendar, and is told once.
func TestCacheThatCannotBeWritten(t *testing.T) {
	r := newRig(t, bulky(3)...)
	folder := r.handler.Cache
	must[any](t)(nil, os.WriteFile(folder, nil, 0o600)) // a file stands in its place
	for range 3 {
		for _, path := range r.wholes() {
			if a := r.do("GET", path, "").want(http.StatusOK); strings.Count(a.Body, "BEGIN:VEVENT") != 3 {
				t.Errorf("%s: %s", path, a.Body)
			}
		}
	}
	if n := strings.Count(r.log.String(), "the cache cannot be written"); n != 1 {
		t.Errorf("told %d times:\n%s", n, r.log)
	}
	must[any](t)(nil, os.Remove(folder))
	r.pass(2 * time.Minute)
	r.do("GET", r.calPath(), "").want(http.StatusOK)
	if len(r.cached()) != 1 {
		t.Error("the cache is not used again")
	}
}

// counting is a library that counts how often a calendar is read whole, and
// gives others time to ask meanwhile.
type counting struct {
	caldav.Library
	times *atomic.Int32
	begun chan struct{} // closed by the test
}

func (c counting) All(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Object, error] {
	c.times.Add(1)
	<-c.begun
	return c.Library.All(ctx, id)
}

func TestOneMakesForAll(t *testing.T) {
	r := newRig(t, bulky(3)...)
	lib := counting{r.store, new(atomic.Int32), make(chan struct{})}
	r.handler.Library = lib
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { r.do("GET", r.calPath(), "").want(http.StatusOK) })
	}
	for lib.times.Load() == 0 {
		r.do("PROPFIND", r.calPath(), asking("D:getetag"), "Depth", "0")
	}
	close(lib.begun)
	all.Wait()
	r.do("GET", r.calPath(), "").want(http.StatusOK)
	if n := lib.times.Load(); n != 1 {
		t.Errorf("the calendar was read %d times", n)
	}
}

// What is forgotten while it is being made is not kept, and neither is what a
// reader asks for who was let in before.
func TestForgotten(t *testing.T) {
	r := newRig(t, bulky(3)...)
	second := r.addFeed("second", "Second", r.cal.ID)
	wholes := append(r.wholes(), "/feeds/second/second.ics")
	fetch := func() {
		for _, path := range wholes {
			r.do("GET", path, "", "Accept-Encoding", "gzip").want(http.StatusOK)
		}
	}
	fetch()
	if n := len(r.cached()); n != 6 {
		t.Fatalf("%d files are kept", n)
	}
	must[any](t)(nil, r.handler.Forget(second.ID))
	if names := r.cached(); len(names) != 4 || strings.Contains(strings.Join(names, " "), second.ID) {
		t.Errorf("kept: %v", names)
	}
	must[any](t)(nil, r.handler.Forget(""))
	if names := r.cached(); len(names) != 0 {
		t.Errorf("kept: %v", names)
	}

	lib := counting{r.store, new(atomic.Int32), make(chan struct{})}
	r.handler.Library = lib
	var all sync.WaitGroup
	for _, path := range wholes {
		all.Go(func() { r.do("GET", path, "").want(http.StatusOK) })
	}
	for lib.times.Load() < int32(len(wholes)) {
		r.do("PROPFIND", r.calPath(), asking("D:getetag"), "Depth", "0")
	}
	must[any](t)(nil, r.handler.Forget(second.ID))
	close(lib.begun)
	all.Wait()
	if names := r.cached(); len(names) != 0 {
		t.Errorf("kept although it was forgotten meanwhile: %v", names)
	}
	if strings.Contains(r.log.String(), "level=WARN") {
		t.Errorf("log:\n%s", r.log)
	}
	fetch()
	if n := len(r.cached()); n != 6 {
		t.Errorf("%d files are kept again", n)
	}
	must[any](t)(nil, (&caldav.Handler{Cache: filepath.Join(t.TempDir(), "none")}).Forget(""))
}

// deadlines is a connection that counts what is sent before each new deadline.
type deadlines struct {
	nobody
	sent []int64
}

func (d *deadlines) SetWriteDeadline(time.Time) error {
	d.sent = append(d.sent, 0)
	return nil
}

func (d *deadlines) ReadFrom(in io.Reader) (int64, error) {
	n, err := io.Copy(&d.nobody, in)
	d.sent[len(d.sent)-1] += n
	return n, err
}

// A reader has to keep taking a file; one that does may take long.
func TestFilesArePaced(t *testing.T) {
	r := newRig(t, bulky(100)...)
	whole := len(r.do("GET", r.calPath(), "").Body)
	req := httptest.NewRequest("GET", r.calPath(), http.NoBody)
	req.SetBasicAuth("anna", r.secret)
	w := &deadlines{nobody: nobody{header: http.Header{}}}
	r.handler.ServeHTTP(w, req)
	if w.octets != int64(whole) || len(w.sent) < whole>>20 || slices.Max(w.sent) > 1<<20 {
		t.Errorf("%d octets of %d, by deadlines %v", w.octets, whole, w.sent)
	}
}
