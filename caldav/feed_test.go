package caldav_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/bridge/vault"
)

// anyone asks without signing in.
func (r *rig) anyone(method, path string, headers ...string) *answer {
	r.t.Helper()
	return r.as("", "", method, path, "", headers...)
}

func TestF01Feed(t *testing.T) {
	minutes := 10
	alarm := event("a", "one", "2026-03-04T10:00")
	alarm.Master.Reminder = &minutes
	r := newRig(t, alarm, weekly(0, in("Europe/Berlin", event("b", "two", "2026-03-04T10:00"))))
	path := "/feeds/" + r.feed + "/work.ics"
	a := r.anyone("GET", path).want(http.StatusOK)
	r.holds("F01", func(t *testing.T) {
		for name, want := range map[string]string{
			"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, max-age=300, must-revalidate", "Vary": "Accept-Encoding",
			"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Content-Disposition": `inline; filename="Work.ics"`,
			"Content-Encoding": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s %q, want %q", name, got, want)
			}
		}
		if a.Header.Get("Content-Length") == "" {
			t.Error("no Content-Length")
		}
		head := r.anyone("HEAD", path).want(http.StatusOK)
		if head.Body != "" || head.Header.Get("ETag") != a.Header.Get("ETag") || head.Header.Get("Content-Type") != a.Header.Get("Content-Type") {
			t.Errorf("HEAD %v", head.Header)
		}
		r.anyone("OPTIONS", path).want(http.StatusOK)
		for _, method := range []string{"PUT", "DELETE", "POST", "REPORT", "MKCOL"} {
			if got := r.anyone(method, path).want(http.StatusMethodNotAllowed).Header.Get("Allow"); got != "OPTIONS, GET, HEAD, PROPFIND" {
				t.Errorf("%s: Allow %q", method, got)
			}
		}
	})
	list := lines(t, a.Body)
	r.holds("F06", func(t *testing.T) {
		for line, want := range map[string]int{
			"METHOD:PUBLISH": 1, "NAME:Work": 1, "X-WR-CALNAME:Work": 1, "X-WR-TIMEZONE:Europe/Berlin": 1, "REFRESH-INTERVAL;VALUE=DURATION:PT15M": 1, "X-PUBLISHED-TTL:PT15M": 1,
			"X-APPLE-CALENDAR-COLOR:#0078d4": 1, "BEGIN:VEVENT": 2, "BEGIN:VALARM": 0, "TZID:Europe/Berlin": 1,
		} {
			if got := count(list, line); got != want {
				t.Errorf("%d × %s, want %d\n%s", got, line, want, a.Body)
			}
		}
	})
	r.holds("F07", func(t *testing.T) {
		zoneLines := 0
		for i, line := range list {
			if line == "BEGIN:VTIMEZONE" {
				for zoneLines = 0; list[i+zoneLines] != "END:VTIMEZONE"; zoneLines++ {
				}
			}
		}
		if zoneLines == 0 || zoneLines > 40 {
			t.Errorf("a VTIMEZONE of %d lines", zoneLines)
		}
	})
	r.holds("F05", func(t *testing.T) {
		for _, agent := range []string{"", "Google-Calendar-Importer", strings.Repeat("x", 1000)} {
			r.anyone("GET", path, "User-Agent", agent, "Accept", "image/png").want(http.StatusOK)
		}
	})
}

func TestF02NeverEmptyByMistake(t *testing.T) {
	holds(t, "F02", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		cold := r.list(bridge.Listed{Source: "cal-2", Name: "Fetching"})
		both := vault.NewSecret()
		r.addFeed(both, "Both", r.cal.ID, cold.ID)
		late := func(what string) {
			t.Helper()
			for _, method := range []string{"GET", "HEAD", "PROPFIND"} {
				if a := r.anyone(method, "/feeds/"+both+"/both.ics").want(http.StatusServiceUnavailable); a.Header.Get("Retry-After") == "" {
					t.Errorf("%s: no Retry-After", what)
				}
			}
		}
		late("a calendar is being fetched")
		r.round(cold.ID, true)
		r.anyone("GET", "/feeds/"+both+"/both.ics").want(http.StatusOK)
		for _, id := range []bridge.CalendarID{r.cal.ID, cold.ID} {
			if err := r.store.Show(t.Context(), id, false); err != nil {
				t.Fatal(err)
			}
		}
		late("all calendars are hidden")
	})
}

