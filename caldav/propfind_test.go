package caldav_test

import (
	"encoding/xml"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
)

func TestP01KnownAndUnknown(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	for _, path := range []string{"/", "/dav/", "/dav/principals/anna/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")} {
		m := r.propfind(path, "0", "D:resourcetype", "x:foo", "D:quota-used-bytes", "D:resourcetype", "CS:pushkey")
		found := m.Rows[0].found()
		for _, name := range []string{"resourcetype", "!foo", "!quota-used-bytes", "!pushkey"} { // P03
			if _, ok := found[name]; !ok {
				t.Errorf("%s: %s is missing, there is %v", path, name, m.Rows[0].names())
			}
		}
		if v := found["!foo"]; v.XMLName.Space != "x" || v.Inner != "" {
			t.Errorf("%s: an unknown property comes back as %+v", path, v)
		}
	}
	alone := r.propfind(r.calPath(), "0", "x:foo").Rows[0]
	if len(alone.Propstats) != 1 || !strings.Contains(alone.Propstats[0].Status, "404") {
		t.Errorf("an unknown property alone: %+v", alone)
	}
}

func TestP04Minimal(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	for _, header := range [][]string{{"Prefer", "return=minimal"}, {"Prefer", `depth-noroot, return="minimal"`}, {"Prefer", "return-minimal"}, {"Brief", "t"}} {
		a := r.do("PROPFIND", r.calPath(), asking("x:foo", "D:displayname"), append([]string{"Depth", "0"}, header...)...)
		if got := a.multistatus().Rows[0].names(); !slices.Equal(got, []string{"displayname"}) {
			t.Errorf("%v: %v", header, got)
		}
		if a.Header.Get("Preference-Applied") != "return=minimal" || a.Header.Get("Vary") != "Prefer, Brief" { // P05
			t.Errorf("%v: headers %v", header, a.Header)
		}
		m := r.do("PROPFIND", r.calPath(), asking("x:foo"), append([]string{"Depth", "1"}, header...)...).multistatus()
		for _, row := range m.Rows {
			if len(row.Propstats) != 1 || !strings.Contains(row.Propstats[0].Status, "200") || len(row.Propstats[0].Prop.Values) != 0 {
				t.Errorf("%v: a row with nothing to tell: %+v", header, row)
			}
		}
	}
	plain := r.do("PROPFIND", r.calPath(), asking("x:foo"), "Depth", "0", "Prefer", "return=representation")
	if plain.Header.Get("Preference-Applied") != "" || plain.Header.Get("Vary") == "" {
		t.Errorf("headers %v", plain.Header)
	}
}

func TestP06AllpropHoldsNoCalDAV(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	bodies := map[string]string{"P08 empty": "", "P09 allprop": `<propfind xmlns="DAV:"><allprop/></propfind>`}
	for name, body := range bodies {
		for _, contentType := range []string{"", "application/xml", "text/xml; charset=utf-8", "text/plain", "nonsense"} {
			m := r.do("PROPFIND", r.calPath(), body, "Depth", "1", "Content-Type", contentType).multistatus()
			if len(m.Rows) != 2 {
				t.Fatalf("%s: rows %v", name, m.hrefs())
			}
			for _, row := range m.Rows {
				for n, v := range row.found() {
					if v.XMLName.Space != "DAV:" || strings.HasPrefix(n, "!") {
						t.Errorf("%s: allprop tells %v", name, v.XMLName)
					}
				}
			}
			if got := m.Rows[1].names(); !slices.Contains(got, "getetag") || !slices.Contains(got, "getcontentlength") {
				t.Errorf("%s: of the object %v", name, got)
			}
		}
	}
	m := r.do("PROPFIND", r.calPath(), "<D:propfind"+namespaces+"><D:allprop/><D:include><CS:getctag/><D:displayname/><x:foo/></D:include></D:propfind>", "Depth", "0").multistatus()
	if got := m.Rows[0].names(); !slices.Contains(got, "getctag") || !slices.Contains(got, "displayname") || !slices.Contains(got, "!foo") {
		t.Errorf("allprop with include: %v", got)
	}
}

