package boltdb

import (
	"encoding/hex"
	"sync"
	"time"

	"calbridge/bridge"
)

// listing is what one transaction copies out of rows. All names and ETags are
// one piece of memory, so that a long listing costs few allocations.
type listing struct {
	text  []byte // of each line its name, then its ETag
	lines []line
}

// line is a row without its strings.
type line struct {
	name       int32 // octets of the name
	flags      byte
	size       int
	start, end int64 // Unix seconds; end means nothing where it is endless
}

// How long an ETag is, as it is stored and as it is told.
const (
	etagOctets = 16
	etagDigits = 2 * etagOctets
)

// listings keeps their memory from one use to the next: what they yield does
// not lie in it.
var listings = sync.Pool{New: func() any { return new(listing) }}

func (l *listing) reset() { l.text, l.lines = l.text[:0], l.lines[:0] }

// add copies a row whose encoding begins data, if keep wants its span; nil
// wants all.
func (l *listing) add(name, data []byte, keep func(bridge.Span) bool) error {
	d := decoder{data: data}
	etag, x := d.line()
	if d.err != nil {
		return d.err
	}
	if keep != nil && !keep(x.span()) {
		return nil
	}
	x.name = int32(len(name))
	l.text = hex.AppendEncode(append(l.text, name...), etag)
	l.lines = append(l.lines, x)
	return nil
}

// addTag copies the name and the ETag of a row.
func (l *listing) addTag(name, data []byte) error {
	if len(data) < 1+etagOctets || data[0] != rowFormat {
		return errRow
	}
	l.text = hex.AppendEncode(append(l.text, name...), data[1:1+etagOctets])
	l.lines = append(l.lines, line{name: int32(len(name))})
	return nil
}

// eachTag is each for what addTag copied.
func (l *listing) eachTag(err error, yield func(bridge.Tag, error) bool) bool {
	text := string(l.text)
	for i := range l.lines {
		name := l.lines[i].name
		if !yield(bridge.Tag{Name: text[:name], ETag: text[name : name+etagDigits]}, nil) {
			return false
		}
		text = text[name+etagDigits:]
	}
	if err != nil {
		yield(bridge.Tag{}, err)
	}
	return err == nil
}

// addGone notes that there is no row of that name.
func (l *listing) addGone(name []byte) {
	l.text = append(l.text, name...)
	l.lines = append(l.lines, line{name: int32(len(name)), flags: flagGone})
}

// each yields the rows, then err, and reports whether to go on.
func (l *listing) each(err error, yield func(bridge.Row, error) bool) bool {
	text := string(l.text)
	for i := range l.lines {
		x := &l.lines[i]
		if x.flags&flagGone != 0 {
			if !yield(bridge.Row{Name: text[:x.name], Gone: true}, nil) {
				return false
			}
			text = text[x.name:]
			continue
		}
		row := bridge.Row{Name: text[:x.name], ETag: text[x.name : x.name+etagDigits], Size: x.size, Span: x.span(), Recurs: x.flags&flagRecurs != 0}
		if !yield(row, nil) {
			return false
		}
		text = text[x.name+etagDigits:]
	}
	if err != nil {
		yield(bridge.Row{}, err)
	}
	return err == nil
}

func (x *line) span() bridge.Span {
	s := bridge.Span{Start: time.Unix(x.start, 0).UTC(), AllDay: x.flags&flagAllDay != 0}
	if x.flags&flagEndless == 0 {
		s.End = time.Unix(x.end, 0).UTC()
	}
	return s
}

// line reads the part of a row that listings need.
func (d *decoder) line() (etag []byte, x line) {
	head := d.bytes(1 + etagOctets)
	if head == nil || head[0] != rowFormat {
		d.err = errRow
		return nil, x
	}
	x.size = int(d.uvarint())
	if b := d.bytes(1); b != nil {
		x.flags = b[0]
	}
	x.start = d.varint()
	if x.flags&flagEndless == 0 {
		x.end = d.varint()
	}
	return head[1:], x
}

func (d *decoder) listed(name string) bridge.Row {
	etag, x := d.line()
	return bridge.Row{Name: name, ETag: hex.EncodeToString(etag), Size: x.size, Span: x.span(), Recurs: x.flags&flagRecurs != 0}
}
