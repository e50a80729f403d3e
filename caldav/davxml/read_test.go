package davxml

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

const ns = ` xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"`

func TestPropfinds(t *testing.T) {
	foo := foreign("foo")
	for _, c := range []struct {
		name, body string
		want       Wanted
	}{
		{"empty", "", Wanted{Mode: AllProp}},
		{"white space", " \r\n", Wanted{Mode: AllProp}},
		{"prop", `<propfind` + ns + `><prop><getetag/><C:x/><getetag/></prop></propfind>`, Wanted{Mode: Props, Names: []Name{DAV("getetag"), CalDAV("x")}}},
		{"no property", `<propfind` + ns + `><prop/></propfind>`, Wanted{Mode: Props}},
		{"allprop", `<propfind` + ns + `><allprop/><include><foo xmlns="x"/></include></propfind>`, Wanted{Mode: AllProp, Names: []Name{foo}}},
		{"propname", `<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`, Wanted{Mode: PropName}},
		{"unknown elements", `<propfind` + ns + ` xmlns:y="y"><y:z/><prop y:a="b"><getetag/></prop></propfind>`, Wanted{Mode: Props, Names: []Name{DAV("getetag")}}},
		{"declaration, BOM and comment", "\uFEFF<?xml version='1.0' encoding='UTF-8'?>\n<!-- x --><propfind" + ns + "><prop><a/></prop></propfind>\n<!-- y -->", Wanted{Mode: Props, Names: []Name{DAV("a")}}},
		{"us-ascii", `<?xml version="1.0" encoding="US-ASCII"?><propfind` + ns + `><propname/></propfind>`, Wanted{Mode: PropName}},
		{"no namespace", `<D:propfind xmlns:D="DAV:"><D:prop><a/><b xmlns=""/></D:prop></D:propfind>`, Wanted{Mode: Props, Names: []Name{{Local: "a"}, {Local: "b"}}}},
		{"prefix bound again", `<a:propfind xmlns:a="DAV:"><a:prop><a:x xmlns:a="x"/><a:x/></a:prop></a:propfind>`, Wanted{Mode: Props, Names: []Name{foreign("x"), DAV("x")}}},
		{"xml prefix", `<propfind` + ns + ` xml:lang="en"><prop><a/></prop></propfind>`, Wanted{Mode: Props, Names: []Name{DAV("a")}}},
	} {
		for _, body := range []io.Reader{strings.NewReader(c.body), iotest.OneByteReader(strings.NewReader(c.body))} {
			got, err := ReadPropfind(body)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		}
	}
}