func TestP07Propname(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	for _, path := range []string{"/", "/dav/principals/anna/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")} {
		m := r.do("PROPFIND", path, `<propfind xmlns="DAV:"><propname/></propfind>`, "Depth", "0").multistatus()
		if len(m.Rows[0].Propstats) != 1 {
			t.Fatalf("%s: %+v", path, m.Rows[0])
		}
		var ask strings.Builder
		for _, v := range m.Rows[0].Propstats[0].Prop.Values {
			if v.Inner != "" {
				t.Errorf("%s: %s has a value", path, v.XMLName.Local)
			}
			ask.WriteString(`<p:` + v.XMLName.Local + ` xmlns:p="` + v.XMLName.Space + `"/>`)
		}
		// Every property that is named is there when asked for.
		all := r.do("PROPFIND", path, `<propfind xmlns="DAV:"><prop>`+ask.String()+`</prop></propfind>`, "Depth", "0").multistatus()
		if len(all.Rows[0].Propstats) != 1 || len(all.Rows[0].found()) != len(m.Rows[0].found()) {
			t.Errorf("%s: names %v, values %v", path, m.Rows[0].names(), all.Rows[0].names())
		}
	}
}

func TestDepth(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	for _, path := range []string{"/", "/dav/", "/dav/calendars/anna/", r.calPath()} {
		r.do("PROPFIND", path, "", "Depth", "infinity").wantError(http.StatusForbidden, "propfind-finite-depth") // P10
		missing, one := r.do("PROPFIND", path, "").multistatus(), r.do("PROPFIND", path, "", "Depth", "1").multistatus()
		if missing.answer.Body != one.answer.Body || len(one.Rows) < 2 { // P11
			t.Errorf("%s: rows %v without Depth, %v with 1", path, missing.hrefs(), one.hrefs())
		}
	}
	r.do("PROPFIND", r.calPath(), "", "Depth", "2").want(http.StatusBadRequest)
	if m := r.do("PROPFIND", r.objPath("a"), "", "Depth", "1").multistatus(); len(m.Rows) != 1 {
		t.Errorf("an object has members: %v", m.hrefs())
	}
}

func TestP13CtagMovesWithMembers(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	tag := func() string {
		t.Helper()
		m := r.propfind(r.calPath(), "0", "CS:getctag", "D:sync-token", "D:getetag").Rows[0].found()
		if m["getctag"].Text != m["sync-token"].Text {
			t.Errorf("getctag %q, sync-token %q", m["getctag"].Text, m["sync-token"].Text)
		}
		return m["getctag"].Text
	}
	before := tag()
	r.change(upserts(event("a", "one", "2026-03-04T10:00"))...)
	r.round(r.cal.ID, true, upserts(event("a", "one", "2026-03-04T10:00"))...)
	if after := tag(); after != before { // S13
		t.Errorf("the ctag went from %s to %s, though nothing changed", before, after)
	}
	seen := map[string]bool{before: true}
	for _, change := range []bridge.Change{upserts(event("a", "two", "2026-03-04T10:00"))[0], upserts(event("b", "new", "2026-03-04T10:00"))[0], gone("b")} {
		r.change(change)
		now := tag()
		if seen[now] {
			t.Errorf("the ctag is %s again", now)
		}
		seen[now] = true
	}
}

func TestP14Objects(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two ☕", "2026-03-05T10:00"))
	m := r.propfind(r.calPath(), "1", "D:getetag", "D:getcontenttype", "D:getcontentlength", "D:resourcetype", "D:getlastmodified")
	if len(m.Rows) != 3 {
		t.Fatalf("rows %v", m.hrefs())
	}
	for _, row := range m.Rows[1:] {
		found := row.found()
		get := r.do("GET", row.Hrefs[0], "").want(http.StatusOK)
		head := r.do("HEAD", row.Hrefs[0], "").want(http.StatusOK)
		for name, header := range map[string]string{"getetag": "ETag", "getcontenttype": "Content-Type", "getcontentlength": "Content-Length", "getlastmodified": "Last-Modified"} { // P15
			if found[name].Text == "" || found[name].Text != get.Header.Get(header) || head.Header.Get(header) != get.Header.Get(header) {
				t.Errorf("%s is %q, of GET %q, of HEAD %q", name, found[name].Text, get.Header.Get(header), head.Header.Get(header))
			}
		}
		if found["resourcetype"].Inner != "" {
			t.Errorf("resourcetype %q", found["resourcetype"].Inner)
		}
	}
}

