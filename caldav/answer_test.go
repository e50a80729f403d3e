package caldav_test

import (
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answer is a response with its body read.
type answer struct {
	t      testing.TB
	asked  string
	Status int
	Header http.Header
	Body   string
}

// do sends a request signed in as anna. Headers come in pairs.
func (r *rig) do(method, path, body string, headers ...string) *answer {
	r.t.Helper()
	return r.as("anna", r.secret, method, path, body, headers...)
}

func (r *rig) as(user, password, method, path, body string, headers ...string) *answer {
	r.t.Helper()
	req, err := http.NewRequest(method, r.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	if user != "" && req.Header.Get("Authorization") == "" {
		req.SetBasicAuth(user, password)
	}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return &answer{r.t, method + " " + path + "\n" + body, res.StatusCode, res.Header, string(text)}
}

// client follows no redirects and asks for no compression.
var client = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (a *answer) fatalf(format string, args ...any) {
	a.t.Helper()
	a.t.Fatalf(format+"\nasked: %s\nanswer: %d\n%s", append(args, a.asked, a.Status, a.Body)...)
}

func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.Status != status {
		a.fatalf("status %d, want %d", a.Status, status)
	}
	return a
}

// wantError checks that the body is a DAV:error with an element.
func (a *answer) wantError(status int, element string) *answer {
	a.t.Helper()
	a.want(status)
	var doc struct {
		XMLName xml.Name
		Inner   []struct{ XMLName xml.Name } `xml:",any"`
	}
	if err := xml.Unmarshal([]byte(a.Body), &doc); err != nil {
		a.fatalf("%v", err)
	}
	if doc.XMLName != (xml.Name{Space: "DAV:", Local: "error"}) || len(doc.Inner) != 1 || doc.Inner[0].XMLName.Local != element {
		a.fatalf("no DAV:error with %s", element)
	}
	return a
}

// multistatus is a parsed 207.
type multistatus struct {
	XMLName   xml.Name
	Rows      []row  `xml:"DAV: response"`
	SyncToken string `xml:"DAV: sync-token"`
	answer    *answer
}

type row struct {
	Hrefs     []string   `xml:"DAV: href"`
	Status    string     `xml:"DAV: status"`
	Propstats []propstat `xml:"DAV: propstat"`
}

type propstat struct {
	Status string `xml:"DAV: status"`
	Prop   struct {
		Values []value `xml:",any"`
	} `xml:"DAV: prop"`
	Error struct {
		Inner string `xml:",innerxml"`
	} `xml:"DAV: error"`
}

type value struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Inner   string `xml:",innerxml"`
	Nested  []row  `xml:"DAV: response"`
}

// multistatus parses a 207 and checks what holds for every one.
func (a *answer) multistatus() *multistatus {
	a.t.Helper()
	a.want(http.StatusMultiStatus)
	if got := a.Header.Get("Content-Type"); got != "application/xml; charset=utf-8" {
		a.fatalf("Content-Type %q", got)
	}
	m := &multistatus{answer: a}
	if err := xml.Unmarshal([]byte(a.Body), m); err != nil {
		a.fatalf("not XML: %v", err)
	}
	if m.XMLName != (xml.Name{Space: "DAV:", Local: "multistatus"}) {
		a.fatalf("root %v", m.XMLName)
	}
	for _, r := range m.Rows {
		m.check(r)
	}
	return m
}

// check holds RFC 4918 §14.24: one href, then a status or propstats; and P02, no
// property twice.
func (m *multistatus) check(r row) {
	m.answer.t.Helper()
	if len(r.Hrefs) != 1 || (r.Status == "") == (len(r.Propstats) == 0) {
		m.answer.fatalf("a row with %d hrefs, status %q and %d propstats", len(r.Hrefs), r.Status, len(r.Propstats))
	}
	seen := map[xml.Name]bool{}
	for _, p := range r.Propstats {
		if !strings.HasPrefix(p.Status, "HTTP/1.1 ") {
			m.answer.fatalf("propstat status %q", p.Status)
		}
		for _, v := range p.Prop.Values {
			if seen[v.XMLName] {
				m.answer.fatalf("P02: %v is in the row of %s twice", v.XMLName, r.Hrefs[0])
			}
			seen[v.XMLName] = true
		}
	}
}

func (m *multistatus) hrefs() (list []string) {
	for _, r := range m.Rows {
		list = append(list, r.Hrefs[0])
	}
	return list
}

// row returns the row of an href.
func (m *multistatus) row(href string) row {
	m.answer.t.Helper()
	i := slices.IndexFunc(m.Rows, func(r row) bool { return r.Hrefs[0] == href })
	if i < 0 {
		m.answer.fatalf("no row for %s", href)
	}
	return m.Rows[i]
}

// found returns the properties of a row by local name; those of the 404
// propstat have "!" before it.
func (r row) found() map[string]value {
	m := map[string]value{}
	for _, p := range r.Propstats {
		prefix := ""
		if !strings.Contains(p.Status, " 200 ") {
			prefix = "!"
		}
		for _, v := range p.Prop.Values {
			m[prefix+v.XMLName.Local] = v
		}
	}
	return m
}

func (r row) names() []string { return slices.Sorted(maps.Keys(r.found())) }

// propfind asks for properties, whose names have a namespace's prefix.
func (r *rig) propfind(path, depth string, props ...string) *multistatus {
	r.t.Helper()
	return r.do("PROPFIND", path, asking(props...), "Depth", depth).multistatus()
}

const namespaces = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/" xmlns:x="x"`

func asking(props ...string) string {
	return "<D:propfind" + namespaces + ">" + prop(props...) + "</D:propfind>"
}

func prop(props ...string) string {
	var b strings.Builder
	for _, p := range props {
		b.WriteString("<" + p + "/>")
	}
	return "<D:prop>" + b.String() + "</D:prop>"
}

// report sends a report to the rig's calendar.
func (r *rig) report(root, inner string, headers ...string) *answer {
	r.t.Helper()
	return r.do("REPORT", r.calPath(), "<"+root+namespaces+">"+inner+"</"+root+">", headers...)
}

// one returns the only value of a property, asked with Depth 0.
func (r *rig) one(path, name string) string {
	r.t.Helper()
	m := r.propfind(path, "0", name)
	_, local, _ := strings.Cut(name, ":")
	v, ok := m.Rows[0].found()[local]
	if !ok {
		m.answer.fatalf("no %s", name)
	}
	if v.Text != "" {
		return v.Text
	}
	return v.Inner
}