func TestBrokenPropfinds(t *testing.T) {
	for name, body := range map[string]string{
		"text": "hello", "cut off": "<propfind" + ns + "><prop>", "crossed": "<propfind" + ns + "><prop></propfind></prop>", "another root": "<a/>",
		"root without namespace": "<propfind><prop/></propfind>", "asks for nothing": "<propfind" + ns + "/>", "prefix not declared": "<propfind" + ns + "><prop><y:z/></prop></propfind>",
		"attribute's prefix not declared": "<propfind" + ns + "><prop><a y:b='c'/></prop></propfind>", "prefix bound to nothing": "<propfind" + ns + "><prop><a xmlns:b=''/></prop></propfind>",
		"two roots": "<propfind" + ns + "><propname/></propfind><propfind/>", "text after the root": "<propfind" + ns + "><propname/></propfind>x",
		"doctype": "<!DOCTYPE a><propfind" + ns + "><propname/></propfind>", "entity": "<propfind" + ns + "><prop>&a;</prop></propfind>",
		"bomb":      `<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><propfind` + ns + `><prop>&b;</prop></propfind>`,
		"charset":   `<?xml version="1.0" encoding="utf-16"?><propfind` + ns + `><propname/></propfind>`,
		"end alone": "</a>",
	} {
		if got, err := ReadPropfind(strings.NewReader(body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := ReadPropfind(iotest.ErrReader(errBroken)); err == nil {
		t.Error("a body that breaks off is read")
	}
}

// RFC 4918 §19: what reads XML reads UTF-16 too.
func TestUTF16(t *testing.T) {
	for _, c := range []struct {
		mark  string
		order binary.AppendByteOrder
		name  string
	}{{"\xfe\xff", binary.BigEndian, "UTF-16"}, {"\xff\xfe", binary.LittleEndian, "utf-16"}, {"\xff\xfe", binary.LittleEndian, "UTF-16LE"}} {
		body := []byte(c.mark)
		for _, unit := range utf16.Encode([]rune(`<?xml version="1.0" encoding="` + c.name + `"?><propertyupdate` + ns + `><set><prop><displayname>Büro 🎉</displayname></prop></set></propertyupdate>`)) {
			body = c.order.AppendUint16(body, unit)
		}
		patches, err := ReadPropertyUpdate(bytes.NewReader(body))
		if err != nil || len(patches) != 1 || patches[0].Prop.Text != "Büro 🎉" {
			t.Errorf("%s: %+v, %v", c.name, patches, err)
		}
		if _, err := ReadPropertyUpdate(bytes.NewReader(append(body, make([]byte, MaxBody)...))); err == nil {
			t.Errorf("%s: a body over the limit is read", c.name)
		}
	}
}

func TestLimits(t *testing.T) {
	elements := func(n int) string { return strings.Repeat("<a/>", n) }
	nested := func(n int) string { return strings.Repeat("<prop>", n) + strings.Repeat("</prop>", n) }
	in := func(inner string) string { return "<propfind" + ns + "><prop>" + inner + "</prop></propfind>" }
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"depth that is allowed", in(nested(maxDepth - 2)), true}, {"depth", in(nested(maxDepth - 1)), false},
		{"elements that are allowed", in(elements(maxElements - 2)), true}, {"elements", in(elements(maxElements - 1)), false},
		{"multiget of many", "<C:calendar-multiget" + ns + ">" + strings.Repeat("<href>/a</href>", maxHrefs) + "</C:calendar-multiget>", true},
		{"multiget of more", "<C:calendar-multiget" + ns + ">" + strings.Repeat("<href>/a</href>", maxHrefs+1) + "</C:calendar-multiget>", false},
		{"a long attribute that is allowed", in("<a b='" + strings.Repeat("c", maxTag-1000) + "'/>"), true}, {"a long attribute", in("<a b='" + strings.Repeat("c", maxTag+1) + "'/>"), false},
		{"prefixes", in("<a" + prefixes(200) + "/>"), true}, {"prefixes of many elements", in(strings.Repeat("<a"+prefixes(200)+"/>", 100)), true},
		{"too many prefixes", in("<a" + prefixes(300) + "/>"), false}, {"too many prefixes in force", in("<a" + prefixes(200) + "><b" + prefixes(200) + "/></a>"), false},
		{"size", in(strings.Repeat("<a>"+strings.Repeat("b", 1000)+"</a>", 1100)), false},
		{"multiget", "<C:calendar-multiget" + ns + ">" + strings.Repeat("<href>"+strings.Repeat("b", 1000)+"</href>", 1100) + "</C:calendar-multiget>", true},
		{"large multiget", "<C:calendar-multiget" + ns + ">" + strings.Repeat("<href>"+strings.Repeat("b", 1000)+"</href>", 17_000) + "</C:calendar-multiget>", false},
	} {
		var err error
		if strings.Contains(c.name, "multiget") {
			_, err = ReadReport(strings.NewReader(c.body))
		} else {
			_, err = ReadPropfind(strings.NewReader(c.body))
		}
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// prefixes declares n of them.
func prefixes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " xmlns:p%d='x'", i)
	}
	return b.String()
}

