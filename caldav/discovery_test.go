package caldav_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func TestWellKnown(t *testing.T) {
	r := newRig(t)
	methods := []string{"GET", "HEAD", "PROPFIND", "OPTIONS", "REPORT", "POST"}
	for id, path := range map[string]string{"D01": "/.well-known/caldav", "D02": "/.well-known/caldav/"} {
		r.holds(id, func(t *testing.T) {
			for _, method := range methods {
				if got := r.as("", "", method, path, "").want(http.StatusMovedPermanently).Header.Get("Location"); got != "/dav/" {
					t.Errorf("%s: Location %q", method, got)
				}
			}
		})
	}
	r.holds("D03", func(t *testing.T) {
		for _, method := range methods {
			a := r.as("", "", method, "/.well-known/carddav", "").want(http.StatusNotFound)
			if a.Header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s: asks for a password", method)
			}
		}
	})
}

func TestD04CurrentUserPrincipalEverywhere(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	everywhere := []string{"/", "/dav/", "/dav/principals/", "/dav/principals/anna/", "/dav/calendars/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")}
	r.holds("D04", func(t *testing.T) {
		for _, path := range everywhere {
			if got := r.one(path, "D:current-user-principal"); got != "<D:href>/dav/principals/anna/</D:href>" {
				t.Errorf("%s: %s", path, got)
			}
		}
	})
	r.holds("D05", func(t *testing.T) {
		for _, path := range everywhere {
			if got := r.propfind(path, "0", "D:resourcetype").hrefs(); !slices.Equal(got, []string{path}) {
				t.Errorf("%s: rows %v", path, got)
			}
		}
	})
}

func TestD06GuessesAreAnswered(t *testing.T) {
	holds(t, "D06", func(t *testing.T) {
		r := newRig(t)
		for path, href := range map[string]string{
			"/principals/": "/principals/", "/principals": "/principals/",
			"/calendar/dav/anna/user/":            "/calendar/dav/anna/user/",
			"/calendar/dav/anna%40x.example/user": "/calendar/dav/anna@x.example/user/",
		} {
			m := r.propfind(path, "0", "D:current-user-principal", "D:principal-URL", "C:calendar-home-set")
			if got := m.hrefs(); !slices.Equal(got, []string{href}) {
				t.Errorf("%s: rows %v, want %s", path, got, href)
			}
			if _, ok := m.Rows[0].found()["current-user-principal"]; !ok {
				t.Errorf("%s: no principal", path)
			}
		}
	})
}

