package caldav_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
	"calbridge/bridge/ics"
)

func TestG01Object(t *testing.T) {
	r := newRig(t, in("Europe/Berlin", event("a", "one", "2026-03-04T10:00")))
	path := r.objPath("a")
	r.holds("G02", func(t *testing.T) {
		get, head := r.do("GET", path, "").want(http.StatusOK), r.do("HEAD", path, "").want(http.StatusOK)
		for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control"} {
			if head.Header.Get(name) != get.Header.Get(name) || get.Header.Get(name) == "" {
				t.Errorf("%s is %q with GET, %q with HEAD", name, get.Header.Get(name), head.Header.Get(name))
			}
		}
	})
	r.holds("G01", func(t *testing.T) {
		a := r.do("GET", path, "").want(http.StatusOK)
		for name, want := range map[string]string{"Content-Type": "text/calendar; charset=utf-8; component=VEVENT", "Cache-Control": "private, no-cache"} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s %q, want %q", name, got, want)
			}
		}
		etag := a.Header.Get("ETag")
		for _, c := range []struct {
			headers []string
			status  int
		}{
			{[]string{"If-None-Match", etag}, 304}, {[]string{"If-None-Match", "W/" + etag}, 304}, {[]string{"If-None-Match", "*"}, 304},
			{[]string{"If-None-Match", `"x", ` + etag}, 304}, {[]string{"If-None-Match", strings.Trim(etag, `"`)}, 304}, {[]string{"If-None-Match", `"x"`, "If-None-Match", etag}, 304},
			{[]string{"If-None-Match", `"x"`}, 200}, {[]string{"If-None-Match", ""}, 200},
			{[]string{"If-Modified-Since", a.Header.Get("Last-Modified")}, 304},
			{[]string{"If-Modified-Since", "Sun, 01 Mar 2020 00:00:00 GMT"}, 200}, {[]string{"If-Modified-Since", "nonsense"}, 200},
			{[]string{"If-None-Match", `"x"`, "If-Modified-Since", a.Header.Get("Last-Modified")}, 200},
			{[]string{"If-Match", `"x"`}, 412}, {[]string{"If-Match", `"x"`, "If-None-Match", etag}, 412}, {[]string{"If-Match", `"x"`, "If-Match", etag}, 200}, {[]string{"If-Match", "*"}, 200},
			{[]string{"If-Match", etag, "If-None-Match", etag}, 304}, {[]string{"If-Unmodified-Since", "Sun, 01 Mar 2020 00:00:00 GMT"}, 412},
			{[]string{"If-Unmodified-Since", a.Header.Get("Last-Modified")}, 200}, {[]string{"If-Unmodified-Since", "nonsense"}, 200},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				got := r.do(method, path, "", c.headers...).want(c.status)
				if c.status == 304 && (got.Body != "" || got.Header.Get("ETag") != etag) {
					t.Errorf("%v: 304 with ETag %q and %d octets", c.headers, got.Header.Get("ETag"), len(got.Body))
				}
			}
		}
		r.do("GET", r.calPath()+"nothere.ics", "").want(http.StatusNotFound)
		r.do("GET", strings.TrimSuffix(path, ".ics"), "").want(http.StatusNotFound)
	})
}

// lines returns unfolded lines and checks the folds: G03.
func lines(t *testing.T, text string) []string {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n")
}

func count(list []string, line string) (n int) {
	for _, l := range list {
		if l == line {
			n++
		}
	}
	return n
}

func TestCalendarAsOneFile(t *testing.T) {
	minutes := 10
	alarm := event("a", "with alarm 🎉 "+strings.Repeat("🎉", 40), "2026-03-04T10:00")
	alarm.Master.Reminder = &minutes
	r := newRig(t, alarm, moving(weekly(5, in("Europe/Berlin", event("b", "b", "2026-03-04T10:00"))), "2026-03-11", "2026-03-12T15:00", "moved"),
		in("Europe/Berlin", event("c", "c", "2026-03-04T10:00")), in("America/New_York", event("d", "d", "2026-03-04T10:00")))
	a := r.do("GET", r.calPath(), "").want(http.StatusOK)
	if got := a.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	list := lines(t, a.Body)
	for line, want := range map[string]int{"BEGIN:VCALENDAR": 1, "END:VCALENDAR": 1, "BEGIN:VEVENT": 5, "TZID:Europe/Berlin": 1, "TZID:America/New_York": 1, "BEGIN:VALARM": 1,
		"NAME:Office": 1, "X-WR-CALNAME:Office": 1, "METHOD:PUBLISH": 0} {
		if got := count(list, line); got != want {
			t.Errorf("%d × %s, want %d", got, line, want)
		}
	}
	r.do("GET", r.calPath(), "", "If-None-Match", a.Header.Get("ETag")).want(http.StatusNotModified)
	if got := r.one(r.calPath(), "D:getetag"); got != a.Header.Get("ETag") {
		t.Errorf("getetag %q, ETag %q", got, a.Header.Get("ETag"))
	}
	head := r.do("HEAD", r.calPath(), "").want(http.StatusOK)
	if head.Body != "" || head.Header.Get("ETag") != a.Header.Get("ETag") {
		t.Errorf("HEAD %v", head.Header)
	}
	r.pass(time.Hour)
	r.change(gone("a"))
	again := r.do("GET", r.calPath(), "", "If-None-Match", a.Header.Get("ETag")).want(http.StatusOK)
	if again.Header.Get("ETag") == a.Header.Get("ETag") || again.Header.Get("Last-Modified") == a.Header.Get("Last-Modified") {
		t.Error("the calendar changed, its validators did not")
	}
}

