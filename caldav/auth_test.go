package caldav_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

func TestA01EveryMethodAsksForAPassword(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	challenges := map[string]bool{}
	r.holds("A01", func(t *testing.T) {
		for _, method := range []string{"PROPFIND", "OPTIONS", "REPORT", "PUT", "GET", "HEAD", "DELETE", "MKCALENDAR", "PROPPATCH", "MOVE", "UNKNOWN"} {
			for _, path := range []string{"/dav/", "/dav/calendars/anna/", r.objPath("a"), "/dav/calendars/nobody/", "/dav/nothing/"} {
				if path == "/dav/nothing/" && (method == "GET" || method == "HEAD") { // a page, not CalDAV
					continue
				}
				a := r.as("", "", method, path, "<x/>").want(http.StatusUnauthorized)
				challenges[strings.Join(a.Header.Values("WWW-Authenticate"), "\n")] = true
			}
		}
	})
	r.holds("A03", func(t *testing.T) {
		if len(challenges) != 1 || !challenges[`Basic realm="calbridge", charset="UTF-8"`] {
			t.Errorf("challenges %v", challenges)
		}
	})
}

func TestA02RequestsWithoutCredentialsAreNotCounted(t *testing.T) {
	holds(t, "A02", func(t *testing.T) {
		r := newRig(t)
		for range 1000 {
			r.as("", "", "PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
		}
		r.as("", "", "PROPFIND", "/dav/", "", "Authorization", "Digest username=x").want(http.StatusUnauthorized)
		r.propfind("/dav/", "0", "D:resourcetype")
		if strings.Contains(r.log.String(), "WARN") {
			t.Error("a warning was logged")
		}
	})
}

func TestWrongPasswordsAreSlowedDown(t *testing.T) {
	r := newRig(t)
	limited := false
	for range 20 {
		a := r.as("anna", "wrong", "PROPFIND", "/dav/", "")
		limited = limited || a.Status == http.StatusTooManyRequests
		if limited {
			a.want(http.StatusTooManyRequests)
			if a.Header.Get("Retry-After") == "" || a.Header.Get("WWW-Authenticate") != "" {
				t.Errorf("headers %v", a.Header)
			}
		}
	}
	if n := strings.Count(r.log.String(), "too many wrong passwords"); !limited || n != 1 {
		t.Errorf("limited: %v, told in the log %d times", limited, n)
	}
	r.propfind("/dav/", "0", "D:resourcetype") // the right one is never refused
	r.as("ben", "wrong", "PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
	r.pass(time.Minute)
	r.as("anna", "wrong", "PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
}

// Who guesses is not forgotten for the many names that they make up meanwhile.
func TestGuessersAreNotForgottenAmongMany(t *testing.T) {
	r := newRig(t)
	for range 20 {
		r.as("anna", "wrong", "PROPFIND", "/dav/", "")
	}
	for n := range 5000 {
		r.as(fmt.Sprintf("made-up-%d", n), "wrong", "PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
	}
	r.as("anna", "wrong", "PROPFIND", "/dav/", "").want(http.StatusTooManyRequests)
}

// pageGate knows one page password, and counts how often it was asked.
type pageGate struct{ asked int }

func (g *pageGate) Verify(_ context.Context, user, password string) (bridge.Device, error) {
	g.asked++
	if user == "anna" && password == "chosen by anna" {
		return bridge.Device{User: user, ReadOnly: true}, nil
	}
	return bridge.Device{}, &bridge.Fault{Kind: bridge.Absent, What: "no such page password"}
}

// A page password opens pages alone, and is not tried for those who guess.
func TestPagePasswords(t *testing.T) {
	r := newRig(t)
	gate := &pageGate{}
	r.handler.Visitors = gate
	visit := func(password string) bridge.Kind {
		req := httptest.NewRequest("GET", "/", http.NoBody)
		req.SetBasicAuth("Anna", password)
		device, err := r.handler.Visit(req)
		if err == nil && device.User != "anna" {
			t.Errorf("let in as %q", device.User)
		}
		return bridge.KindOf(err)
	}
	for _, password := range []string{r.secret, "chosen by anna"} {
		if kind := visit(password); kind != "" {
			t.Errorf("%q: %s", password, kind)
		}
	}
	r.as("anna", "chosen by anna", "PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
	for range 30 {
		visit("guess")
	}
	if gate.asked > 1+10 {
		t.Errorf("%d guesses were tried", gate.asked-1)
	}
	if kind := visit("chosen by anna"); kind != bridge.Retry {
		t.Errorf("the right one after many guesses: %q", kind)
	}
	if kind := visit(r.secret); kind != "" {
		t.Errorf("an app password after many guesses: %q", kind)
	}
	r.pass(time.Minute)
	if kind := visit("chosen by anna"); kind != "" {
		t.Errorf("a minute later: %q", kind)
	}
}

// A password hash would take a hundred megabytes and as many milliseconds for
// each of DAVx5's many requests.
func TestA04SigningInIsCheap(t *testing.T) {
	r := newRig(t)
	r.holds("A04", func(t *testing.T) {
		req := httptest.NewRequest("OPTIONS", "/dav/", http.NoBody)
		req.SetBasicAuth("anna", r.secret)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			if _, err := r.handler.Enter(req); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) / 100; n > 64<<10 {
			t.Errorf("%d octets for each sign-in", n)
		}
	})
}

// Guessing is counted by address and user; a household's IPv6 is one address.
func TestGuessersAreToldApart(t *testing.T) {
	r := newRig(t)
	guess := func(from, user string, times int) (status int) {
		for range times {
			req := httptest.NewRequest("PROPFIND", "/dav/", http.NoBody)
			req.RemoteAddr = from
			req.SetBasicAuth(user, "wrong")
			rec := httptest.NewRecorder()
			r.handler.ServeHTTP(rec, req)
			status = rec.Code
		}
		return status
	}
	if got := guess("[2001:db8:1:2::7]:1234", "anna", 20); got != http.StatusTooManyRequests {
		t.Errorf("after 20 guesses: %d", got)
	}
	for _, c := range []struct {
		from, user string
		want       int
	}{
		{"[2001:db8:1:2:ffff::9]:99", "anna", 429}, {"[2001:db8:1:2::7]:1234", "ben", 401}, {"[2001:db8:1:3::7]:1234", "anna", 401},
		{"192.0.2.1:99", "anna", 401}, {"[::ffff:192.0.2.1]:99", "anna", 401}, {"@", "anna", 401},
	} {
		if got := guess(c.from, c.user, 1); got != c.want {
			t.Errorf("%s as %s: %d, want %d", c.from, c.user, got, c.want)
		}
	}
}

func TestA05UserNamesOfAllKinds(t *testing.T) {
	holds(t, "A05", func(t *testing.T) {
		r := newRig(t)
		for _, name := range []string{"a b@x.example", "éva", "c+d", "o.k_-1"} {
			r.addUser(name, "secret of "+name)
			var principal string
			for _, spelled := range []string{name, strings.ToUpper(name)} {
				m := r.as(spelled, "secret of "+name, "PROPFIND", "/dav/", asking("D:current-user-principal"), "Depth", "0").multistatus()
				principal = strings.TrimSuffix(strings.TrimPrefix(m.Rows[0].found()["current-user-principal"].Inner, "<D:href>"), "</D:href>")
			}
			if latin1 := strings.ReplaceAll(name, "é", "\xe9"); latin1 != name {
				r.as(latin1, "secret of "+latin1, "PROPFIND", principal, "", "Depth", "0").want(http.StatusMultiStatus)
			}
			if strings.ContainsAny(principal, " +é") {
				t.Errorf("principal of %s is %s", name, principal)
			}
			for _, path := range []string{principal, strings.ReplaceAll(principal, "@", "%40"), "/dav/principals/" + strings.ToUpper(strings.TrimPrefix(principal, "/dav/principals/"))} {
				m := r.as(name, "secret of "+name, "PROPFIND", path, asking("D:displayname"), "Depth", "0").multistatus()
				if m.hrefs()[0] != principal || m.Rows[0].found()["displayname"].Text != name {
					t.Errorf("%s: row %s of %s", path, m.hrefs()[0], m.Rows[0].found()["displayname"].Text)
				}
			}
		}
	})
}

func TestA06ConnectionsAreKept(t *testing.T) {
	holds(t, "A06", func(t *testing.T) {
		r := newRig(t)
		var fresh int
		trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
			if !c.Reused {
				fresh++
			}
		}}
		transport := &http.Transport{MaxConnsPerHost: 1}
		defer transport.CloseIdleConnections()
		for i := range 6 {
			body := strings.NewReader(strings.Repeat("<x>padding</x>", 4000))
			req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "PROPFIND", r.URL+"/dav/", body)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 1 {
				req.Method = "PUT"
				req.URL.Path = r.objPath("a")
				req.SetBasicAuth("anna", r.secret)
			}
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
		}
		if fresh != 1 {
			t.Errorf("%d connections were opened for one client", fresh)
		}
	})
}

func TestA07UsersAreApart(t *testing.T) {
	holds(t, "A07", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		r.addUser("ben", "ben's secret")
		ben := func(method, path, body string) *answer {
			return r.as("ben", "ben's secret", method, path, body, "Depth", "0")
		}
		query := "<C:calendar-query" + namespaces + "><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
		for _, path := range []string{"/dav/calendars/anna/", "/dav/principals/anna/", r.calPath(), r.objPath("a"),
			"/dav/calendars/ben/" + string(r.cal.ID) + "/", "/dav/calendars/ben/" + string(r.cal.ID) + "/" + bridge.ObjectName("a") + ".ics"} {
			for method, body := range map[string]string{"PROPFIND": "", "REPORT": query, "GET": "", "PUT": "", "DELETE": "", "OPTIONS": "", "PROPPATCH": "<x/>"} {
				ben(method, path, body).want(http.StatusNotFound)
			}
		}
		multiget := "<C:calendar-multiget" + namespaces + ">" + prop("D:getetag") + "<D:href>" + r.objPath("a") + "</D:href></C:calendar-multiget>"
		if m := ben("REPORT", "/dav/calendars/ben/", multiget).multistatus(); len(m.Rows) != 1 || !strings.Contains(m.Rows[0].Status, "404") {
			t.Errorf("multiget over another's object: %+v", m.Rows)
		}
		if rows := ben("PROPFIND", "/dav/calendars/ben/", "").multistatus(); len(rows.Rows) != 1 {
			t.Errorf("ben's home: %v", rows.hrefs())
		}
		r.as("anna", "ben's secret", "PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
		r.as("ben", r.secret, "PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
	})
}

func TestReadersAreSeen(t *testing.T) {
	r := newRig(t)
	r.as("", "", "PROPFIND", "/dav/", "")
	r.as("anna", "wrong", "PROPFIND", "/dav/", "")
	if len(r.seen) != 0 {
		t.Errorf("seen %v before anyone signed in", r.seen)
	}
	r.propfind("/dav/", "0", "D:resourcetype")
	r.as("", "", "GET", "/feeds/"+r.feed+"/x.ics", "").want(http.StatusOK)
	if !slices.Equal(r.seen, []string{"anna", "anna"}) {
		t.Errorf("seen %v", r.seen)
	}
}

func TestRevokedDeviceIsOut(t *testing.T) {
	r := newRig(t)
	devices, err := r.store.Devices(t.Context(), "anna")
	if err != nil {
		t.Fatal(err)
	}
	r.propfind("/dav/", "0", "D:resourcetype")
	if err := r.store.RevokeDevice(t.Context(), "anna", devices[0].ID); err != nil {
		t.Fatal(err)
	}
	r.do("PROPFIND", "/dav/", "").want(http.StatusUnauthorized)
}

func TestLogsTellNoSecrets(t *testing.T) {
	holds(t, "F11", func(t *testing.T) {
		r := newRig(t, event("a", "Secret meeting", "2026-03-04T10:00"))
		r.do("GET", r.objPath("a"), "").want(http.StatusOK)
		r.as("", "", "GET", "/feeds/"+r.feed+"/work.ics", "").want(http.StatusOK)
		r.as("", "", "GET", "/feeds/guessed-secret/work.ics", "").want(http.StatusNotFound)
		for range 20 {
			r.as("anna", "wrong-password", "PROPFIND", "/dav/", "")
		}
		r.do("REPORT", r.calPath(), "<broken")
		r.do(strings.Repeat("M", 100), "/dav/", "")
		for _, secret := range []string{r.feed, "guessed-secret", r.secret, "wrong-password", "Secret", "anna", "Office", strings.Repeat("M", 100)} { // F11
			if strings.Contains(r.log.String(), secret) {
				t.Errorf("the log tells %q:\n%s", secret, r.log)
			}
		}
		if !strings.Contains(r.log.String(), "route=/feeds/{secret}/{name}") {
			t.Error(fmt.Sprint("the log tells nothing:\n", r.log))
		}
	})
}
