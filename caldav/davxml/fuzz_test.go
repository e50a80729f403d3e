package davxml

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var seeds = []string{
	"", "<", "<a", "</a>", "<!DOCTYPE a>", "\uFEFF<a/>", "<a:b/>", "<a xmlns:b=''/>",
	`<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/><x:y xmlns:x="x"/></prop></propfind>`,
	`<propfind xmlns="DAV:"><allprop/><include><a/></include></propfind>`,
	`<propertyupdate xmlns="DAV:"><set><prop><a>b</a></prop></set></propertyupdate>`,
	`<calendar-query xmlns="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><calendar-data><comp name="VCALENDAR"/></calendar-data></D:prop><filter><comp-filter name="VCALENDAR"><comp-filter name="VEVENT"><time-range start="20260824T000000Z"/></comp-filter></comp-filter></filter></calendar-query>`,
	`<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><limit><nresults>2</nresults></limit><prop><getetag/></prop></sync-collection>`,
	`<expand-property xmlns="DAV:"><property name="a" namespace="b"><property name="c"/></property></expand-property>`,
}

// recorded are the bodies that real clients sent.
func recorded(f *testing.F) (bodies []string) {
	f.Helper()
	files, err := filepath.Glob("../testdata/wire/*.jsonl")
	if err != nil || len(files) == 0 {
		f.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var request struct{ Body string }
			if err := json.Unmarshal([]byte(line), &request); err != nil {
				f.Fatal(err)
			}
			if request.Body != "" && !slices.Contains(bodies, request.Body) {
				bodies = append(bodies, request.Body)
			}
		}
	}
	return bodies
}

// fuzz checks that reading ends, and that names which came from outside can be
// written back as XML.
func fuzz(f *testing.F, read func(string) ([]Name, error)) {
	for _, s := range append(seeds, recorded(f)...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		names, err := read(body)
		var v *Violation
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.As(err, &v) {
			t.Fatalf("an error of no kind: %v", err)
		}
		if err != nil {
			return
		}
		var doc struct{}
		text := Document(DAV("error"), func(w *Writer) {
			for _, n := range names {
				w.Empty(n)
			}
		})
		if err := xml.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%q gives %s: %v", body, text, err)
		}
	})
}

func FuzzPropfind(f *testing.F) {
	fuzz(f, func(body string) ([]Name, error) {
		w, err := ReadPropfind(strings.NewReader(body))
		return w.Names, err
	})
}

func FuzzPropertyUpdate(f *testing.F) {
	fuzz(f, func(body string) (names []Name, err error) {
		patches, err := ReadPropertyUpdate(strings.NewReader(body))
		for _, p := range patches {
			names = append(names, p.Prop.Name)
			if err := comesBack(p.Prop); err != nil {
				return nil, err
			}
		}
		return names, err
	})
}

// comesBack puts a value into another document, as a property that is kept, and
// reads it there again.
func comesBack(value *Element) error {
	inner := Inner(value)
	again, err := read(strings.NewReader(string(Document(DAV("prop"), func(w *Writer) { w.Raw(inner) }))), usual)
	if errors.Is(err, ErrTooLarge) { // escapes make it longer
		return nil
	}
	if err != nil || Inner(again) != inner {
		return errors.New(inner + " does not come back")
	}
	return nil
}

func FuzzReport(f *testing.F) {
	fuzz(f, func(body string) (names []Name, err error) {
		r, err := ReadReport(strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		switch r := r.(type) {
		case *CalendarQuery:
			names = r.Names
		case *SyncCollection:
			names = r.Names
		case *UnknownReport:
			names = []Name{r.Name}
		case *ExpandProperty:
			names = expandedNames(r.Props)
		}
		return names, nil
	})
}

func expandedNames(props []ExpandedProp) (names []Name) {
	for _, p := range props {
		names = append(append(names, p.Name), expandedNames(p.Props)...)
	}
	return names
}
