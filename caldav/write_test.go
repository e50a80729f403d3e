package caldav_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"calbridge/bridge"
)

const newEvent = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:new\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260304T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func TestW01WritesAreRefused(t *testing.T) {
	holds(t, "W01", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		home, before := "/dav/calendars/anna/", r.listing()
		for _, c := range []struct {
			method, path, href, privilege string
			headers                       []string
		}{
			{"PUT", r.objPath("a"), r.objPath("a"), "write-content", nil},
			{"PUT", r.objPath("a"), r.objPath("a"), "write-content", []string{"If-None-Match", "*"}},
			{"PUT", r.objPath("a"), r.objPath("a"), "write-content", []string{"If-Match", `"stale"`, "Content-Type", "text/html"}},
			{"PUT", r.calPath() + "new.ics", r.calPath(), "bind", []string{"If-None-Match", "*"}},
			{"PUT", r.calPath() + "new", r.calPath(), "bind", nil},
			{"PUT", r.calPath() + "a%20b%40c.ics", r.calPath(), "bind", nil},
			{"DELETE", r.objPath("a"), r.calPath(), "unbind", nil},
			{"DELETE", r.objPath("a"), r.calPath(), "unbind", []string{"If-Match", `"stale"`}},
			{"DELETE", r.calPath(), home, "unbind", nil},
			{"COPY", r.objPath("a"), r.calPath(), "bind", []string{"Destination", r.URL + r.calPath() + "b.ics"}},
			{"POST", r.calPath(), r.calPath(), "bind", nil},
			{"LOCK", r.objPath("a"), r.objPath("a"), "write-content", nil},
			{"MKCALENDAR", home + "new/", home, "bind", nil}, // W17
			{"MKCOL", home + "new", home, "bind", nil},
		} {
			a := r.do(c.method, c.path, newEvent, c.headers...).wantError(http.StatusForbidden, "need-privileges")
			want := "<D:need-privileges><D:resource><D:href>" + c.href + "</D:href><D:privilege><D:" + c.privilege + "/></D:privilege></D:resource></D:need-privileges>"
			if !strings.Contains(a.Body, want) {
				t.Errorf("%s %s: %s\nwant %s", c.method, c.path, a.Body, want)
			}
			if got := a.Header.Get("Content-Type"); got != "application/xml; charset=utf-8" {
				t.Errorf("%s %s: Content-Type %q", c.method, c.path, got)
			}
		}
		// No condition and no type, in whatever form, stands before the refusal.
		etag := before[r.objPath("a")]
		for _, headers := range [][]string{{"If-Match", "*"}, {"If-Match", etag}, {"If-Match", strings.Trim(etag, `"`)}, {"If-Match", "W/" + etag}, {"If-Match", `"x", ` + etag}, {"If-Match", "nonsense"},
			{"If-None-Match", etag}, {"If-Unmodified-Since", "Sun, 01 Mar 2020 00:00:00 GMT"}, {"If", "([" + etag + "])"}, {"If-Schedule-Tag-Match", `"x"`}, {"Overwrite", "F"},
			{"Content-Type", "text/calendar; charset=utf-8"}, {"Content-Type", "application/ics"}, {"Content-Type", ""}, {"Prefer", "return=representation"}} {
			for _, method := range []string{"PUT", "DELETE"} {
				a := r.do(method, r.objPath("a"), newEvent, headers...).wantError(http.StatusForbidden, "need-privileges")
				if a.Header.Get("ETag") != "" || a.Header.Get("Location") != "" {
					t.Errorf("%s with %v: %v", method, headers, a.Header)
				}
			}
		}
		r.do("PUT", r.calPath()+"new.ics", newEvent, "If-Match", "*").wantError(http.StatusForbidden, "need-privileges")
		if after := r.listing(); len(after) != 1 || after[r.objPath("a")] != before[r.objPath("a")] {
			t.Errorf("the listing went from %v to %v", before, after)
		}
	})
}