func TestF03Validators(t *testing.T) {
	holds(t, "F03", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		path := "/feeds/" + r.feed + "/work.ics"
		first := r.anyone("GET", path)
		r.pass(time.Hour)
		second := r.anyone("GET", path)
		if first.Body != second.Body || first.Header.Get("ETag") != second.Header.Get("ETag") || first.Header.Get("Last-Modified") != second.Header.Get("Last-Modified") {
			t.Errorf("two answers differ:\n%v\n%v", first.Header, second.Header)
		}
		if got := first.Header.Get("Last-Modified"); got != "Mon, 02 Mar 2026 09:00:00 GMT" {
			t.Errorf("Last-Modified %q", got)
		}
		r.anyone("GET", path, "If-None-Match", first.Header.Get("ETag")).want(http.StatusNotModified)
		r.anyone("HEAD", path, "If-None-Match", first.Header.Get("ETag")).want(http.StatusNotModified)
		r.anyone("GET", path, "If-Modified-Since", first.Header.Get("Last-Modified")).want(http.StatusNotModified)
		r.change(upserts(event("a", "two", "2026-03-04T10:00"))...)
		changed := r.anyone("GET", path, "If-None-Match", first.Header.Get("ETag")).want(http.StatusOK)
		if got := changed.Header.Get("Last-Modified"); got != "Mon, 02 Mar 2026 10:00:00 GMT" {
			t.Errorf("Last-Modified %q after a change", got)
		}
	})
}

func TestF04Gzip(t *testing.T) {
	holds(t, "F04", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		path := "/feeds/" + r.feed + "/work.ics"
		plain := r.anyone("GET", path)
		for _, c := range []struct {
			encoding, agent string
			want            bool
		}{
			{"gzip", "Thunderbird/153", true}, {"gzip, deflate, br", "", true}, {"br;q=1.0, GZIP;q=0.5", "", true}, {"", "Thunderbird/153", false}, {"br", "", false}, {"gzip;q=0", "", false},
			{"gzip", "Microsoft-Office-Calendar", false}, {"gzip", "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", false}, {"gzip", "Microsoft.Exchange/15", false}, {"gzip", "Outlook", false},
		} {
			a := r.anyone("GET", path, "Accept-Encoding", c.encoding, "User-Agent", c.agent).want(http.StatusOK)
			zipped := a.Header.Get("Content-Encoding") == "gzip"
			if zipped != c.want {
				t.Errorf("%+v: gzip %v", c, zipped)
			}
			if !zipped {
				continue
			}
			z, err := gzip.NewReader(strings.NewReader(a.Body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil || string(text) != plain.Body {
				t.Errorf("%+v: unzips to something else, %v", c, err)
			}
			if a.Header.Get("ETag") == plain.Header.Get("ETag") {
				t.Error("both encodings have one tag")
			}
			r.anyone("GET", path, "Accept-Encoding", c.encoding, "If-None-Match", a.Header.Get("ETag")).want(http.StatusNotModified)
		}
	})
}

func TestF10Addresses(t *testing.T) {
	holds(t, "F10", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		secret := vault.NewSecret()
		feed := r.addFeed(secret, "Gone soon", r.cal.ID)
		r.anyone("GET", "/feeds/"+secret+"/x.ics").want(http.StatusOK)
		if err := r.store.RevokeFeed(t.Context(), "anna", feed.ID); err != nil {
			t.Fatal(err)
		}
		for _, method := range []string{"GET", "HEAD", "PROPFIND"} {
			r.anyone(method, "/feeds/"+secret+"/x.ics").want(http.StatusGone)
			r.anyone(method, "/feeds/"+vault.NewSecret()+"/x.ics").want(http.StatusNotFound)
		}
		for _, path := range []string{"/feeds/", "/feeds/" + r.feed, "/feeds/" + r.feed + "/", "/feeds/" + r.feed + "/x", "/feeds/" + r.feed + "/x.ics/y", "/feeds//x.ics", "/feeds/" + r.feed[1:] + "/x.ics"} {
			if a := r.anyone("GET", path).want(http.StatusNotFound); a.Header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s asks for a password", path)
			}
		}
		r.anyone("GET", "/feeds/"+r.feed+"/any-other-name.ics").want(http.StatusOK)
	})
}

func TestF12EmptyCalendar(t *testing.T) {
	holds(t, "F12", func(t *testing.T) {
		r := newRig(t)
		for _, path := range []string{"/feeds/" + r.feed + "/work.ics", r.calPath()} {
			a := r.do("GET", path, "").want(http.StatusOK)
			if !strings.HasPrefix(a.Body, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:") || !strings.HasSuffix(a.Body, "\r\nEND:VCALENDAR\r\n") {
				t.Errorf("%s: %q", path, a.Body)
			}
		}
	})
}