func TestPropertyUpdates(t *testing.T) {
	body := `<propertyupdate` + ns + `><set><prop><a>1</a><C:b><c/></C:b></prop></set><remove><prop><d/></prop></remove><set/><ignored/></propertyupdate>`
	patches, err := ReadPropertyUpdate(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	want := []Patch{
		{Prop: &Element{Name: DAV("a"), Text: "1"}}, {Prop: &Element{Name: CalDAV("b"), Children: []*Element{{Name: DAV("c")}}}}, {Remove: true, Prop: &Element{Name: DAV("d")}},
	}
	if diff := cmp.Diff(want, patches); diff != "" {
		t.Errorf("patches (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "<a/>", "<propertyupdate" + ns + "/>", "<propertyupdate" + ns + "><set><prop/></set></propertyupdate>"} {
		if _, err := ReadPropertyUpdate(strings.NewReader(bad)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func date(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }

func TestReports(t *testing.T) {
	etag := Wanted{Mode: Props, Names: []Name{DAV("getetag")}}
	for _, c := range []struct {
		name, body string
		want       Report
	}{
		{"query", `<C:calendar-query` + ns + `><prop><getetag/></prop><C:filter><C:comp-filter name="vcalendar"><C:comp-filter name="VEVENT"><C:time-range start="20260301T000000Z"/>` +
			`<C:prop-filter name="uid"><C:text-match collation="i;octet" negate-condition="yes">x</C:text-match><C:param-filter name="CN"><C:is-not-defined/></C:param-filter></C:prop-filter>` +
			`<C:comp-filter name="VALARM"><C:is-not-defined/></C:comp-filter></C:comp-filter></C:comp-filter></C:filter><C:timezone-id> Europe/Berlin </C:timezone-id></C:calendar-query>`,
			&CalendarQuery{Wanted: etag, TimezoneID: "Europe/Berlin", Filter: CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: "VEVENT", Range: &TimeRange{Start: date(1)},
				Props: []PropFilter{{Name: "UID", Match: &TextMatch{Text: "x", Collation: "i;octet", Negate: true}, Params: []ParamFilter{{Name: "CN", NotDefined: true}}}},
				Comps: []CompFilter{{Name: "VALARM", NotDefined: true}}}}}}},
		{"multiget", `<C:calendar-multiget` + ns + `><prop><C:calendar-data><C:expand start="20260301T000000Z" end="20260302T000000Z"/>` +
			`<C:comp name="vcalendar"><C:allprop/><C:comp name="VEVENT"><C:allcomp/><C:prop name="uid" novalue="yes"/></C:comp></C:comp></C:calendar-data></prop><href> /a </href><href>/b</href></C:calendar-multiget>`,
			&CalendarMultiget{Hrefs: []string{"/a", "/b"}, Wanted: Wanted{Mode: Props, Names: []Name{CalDAV("calendar-data")}, Data: &CalendarData{
				Expand: &TimeRange{date(1), date(2)},
				Comp:   &CompData{Name: "VCALENDAR", AllProps: true, Comps: []CompData{{Name: "VEVENT", AllComps: true, Props: []PropData{{"UID", true}}}}}}}}},
		{"sync", `<sync-collection` + ns + `><sync-token> urn:x </sync-token><sync-level>1</sync-level><limit><nresults>7</nresults></limit><prop><getetag/></prop></sync-collection>`,
			&SyncCollection{Wanted: etag, Token: "urn:x", Limit: 7}},
		{"sync of a draft", `<sync-collection` + ns + `><sync-token/><prop><getetag/></prop></sync-collection>`, &SyncCollection{Wanted: etag}},
		{"free-busy", `<C:free-busy-query` + ns + `><C:time-range start="20260301" end="20260302T000000"/></C:free-busy-query>`, &FreeBusyQuery{Range: TimeRange{date(1), date(2)}}},
		{"expand-property", `<expand-property` + ns + `><property name="a" namespace="x"><property name="b"/></property><other/></expand-property>`,
			&ExpandProperty{Props: []ExpandedProp{{Name: foreign("a"), Props: []ExpandedProp{{Name: DAV("b")}}}}}},
		{"principals", `<principal-property-search` + ns + ` test="anyof"><property-search><prop><displayname/></prop><match>ann</match></property-search><prop><getetag/></prop></principal-property-search>`,
			&PrincipalPropertySearch{Wanted: etag, AnyOf: true, Searches: []PropertySearch{{[]Name{DAV("displayname")}, "ann"}}}},
		{"search set", `<principal-search-property-set` + ns + `/>`, &PrincipalSearchPropertySet{}},
		{"match by property", `<principal-match` + ns + `><principal-property><owner/></principal-property><prop><getetag/></prop></principal-match>`, &PrincipalMatch{Wanted: etag, Property: DAV("owner")}},
		{"match", `<principal-match` + ns + `><self/><prop><getetag/></prop></principal-match>`, &PrincipalMatch{Wanted: etag, Self: true}},
		{"acl", `<acl-principal-prop-set` + ns + `><prop><getetag/></prop></acl-principal-prop-set>`, &ACLPrincipalPropSet{Wanted: etag}},
		{"unknown", `<y xmlns="x"/>`, &UnknownReport{Name: foreign("y")}},
	} {
		got, err := ReadReport(strings.NewReader(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestBrokenReports(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "level": "<sync-collection" + ns + "><sync-level>2</sync-level></sync-collection>", "limit": "<sync-collection" + ns + "><limit/></sync-collection>",
		"limit 0": "<sync-collection" + ns + "><limit><nresults>0</nresults></limit></sync-collection>", "limit -1": "<sync-collection" + ns + "><limit><nresults>-1</nresults></limit></sync-collection>",
		"half a search": "<principal-property-search" + ns + "><property-search><match/></property-search></principal-property-search>",
		"name":          `<expand-property` + ns + `><property name="a b"/></expand-property>`, "inner name": `<expand-property` + ns + `><property name="a"><property name=""/></property></expand-property>`,
	} {
		if got, err := ReadReport(strings.NewReader(body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	data := func(inner string) string {
		return "<C:calendar-multiget" + ns + "><prop><C:calendar-data" + inner + "</C:calendar-data></prop></C:calendar-multiget>"
	}
	for body, want := range map[string]string{
		data(` content-type="text/html">`): "supported-calendar-data", data(` version="3.0">`): "supported-calendar-data",
		data(`><C:expand start="20260301T000000Z"/>`): "valid-filter",
		data(`><C:expand start="20260301T000000Z" end="20260302T000000Z"/><C:limit-recurrence-set start="20260301T000000Z" end="20260302T000000Z"/>`): "valid-filter",
		`<C:free-busy-query` + ns + `/>`:                             "valid-filter",
		`<C:calendar-query` + ns + `><C:filter/></C:calendar-query>`: "valid-filter",
	} {
		var v *Violation
		if _, err := ReadReport(strings.NewReader(body)); !errors.As(err, &v) || v.Condition != CalDAV(want) || v.Error() == "" {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

// foreign is a name that is none of ours.
func foreign(local string) Name { return Name{Space: "x", Local: local} }
