package boltdb

import (
	"encoding/binary"
	"encoding/hex"
	"errors"

	"calbridge/bridge"
)

// row is what a listing needs of an object, and what finds its parts. Its
// encoding begins with what readers ask most, so that a listing decodes no
// further than that.
type row struct {
	bridge.Row
	Source   bridge.SourceID
	Revision bridge.Revision
	UID      string
	EventsAt [2]int
	Zones    []bridge.ZoneUse

	Converter, Renderer uint16
}

// rowFormat is the first octet of an encoded row.
const rowFormat = 1

var errRow = errors.New("boltdb: a row is damaged")

const (
	flagRecurs = 1 << iota
	flagAllDay
	flagEndless
	flagGone // of listings, never stored
)

func (r *row) encode() ([]byte, error) {
	etag, err := hex.DecodeString(r.ETag)
	if err != nil || len(etag) != 16 {
		return nil, errors.New("boltdb: an ETag is 32 hex digits")
	}
	b := append(make([]byte, 0, 256), rowFormat)
	b = append(b, etag...)
	b = binary.AppendUvarint(b, uint64(r.Size))
	b = append(b, r.flags())
	b = binary.AppendVarint(b, r.Span.Start.Unix())
	if !r.Span.End.IsZero() {
		b = binary.AppendVarint(b, r.Span.End.Unix())
	}
	for _, s := range []string{string(r.Source), string(r.Revision), r.UID} {
		b = appendText(b, s)
	}
	for _, n := range []int{r.EventsAt[0], r.EventsAt[1], int(r.Converter), int(r.Renderer), len(r.Zones)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, z := range r.Zones {
		b = binary.AppendVarint(appendText(b, z.Name), int64(z.Year))
	}
	return b, nil
}

func (r *row) flags() (f byte) {
	if r.Recurs {
		f |= flagRecurs
	}
	if r.Span.AllDay {
		f |= flagAllDay
	}
	if r.Span.End.IsZero() {
		f |= flagEndless
	}
	return f
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeListed reads the part of a row that listings need.
func decodeListed(name string, data []byte) (bridge.Row, error) {
	d := decoder{data: data}
	r := d.listed(name)
	return r, d.err
}

// listedPart returns the part of an encoded row that listings need.
func listedPart(data []byte) []byte {
	d := decoder{data: data}
	d.line()
	return data[:len(data)-len(d.data)]
}

func decodeRow(name string, data []byte) (*row, error) {
	d := decoder{data: data}
	r := &row{Row: d.listed(name)}
	r.Source, r.Revision, r.UID = bridge.SourceID(d.text()), bridge.Revision(d.text()), d.text()
	r.EventsAt, r.Converter, r.Renderer = d.parts()
	r.Zones = d.zones()
	return r, d.err
}

// decoder reads an encoded row; after an error it yields zeros.
type decoder struct {
	data []byte
	err  error
}

func (d *decoder) bytes(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.data) {
		d.err = errRow
		return nil
	}
	b := d.data[:n]
	d.data = d.data[n:]
	return b
}

func (d *decoder) parts() (events [2]int, converter, renderer uint16) {
	events = [2]int{int(d.uvarint()), int(d.uvarint())}
	return events, uint16(d.uvarint()), uint16(d.uvarint())
}

// toZones skips what is before them.
func (d *decoder) toZones() {
	d.line()
	for range 3 {
		d.piece()
	}
	d.parts()
}

// zones reads what a row ends with.
func (d *decoder) zones() (zones []bridge.ZoneUse) {
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		zones = append(zones, bridge.ZoneUse{Name: d.text(), Year: int(d.varint())})
	}
	return zones
}

// piece reads a text; it lies in the row.
func (d *decoder) piece() []byte { return d.bytes(int(d.uvarint())) }

func (d *decoder) text() string { return string(d.piece()) }

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.data)
	d.bytes(max(n, 0))
	if n <= 0 {
		d.err = errRow
	}
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.data)
	d.bytes(max(n, 0))
	if n <= 0 {
		d.err = errRow
	}
	return v
}
