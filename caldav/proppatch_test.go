package caldav_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
	"calbridge/bridge/vault"
)

// patch sends a PROPPATCH and returns its only row.
func (r *rig) patch(path, inner string) row {
	r.t.Helper()
	m := r.do("PROPPATCH", path, "<D:propertyupdate"+namespaces+">"+inner+"</D:propertyupdate>").multistatus()
	if got := m.hrefs(); !slices.Equal(got, []string{path}) {
		m.answer.fatalf("rows %v", got)
	}
	return m.Rows[0]
}

func set(props string) string { return "<D:set><D:prop>" + props + "</D:prop></D:set>" }

func remove(props ...string) string { return "<D:remove>" + prop(props...) + "</D:remove>" }

// outcome writes a row as "403 cannot-modify-protected-property getetag; 424 a b".
func (r row) outcome() string {
	var parts []string
	for _, p := range r.Propstats {
		words := []string{strings.Fields(p.Status)[1]}
		if p.Error.Inner != "" {
			words = append(words, strings.Trim(strings.TrimPrefix(strings.TrimPrefix(p.Error.Inner, "<D:"), "<C:"), "/>"))
		}
		for _, v := range p.Prop.Values {
			words = append(words, v.XMLName.Local)
		}
		parts = append(parts, strings.Join(words, " "))
	}
	return strings.Join(parts, "; ")
}

const berlinOnly = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VTIMEZONE\nTZID:%s\nEND:VTIMEZONE\nEND:VCALENDAR\n"

func TestP21ClientsKeepTheirSettings(t *testing.T) {
	holds(t, "P21", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		home, principal, before := "/dav/calendars/anna/", "/dav/principals/anna/", r.do("GET", r.calPath(), "")
		auckland := fmt.Sprintf(berlinOnly, "Pacific/Auckland")
		for _, c := range []struct{ path, name, value, inner string }{
			{r.calPath(), "A:calendar-color", "#ff2968ff", ""}, {r.calPath(), "A:calendar-color", "#FF2968", ""}, {r.calPath(), "A:calendar-order", "1", ""}, {r.calPath(), "A:calendar-order", "-3", ""},
			{r.calPath(), "D:displayname", "Büro & <Heim>", ""}, {r.calPath(), "C:calendar-description", "mine", ""}, {r.calPath(), "C:calendar-timezone", auckland, ""},
			{r.calPath(), "C:calendar-timezone-id", "America/New_York", ""},
			{r.calPath(), "C:default-alarm-vevent-datetime", "BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\n", ""}, {r.calPath(), "C:schedule-calendar-transp", "", "<C:transparent/>"},
			{home, "C:default-alarm-vevent-date", "BEGIN:VALARM\nTRIGGER:-PT15H\nEND:VALARM\n", ""}, {home, "A:calendar-order", "2", ""}, {home, "D:displayname", "Anna's", ""},
			{principal, "x:foo", "", `<X:bar xmlns:X="x" a="b&amp;c">text</X:bar>`}, {principal, "C:calendar-availability", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", ""}, {r.calPath(), "C:calendar-alarm", "", ""},
		} {
			_, local, _ := strings.Cut(c.name, ":")
			inner := c.inner
			if inner == "" {
				inner = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(c.value)
			}
			if got := r.patch(c.path, set("<"+c.name+">"+inner+"</"+c.name+">")).outcome(); got != "200 "+local {
				t.Errorf("%s of %s: %s", c.name, c.path, got)
				continue
			}
			v := r.propfind(c.path, "0", c.name).Rows[0].found()[local]
			if c.inner != "" && v.Inner != c.inner || c.inner == "" && v.Text != c.value {
				t.Errorf("%s of %s reads %q %q, want %q%q", c.name, c.path, v.Inner, v.Text, c.value, c.inner)
			}
		}
		m := r.propfind(home, "1", "D:displayname", "A:calendar-color", "A:calendar-order")
		for name, want := range map[string]string{"displayname": "Büro & <Heim>", "calendar-color": "#FF2968", "calendar-order": "-3"} {
			if got := m.row(r.calPath()).found()[name].Text; got != want {
				t.Errorf("the home lists %s %q, want %q", name, got, want)
			}
		}
		names := r.do("PROPFIND", principal, `<propfind xmlns="DAV:"><propname/></propfind>`, "Depth", "0").multistatus().Rows[0].names()
		all := r.do("PROPFIND", principal, "", "Depth", "0").multistatus().Rows[0].names()
		if !slices.Contains(names, "foo") || !slices.Contains(names, "calendar-availability") || !slices.Contains(all, "foo") || slices.Contains(all, "calendar-availability") {
			t.Errorf("propname %v, allprop %v", names, all)
		}
		// Nothing of it is an event's business, or the source's, or another user's.
		if after := r.do("GET", r.calPath(), ""); after.Header.Get("ETag") != before.Header.Get("ETag") || after.Body != before.Body {
			t.Error("the calendar's file changed")
		}
		if cal := must[bridge.Calendar](t)(r.store.Calendar(t.Context(), r.cal.ID)); cal.Name != "Office" || cal.Color != "#0078d4" {
			t.Errorf("the source's calendar became %q %s", cal.Name, cal.Color)
		}
		r.addUser("ben", "secret of ben")
		if got := r.as("ben", "secret of ben", "PROPFIND", "/dav/principals/ben/", asking("x:foo"), "Depth", "0").multistatus().Rows[0].names(); !slices.Equal(got, []string{"!foo"}) {
			t.Errorf("ben sees %v", got)
		}
	})
}

