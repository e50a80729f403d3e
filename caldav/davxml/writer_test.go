package davxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"plain ünïcödé 🎉":      "plain ünïcödé 🎉",
		`a<b>&"c'`:             `a&lt;b&gt;&amp;"c'`,
		"a\r\nb\tc":            "a&#13;\nb\tc",
		"]]>":                  "]]&gt;",
		"\x00\x01\x0b\x1f\x7f": "\x7f",
		"a\xffb\xc3":           "a\uFFFDb\uFFFD",
		"\uFFFE\uFFFFz\uFFFD":  "z\uFFFD",
		"\xed\xa0\x80":         "\uFFFD\uFFFD\uFFFD", // a surrogate
	} {
		var w Writer
		w.Text(in)
		if got := string(w.buf); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
		if got := string(appendData(nil, []byte(in))); got != want {
			t.Errorf("Data(%q) = %q, want %q", in, got, want)
		}
	}
}

// What XML can carry comes back as it was, from a parser that is not ours.
func TestTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "text")
		body := Document(DAV("error"), func(w *Writer) { w.Element(DAV("href"), in) })
		var doc struct {
			Href string `xml:"DAV: href"`
		}
		if err := xml.Unmarshal(body, &doc); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
				return -1
			}
			return r
		}, in)
		if utf8.ValidString(in) && doc.Href != want {
			t.Fatalf("%q came back as %q", in, doc.Href)
		}
	})
}

