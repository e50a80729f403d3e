package graphfake

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlainText(t *testing.T) {
	for source, want := range map[string]string{
		"":                           "",
		"  plain \n text ":           "plain \n text",
		"a<br>b<BR/>c":               "a\r\nb\r\nc",
		"<p>one</p><p>two</p>":       "one\r\ntwo",
		"<p>a\nb</p>":                "a b",
		"1 &lt; 2 &amp;&nbsp;3":      "1 < 2 &\u00a03",
		"<style>p{}</style><b>x</b>": "x",
		"<html><head><title>t</title></head><body>x</body></html>": "x",
		"<!-- gone -->x":                      "x",
		"<ul><li>a</li><li>b</li></ul>":       "a\r\nb",
		"a<div></div><div></div><div></div>b": "a\r\n\r\nb",
		"<p>&nbsp;</p>":                       "",
	} {
		if got := plainText(source); got != want {
			t.Errorf("%q became %q, want %q", source, got, want)
		}
	}
	for text, want := range map[string]string{"": "", "ab": "ab", "abc": "abc", "abcd": "abc", "äöüß": "äöü", "🎉🚀🎈🎂": "🎉🚀🎈"} {
		if got := cut(text, 3); got != want {
			t.Errorf("%q cut to %q", text, got)
		}
	}
}

func TestSplitOutside(t *testing.T) {
	for text, want := range map[string][]string{
		"a,b":           {"a", "b"},
		`a="x,y",b`:     {`a="x,y"`, "b"},
		"a(b,c),d":      {"a(b,c)", "d"},
		"a('(,'),b":     {"a('(,')", "b"},
		"":              {""},
		"a(b(c,d),e),f": {"a(b(c,d),e)", "f"},
	} {
		if d := cmp.Diff(want, splitOutside(text, ',')); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

func TestDateTimes(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-06T12:00:00Z":         "2026-01-06T12:00:00Z",
		"2026-01-06T12:00:00.1234567Z": "2026-01-06T12:00:00Z",
		"2026-01-06T12:00:00+02:00":    "2026-01-06T10:00:00Z",
		"2026-01-06T12:00-05:00":       "2026-01-06T17:00:00Z",
		"2026-01-06T12:00:00":          "2026-01-06T12:00:00Z",
		"2026-01-06T12:00":             "2026-01-06T12:00:00Z",
		"2026-01-06":                   "2026-01-06T00:00:00Z",
		"0001-01-01T00:00:00.0000000Z": "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59.9999999":  "9999-12-31T23:59:59Z",
		"2026-01-06T12:00:00 02:00":    "",
		"2026-13-06":                   "",
		"":                             "",
	} {
		got, err := parseInstant(text)
		if (err != nil) != (want == "") || err == nil && got.UTC().Format("2006-01-02T15:04:05Z") != want {
			t.Errorf("%q read as %s, %v; want %q", text, got, err, want)
		}
	}
}