// Days without a zone are those of the zone that the reader has set.
func TestOwnTimezoneMovesDays(t *testing.T) {
	r := newRig(t, allDay("e", "day", "2026-03-05", 1))
	early := timeRange("2026-03-04T11:00", "2026-03-04T12:00") // 5 March in Auckland begins at 11:00Z
	rows := func() int { t.Helper(); return len(r.query(early).Rows) }
	busy := func() string {
		t.Helper()
		return r.report("C:free-busy-query", `<C:time-range start="20260304T110000Z" end="20260304T120000Z"/>`).want(http.StatusOK).Body
	}
	if rows() != 0 || strings.Contains(busy(), "FREEBUSY;") {
		t.Error("a day of the mailbox begins too early")
	}
	for _, c := range []struct {
		inner string
		want  int
	}{
		{set("<C:calendar-timezone>" + fmt.Sprintf(berlinOnly, "Pacific/Auckland") + "</C:calendar-timezone>"), 1}, {remove("C:calendar-timezone"), 0},
		{set("<C:calendar-timezone-id>Pacific/Auckland</C:calendar-timezone-id>"), 1},
		{set("<C:calendar-timezone>" + fmt.Sprintf(berlinOnly, "Made up") + "</C:calendar-timezone>"), 0}, // a zone that nobody knows
	} {
		if got := r.patch(r.calPath(), c.inner).outcome(); !strings.HasPrefix(got, "200 ") {
			t.Fatalf("%s: %s", c.inner, got)
		}
		if got := rows(); got != c.want || strings.Contains(busy(), "FREEBUSY;") != (c.want == 1) {
			t.Errorf("%s: %d rows\n%s", c.inner, got, busy())
		}
	}
	r.patch(r.calPath(), set("<C:calendar-timezone-id>Pacific/Auckland</C:calendar-timezone-id>"))
	if got := r.one(r.calPath(), "C:calendar-timezone"); !strings.Contains(got, "TZID:Pacific/Auckland") {
		t.Errorf("calendar-timezone %s", got)
	}
}

