package davxml

import (
	"slices"
	"strings"
)

// Hole is what the rows of a [Template] differ in.
type Hole int

// The holes of a template.
const (
	HoleName Hole = iota
	HoleETag      // what goes there needs no escape,
	HoleData      // or is escaped already
	holes
)

// marks stand for the holes while a template is being made. Nothing else in the
// row of an object has characters of private use, but perhaps names of properties
// that it does not have.
var marks = [holes]string{"\uE000", "\uE001", "\uE002"}

// String returns what has to be written where the hole is.
func (h Hole) String() string { return marks[h] }

// Template makes rows that are alike but for their holes: a long listing costs
// no more than copying.
type Template struct {
	pieces []piece
	end    string
}

// piece is text with a hole behind it.
type piece struct {
	text string
	hole Hole
}

// Filling is what one row has in the holes.
type Filling [holes]string

// Template returns the template of the row that write fills, from Response or
// Member on, as EndResponse would end it; nil where a name that was asked for
// looks like a hole. The row itself is not written.
func (m *Multistatus) Template(write func(), minimal bool) (t *Template) {
	buf := m.buf
	m.buf = nil
	write()
	if !slices.ContainsFunc(m.missing, marked) {
		m.finishRow(minimal)
		t = templateOf(string(m.buf))
	}
	m.buf = buf
	return t
}

var anyMark = strings.Join(marks[:], "")

func marked(n Name) bool { return strings.ContainsAny(n.Space+n.Local, anyMark) }

func templateOf(row string) *Template {
	t := &Template{}
	for {
		at := strings.IndexAny(row, anyMark)
		if at < 0 {
			t.end = row
			return t
		}
		for hole, mark := range marks {
			if rest, ok := strings.CutPrefix(row[at:], mark); ok {
				t.pieces = append(t.pieces, piece{row[:at], Hole(hole)})
				row = rest
				break
			}
		}
	}
}

// Fill writes a row.
func (m *Multistatus) Fill(t *Template, with *Filling) error {
	for i := range t.pieces {
		p := &t.pieces[i]
		m.buf = append(m.buf, p.text...)
		if p.hole == HoleName {
			m.Text(with[HoleName])
		} else {
			m.buf = append(m.buf, with[p.hole]...)
		}
	}
	m.buf = append(m.buf, t.end...)
	return m.pass(flushAt)
}

// Escaped returns character data as [Writer.Data] writes it.
func Escaped(b []byte) string { return string(appendData(make([]byte, 0, len(b)+len(b)/8), b)) }
