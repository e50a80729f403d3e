package component

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"calbridge/caldav/davxml"
)

// collation is a way to compare texts: both are prepared, and their octets are
// compared then (RFC 4790 §4.2).
type collation struct {
	name    string
	prepare func(string) string
}

// collations are those that text-match knows. The first is what a request means
// that names none (RFC 4791 §7.5).
var collations = []collation{
	{"i;ascii-casemap", asciiUpper},
	{"i;octet", func(s string) string { return s }},
	{"i;unicode-casemap", unicodeTitle},
}

// Collations are the names of the collations that text-match knows.
func Collations() (names []string) {
	for _, c := range collations {
		names = append(names, c.name)
	}
	return names
}

// collationOf finds a collation. Wildcards are none (RFC 4791 §7.5).
func collationOf(name string) (c collation, ok bool) {
	if name == "" || name == "default" {
		return collations[0], true
	}
	for _, c := range collations {
		if c.name == name {
			return c, true
		}
	}
	return c, false
}

// matches holds RFC 4791 §9.7.5.
func matches(m *davxml.TextMatch, value string) bool {
	c, _ := collationOf(m.Collation) // NewFilter has looked
	return strings.Contains(c.prepare(value), c.prepare(m.Text)) != m.Negate
}

// asciiUpper is RFC 4790 §9.2.1.
func asciiUpper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// unicodeTitle is RFC 5051 §2: each character in title case, then taken apart as
// far as it goes (Normalization Form KD). What is no text is left as it is.
func unicodeTitle(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	return norm.NFKD.String(strings.Map(unicode.ToTitle, s))
}