func TestFeedOfManyCalendars(t *testing.T) {
	r := newRig(t, in("Europe/Berlin", event("a", "one", "2020-03-04T10:00")))
	second := r.addCalendar(bridge.Listed{Source: "cal-2", Name: "Private"}, in("Europe/Berlin", event("b", "two", "2026-03-04T10:00")),
		&bridge.Series{Source: "copy", Claim: "uid-a", Master: event("", "a copy", "2026-03-04T10:00").Master}) // one UID in two calendars
	secret := vault.NewSecret()
	r.addFeed(secret, `Käse "und" Wein/50%`, r.cal.ID, second.ID)
	a := r.anyone("GET", "/feeds/"+secret+"/x.ics").want(http.StatusOK)
	list := lines(t, a.Body)
	for line, want := range map[string]int{"BEGIN:VEVENT": 3, "TZID:Europe/Berlin": 1, "UID:uid-a": 2, "BEGIN:VCALENDAR": 1} {
		if got := count(list, line); got != want {
			t.Errorf("%d × %s, want %d", got, line, want)
		}
	}
	if strings.Contains(a.Body, "APPLE-CALENDAR-COLOR") {
		t.Error("many calendars have one colour")
	}
	if got := a.Header.Get("Content-Disposition"); got != `inline; filename="K_se _und_ Wein_50_.ics"; filename*=UTF-8''K%C3%A4se%20%22und%22%20Wein%2F50%25.ics` {
		t.Errorf("Content-Disposition %s", got)
	}
	instances, err := ics.Expand([]byte(a.Body), at("2020-01-01T00:00"), at("2021-01-01T00:00"))
	if err != nil || len(instances) != 1 || !instances[0].Start.Equal(at("2020-03-04T09:00")) {
		t.Errorf("the zone does not reach back: %v, %v", instances, err)
	}
	r.pass(time.Hour)
	r.round(second.ID, false, gone("b"))
	if again := r.anyone("GET", "/feeds/"+secret+"/x.ics", "If-None-Match", a.Header.Get("ETag")).want(http.StatusOK); again.Header.Get("Last-Modified") == a.Header.Get("Last-Modified") {
		t.Error("a change in the second calendar moves nothing")
	}
}

func TestPropfindOfAFeed(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	path := "/feeds/" + r.feed + "/work.ics"
	m := r.as("", "", "PROPFIND", path, asking("D:resourcetype", "D:getcontenttype", "D:displayname", "A:calendar-color", "D:owner", "D:getetag"), "Depth", "0").multistatus()
	found := m.Rows[0].found()
	for name, want := range map[string]string{"resourcetype": "", "getcontenttype": "text/calendar; charset=utf-8", "displayname": "Work", "calendar-color": "#0078D4FF",
		"!owner": "", "getetag": r.anyone("GET", path).Header.Get("ETag")} {
		if v, ok := found[name]; !ok || v.Text != want {
			t.Errorf("%s is %q, %v", name, v.Text, ok)
		}
	}
	if m.hrefs()[0] != path {
		t.Errorf("href %s", m.hrefs()[0])
	}
}

func TestRobots(t *testing.T) {
	r := newRig(t)
	a := r.anyone("GET", "/robots.txt").want(http.StatusOK)
	if a.Body != "User-agent: *\nAllow: /feeds/\nDisallow: /\n" {
		t.Errorf("robots.txt %q", a.Body)
	}
	r.anyone("PUT", "/robots.txt").want(http.StatusMethodNotAllowed)
}

// TestBannersStayOutOfFeeds: readers of CalDAV see that a person is needed;
// subscriptions neither see it nor fetch anything again because of it.
func TestBannersStayOutOfFeeds(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	path := "/feeds/" + r.feed + "/work.ics"
	before := r.anyone("GET", path).want(http.StatusOK)
	a := bridge.Account{ID: r.account, Address: "anna@contoso.example", Trouble: &bridge.Trouble{Kind: bridge.SignIn, What: "the sign-in ended", Since: r.clock()}}
	if err := r.store.SetBanner(t.Context(), r.account, bridge.Banner(&a)); err != nil {
		t.Fatal(err)
	}
	after := r.anyone("GET", path).want(http.StatusOK)
	if after.Body != before.Body || strings.Contains(after.Body, "Outlook needs you") {
		t.Errorf("the feed changed:\n%s", after.Body)
	}
	r.anyone("GET", path, "If-None-Match", before.Header.Get("ETag")).want(http.StatusNotModified)
	if a := r.do("GET", r.calPath(), "").want(http.StatusOK); !strings.Contains(a.Body, "Outlook needs you") {
		t.Errorf("the calendar does not say it:\n%s", a.Body)
	}
}

// TestFilesMoveWithTheirBytesAlone renews what calendars are rendered under: a
// new year leaves files alone whose zones have yearly rules, and moves those with
// listed changes of clocks, once these are rendered again.
func TestFilesMoveWithTheirBytesAlone(t *testing.T) {
	for zone, moves := range map[string]bool{"Europe/Berlin": false, "Africa/Cairo": true} {
		r := newRig(t, weekly(0, in(zone, event("a", "one", "2026-03-04T10:00"))))
		files := func() (list []*answer) {
			for _, path := range r.wholes() {
				list = append(list, r.do("GET", path, "").want(http.StatusOK))
			}
			return list
		}
		before := files()
		if err := r.store.Renew(t.Context(), bridge.Env{Horizon: env.Horizon + 1, TZData: "2099a"}); err != nil {
			t.Fatal(err)
		}
		if _, more, err := r.store.Rerender(t.Context(), r.cal.ID, 100); err != nil || more {
			t.Fatal(more, err)
		}
		for i, after := range files() {
			if after.Body != before[i].Body != moves || after.Header.Get("ETag") != before[i].Header.Get("ETag") != moves {
				t.Errorf("%s, file %d: moved, body %t, ETag %t, want %t", zone, i, after.Body != before[i].Body, after.Header.Get("ETag") != before[i].Header.Get("ETag"), moves)
			}
		}
	}
}