func TestD07Principal(t *testing.T) {
	r := newRig(t)
	r.holds("D07", func(t *testing.T) {
		p := r.propfind("/dav/principals/anna/", "0", "D:resourcetype", "C:calendar-home-set", "D:displayname", "D:principal-URL",
			"D:principal-collection-set", "C:calendar-user-address-set", "CS:email-address-set", "C:calendar-user-type", "D:supported-report-set",
			"C:schedule-inbox-URL", "C:schedule-outbox-URL", "CS:notification-URL", "CS:dropbox-home-URL", "D:resource-id").Rows[0].found()
		for name, want := range map[string]string{
			"resourcetype":             "<D:collection/><D:principal/>",
			"calendar-home-set":        "<D:href>/dav/calendars/anna/</D:href>",
			"displayname":              "anna",
			"principal-URL":            "<D:href>/dav/principals/anna/</D:href>",
			"principal-collection-set": "<D:href>/dav/principals/</D:href>",
			"calendar-user-type":       "INDIVIDUAL",
			"email-address-set":        "<CS:email-address>anna@contoso.example</CS:email-address><CS:email-address>a.smith@contoso.example</CS:email-address>",
		} {
			if got := p[name].Inner; got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
			}
		}
		for _, absent := range []string{"!schedule-inbox-URL", "!schedule-outbox-URL", "!notification-URL", "!dropbox-home-URL"} {
			if _, ok := p[absent]; !ok {
				t.Errorf("no %s", absent)
			}
		}
		if !strings.HasPrefix(p["resource-id"].Inner, "<D:href>urn:uuid:") {
			t.Errorf("resource-id %s", p["resource-id"].Inner)
		}
	})
	r.holds("D19", func(t *testing.T) {
		want := `<D:href preferred="1">mailto:anna@contoso.example</D:href><D:href>mailto:a.smith@contoso.example</D:href><D:href>/dav/principals/anna/</D:href>`
		if got := r.one("/dav/principals/anna/", "C:calendar-user-address-set"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestD08PathsWithoutSlash(t *testing.T) {
	holds(t, "D08", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		for _, path := range []string{"/dav/", "/dav/principals/", "/dav/principals/anna/", "/dav/calendars/anna/", r.calPath()} {
			with, without := r.propfind(path, "1", "D:resourcetype"), r.propfind(strings.TrimSuffix(path, "/"), "1", "D:resourcetype")
			if diff := cmp.Diff(with.answer.Body, without.answer.Body); diff != "" {
				t.Errorf("%s (-with +without):\n%s", path, diff)
			}
		}
	})
}

func TestD09WhatIsNotThere(t *testing.T) {
	holds(t, "D09", func(t *testing.T) {
		r := newRig(t)
		for _, path := range []string{"/dav/principals/zz/", "/dav/calendars/zz/", "/dav/calendars/anna/nothere123/", r.calPath() + "nothere.ics",
			r.calPath() + "nothere", "/dav/other/", "/dav/principals/anna/more/", "/other/", "/calendar/", r.calPath() + "a/b.ics", "/dav/principals/%2E%2E/"} {
			for _, method := range []string{"PROPFIND", "REPORT", "PROPPATCH"} {
				r.do(method, path, asking("D:resourcetype"), "Depth", "0").want(http.StatusNotFound)
			}
		}
	})
}

func TestOptions(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	header := func(path, name string) []string {
		a := r.do("OPTIONS", path, "").want(http.StatusOK)
		if a.Body != "" || a.Header.Get("Content-Length") != "0" {
			a.fatalf("a body")
		}
		return strings.Split(a.Header.Get(name), ", ")
	}
	r.holds("D10", func(t *testing.T) {
		if dav := header("/dav/principals/anna/", "DAV"); !slices.Contains(dav, "calendar-access") || !slices.Contains(dav, "access-control") {
			t.Errorf("DAV %q", dav)
		}
	})
	every := []string{"/", "/dav/", "/dav/principals/anna/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")}
	r.holds("D11", func(t *testing.T) {
		for _, path := range every {
			if dav := header(path, "DAV"); dav[0] != "1" {
				t.Errorf("%s: DAV %q", path, dav)
			}
		}
	})
	r.holds("D12", func(t *testing.T) {
		for _, path := range []string{r.calPath(), r.objPath("a"), "/dav/calendars/anna/"} {
			if dav := header(path, "DAV"); !slices.Contains(dav, "calendar-access") {
				t.Errorf("%s: DAV %q", path, dav)
			}
			allow := header(path, "Allow")
			for _, not := range []string{"PUT", "DELETE", "POST", "MKCALENDAR"} {
				if slices.Contains(allow, not) {
					t.Errorf("%s: Allow has %s", path, not)
				}
			}
			for _, method := range allow { // what is allowed is there
				if a := r.do(method, path, ""); a.Status == http.StatusMethodNotAllowed || a.Status == http.StatusForbidden {
					t.Errorf("%s %s: %d", method, path, a.Status)
				}
			}
		}
	})
	r.holds("D13", func(t *testing.T) {
		for _, path := range every {
			dav := append(header(path, "DAV"), strings.Split(r.do("PROPFIND", path, "", "Depth", "0").Header.Get("DAV"), ", ")...)
			for _, not := range []string{"2", "calendar-schedule", "calendar-auto-schedule", "calendar-proxy", "calendarserver-sharing", "calendar-managed-attachments", "webdav-push"} {
				if slices.Contains(dav, not) {
					t.Errorf("%s: DAV has %s", path, not)
				}
			}
		}
	})
}

func TestD14HomeListsEveryCalendar(t *testing.T) {
	r := newRig(t)
	second := r.addCalendar(bridge.Listed{Source: "cal-2", Name: "", Color: ""})
	r.list(bridge.Listed{Source: "cal-3", Name: "Not fetched yet"})
	hidden := r.addCalendar(bridge.Listed{Source: "cal-4", Name: "Hidden"})
	if err := r.store.Show(t.Context(), hidden.ID, false); err != nil {
		t.Fatal(err)
	}
	m := r.propfind("/dav/calendars/anna/", "1", "D:displayname", "D:resourcetype", "C:supported-calendar-component-set", "A:calendar-color",
		"A:calendar-order", "D:current-user-privilege-set", "CS:getctag", "D:sync-token")
	self, other := "/dav/calendars/anna/", "/dav/calendars/anna/"+string(second.ID)+"/"
	r.holds("D14", func(t *testing.T) {
		if got := m.hrefs(); len(got) != 3 || !slices.Contains(got, r.calPath()) || !slices.Contains(got, other) {
			t.Errorf("rows %v", got)
		}
		for _, path := range []string{r.calPath(), other} {
			for _, name := range []string{"displayname", "resourcetype", "supported-calendar-component-set", "current-user-privilege-set", "getctag", "sync-token", "calendar-order"} {
				if _, ok := m.row(path).found()[name]; !ok {
					t.Errorf("%s lacks %s", path, name)
				}
			}
		}
		if _, ok := m.row(other).found()["!calendar-color"]; !ok {
			t.Errorf("a calendar without a colour: %v", m.row(other).names())
		}
		r.do("PROPFIND", "/dav/calendars/anna/"+string(hidden.ID)+"/", "", "Depth", "0").want(http.StatusNotFound)
	})
	r.holds("D15", func(t *testing.T) {
		if got := m.hrefs()[0]; got != self {
			t.Errorf("the first row is of %s", got)
		}
	})
	for id, want := range map[string]struct{ name, inner string }{
		"P12": {"resourcetype", "<D:collection/><C:calendar/>"}, "P19": {"supported-calendar-component-set", `<C:comp name="VEVENT"/>`}, "P20": {"calendar-color", "#0078D4FF"},
	} {
		r.holds(id, func(t *testing.T) {
			if got := m.row(r.calPath()).found()[want.name].Inner; got != want.inner {
				t.Errorf("%s: %s, want %s", want.name, got, want.inner)
			}
		})
	}
	r.holds("P27", func(t *testing.T) {
		for _, row := range m.Rows {
			if row.found()["displayname"].Text == "" {
				t.Errorf("%s has no name", row.Hrefs[0])
			}
		}
	})
}

func TestD16HomeSetWhereClientsBegin(t *testing.T) {
	holds(t, "D16", func(t *testing.T) {
		r := newRig(t)
		for _, path := range []string{"/", "/dav/"} {
			if got := r.one(path, "C:calendar-home-set"); got != "<D:href>/dav/calendars/anna/</D:href>" {
				t.Errorf("%s: %s", path, got)
			}
		}
	})
}

func TestD17PrincipalSearch(t *testing.T) {
	holds(t, "D17", func(t *testing.T) {
		r := newRig(t)
		for _, path := range []string{"/dav/principals/", "/dav/", "/", "/dav/principals/anna/"} {
			a := r.do("REPORT", path, `<D:principal-search-property-set xmlns:D="DAV:"/>`, "Depth", "0").want(http.StatusOK)
			for _, name := range []string{"D:displayname", "C:calendar-user-address-set", "CS:email-address-set"} {
				if !strings.Contains(a.Body, "<"+name+"/>") {
					t.Errorf("%s: not searchable by %s", path, name)
				}
			}
		}
		search := func(test, name, match string) int {
			t.Helper()
			body := `<D:principal-property-search` + namespaces + ` test="` + test + `"><D:property-search>` + prop("D:displayname") + `<D:match>zz</D:match></D:property-search>` +
				`<D:property-search>` + prop(name) + `<D:match>` + match + `</D:match></D:property-search>` + prop("D:displayname") + `</D:principal-property-search>`
			return len(r.do("REPORT", "/dav/principals/", body).multistatus().Rows)
		}
		for _, c := range []struct {
			test, name, match string
			want              int
		}{
			{"anyof", "D:displayname", "ANN", 1}, {"allof", "D:displayname", "ANN", 0}, {"anyof", "CS:email-address-set", "smith", 1},
			{"anyof", "C:calendar-user-address-set", "mailto:a.smith", 1}, {"anyof", "x:foo", "a", 0}, {"anyof", "D:displayname", "ben", 0},
		} {
			if got := search(c.test, c.name, c.match); got != c.want {
				t.Errorf("%+v finds %d", c, got)
			}
		}
		if m := r.do("REPORT", "/dav/principals/", "<CS:calendarserver-principal-search"+namespaces+` context="attendee"><CS:search-token>a</CS:search-token></CS:calendarserver-principal-search>`).multistatus(); len(m.Rows) != 0 {
			t.Errorf("principal-search: %v", m.hrefs())
		}
		// As python-caldav asks for everyone, and for someone: the properties stand beside an empty prop.
		for _, search := range []string{"", "<D:property-search>" + prop("D:displayname") + "<D:match>anna</D:match></D:property-search>"} {
			m := r.do("REPORT", "/dav/", "<D:principal-property-search"+namespaces+">"+search+"<D:prop/><C:calendar-home-set/><D:displayname/></D:principal-property-search>").multistatus()
			if len(m.Rows) != 1 || !slices.Equal(m.Rows[0].names(), []string{"calendar-home-set", "displayname"}) {
				t.Errorf("%q: %+v", search, m.Rows)
			}
		}
		match := r.do("REPORT", "/dav/principals/", "<D:principal-match"+namespaces+"><D:self/>"+prop("D:displayname")+"</D:principal-match>").multistatus()
		acl := r.do("REPORT", r.calPath(), "<D:acl-principal-prop-set"+namespaces+">"+prop("D:displayname")+"</D:acl-principal-prop-set>").multistatus()
		for _, m := range []*multistatus{match, acl} {
			if got := m.hrefs(); !slices.Equal(got, []string{"/dav/principals/anna/"}) || m.Rows[0].found()["displayname"].Text != "anna" {
				t.Errorf("rows %v", got)
			}
		}
	})
}

func TestD18ExpandProperty(t *testing.T) {
	holds(t, "D18", func(t *testing.T) {
		r := newRig(t)
		body := `<A:expand-property xmlns:A="DAV:"><A:property name="calendar-proxy-read-for" namespace="http://calendarserver.org/ns/"><A:property name="displayname" namespace="DAV:"/></A:property>` +
			`<A:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><A:property name="displayname"/><A:property name="owner"><A:property name="calendar-user-type" namespace="urn:ietf:params:xml:ns:caldav"/></A:property></A:property>` +
			`<A:property name="nothing" namespace="http://x/"/></A:expand-property>`
		m := r.do("REPORT", "/dav/principals/anna/", body, "Depth", "0").multistatus()
		found := m.row("/dav/principals/anna/").found()
		if v, ok := found["calendar-proxy-read-for"]; !ok || v.Inner != "" {
			t.Errorf("calendar-proxy-read-for: %v %q", ok, v.Inner)
		}
		if _, ok := found["!nothing"]; !ok {
			t.Errorf("properties %v", m.Rows[0].names())
		}
		home := found["calendar-home-set"].Nested
		if len(home) != 1 || home[0].Hrefs[0] != "/dav/calendars/anna/" || home[0].found()["displayname"].Text != "anna" {
			t.Fatalf("home: %+v", home)
		}
		owner := home[0].found()["owner"].Nested
		if len(owner) != 1 || owner[0].found()["calendar-user-type"].Text != "INDIVIDUAL" {
			t.Errorf("owner: %+v", owner)
		}
		r.do("REPORT", "/dav/principals/anna/", `<A:expand-property xmlns:A="DAV:"><A:property name="a&gt;&lt;b"/></A:expand-property>`).want(http.StatusBadRequest)
	})
}

func TestBasePath(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	r.handler.BasePath = "/"
	if got := r.one("/dav/", "D:current-user-principal"); got != "<D:href>/dav/principals/anna/</D:href>" {
		t.Errorf("principal %s", got)
	}
	r.handler.BasePath = "/some/where/"
	for _, prefix := range []string{"", "/some/where"} { // a proxy may take it off
		m := r.propfind(prefix+"/dav/calendars/anna/", "1", "D:current-user-principal")
		for _, href := range m.hrefs() {
			if !strings.HasPrefix(href, "/some/where/dav/calendars/anna/") {
				t.Errorf("href %s", href)
			}
		}
		if got := m.Rows[0].found()["current-user-principal"].Inner; got != "<D:href>/some/where/dav/principals/anna/</D:href>" {
			t.Errorf("principal %s", got)
		}
		if got := r.do("GET", prefix+"/.well-known/caldav", "").Header.Get("Location"); got != "/some/where/dav/" {
			t.Errorf("Location %s", got)
		}
		for _, href := range []string{"/some/where" + r.objPath("a"), r.objPath("a")} {
			m := r.do("REPORT", prefix+r.calPath(), "<C:calendar-multiget"+namespaces+">"+prop("D:getetag")+"<D:href>"+href+"</D:href></C:calendar-multiget>").multistatus()
			if got := m.hrefs(); !slices.Equal(got, []string{"/some/where" + r.objPath("a")}) || m.Rows[0].Status != "" {
				t.Errorf("multiget of %s: %v %s", href, got, m.Rows[0].Status)
			}
		}
		if a := r.do("GET", prefix+"/feeds/"+r.feed+"/work.ics", ""); a.Status != http.StatusOK {
			t.Errorf("feed below %q: %d", prefix, a.Status)
		}
	}
}