func TestP16ReportsListedAreAnswered(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	bodies := map[string]string{
		"calendar-query":                  "<C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>",
		"calendar-multiget":               prop("D:getetag") + "<D:href>" + r.objPath("a") + "</D:href>",
		"free-busy-query":                 `<C:time-range start="20260301T000000Z" end="20260401T000000Z"/>`,
		"sync-collection":                 "<D:sync-token/>" + prop("D:getetag"),
		"principal-property-search":       "<D:property-search>" + prop("D:displayname") + "<D:match>a</D:match></D:property-search>",
		"expand-property":                 `<D:property name="displayname"/>`,
		"principal-match":                 "<D:self/>",
		"acl-principal-prop-set":          prop("D:displayname"),
		"principal-search-property-set":   "",
		"calendarserver-principal-search": "",
	}
	for _, path := range []string{"/", "/dav/", "/dav/principals/", "/dav/principals/anna/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")} {
		set := r.propfind(path, "0", "D:supported-report-set").Rows[0].found()["supported-report-set"]
		for _, local := range regexp.MustCompile(`<D:supported-report><D:report><(?:\w+):([a-z-]+)/></D:report></D:supported-report>`).FindAllStringSubmatch(set.Inner, -1) {
			body, known := bodies[local[1]]
			prefix := "D:"
			switch local[1] {
			case "calendar-query", "calendar-multiget", "free-busy-query":
				prefix = "C:"
			case "calendarserver-principal-search":
				prefix = "CS:"
			}
			a := r.do("REPORT", path, "<"+prefix+local[1]+namespaces+">"+body+"</"+prefix+local[1]+">")
			if !known || a.Status != http.StatusMultiStatus && a.Status != http.StatusOK {
				t.Errorf("%s lists %s, which gives %d", path, local[1], a.Status)
			}
		}
	}
	if set := r.one(r.calPath(), "D:supported-report-set"); !strings.Contains(set, "<D:report><D:sync-collection/></D:report>") {
		t.Errorf("supported-report-set %s", set)
	}
	r.do("REPORT", r.calPath(), `<x:y xmlns:x="x"/>`).wantError(http.StatusForbidden, "supported-report") // Q24
	r.do("REPORT", "/dav/principals/anna/", "<D:sync-collection"+namespaces+"/>").wantError(http.StatusForbidden, "supported-report")
}

func TestP17PrivilegesAreTruthful(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	each := regexp.MustCompile(`^(<D:privilege><[A-Z]+:[a-z-]+/></D:privilege>)+$`)
	for _, path := range []string{"/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")} { // P18, A08
		set := r.one(path, "D:current-user-privilege-set")
		if !each.MatchString(set) {
			t.Errorf("%s: not one privilege per element: %s", path, set)
		}
		if strings.Contains(set, "write") || strings.Contains(set, "bind") || strings.Contains(set, ":all/") || !strings.Contains(set, "<D:read/>") {
			t.Errorf("%s: %s", path, set)
		}
	}
	if description := r.one(r.calPath(), "C:calendar-description"); !strings.Contains(description, "Read-only") {
		t.Errorf("description %q", description)
	}
}

func TestP24Ownership(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	for _, path := range []string{"/dav/calendars/anna/", r.calPath(), r.objPath("a")} {
		found := r.propfind(path, "0", "D:owner", "D:principal-collection-set", "D:acl", "D:supported-privilege-set", "D:acl-restrictions", "D:inherited-acl-set").Rows[0].found()
		if found["owner"].Inner != "<D:href>/dav/principals/anna/</D:href>" || found["principal-collection-set"].Inner != "<D:href>/dav/principals/</D:href>" {
			t.Errorf("%s: owner %s", path, found["owner"].Inner)
		}
		for name, want := range map[string]string{"acl": "<D:protected/>", "supported-privilege-set": "<C:read-free-busy/>", "acl-restrictions": "<D:grant-only/><D:no-invert/>"} { // P25
			if !strings.Contains(found[name].Inner, want) {
				t.Errorf("%s: %s is %s", path, name, found[name].Inner)
			}
		}
	}
}