func TestNames(t *testing.T) {
	var w Writer
	w.Empty(DAV("a"))
	w.Empty(CalDAV("comp"), "name", `V"EVENT<`)
	w.Empty(CalendarServer("c"))
	w.Empty(Apple("d"))
	w.Element(Name{Space: `http://x/?a&"b`, Local: "e"}, "v")
	w.Element(Name{Local: "f"}, "v")
	want := `<D:a/><C:comp name="V&quot;EVENT&lt;"/><CS:c/><ICAL:d/><X:e xmlns:X="http://x/?a&amp;&quot;b">v</X:e><f>v</f>`
	if got := string(w.buf); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

const root = declaration + `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:ICAL="http://apple.com/ns/ical/">`

func TestMultistatus(t *testing.T) {
	var out bytes.Buffer
	m := NewMultistatus(&out)
	m.Response("/a/", "b&.ics")
	m.Prop(DAV("getetag"))
	m.Text(`"1"`)
	m.EndProp(DAV("getetag"), true)
	m.Prop(DAV("resourcetype"))
	m.EndProp(DAV("resourcetype"), true)
	m.Prop(CalDAV("calendar-color"))
	m.Text("half a value")
	m.EndProp(CalDAV("calendar-color"), false)
	m.Missing(Name{Space: "x", Local: "foo"})
	check(t, m.EndResponse(false))
	check(t, m.Status(StatusNotFound, Name{}, "/gone"))
	check(t, m.Status(StatusInsufficientStorage, DAV("number-of-matches-within-limits"), "/a/"))
	m.Response("/empty")
	m.Missing(DAV("x"))
	check(t, m.EndResponse(true))
	m.Response("/patched")
	m.Propstat(StatusForbidden, []Name{DAV("getetag")}, DAV("cannot-modify-protected-property"))
	m.Propstat(StatusFailedDependency, []Name{DAV("displayname")}, Name{})
	check(t, m.EndRow())
	m.SyncToken("urn:x")
	rest, err := m.Finish()
	check(t, err)
	want := root +
		`<D:response><D:href>/a/b&amp;.ics</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag><D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>` +
		`<D:propstat><D:prop><C:calendar-color/><X:foo xmlns:X="x"/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>` +
		`<D:response><D:href>/gone</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>` +
		`<D:response><D:href>/a/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error></D:response>` +
		`<D:response><D:href>/empty</D:href><D:propstat><D:prop></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>` +
		`<D:response><D:href>/patched</D:href><D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:cannot-modify-protected-property/></D:error></D:propstat>` +
		`<D:propstat><D:prop><D:displayname/></D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:propstat></D:response>` +
		`<D:sync-token>urn:x</D:sync-token></D:multistatus>`
	if got := string(rest); got != want || out.Len() != 0 {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTemplate(t *testing.T) {
	row := func(m *Multistatus, name, etag, data string) {
		members := MembersOf("/a&b/", ".ics")
		m.Member(&members, name)
		m.Prop(CalDAV("calendar-data"))
		m.Data([]byte(data))
		m.EndProp(CalDAV("calendar-data"), true)
		m.Missing(Name{Space: "x", Local: "foo"})
		m.Prop(DAV("getetag"))
		m.Plain(`"` + etag + `"`)
		m.EndProp(DAV("getetag"), true)
	}
	rapid.Check(t, func(t *rapid.T) {
		name, data, minimal := rapid.StringMatching(`[a-z0-9&<-]{0,30}`).Draw(t, "name"), "data"+rapid.String().Draw(t, "data"), rapid.Bool().Draw(t, "minimal")
		one, other := NewMultistatus(io.Discard), NewMultistatus(io.Discard)
		row(one, name, "e1", data)
		if err := one.EndResponse(minimal); err != nil {
			t.Fatal(err)
		}
		alike := other.Template(func() { row(other, HoleName.String(), HoleETag.String(), HoleData.String()) }, minimal)
		if err := other.Fill(alike, &Filling{HoleName: name, HoleETag: "e1", HoleData: Escaped([]byte(data))}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one.buf, other.buf) {
			t.Fatalf("filled\n%s\nwritten\n%s", other.buf, one.buf)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// counted notes how it was written to.
type counted struct {
	bytes.Buffer
	sizes []int
}

func (c *counted) Write(p []byte) (int, error) {
	c.sizes = append(c.sizes, len(p))
	return c.Buffer.Write(p)
}

func TestLongAnswersPassOnInBigPieces(t *testing.T) {
	var out counted
	m := NewMultistatus(&out)
	for range 20_000 {
		check(t, m.Status(StatusNotFound, Name{}, "/some/path/of/an/object.ics"))
	}
	m.Response("/large")
	m.Prop(CalDAV("calendar-data"))
	m.Text(strings.Repeat("x", 2<<20))
	m.EndProp(CalDAV("calendar-data"), true)
	check(t, m.EndResponse(false))
	rest, err := m.Finish()
	check(t, err)
	for _, n := range out.sizes {
		if n < flushAt {
			t.Errorf("a write of %d octets", n)
		}
	}
	if len(out.sizes) < 10 || cap(m.buf) > keepAtMost {
		t.Errorf("%d writes, a buffer of %d", len(out.sizes), cap(m.buf))
	}
	var doc struct {
		Rows []struct{} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal(append(out.Bytes(), rest...), &doc); err != nil || len(doc.Rows) != 20_001 {
		t.Errorf("%d rows, %v", len(doc.Rows), err)
	}
}

// broken fails from the second write on.
type broken struct{ n int }

var errBroken = errors.New("broken pipe")

func (b *broken) Write(p []byte) (int, error) {
	if b.n++; b.n > 1 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestErrorsOfTheOutputStay(t *testing.T) {
	m := NewMultistatus(&broken{})
	var err error
	for range 10_000 {
		if err = m.Status(StatusNotFound, Name{}, "/some/path/of/an/object.ics"); err != nil {
			break
		}
	}
	if _, last := m.Finish(); !errors.Is(err, errBroken) || !errors.Is(last, errBroken) {
		t.Errorf("%v, %v", err, last)
	}
}

func TestErrorBody(t *testing.T) {
	got := string(ErrorBody(func(w *Writer) { w.Empty(DAV("valid-sync-token")) }))
	if want := strings.ReplaceAll(root, "multistatus", "error") + "<D:valid-sync-token/></D:error>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Long text is looked at in eights; that must make no difference anywhere in it.
func TestDataIsTextInEights(t *testing.T) {
	piece := rapid.SampledFrom([]string{"x", "plain te", "\r\n", "&", "<", ">", "ü", "\x01", "\xff", "\uFFFE", "%", "=", "?", "~", "\x7f", "'", "\t"})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
		var w Writer
		w.Text(in)
		want := string(appendText(nil, in))
		if got := string(appendData(nil, []byte(in))); got != want || string(w.buf) != want {
			t.Fatalf("%q: Data gives %q, Text %q, want %q", in, got, w.buf, want)
		}
	})
}
