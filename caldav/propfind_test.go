package caldav_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
	"calbridge/bridge/vault"
)

func TestP01KnownAndUnknown(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	paths := []string{"/", "/dav/", "/dav/principals/anna/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")}
	ask := []string{"D:resourcetype", "x:foo", "D:quota-used-bytes", "D:resourcetype", "CS:pushkey"}
	r.holds("P01", func(t *testing.T) {
		for _, path := range paths {
			found := r.propfind(path, "0", ask...).Rows[0].found()
			for _, name := range []string{"resourcetype", "!foo", "!quota-used-bytes", "!pushkey"} {
				if _, ok := found[name]; !ok {
					t.Errorf("%s: %s is missing", path, name)
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
	})
	r.holds("P02", func(t *testing.T) { // as every multistatus in these tests is checked
		for _, path := range paths {
			seen := map[string]int{}
			for _, p := range r.propfind(path, "0", ask...).Rows[0].Propstats {
				for _, v := range p.Prop.Values {
					seen[v.XMLName.Local]++
				}
			}
			if len(seen) != 4 || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
				t.Errorf("%s: %v", path, seen)
			}
		}
	})
	r.holds("P03", func(t *testing.T) {
		for _, path := range paths {
			for _, headers := range [][]string{nil, {"Prefer", "return=minimal"}, {"Brief", "t"}} {
				row := r.do("PROPFIND", path, asking("D:resourcetype", "x:foo"), append([]string{"Depth", "0"}, headers...)...).multistatus().Rows[0]
				if _, ok := row.found()["resourcetype"]; !ok {
					t.Errorf("%s %v: %v", path, headers, row.names())
				}
			}
		}
	})
}

func TestP04Minimal(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	spellings := [][]string{{"Prefer", "return=minimal"}, {"Prefer", `depth-noroot, return="minimal"`}, {"Prefer", "return-minimal"}, {"Brief", "t"}}
	r.holds("P04", func(t *testing.T) {
		for _, header := range spellings {
			m := r.do("PROPFIND", r.calPath(), asking("x:foo", "D:displayname"), append([]string{"Depth", "0"}, header...)...).multistatus()
			if got := m.Rows[0].names(); !slices.Equal(got, []string{"displayname"}) {
				t.Errorf("%v: %v", header, got)
			}
			m = r.do("PROPFIND", r.calPath(), asking("x:foo"), append([]string{"Depth", "1"}, header...)...).multistatus()
			for _, row := range m.Rows {
				if len(row.Propstats) != 1 || !strings.Contains(row.Propstats[0].Status, "200") || len(row.Propstats[0].Prop.Values) != 0 {
					t.Errorf("%v: a row with nothing to tell: %+v", header, row)
				}
			}
		}
	})
	r.holds("P05", func(t *testing.T) {
		for _, header := range append(spellings, []string{"Prefer", "return=representation"}) {
			a := r.do("PROPFIND", r.calPath(), asking("x:foo"), append([]string{"Depth", "0"}, header...)...)
			applied := ""
			if header[1] != "return=representation" {
				applied = "return=minimal"
			}
			if a.Header.Get("Preference-Applied") != applied || a.Header.Get("Vary") != "Prefer, Brief" {
				t.Errorf("%v: headers %v", header, a.Header)
			}
		}
	})
}

func TestP06AllpropHoldsNoCalDAV(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	const allprop = `<propfind xmlns="DAV:"><allprop/></propfind>`
	r.holds("P06", func(t *testing.T) {
		m := r.do("PROPFIND", r.calPath(), allprop, "Depth", "1").multistatus()
		for _, row := range m.Rows {
			for n, v := range row.found() {
				if v.XMLName.Space != "DAV:" || strings.HasPrefix(n, "!") {
					t.Errorf("allprop tells %v", v.XMLName)
				}
			}
		}
		if got := m.Rows[1].names(); !slices.Contains(got, "getetag") || !slices.Contains(got, "getcontentlength") {
			t.Errorf("of the object %v", got)
		}
		m = r.do("PROPFIND", r.calPath(), "<D:propfind"+namespaces+"><D:allprop/><D:include><CS:getctag/><D:displayname/><x:foo/></D:include></D:propfind>", "Depth", "0").multistatus()
		if got := m.Rows[0].names(); !slices.Contains(got, "getctag") || !slices.Contains(got, "displayname") || !slices.Contains(got, "!foo") {
			t.Errorf("allprop with include: %v", got)
		}
	})
	want := r.do("PROPFIND", r.calPath(), allprop, "Depth", "1").Body
	for id, body := range map[string]string{"P08": "", "P09": allprop} {
		r.holds(id, func(t *testing.T) {
			for _, contentType := range []string{"", "application/xml", "text/xml; charset=utf-8", "text/plain", "nonsense"} {
				if got := r.do("PROPFIND", r.calPath(), body, "Depth", "1", "Content-Type", contentType).want(http.StatusMultiStatus).Body; got != want {
					t.Errorf("%s: %s", contentType, got)
				}
			}
		})
	}
}

func TestP07Propname(t *testing.T) {
	holds(t, "P07", func(t *testing.T) {
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
	})
}

func TestDepth(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	collections := []string{"/", "/dav/", "/dav/calendars/anna/", r.calPath()}
	r.holds("P10", func(t *testing.T) {
		for _, path := range collections {
			r.do("PROPFIND", path, "", "Depth", "infinity").wantError(http.StatusForbidden, "propfind-finite-depth")
		}
	})
	r.holds("P11", func(t *testing.T) {
		for _, path := range collections {
			missing, one := r.do("PROPFIND", path, "").multistatus(), r.do("PROPFIND", path, "", "Depth", "1").multistatus()
			if missing.answer.Body != one.answer.Body || len(one.Rows) < 2 {
				t.Errorf("%s: rows %v without Depth, %v with 1", path, missing.hrefs(), one.hrefs())
			}
		}
	})
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
			r.t.Errorf("getctag %q, sync-token %q", m["getctag"].Text, m["sync-token"].Text)
		}
		return m["getctag"].Text
	}
	before := tag()
	r.holds("S13", func(t *testing.T) {
		r.change(upserts(event("a", "one", "2026-03-04T10:00"))...)
		r.round(r.cal.ID, true, upserts(event("a", "one", "2026-03-04T10:00"))...)
		r.patch(r.calPath(), set("<D:displayname>Mine</D:displayname>"))
		if after := tag(); after != before {
			t.Errorf("the ctag went from %s to %s, though nothing changed", before, after)
		}
	})
	r.holds("P13", func(t *testing.T) {
		seen := map[string]bool{before: true}
		for _, change := range []bridge.Change{upserts(event("a", "two", "2026-03-04T10:00"))[0], upserts(event("b", "new", "2026-03-04T10:00"))[0], gone("b")} {
			r.change(change)
			now := tag()
			if seen[now] {
				t.Errorf("the ctag is %s again", now)
			}
			seen[now] = true
		}
	})
}

