package caldav_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
)

const annasHome = "/dav/calendars/anna/"

// A search of the home reaches what its Depth reaches (RFC 4791 §7.2).
func TestQueryOfTheHome(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), allDay("d", "day", "2026-03-05", 1), event("far", "later", "2027-03-04T10:00"))
	other := r.addCalendar(bridge.Listed{Source: "cal-2", Name: "Other"}, event("b", "two", "2026-03-04T12:00"), weekly(0, event("c", "three", "2026-01-07T10:00")))
	r.addUser("ben", "his own password", "ben@contoso.example")
	path := func(cal bridge.CalendarID, id string) string {
		return annasHome + string(cal) + "/" + bridge.ObjectName(bridge.SourceID(id)) + ".ics"
	}
	march := query(timeRange("2026-03-04T00:00", "2026-03-05T00:00"))
	ask := func(user, home, inner string, header ...string) *answer {
		secret := map[string]string{"anna": r.secret, "ben": "his own password"}[user]
		return r.as(user, secret, "REPORT", home, "<C:calendar-query"+namespaces+">"+inner+"</C:calendar-query>", header...)
	}
	infinity := []string{"Depth", "infinity"}
	want := []string{path(r.cal.ID, "a"), path(r.cal.ID, "d"), path(other.ID, "b"), path(other.ID, "c")} // Berlin's 5 March begins on the 4th
	slices.Sort(want)
	for _, header := range [][]string{infinity, infinity, {"Depth", "1"}} { // worked out, and remembered
		got := ask("anna", annasHome, prop("D:getetag")+march, header...).multistatus().hrefs()
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}
	}
	r.holds("Q15", func(t *testing.T) { // calendars hold events, the home holds calendars
		for _, header := range [][]string{nil, {"Depth", "0"}} {
			if got := ask("anna", annasHome, prop("D:getetag")+march, header...).multistatus().hrefs(); len(got) != 0 {
				t.Errorf("%v: found %v", header, got)
			}
		}
	})
	set := "<D:propertyupdate" + namespaces + "><D:set><D:prop><C:calendar-timezone-id>Pacific/Auckland</C:calendar-timezone-id></D:prop></D:set></D:propertyupdate>"
	r.do("PROPPATCH", r.calPath(), set).want(http.StatusMultiStatus)
	early := query(timeRange("2026-03-04T11:00", "2026-03-04T11:30")) // each calendar's days are its own
	if got := ask("anna", annasHome, prop("D:getetag")+early, infinity...).multistatus().hrefs(); !slices.Equal(got, []string{path(r.cal.ID, "d")}) {
		t.Errorf("Auckland's day: %v", got)
	}
	expand := `<C:expand start="20260301T000000Z" end="20260401T000000Z"/>`
	for _, row := range ask("anna", annasHome, queryData(expand, timeRange("2026-03-01T00:00", "2026-04-01T00:00")), infinity...).multistatus().Rows {
		if data := row.found()["calendar-data"].Text; row.Hrefs[0] == path(other.ID, "c") && strings.Count(data, "BEGIN:VEVENT") != 4 {
			t.Errorf("expanded to %s", data)
		}
	}
	daily := weekly(0, event("many", "", "1700-01-01T00:00"))
	daily.Rule.Pattern, daily.Rule.Days = bridge.Daily, 0
	r.round(other.ID, false, upserts(daily)...)
	ask("anna", annasHome, queryData(`<C:expand start="17000101T000000Z" end="21000101T000000Z"/>`, ""), infinity...).wantError(http.StatusInsufficientStorage, "number-of-matches-within-limits")
	for _, header := range [][]string{nil, infinity} {
		ask("anna", annasHome, query(`<C:prop-filter name="UID"><C:text-match collation="i;klingon">x</C:text-match></C:prop-filter>`), header...).wantError(http.StatusForbidden, "supported-collation")
	}
	if got := ask("ben", "/dav/calendars/ben/", prop("D:getetag")+march, infinity...).multistatus().hrefs(); len(got) != 0 {
		t.Errorf("ben, who has none, finds %v", got)
	}
	ask("ben", "/dav/calendars/ben/", query("<x:own/>"), infinity...).wantError(http.StatusForbidden, "supported-filter")
	ask("ben", annasHome, march, infinity...).want(http.StatusNotFound)
}