// The instances of the joined file are those of its objects.
func TestJoinedFileExpandsLikeItsObjects(t *testing.T) {
	ids := []string{"a", "b", "c"}
	r := newRig(t, weekly(5, in("Europe/Berlin", event("a", "a", "2026-03-20T10:00"))), allDay("b", "b", "2026-03-05", 2), in("America/New_York", event("c", "c", "2026-03-04T10:00")))
	from, to := at("2026-01-01T00:00"), at("2027-01-01T00:00")
	expand := func(text string) (list []string) {
		t.Helper()
		instances, err := ics.Expand([]byte(text), from, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range instances {
			list = append(list, x.UID+x.Start.String()+x.End.String())
		}
		return list
	}
	var want []string
	for _, id := range ids {
		want = append(want, expand(r.do("GET", r.objPath(id), "").Body)...)
	}
	got := expand(r.do("GET", r.calPath(), "").Body)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || len(want) != 7 {
		t.Errorf("joined %v\nsingle %v", got, want)
	}
}

func TestG05Objects(t *testing.T) {
	people := event("a", "quotes \" and \\ , ;\r\nATTACH:evil", "2026-03-04T10:00")
	people.Master.Organizer = &bridge.Person{Name: "Bob\r\nATTACH:evil\"", Address: "bob@contoso.example"}
	people.Master.Attendees = []bridge.Person{{Name: "C\"y,; ^", Address: "cy@contoso.example"}}
	people.Master.Text = "a]]>b <&> \x0b\x00 ünïcödé 🎉"
	recurring := moving(weekly(5, in("Europe/Berlin", event("b", "b 🎉"+strings.Repeat("🎉", 40), "2026-03-04T10:00"))), "2026-03-11", "2026-03-12T15:00", "moved")
	r := newRig(t, people, recurring)
	bodies := map[string][]string{}
	r.holds("G03", func(t *testing.T) {
		for _, id := range []string{"a", "b"} {
			bodies[id] = lines(t, r.do("GET", r.objPath(id), "").Body)
		}
	})
	tzid := regexp.MustCompile(`;TZID="?([^":;]+)`)
	r.holds("G04", func(t *testing.T) {
		for _, line := range bodies["b"] {
			if m := tzid.FindStringSubmatch(line); m != nil && (count(bodies["b"], "TZID:"+m[1]) != 1 || m[1] != "Europe/Berlin") {
				t.Errorf("the zone of %s is not described", line)
			}
		}
		if !strings.Contains(strings.Join(bodies["b"], "\n"), ";TZID=Europe/Berlin") {
			t.Error("no zone at all")
		}
	})
	r.holds("G05", func(t *testing.T) {
		for id, list := range bodies {
			uids := map[string]bool{}
			for _, line := range list {
				if strings.HasPrefix(line, "UID:") {
					uids[line] = true
				}
				if strings.HasPrefix(line, "METHOD") {
					t.Errorf("%s: %s", id, line)
				}
			}
			if len(uids) != 1 {
				t.Errorf("%s: UIDs %v", id, uids)
			}
		}
	})
	r.holds("G06", func(t *testing.T) {
		before := r.do("GET", r.objPath("b"), "").Body
		r.pass(48 * time.Hour)
		r.round(r.cal.ID, true, upserts(people, recurring)...)
		if after := r.do("GET", r.objPath("b"), "").Body; after != before || !strings.Contains(after, "DTSTAMP:20260102T000000Z") {
			t.Errorf("rendered again:\n%s", after)
		}
	})
	r.holds("G07", func(t *testing.T) {
		for _, line := range bodies["a"] {
			if strings.HasPrefix(line, "ATTACH") {
				t.Errorf("injected: %s", line)
			}
		}
		body := r.do("GET", r.objPath("a"), "").Body
		cal, err := ical.NewDecoder(strings.NewReader(body)).Decode() // a second parser
		if err != nil {
			t.Fatal(err)
		}
		if got := cal.Children[0].Props.Get("SUMMARY"); !strings.HasPrefix(got.Value, `quotes " and \\ \, \;`) {
			t.Errorf("SUMMARY %q", got.Value)
		}
		if got := r.multiget(r.calPath(), r.objPath("a")).Rows[0].found()["calendar-data"].Text; got != body {
			t.Error("calendar-data is not what GET gives")
		}
	})
}

func TestCalendarsThatAreNotThereYet(t *testing.T) {
	r := newRig(t)
	cal := r.list(bridge.Listed{Source: "cal-2", Name: "Fetching"})
	path := "/dav/calendars/anna/" + string(cal.ID) + "/"
	for _, method := range []string{"GET", "PROPFIND", "REPORT", "OPTIONS"} { // trouble of ours is no 4xx
		if a := r.do(method, path, "").want(http.StatusServiceUnavailable); a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", method)
		}
	}
	if m := r.propfind("/dav/calendars/anna/", "1", "D:displayname"); len(m.Rows) != 2 {
		t.Errorf("listed: %v", m.hrefs())
	}
}