func TestP14Objects(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two ☕", "2026-03-05T10:00"))
	rows := r.propfind(r.calPath(), "1", "D:getetag", "D:getcontenttype", "D:getcontentlength", "D:resourcetype", "D:getlastmodified").Rows[1:]
	for id, headers := range map[string]map[string]string{
		"P14": {"getetag": "ETag", "getcontenttype": "Content-Type", "getlastmodified": "Last-Modified"}, "P15": {"getcontentlength": "Content-Length"}} {
		r.holds(id, func(t *testing.T) {
			for _, row := range rows {
				found := row.found()
				get, head := r.do("GET", row.Hrefs[0], "").want(http.StatusOK), r.do("HEAD", row.Hrefs[0], "").want(http.StatusOK)
				for name, header := range headers {
					if found[name].Text == "" || found[name].Text != get.Header.Get(header) || head.Header.Get(header) != get.Header.Get(header) {
						t.Errorf("%s is %q, of GET %q, of HEAD %q", name, found[name].Text, get.Header.Get(header), head.Header.Get(header))
					}
				}
				if found["resourcetype"].Inner != "" || id == "P15" && found["getcontentlength"].Text != fmt.Sprint(len(get.Body)) {
					t.Errorf("%s: %+v", row.Hrefs[0], found)
				}
			}
		})
	}
	if len(rows) != 2 {
		t.Errorf("%d rows", len(rows))
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
	r.holds("P16", func(t *testing.T) {
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
	})
	r.holds("Q24", func(t *testing.T) {
		r.do("REPORT", r.calPath(), `<x:y xmlns:x="x"/>`).wantError(http.StatusForbidden, "supported-report")
		r.do("REPORT", "/dav/principals/anna/", "<D:sync-collection"+namespaces+"/>").wantError(http.StatusForbidden, "supported-report")
		r.do("REPORT", "/dav/principals/anna/", "<C:calendar-query"+namespaces+"><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>").wantError(http.StatusForbidden, "supported-report")
	})
}

func TestP17PrivilegesAreTruthful(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	must[bridge.Device](t)(r.store.AddDevice(t.Context(), r.vault.Digest("password", vault.Typed("reading only")), bridge.Device{User: "anna", ReadOnly: true}))
	each := regexp.MustCompile(`^(<D:privilege><[A-Z]+:[a-z-]+/></D:privilege>)+$`)
	for id, c := range map[string]struct {
		password string
		paths    []string
	}{
		"P17": {r.secret, []string{"/", r.calPath(), r.objPath("a")}}, "P18": {r.secret, []string{"/dav/calendars/anna/"}},
		"A08": {"reading only", []string{"/dav/calendars/anna/", r.calPath(), r.objPath("a")}},
	} {
		r.holds(id, func(t *testing.T) {
			for _, path := range c.paths {
				set := r.as("anna", c.password, "PROPFIND", path, asking("D:current-user-privilege-set"), "Depth", "0").multistatus().Rows[0].found()["current-user-privilege-set"].Inner
				if !each.MatchString(set) {
					t.Errorf("%s: not one privilege per element: %s", path, set)
				}
				if strings.Contains(set, "write") || strings.Contains(set, "bind") || strings.Contains(set, ":all/") || !strings.Contains(set, "<D:read/>") {
					t.Errorf("%s: %s", path, set)
				}
				if a := r.as("anna", c.password, "PUT", r.objPath("a"), newEvent); a.Status != http.StatusForbidden { // the server keeps to it
					t.Errorf("PUT: %d", a.Status)
				}
			}
		})
	}
	if description := r.one(r.calPath(), "C:calendar-description"); !strings.Contains(description, "Read-only") {
		t.Errorf("description %q", description)
	}
}

func TestP24Ownership(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	for id, wants := range map[string]map[string]string{
		"P24": {"owner": "<D:href>/dav/principals/anna/</D:href>", "principal-collection-set": "<D:href>/dav/principals/</D:href>"},
		"P25": {"acl": "<D:protected/>", "supported-privilege-set": "<C:read-free-busy/>", "acl-restrictions": "<D:grant-only/><D:no-invert/>", "inherited-acl-set": ""},
	} {
		r.holds(id, func(t *testing.T) {
			for _, path := range []string{"/dav/calendars/anna/", r.calPath(), r.objPath("a")} {
				for name, want := range wants {
					v, ok := r.propfind(path, "0", "D:"+name).Rows[0].found()[name]
					if !ok || !strings.Contains(v.Inner, want) {
						t.Errorf("%s: %s is %s", path, name, v.Inner)
					}
				}
			}
			if got := r.one("/dav/principals/anna/", "D:principal-URL"); got != "<D:href>/dav/principals/anna/</D:href>" {
				t.Errorf("principal-URL %s", got)
			}
		})
	}
}

func TestP26CalendarTimezone(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	inner := func(t *testing.T, name, want string) {
		t.Helper()
		_, local, _ := strings.Cut(name, ":")
		if got := r.propfind(r.calPath(), "0", name).Rows[0].found()[local].Inner; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	r.holds("P26", func(t *testing.T) {
		text := r.one(r.calPath(), "C:calendar-timezone")
		if !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") || strings.Count(text, "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n") != 1 || !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
			t.Errorf("calendar-timezone %q", text)
		}
		if _, err := ical.NewDecoder(strings.NewReader(text)).Decode(); err != nil {
			t.Errorf("calendar-timezone: %v", err)
		}
		inner(t, "C:calendar-timezone-id", "Europe/Berlin")
	})
	r.holds("P28", func(t *testing.T) {
		inner(t, "C:max-resource-size", "8388608")
		r.do("PUT", r.calPath()+"new.ics", strings.Repeat(newEvent, 9<<20/len(newEvent))).wantError(http.StatusForbidden, "need-privileges")
	})
	r.holds("P29", func(t *testing.T) { inner(t, "C:schedule-calendar-transp", "<C:opaque/>") })
	inner(t, "C:supported-calendar-data", `<C:calendar-data content-type="text/calendar" version="2.0"/>`)
	for _, path := range []string{"/", "/dav/", "/dav/principals/anna/", "/dav/calendars/anna/", r.calPath(), r.objPath("a")} { // where texts can be searched, it is told how
		found := r.propfind(path, "0", "C:supported-collation-set", "D:supported-report-set").Rows[0].found()
		if _, told := found["supported-collation-set"]; told != strings.Contains(found["supported-report-set"].Inner, "calendar-query") {
			t.Errorf("%s tells collations: %v", path, told)
		}
	}
	inner(t, "C:supported-collation-set", "<C:supported-collation>i;ascii-casemap</C:supported-collation><C:supported-collation>i;octet</C:supported-collation>"+
		"<C:supported-collation>i;unicode-casemap</C:supported-collation>")
}

func TestP30ControlCharacters(t *testing.T) {
	odd := "a\x0bb\x00<&>\"\uFFFE\xff"
	r := newRig(t, event("a", odd, "2026-03-04T10:00"))
	r.holds("P30", func(t *testing.T) {
		cal := r.addCalendar(bridge.Listed{Source: "odd", Name: odd})
		if got := r.one("/dav/calendars/anna/"+string(cal.ID)+"/", "D:displayname"); got != "ab<&>\"\uFFFD" {
			t.Errorf("displayname %q", got)
		}
		data := r.multiget(r.calPath(), r.objPath("a")).Rows[0].found()["calendar-data"].Text // parsed strictly
		if strings.ContainsAny(data, "\x00\x0b\uFFFE") || !strings.Contains(data, "SUMMARY:ab<&>") {
			t.Errorf("calendar-data %q", data)
		}
		r.do("PROPFIND", r.calPath(), "<propfind xmlns='DAV:'><prop><getetag/></prop></propfind>\x00", "Depth", "0").want(http.StatusBadRequest)
	})
}

func TestMalformedRequests(t *testing.T) {
	holds(t, "Q25", func(t *testing.T) {
		r := newRig(t)
		for name, body := range map[string]string{
			"no XML": "hello", "cut off": "<propfind xmlns='DAV:'><prop>", "another root": "<x/>", "nothing asked": "<propfind xmlns='DAV:'/>",
			"prefix not declared": "<D:propfind xmlns:D='DAV:'><D:prop><y:z/></D:prop></D:propfind>", "doctype": "<!DOCTYPE x []><propfind xmlns='DAV:'><prop/></propfind>",
			"entity": "<propfind xmlns='DAV:'><prop>&x;</prop></propfind>", "UTF-16": "<?xml version='1.0' encoding='utf-16'?><propfind xmlns='DAV:'><prop/></propfind>",
			"empty binding": "<propfind xmlns='DAV:'><prop><a xmlns:b=''/></prop></propfind>", "two roots": "<propfind xmlns='DAV:'><allprop/></propfind><a/>",
			"two ways": "<propfind xmlns='DAV:'><allprop/><propname/></propfind>", "two more": "<propfind xmlns='DAV:'><prop><getetag/></prop><allprop/></propfind>",
			"half of UTF-16": "\xff\xfe<\x00a", "cut UTF-16": "\xfe\xff\x00<\x00a",
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
	})
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

// Names of any characters come back as they were asked, object by object.
func TestNamesThatLookLikeHoles(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two", "2026-03-04T10:00"))
	const space = "urn:\uE000\uE001\uE002"
	own := `<D:prop><D:getetag/><C:calendar-data/><X:own xmlns:X="` + space + `"/></D:prop>`
	for what, m := range map[string]*multistatus{
		"PROPFIND": r.do("PROPFIND", r.calPath(), "<D:propfind"+namespaces+">"+own+"</D:propfind>", "Depth", "1").multistatus(),
		"multiget": r.report("C:calendar-multiget", own+"<D:href>"+r.objPath("a")+"</D:href><D:href>"+r.objPath("b")+"</D:href>").multistatus(),
	} {
		if len(m.Rows) < 2 {
			t.Errorf("%s: %d rows", what, len(m.Rows))
		}
		for _, row := range m.Rows {
			for _, p := range row.Propstats {
				for _, v := range p.Prop.Values {
					if v.XMLName.Local == "own" && v.XMLName.Space != space {
						t.Errorf("%s: %q", what, v.XMLName.Space)
					}
				}
			}
		}
	}
}
