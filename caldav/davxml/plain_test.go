package davxml

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// samePlain reads a body by the scanner and by encoding/xml, which are to agree
// on all that the scanner takes.
func samePlain(body string) (plain bool, diff string) {
	got, ok := readPlain([]byte(body))
	if !ok {
		return false, ""
	}
	want, err := readAny(strings.NewReader(body), usual)
	if err != nil {
		return true, "encoding/xml: " + err.Error()
	}
	return true, cmp.Diff(want, got, cmpopts.EquateEmpty())
}

func FuzzPlain(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if _, diff := samePlain(body); diff != "" {
			t.Fatalf("%q (-encoding/xml +scanner):\n%s", body, diff)
		}
	})
}

// Documents put together from what could confuse the scanner.
func TestPlainAgreesWithEncodingXML(t *testing.T) {
	pieces := []string{"<a>", "</a>", "<b:c xmlns:b='x'>", "</b:c>", "<d/>", "<d />", "<e f='g' h=\"i>\"/>", "<e f='g'h='i'/>", "<e f = 'g'/>", "<e\nf='g'\n/>", "< a>", "<a/ >", "</a >",
		"</ a>", "text", " ", "\n", "\t", "\r\n", "&amp;", "&", "]]>", "]", ">", "<![CDATA[x]]>", "<!-- c -->", "<!DOCTYPE a>", "<?pi?>", "ü", "\x01", "\x7f", "<1/>", "<a:b:c/>", "<:a/>", "<a:/>",
		"<xml:a/>", "<xmlns:a/>", "<a xmlns=''/>", "<a xmlns:p=''/>", "<a p:q='r'/>", "<a b/>", "<a b=c/>", "<a b='c' b='d'/>", "<a=b/>", "<a b=''c=''/>", "<a/><", "<a b='<'/>", "<a b='&lt;'/>", "<a-._1/>", "<-a/>"}
	openings := []string{"", "", "", "\uFEFF", "x", `<?xml version="1.0"?>`, `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version='1.0' encoding='utf-8' ?>`, `<?XML version="1.0"?>`, `<?xml version="1.1"?>`, `<?xml VERSION="1.0"?>`}
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SampledFrom(openings).Draw(t, "opening") + "<root>" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 4).Draw(t, "pieces"), "") + "</root>"
		plain, diff := samePlain(body)
		if diff != "" {
			t.Fatalf("%q (-encoding/xml +scanner):\n%s", body, diff)
		}
		if plain {
			read++
		}
	})
	if read == 0 {
		t.Error("nothing was plain")
	}
}

// What clients send is plain.
func TestUsualRequestsArePlain(t *testing.T) {
	for _, s := range seeds[8:] {
		if plain, _ := samePlain(s); !plain {
			t.Errorf("not plain: %s", s)
		}
	}
}

// However many different requests come, what is kept of them stays small, and
// is right.
func TestDocumentsAreKept(t *testing.T) {
	for i := range 3 * keptDocuments {
		for range 2 {
			body := fmt.Sprintf("<D:href xmlns:D='DAV:'>%d</D:href>", i)
			root, err := read(strings.NewReader(body), usual)
			if err != nil || root.Text != fmt.Sprint(i) {
				t.Fatalf("%s: %+v, %v", body, root, err)
			}
		}
		if n := len(kept.roots); n == 0 || n > keptDocuments {
			t.Fatalf("%d documents are kept", n)
		}
	}
	large := "<a>" + strings.Repeat("x", keptOctets) + "</a>"
	if _, err := read(strings.NewReader(large), usual); err != nil || recall([]byte(large)) != nil {
		t.Errorf("a large document is kept, %v", err)
	}
}

func BenchmarkRead(b *testing.B) {
	body := strings.Repeat("<D:href>/dav/calendars/anna/abcdefghij/abcdefghijklmnopqrstuvwxyz.ics</D:href>", 1000)
	body = `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop>` + body + `</C:calendar-multiget>`
	for name, read := range map[string]func() error{
		"plain": func() error { _, err := read(strings.NewReader(body), usual); return err },
		"any":   func() error { _, err := readAny(strings.NewReader(body), usual); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
