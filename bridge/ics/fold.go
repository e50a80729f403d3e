package ics

import (
	"bytes"
	"unicode/utf8"
)

// foldAt is the longest line in octets, without its break (RFC 5545 §3.1).
const foldAt = 75

// fold appends the CRLF-terminated lines of text to dst, folded at 75 octets
// and never inside a rune.
func fold(dst, text []byte) []byte {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\r\n"))
		dst = append(foldLine(dst, line), '\r', '\n')
		text = rest
	}
	return dst
}

func foldLine(dst, line []byte) []byte {
	for room := foldAt; len(line) > room; room = foldAt - 1 {
		n := room
		for n > 0 && !utf8.RuneStart(line[n]) {
			n--
		}
		if n == 0 { // no rune starts here: not UTF-8, cut anyway
			n = room
		}
		dst = append(append(dst, line[:n]...), '\r', '\n', ' ')
		line = line[n:]
	}
	return append(dst, line...)
}