func TestW10HostileBodies(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	r.holds("W10", func(t *testing.T) {
		for name, body := range map[string]string{
			"no colon": "BEGIN:VCALENDAR\r\nX;A=b\r\nEND:VCALENDAR\r\n", "text after quotes": "BEGIN:VCALENDAR\r\nX;A=\"b\"c\r\n", "deep": strings.Repeat("BEGIN:A\r\n", 300_000),
			"long parameter": "BEGIN:VCALENDAR\r\nX;A=" + strings.Repeat("b", 1<<20) + ":c\r\n", "zeros": strings.Repeat("\x00", 1<<20), "empty": "", "XML": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
		} {
			for _, path := range []string{r.objPath("a"), r.calPath() + "new.ics"} {
				if a := r.do("PUT", path, body).wantError(http.StatusForbidden, "need-privileges"); a.Header.Get("ETag") != "" {
					t.Errorf("%s: ETag %s", name, a.Header.Get("ETag"))
				}
			}
		}
		r.do("GET", r.objPath("a"), "").want(http.StatusOK)
	})
}

func TestW17CollectionsAreNotMade(t *testing.T) {
	holds(t, "W17", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		body := "<C:mkcalendar" + namespaces + "><D:set><D:prop><D:displayname>New</D:displayname></D:prop></D:set></C:mkcalendar>"
		for path, element := range map[string]string{
			"/": "resource-must-be-null", "/dav/": "resource-must-be-null", "/dav/calendars/anna/": "resource-must-be-null", r.calPath(): "resource-must-be-null",
			r.objPath("a"): "calendar-collection-location-ok", r.calPath() + "inner/": "calendar-collection-location-ok", "/elsewhere/": "calendar-collection-location-ok",
			"/dav/other/": "calendar-collection-location-ok",
		} {
			for _, method := range []string{"MKCALENDAR", "MKCOL"} {
				r.do(method, path, body).wantError(http.StatusForbidden, element)
			}
		}
		r.do("MKCALENDAR", "/dav/calendars/ben/new/", body).want(http.StatusNotFound)
	})
}

func TestMethodsThatAreNotThere(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	for _, c := range []struct{ method, path string }{
		{"PUT", "/"}, {"PUT", "/dav/"}, {"PUT", "/dav/calendars/anna/"}, {"PUT", r.calPath()}, {"POST", "/dav/calendars/anna/"}, {"POST", r.objPath("a")},
		{"UNLOCK", r.objPath("a")}, {"ACL", r.calPath()}, {"SEARCH", "/dav/"}, {"GET", "/dav/"}, {"HEAD", "/dav/calendars/anna/"}, {"PATCH", r.objPath("a")},
	} {
		a := r.do(c.method, c.path, "").want(http.StatusMethodNotAllowed)
		if !strings.Contains(a.Header.Get("Allow"), "PROPFIND") {
			t.Errorf("%s %s: Allow %q", c.method, c.path, a.Header.Get("Allow"))
		}
	}
	r.holds("W14", func(t *testing.T) {
		for _, method := range []string{"DELETE", "MOVE", "COPY"} {
			r.do(method, r.calPath()+"nothere.ics", "").want(http.StatusNotFound)
		}
		r.do("PUT", "/dav/calendars/anna/nothere123/x.ics", newEvent).want(http.StatusNotFound)
	})
	r.holds("W18", func(t *testing.T) {
		other := r.addCalendar(bridge.Listed{Source: "cal-2", Name: "Other"})
		for _, destination := range []string{r.calPath() + "b.ics", "/dav/calendars/anna/" + string(other.ID) + "/a.ics"} {
			a := r.do("MOVE", r.objPath("a"), "", "Destination", r.URL+destination).wantError(http.StatusForbidden, "need-privileges")
			if !strings.Contains(a.Body, "<D:unbind/>") {
				t.Errorf("%s: %s", destination, a.Body)
			}
		}
	})
}

func TestLargeUploadsAreRefused(t *testing.T) {
	holds(t, "W11", func(t *testing.T) {
		r := newRig(t)
		req, err := http.NewRequest("PUT", r.URL+r.calPath()+"new.ics", io.LimitReader(zeros{}, 20<<20)) // chunked, as Evolution sends
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("anna", r.secret)
		res, err := client.Do(req)
		if err != nil { // the server may close the connection while the client is still writing
			return
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("status %d", res.StatusCode)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