// There is no token for a home: clients ask each of its calendars.
func TestHomeHasNoSync(t *testing.T) {
	holds(t, "Q24", func(t *testing.T) {
		r := newRig(t)
		for _, level := range []string{"1", "infinite"} {
			body := "<D:sync-collection" + namespaces + "><D:sync-token/><D:sync-level>" + level + "</D:sync-level>" + prop("D:getetag") + "</D:sync-collection>"
			r.do("REPORT", annasHome, body, "Depth", "0").wantError(http.StatusForbidden, "supported-report")
		}
		found := r.propfind(annasHome, "0", "D:sync-token", "D:supported-report-set").Rows[0].found()
		if _, missing := found["!sync-token"]; !missing || strings.Contains(found["supported-report-set"].Inner, "sync-collection") {
			t.Errorf("the home promises a sync: %+v", found)
		}
	})
}

// RFC 3744 §9.3, at any depth.
func TestD17PrincipalMatch(t *testing.T) {
	holds(t, "D17", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two", "2026-03-04T10:00"))
		other := annasHome + string(r.addCalendar(bridge.Listed{Source: "cal-2", Name: "Other"}).ID) + "/"
		principal, objects := "/dav/principals/anna/", []string{r.objPath("a"), r.objPath("b")}
		all := slices.Concat([]string{annasHome, r.calPath(), other}, objects)
		by := func(name string) string {
			return "<D:principal-property><" + name + "/></D:principal-property>"
		}
		for _, c := range []struct {
			path, by string
			want     []string
		}{
			{"/", "<D:self/>", []string{principal}}, {"/dav/", "<D:self/>", []string{principal}}, {"/dav/principals/", "<D:self/>", []string{principal}},
			{principal, "<D:self/>", []string{principal}}, {annasHome, "<D:self/>", nil}, {r.calPath(), "<D:self/>", nil},
			{"/", by("D:owner"), all}, {"/dav/", by("D:owner"), all}, {"/dav/calendars/", by("D:owner"), all},
			{annasHome, by("D:owner"), all[1:]}, {r.calPath(), by("D:owner"), objects}, {other, by("D:owner"), nil}, {"/dav/principals/", by("D:owner"), nil},
			{"/dav/", by("D:principal-URL"), []string{principal}}, {annasHome, by("D:principal-URL"), nil},
			{"/dav/principals/", by("D:current-user-principal"), []string{principal}},
			{"/dav/", by("D:group-membership"), nil}, {"/dav/", by("C:calendar-home-set"), nil}, // names something else
			{"/dav/", by("D:displayname"), nil}, {"/dav/", by("x:own"), nil},
		} {
			body := "<D:principal-match" + namespaces + ">" + c.by + prop("D:resourcetype") + "</D:principal-match>"
			m := r.do("REPORT", c.path, body, "Depth", "0").multistatus()
			got := m.hrefs()
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s by %s: %v, want %v", c.path, c.by, got, c.want)
			}
			for _, row := range m.Rows {
				if _, ok := row.found()["resourcetype"]; !ok {
					t.Errorf("%s by %s: %+v", c.path, c.by, row)
				}
			}
		}
		match := func(inner string) string {
			return "<D:principal-match" + namespaces + ">" + inner + "</D:principal-match>"
		}
		for _, inner := range []string{"", "<D:principal-property/>", "<D:self/>" + by("D:owner"), "<D:principal-property><D:owner/><D:group/></D:principal-property>"} {
			r.do("REPORT", annasHome, match(inner)).want(http.StatusBadRequest)
		}
		for _, depth := range []string{"1", "infinity"} {
			r.do("REPORT", annasHome, match("<D:self/>"), "Depth", depth).want(http.StatusBadRequest)
		}
		r.do("REPORT", r.objPath("a"), match("<D:self/>")).wantError(http.StatusForbidden, "supported-report")
		if m := r.do("REPORT", annasHome, match(by("D:owner"))).multistatus(); len(m.Rows) != len(all)-1 { // without properties
			t.Errorf("%d rows", len(m.Rows))
		}
	})
}
