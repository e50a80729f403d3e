package davxml

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

const declaration = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// Writer builds XML in memory. The zero Writer is ready; it is not safe for
// concurrent use.
type Writer struct{ buf []byte }

// Start opens an element. Attributes come in pairs of name and value.
func (w *Writer) Start(n Name, attrs ...string) {
	w.open(n, attrs)
	w.buf = append(w.buf, '>')
}

// Empty writes an element without content.
func (w *Writer) Empty(n Name, attrs ...string) {
	w.open(n, attrs)
	w.buf = append(w.buf, '/', '>')
}

func (w *Writer) open(n Name, attrs []string) {
	p, declared := prefix(n.Space)
	w.buf = append(append(append(w.buf, '<'), p...), n.Local...)
	if !declared {
		w.attr("xmlns:X", n.Space)
	}
	for i := 0; i+1 < len(attrs); i += 2 {
		w.attr(attrs[i], attrs[i+1])
	}
}

func (w *Writer) attr(name, value string) {
	w.buf = append(append(append(w.buf, ' '), name...), '=', '"')
	for i, part := range strings.Split(value, `"`) {
		if i > 0 {
			w.buf = append(w.buf, "&quot;"...)
		}
		w.Text(part)
	}
	w.buf = append(w.buf, '"')
}

// End closes an element that Start opened.
func (w *Writer) End(n Name) {
	p, _ := prefix(n.Space)
	w.buf = append(append(append(append(w.buf, '<', '/'), p...), n.Local...), '>')
}

// Element writes an element that holds text.
func (w *Writer) Element(n Name, text string) {
	w.Start(n)
	w.Text(text)
	w.End(n)
}

var href = DAV("href")

// Href writes a DAV:href; the path has to be percent-encoded already.
func (w *Writer) Href(path string) { w.Element(href, path) }

// Text writes character data.
func (w *Writer) Text(s string) {
	at := len(w.buf)
	w.buf = append(w.buf, s...)
	if n := plainPrefix(w.buf[at:]); n < len(s) {
		w.buf = appendText(w.buf[:at+n], s[n:])
	}
}

// Raw writes what [Inner] made.
func (w *Writer) Raw(inner string) { w.buf = append(w.buf, inner...) }

// Inner returns the content of an element, written so that it can stand in any
// document of this package: its text, then its children. Attributes are kept
// where they have no namespace.
func Inner(e *Element) string {
	var w Writer
	w.inner(e)
	return string(w.buf)
}

func (w *Writer) inner(e *Element) {
	w.Text(e.Text)
	for _, c := range e.Children {
		var attrs []string
		for _, a := range c.Attrs {
			if a.Name.Space == "" {
				attrs = append(attrs, a.Name.Local, a.Value)
			}
		}
		if c.Text == "" && len(c.Children) == 0 {
			w.Empty(c.Name, attrs...)
			continue
		}
		w.Start(c.Name, attrs...)
		w.inner(c)
		w.End(c.Name)
	}
}

// Plain writes character data that is known to need no escape, such as hex
// digits.
func (w *Writer) Plain(s string) { w.buf = append(w.buf, s...) }

// Int writes a number.
func (w *Writer) Int(n int) { w.buf = strconv.AppendInt(w.buf, int64(n), 10) }

// Data writes character data.
func (w *Writer) Data(b []byte) { w.buf = appendData(w.buf, b) }

// appendText escapes what XML reserves, writes CR as a reference since parsers
// turn a bare one into a line feed (XML 1.0 §2.11), and leaves out the
// characters that XML cannot carry at all (§2.2).
func appendText[T string | []byte](dst []byte, s T) []byte {
	from := 0
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		with, size := replacement(s[i:])
		if size < 0 {
			i -= size
			continue
		}
		dst = append(append(dst, s[from:i]...), with...)
		i += size
		from = i
	}
	return append(dst, s[from:]...)
}

// appendData is appendText for long text: it looks at eight octets at a time.
func appendData(dst, s []byte) []byte {
	from := 0
	for i := plainPrefix(s); i < len(s); i += plainPrefix(s[i:]) {
		with, size := replacement(s[i:])
		if size < 0 {
			i -= size
			continue
		}
		dst = append(append(dst, s[from:i]...), with...)
		i += size
		from = i
	}
	return append(dst, s[from:]...)
}

// plainPrefix returns how many octets at the beginning of s stand for
// themselves.
func plainPrefix(s []byte) (n int) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for n+8 <= len(s) {
		x := binary.LittleEndian.Uint64(s[n:])
		amp, angle := x^'&'*ones, (x|2*ones)^'>'*ones                      // an octet of 0 where "&", "<" or ">" stands
		odd := (x | (x - ' '*ones) | (amp - ones) | (angle - ones)) & high // the lowest bit tells the first octet that may not be plain
		if odd == 0 {
			n += 8
			continue
		}
		if n += bits.TrailingZeros64(odd) / 8; !plain[s[n]] {
			return n
		}
		n++
	}
	for n < len(s) && plain[s[n]] {
		n++
	}
	return n
}

// plain are the octets that stand for themselves.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '&' && c != '<' && c != '>'
	}
	t['\t'], t['\n'] = true, true
	return t
}()

// replacement tells what to write for the first character of s, and how many
// octets of s that is; a negative size means that they stand as they are.
func replacement[T string | []byte](s T) (with string, size int) {
	switch c := s[0]; {
	case c == '&':
		return "&amp;", 1
	case c == '<':
		return "&lt;", 1
	case c == '>':
		return "&gt;", 1
	case c == '\r':
		return "&#13;", 1
	case c < utf8.RuneSelf:
		return "", 1
	}
	r, n := utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
	switch {
	case r == utf8.RuneError && n <= 1:
		return "\uFFFD", 1
	case r == 0xFFFE || r == 0xFFFF:
		return "", n
	}
	return "", -n
}

// ErrorBody returns a document whose root is DAV:error (RFC 4918 §16) and holds
// what content writes.
func ErrorBody(content func(*Writer)) []byte {
	return Document(DAV("error"), content)
}

// Document returns a whole document.
func Document(root Name, content func(*Writer)) []byte {
	var w Writer
	w.begin(root)
	if content != nil {
		content(&w)
	}
	w.End(root)
	return w.buf
}

func (w *Writer) begin(root Name) {
	w.buf = append(w.buf, declaration...)
	w.open(root, nil)
	w.buf = append(append(w.buf, declarations...), '>')
}