func TestP26CalendarTimezone(t *testing.T) {
	r := newRig(t)
	found := r.propfind(r.calPath(), "0", "C:calendar-timezone", "C:calendar-timezone-id", "C:schedule-calendar-transp", "C:max-resource-size",
		"C:supported-calendar-data", "C:supported-collation-set").Rows[0].found()
	text := found["calendar-timezone"].Text
	if !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") || strings.Count(text, "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n") != 1 || !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
		t.Errorf("calendar-timezone %q", text)
	}
	for name, want := range map[string]string{
		"calendar-timezone-id": "Europe/Berlin", "schedule-calendar-transp": "<C:opaque/>", "max-resource-size": "8388608", // P29
		"supported-calendar-data": `<C:calendar-data content-type="text/calendar" version="2.0"/>`,
		"supported-collation-set": "<C:supported-collation>i;ascii-casemap</C:supported-collation><C:supported-collation>i;octet</C:supported-collation>",
	} {
		if got := found[name].Inner; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestP30ControlCharacters(t *testing.T) {
	r := newRig(t)
	cal := r.addCalendar(bridge.Listed{Source: "odd", Name: "a\x0bb\x00<&>\"\uFFFE\xff"})
	if got := r.one("/dav/calendars/anna/"+string(cal.ID)+"/", "D:displayname"); got != "ab<&>\"\uFFFD" {
		t.Errorf("displayname %q", got)
	}
}

func TestMalformedRequests(t *testing.T) {
	r := newRig(t)
	for name, body := range map[string]string{
		"no XML": "hello", "cut off": "<propfind xmlns='DAV:'><prop>", "another root": "<x/>", "nothing asked": "<propfind xmlns='DAV:'/>",
		"prefix not declared": "<D:propfind xmlns:D='DAV:'><D:prop><y:z/></D:prop></D:propfind>", "doctype": "<!DOCTYPE x []><propfind xmlns='DAV:'><prop/></propfind>",
		"entity": "<propfind xmlns='DAV:'><prop>&x;</prop></propfind>", "UTF-16": "<?xml version='1.0' encoding='utf-16'?><propfind xmlns='DAV:'><prop/></propfind>",
		"empty binding": "<propfind xmlns='DAV:'><prop><a xmlns:b=''/></prop></propfind>", "two roots": "<propfind xmlns='DAV:'><allprop/></propfind><a/>",
	} {
		if a := r.do("PROPFIND", r.calPath(), body, "Depth", "0"); a.Status != http.StatusBadRequest { // Q25
			t.Errorf("%s: %d", name, a.Status)
		}
		if a := r.do("REPORT", r.calPath(), body); a.Status != http.StatusBadRequest && a.Status != http.StatusForbidden {
			t.Errorf("%s: REPORT gives %d", name, a.Status)
		}
	}
	r.do("REPORT", r.calPath(), "").want(http.StatusBadRequest)
	for name, body := range map[string]string{
		"deep": strings.Repeat("<a>", 70) + strings.Repeat("</a>", 70),
		"long": "<propfind xmlns='DAV:'><prop>" + strings.Repeat("<a/>", 300_000) + "</prop></propfind>",
		"tag":  "<propfind xmlns='DAV:'><prop><a b='" + strings.Repeat("c", 300<<10) + "'/></prop></propfind>",
		"text": "<propfind xmlns='DAV:'><prop><a>" + strings.Repeat("c d e", 300<<10) + "</a></prop></propfind>",
	} {
		if a := r.do("PROPFIND", r.calPath(), body, "Depth", "0"); a.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
}

func TestAnswersDeclareTheirPrefixesOnce(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two", "2026-03-04T10:00"))
	a := r.do("PROPFIND", r.calPath(), asking("D:getetag", "CS:getctag", "A:calendar-color", "C:calendar-description"), "Depth", "1")
	if n := strings.Count(a.Body, "xmlns:"); n != 4 {
		t.Errorf("%d declarations in\n%s", n, a.Body)
	}
	if a.Header.Get("Content-Length") == "" {
		t.Error("a short answer has no length")
	}
	d := xml.NewDecoder(strings.NewReader(a.Body))
	for {
		if _, err := d.Token(); err != nil {
			break
		}
	}
}
