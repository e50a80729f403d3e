package ics

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Limits of what one event may write, in octets.
const (
	maxSummary     = 4 << 10
	maxLocation    = 4 << 10
	maxDescription = 64 << 10
	maxMarkup      = 256 << 10 // X-ALT-DESC
	maxURI         = 8 << 10
	maxParameter   = 1 << 10
)

// clean makes text from elsewhere fit for a TEXT value: one kind of line break,
// no control characters but TAB, valid UTF-8, at most limit octets. RFC 5545 §3.1
// forbids those of ASCII alone; those of U+0080 to U+009F show nothing either, and
// steer the terminals of programs that print a title as it comes. What turns the
// direction of text stays: Hebrew and Arabic need it.
func clean(s string, limit int) string {
	if len(s) > 4*limit { // what is cut off need not be cleaned
		s = s[:4*limit]
	}
	s = strings.Map(plain, strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
	return cut(s, limit)
}

func plain(r rune) rune {
	switch {
	case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
		return '\n'
	case r == '\t', r == '\n':
		return r
	case r < ' ', r >= 0x7f && r <= 0x9f, r == '\uFFFE', r == '\uFFFF': // the last two no XML can carry
		return -1
	}
	return r
}

// cut shortens s at a rune border and says so with an ellipsis.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := limit - len("…")
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// parameter makes text fit for a parameter value: one line, and the characters
// that quoting cannot carry in the form of RFC 6868. A backslash, which means
// nothing there, becomes a slash: libical takes one before the closing quote for
// an escape and loses the property, ical.js reads \n as a line break.
func parameter(s string) string { return quoted.Replace(strings.TrimSpace(clean(s, maxParameter))) }

var quoted = strings.NewReplacer("^", "^^", `"`, "^'", "\n", "^n", `\`, "/")

// uri returns s as the value of a URI property, or "" where it is no absolute
// address that a reader could open.
func uri(s string) string {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURI || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return u.String()
	}
	return s
}

// mailto returns the calendar address of a person. Exchange shows some people
// by X.500 names or not at all: those get one that no mail can go to.
func mailto(address string) string {
	address = strings.TrimSpace(address)
	local, domain, ok := strings.Cut(address, "@")
	bad := func(r rune) bool { return r <= ' ' || r >= 0x7f && r <= 0x9f || strings.ContainsRune(`<>"\,;:`, r) }
	if !ok || local == "" || domain == "" || len(address) > 320 || strings.ContainsFunc(address, bad) {
		return "invalid:nomail"
	}
	return "mailto:" + strings.ToValidUTF8(address, "")
}
