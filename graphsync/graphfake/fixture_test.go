package graphfake

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anna is the mailbox of the tests.
const anna = "anna@contoso.example"

// testClock is a clock that is moved by hand.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a server with one mailbox behind real HTTP, and a user of it.
type fixture struct {
	t      *testing.T
	srv    *Server
	web    *httptest.Server
	clock  *testClock
	mb     *Mailbox
	token  string
	prefer []string
}

// start makes a fixture whose clock stands at 2026-01-05 10:00 UTC, a Monday.
func start(t *testing.T, opt Options) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: &testClock{now: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)}}
	opt.Now = f.clock.Now
	f.srv = New(opt)
	f.mb = f.mailbox(anna, "W. Europe Standard Time")
	f.serve()
	return f
}

// serve opens the server and signs Anna in.
func (f *fixture) serve() {
	f.web = httptest.NewServer(f.srv)
	f.t.Cleanup(f.web.Close)
	f.token = f.srv.SignIn(anna, "app").Access
}

func (f *fixture) mailbox(address, zone string) *Mailbox {
	f.t.Helper()
	m, err := f.srv.AddMailbox(MailboxInfo{Person: Person{Name: "Anna Berg", Address: address}, TimeZone: zone, Categories: []string{"Team"}})
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// reply is an answer with its body read.
type reply struct {
	status int
	header http.Header
	text   string
	body   object
}

// code returns the code of an error body.
func (r reply) code() string { return r.body.child("error").text("code") }

// items returns the objects in value.
func (r reply) items() []object {
	v, _ := r.body.get("value")
	l, _ := v.(list)
	var out []object
	for _, item := range l {
		o, _ := item.(object)
		out = append(out, o)
	}
	return out
}

// do sends a request to an absolute address.
func (f *fixture) do(method, url, body string, header http.Header) reply {
	f.t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	return f.send(req)
}

func (f *fixture) send(req *http.Request) reply {
	f.t.Helper()
	client := *f.web.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if bytes.HasPrefix(text, []byte("{")) {
		if r.body, err = parseObject(text); err != nil {
			f.t.Fatalf("%s %s: %v in %s", req.Method, req.URL, err, text)
		}
	}
	return r
}

// call sends a request to Graph: a path below the version, or a whole link.
func (f *fixture) call(method, path, body string, prefer ...string) reply {
	f.t.Helper()
	header := http.Header{"Authorization": {"Bearer " + f.token}}
	if prefer = append(prefer, f.prefer...); len(prefer) > 0 {
		header["Prefer"] = prefer
	}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	if strings.HasPrefix(path, "/") {
		path = f.web.URL + "/v1.0" + path
	}
	return f.do(method, path, body, header)
}

func (f *fixture) get(path string, prefer ...string) reply {
	f.t.Helper()
	return f.call("GET", path, "", prefer...)
}

// want checks status and code of an answer and returns it.
func (r reply) want(t *testing.T, status int, code string) reply {
	t.Helper()
	if r.status != status || r.code() != code {
		t.Fatalf("got %d %q, want %d %q: %s", r.status, r.code(), status, code, r.text)
	}
	return r
}

func (f *fixture) ok(r reply) reply {
	f.t.Helper()
	if r.status > 299 {
		f.t.Fatalf("got %d: %s", r.status, r.text)
	}
	return r
}

// all follows a listing to its end.
func (f *fixture) all(path string, prefer ...string) []object {
	f.t.Helper()
	var out []object
	for path != "" {
		r := f.ok(f.get(path, prefer...))
		out = append(out, r.items()...)
		path = r.body.text("@odata.nextLink")
	}
	return out
}

// raw adds a raw event to the default calendar.
func (f *fixture) raw(text string) IDs {
	f.t.Helper()
	ids, err := f.mb.Default().AddRaw([]byte(text))
	if err != nil {
		f.t.Fatal(err)
	}
	return ids
}

// add adds an event to the default calendar.
func (f *fixture) add(e Event) IDs {
	f.t.Helper()
	ids, err := f.mb.Default().Add(e)
	if err != nil {
		f.t.Fatal(err)
	}
	return ids
}

// noError stops the test at an error of a step that must work.
func (f *fixture) noError(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// berlin is a moment in the zone of the test mailbox.
func berlin(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, findZone("W. Europe Standard Time"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// weeklyStandup is a series on Mondays at 09:30 from 2026-01-05.
func weeklyStandup() Event {
	return Event{Subject: "Stand-up", Start: berlin("2026-01-05 09:30"), End: berlin("2026-01-05 10:00"),
		Repeat: &Repeat{Type: "weekly", FirstDay: time.Monday}}
}
