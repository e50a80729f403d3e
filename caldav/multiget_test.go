package caldav_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
)

func (r *rig) multiget(path string, hrefs ...string) *multistatus {
	r.t.Helper()
	var b strings.Builder
	for _, h := range hrefs {
		b.WriteString("<D:href>" + h + "</D:href>")
	}
	return r.do("REPORT", path, "<C:calendar-multiget"+namespaces+">"+prop("D:getetag", "C:calendar-data")+b.String()+"</C:calendar-multiget>").multistatus()
}

func TestQ01MultigetTellsEach(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two", "2026-03-04T10:00"), event("c", "three", "2026-03-04T10:00"))
	bens := strings.Replace(r.objPath("a"), "anna", "ben", 1)
	asked := []string{r.objPath("c"), r.objPath("nothere"), r.objPath("a"), r.objPath("c"), r.objPath("b"), "/dav/calendars/ben/x/y.ics", "/elsewhere", "%zz", bens}
	m := r.multiget(r.calPath(), asked...)
	want := []string{r.objPath("c"), r.objPath("nothere"), r.objPath("a"), r.objPath("b"), "/dav/calendars/ben/x/y.ics", "/elsewhere", "%zz", bens} // in order, each once
	if got := m.hrefs(); !slices.Equal(got, want) {
		t.Fatalf("rows %v, want %v", got, want)
	}
	r.holds("Q01", func(t *testing.T) {
		for _, i := range []int{0, 2, 3} {
			if found := m.Rows[i].found(); found["getetag"].Text == "" || !strings.HasPrefix(found["calendar-data"].Text, "BEGIN:VCALENDAR\r\n") {
				t.Errorf("row %+v", m.Rows[i])
			}
		}
	})
	r.holds("Q03", func(t *testing.T) {
		for i, row := range m.Rows {
			if i != 0 && i != 2 && i != 3 && row.Status != "HTTP/1.1 404 Not Found" {
				t.Errorf("row %+v", row)
			}
		}
	})
}

func TestQ04SpellingsOfAnAddress(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	r.addUser("u@x", "secret")
	path := r.objPath("a")
	spellings := []string{path, r.URL + path, "http://another.example" + path, strings.Replace(path, "anna", "%61nna", 1), strings.Replace(path, "anna", "ANNA", 1),
		bridge.ObjectName("a") + ".ics", " " + path + "\n", strings.Replace(path, ".ics", "%2eics", 1), strings.Replace(path, ".ics", "%2Eics", 1)}
	r.holds("Q04", func(t *testing.T) {
		for _, href := range spellings {
			if m := r.multiget(r.calPath(), href); m.Rows[0].Status != "" {
				t.Errorf("%q: %+v", href, m.Rows[0])
			}
		}
		if m := r.multiget(r.calPath(), strings.Replace(path, "/dav", "%2Fdav", 1)); m.Rows[0].Status == "" {
			t.Error("an encoded slash is a separator")
		}
	})
	r.holds("Q05", func(t *testing.T) {
		listed := r.propfind(r.calPath(), "1", "D:getetag").hrefs()[1]
		for _, href := range spellings {
			if got := r.multiget(r.calPath(), href).hrefs(); !slices.Equal(got, []string{listed}) {
				t.Errorf("%q is answered as %v", href, got)
			}
		}
	})
	other := r.addCalendar(bridge.Listed{Source: "cal-2", Name: "Other"}, event("z", "zed", "2026-03-04T10:00"))
	inOther := "/dav/calendars/anna/" + string(other.ID) + "/" + bridge.ObjectName("z") + ".ics"
	if m := r.multiget(r.calPath(), inOther); m.Rows[0].Status == "" {
		t.Errorf("another calendar's object is answered: %+v", m.Rows[0])
	}
	m := r.multiget("/dav/calendars/anna/", inOther, path, inOther, "/dav/calendars/anna/nothere123/x.ics")
	if got := m.hrefs(); !slices.Equal(got, []string{inOther, path, "/dav/calendars/anna/nothere123/x.ics"}) || m.Rows[0].Status != "" || m.Rows[1].Status != "" || m.Rows[2].Status == "" {
		t.Errorf("multiget of the home: %+v", m.Rows)
	}
	if m := r.multiget(path, path); len(m.Rows) != 1 || m.Rows[0].Status != "" {
		t.Errorf("multiget of an object: %+v", m.Rows)
	}
}

func TestQ02ManyAddresses(t *testing.T) {
	holds(t, "Q02", func(t *testing.T) {
		var series []*bridge.Series
		var hrefs []string
		r := newRig(t)
		for i := range 3000 {
			series = append(series, event(fmt.Sprint(i), "event", "2026-03-04T10:00"))
			hrefs = append(hrefs, r.objPath(fmt.Sprint(i)))
		}
		for i := range 7000 { // known to the client alone
			hrefs = append(hrefs, r.objPath(fmt.Sprint("gone", i)))
		}
		r.change(upserts(series...)...)
		m := r.multiget(r.calPath(), hrefs...)
		if got := m.hrefs(); !slices.Equal(got, hrefs) {
			t.Errorf("%d rows of %d", len(got), len(hrefs))
		}
		if m.answer.Header.Get("Content-Length") != "" {
			t.Error("a long answer was held back")
		}
		body := "<C:calendar-multiget" + namespaces + ">" + prop("D:getetag") + strings.Repeat("<D:href>/x</D:href>", 20_001) + "</C:calendar-multiget>"
		r.do("REPORT", r.calPath(), body).wantError(http.StatusForbidden, "number-of-matches-within-limits")
	})
}

func TestQ06OneETagForOneState(t *testing.T) {
	holds(t, "Q06", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"), weekly(3, event("b", "two", "2026-03-04T10:00")))
		for _, id := range []string{"a", "b"} {
			path := r.objPath(id)
			tags := []string{
				r.do("GET", path, "").Header.Get("ETag"),
				r.one(path, "D:getetag"),
				r.propfind(r.calPath(), "1", "D:getetag").row(path).found()["getetag"].Text,
				r.multiget(r.calPath(), path).row(path).found()["getetag"].Text,
				r.query(timeRange("2026-03-01T00:00", "2026-04-01T00:00")).row(path).found()["getetag"].Text,
				r.sync("").row(path).found()["getetag"].Text,
			}
			if tags[0] == "" || len(slices.Compact(slices.Clone(tags))) != 1 {
				t.Errorf("%s: tags %q", id, tags)
			}
			if len(tags[0]) != 34 || tags[0][0] != '"' {
				t.Errorf("tag %q is not 32 hex digits in quotes", tags[0])
			}
		}
	})
}
