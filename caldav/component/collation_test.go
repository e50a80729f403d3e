package component

import (
	"testing"

	"calbridge/caldav/davxml"
)

func TestCollations(t *testing.T) {
	for _, c := range []struct {
		collation, text, value string
		want                   bool
	}{
		{"", "KAFFEE", "Kaffee", true}, {"", "ä", "Ä", false}, {"default", "KAFFEE", "Kaffee", true},
		{"i;ascii-casemap", "caf", "CAFÉ", true}, {"i;ascii-casemap", "café", "CAFÉ", false}, {"i;ascii-casemap", "[", "{", false},
		{"i;octet", "Kaffee", "Kaffee", true}, {"i;octet", "kaffee", "Kaffee", false}, {"i;octet", "é", "e\u0301", false},
		{"i;unicode-casemap", "ärger", "ÄRGER", true}, {"i;unicode-casemap", "привет", "ПРИВЕТ", true}, {"i;unicode-casemap", "ΟΔΟΣ", "οδός", false},
		{"i;unicode-casemap", "οδοσ", "ΟΔΟΣ", true}, {"i;unicode-casemap", "οδος", "ΟΔΟΣ", true}, // both forms of sigma
		{"i;unicode-casemap", "é", "e\u0301", true}, {"i;unicode-casemap", "E\u0301", "caf\u00e9", true}, // taken apart and put together
		{"i;unicode-casemap", "a\u0323\u0302", "a\u0302\u0323", true},                                    // marks in another order
		{"i;unicode-casemap", "\u01c4", "\u01c6", true}, {"i;unicode-casemap", "\u01c4", "\u01c5", true}, // RFC 5051 §2's own example,
		{"i;unicode-casemap", "Dz\u030c", "\u01c5", false},                                                   // whose second half is small
		{"i;unicode-casemap", "abc", "\uff21\uff22\uff23", true}, {"i;unicode-casemap", "1", "\u2460", true}, // wide, and in a circle
		{"i;unicode-casemap", "strasse", "Straße", false},                                         // simple mappings alone: one character stays one
		{"i;unicode-casemap", "A", "Α", false},                                                    // Latin is not Greek
		{"i;unicode-casemap", "\xff", "a\xffb", true}, {"i;unicode-casemap", "A", "a\xff", false}, // no text: octets
		{"i;unicode-casemap", "", "anything", true},
	} {
		for _, negate := range []bool{false, true} {
			if got := matches(&davxml.TextMatch{Text: c.text, Collation: c.collation, Negate: negate}, c.value); got != (c.want != negate) {
				t.Errorf("%s: %q in %q is %v, negated %v", c.collation, c.text, c.value, got, negate)
			}
		}
	}
	for _, name := range []string{"i;*", "*", "i;unicode", "i;ascii-numeric", " i;octet"} {
		if _, ok := collationOf(name); ok {
			t.Errorf("%q is a collation", name)
		}
	}
}