func TestP22AllOrNothing(t *testing.T) {
	holds(t, "P22", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		name, color := "<D:displayname>y</D:displayname>", "<A:calendar-color>#FF0000FF</A:calendar-color>"
		for _, c := range []struct{ path, inner, want string }{
			{r.calPath(), set("<D:getetag>x</D:getetag>"+name) + remove("x:foo"), "403 cannot-modify-protected-property getetag; 424 displayname foo"},
			{r.calPath(), set(name) + remove("D:resourcetype", "CS:getctag", "D:sync-token"), "424 displayname; 403 cannot-modify-protected-property resourcetype getctag sync-token"},
			{r.calPath(), set("<D:quota-used-bytes>1</D:quota-used-bytes><D:creationdate/><C:schedule-inbox-URL/><CS:push-transports/>"), "403 cannot-modify-protected-property quota-used-bytes creationdate schedule-inbox-URL push-transports"},
			{r.calPath(), set("<A:calendar-color>red</A:calendar-color>" + name), "409 calendar-color; 424 displayname"},
			{r.calPath(), set("<A:calendar-order>first</A:calendar-order>" + name), "409 calendar-order; 424 displayname"},
			{r.calPath(), set("<C:schedule-calendar-transp/>"), "409 schedule-calendar-transp"},
			{r.calPath(), set("<C:calendar-timezone>nonsense</C:calendar-timezone>" + name), "403 valid-calendar-data calendar-timezone; 424 displayname"},
			{r.calPath(), set("<C:calendar-timezone>" + newEvent + "</C:calendar-timezone>"), "403 valid-calendar-data calendar-timezone"},
			{r.calPath(), set("<C:calendar-timezone-id>Nowhere/Land</C:calendar-timezone-id>"), "403 valid-timezone calendar-timezone-id"},
			{r.calPath(), set("<x:foo>"+strings.Repeat("long", 20_000)+"</x:foo>") + set(name), "507 foo displayname"},
			{r.objPath("a"), set("<x:foo>y</x:foo>"), "403 need-privileges foo"},
			{r.objPath("a"), set("<x:foo>y</x:foo><D:getetag/>"), "403 need-privileges foo; 403 cannot-modify-protected-property getetag"},
			{"/dav/", set("<x:foo>y</x:foo>"), "403 need-privileges foo"},
			{"/dav/principals/anna/", set("<C:calendar-home-set/>" + color), "403 cannot-modify-protected-property calendar-home-set; 424 calendar-color"},
		} {
			if got := r.patch(c.path, c.inner).outcome(); got != c.want {
				t.Errorf("%.200s\ngot  %s\nwant %s", c.inner, got, c.want)
			}
		}
		found := r.propfind(r.calPath(), "0", "D:displayname", "A:calendar-color", "x:foo", "A:calendar-order", "C:calendar-timezone-id").Rows[0].found()
		if _, kept := found["foo"]; kept || found["displayname"].Text != "Office" || found["calendar-color"].Text != "#0078D4FF" || found["calendar-order"].Text != "1" || found["calendar-timezone-id"].Text != "Europe/Berlin" {
			t.Errorf("something was applied: %+v", found)
		}
		r.do("PROPPATCH", r.calPath(), "<D:propertyupdate xmlns:D='DAV:'/>").want(http.StatusBadRequest)
		r.do("PROPPATCH", r.calPath(), "").want(http.StatusBadRequest)
	})
}

func TestP23Remove(t *testing.T) {
	holds(t, "P23", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"))
		r.patch(r.calPath(), set("<D:displayname>Mine</D:displayname><A:calendar-color>#FF0000FF</A:calendar-color><A:calendar-order>9</A:calendar-order><C:calendar-description>mine</C:calendar-description><x:foo>y</x:foo>"))
		if got := r.patch(r.calPath(), remove("D:displayname", "A:calendar-color", "A:calendar-order", "C:calendar-description", "x:foo", "x:never-set", "D:never-set", "C:never-set")).outcome(); got != "200 displayname calendar-color calendar-order calendar-description foo never-set never-set never-set" {
			t.Errorf("outcome %s", got)
		}
		found := r.propfind(r.calPath(), "0", "D:displayname", "A:calendar-color", "A:calendar-order", "C:calendar-description", "x:foo").Rows[0].found()
		if _, gone := found["!foo"]; !gone || found["displayname"].Text != "Office" || found["calendar-color"].Text != "#0078D4FF" || found["calendar-order"].Text != "1" || !strings.Contains(found["calendar-description"].Text, "Read-only") {
			t.Errorf("left %+v", found)
		}
		if got := r.patch(r.calPath(), remove("D:never-set")+set("<D:never-set>1</D:never-set>")).outcome(); got != "403 cannot-modify-protected-property never-set" {
			t.Errorf("outcome %s", got)
		}
		// Instructions are carried out in their order, and a name is never empty.
		if got := r.patch(r.calPath(), set("<x:foo>1</x:foo>")+remove("x:foo")+set("<x:foo>2</x:foo>")).outcome(); got != "200 foo" || r.one(r.calPath(), "x:foo") != "2" {
			t.Errorf("outcome %s", got)
		}
		if r.patch(r.calPath(), set("<D:displayname>  </D:displayname>")); r.one(r.calPath(), "D:displayname") != "Office" {
			t.Error("a calendar without a name")
		}
	})
}

func TestReadOnlyPasswordsKeepNothing(t *testing.T) {
	r := newRig(t)
	digest := r.vault.Digest("password", vault.Typed("reading only"))
	must[bridge.Device](t)(r.store.AddDevice(t.Context(), digest, bridge.Device{User: "anna", Label: "panel", ReadOnly: true}))
	m := r.as("anna", "reading only", "PROPPATCH", r.calPath(), "<D:propertyupdate"+namespaces+">"+set("<D:displayname>x</D:displayname>")+"</D:propertyupdate>").multistatus()
	if got := m.Rows[0].outcome(); got != "403 need-privileges displayname" || r.one(r.calPath(), "D:displayname") != "Office" {
		t.Errorf("outcome %s", got)
	}
}
