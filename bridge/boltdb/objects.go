package boltdb

import (
	"encoding/hex"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// sharedBytes is the piece of memory that small bodies share, and usualBytes
// what one of them may take.
const (
	sharedBytes = 32 << 10
	usualBytes  = 2 << 10
)

// objects is what one transaction copies out of rows and bodies. Objects of one
// chunk share memory.
type objects struct {
	list         []bridge.Object
	size         int
	rows, bodies *sequence
	shared, text []byte
	left         int                         // objects to come, at most
	zones        map[string][]bridge.ZoneUse // by their encoding
}

// begin makes ready for a chunk of up to n objects. What the last one yielded
// stays as it is.
func (o *objects) begin(gen *bolt.Bucket, n int) {
	o.rows, o.bodies = &sequence{c: gen.Bucket(inRows).Cursor()}, &sequence{c: gen.Bucket(inBodies).Cursor()}
	o.left, o.size = n, 0
	if o.zones == nil {
		o.zones, o.list = map[string][]bridge.ZoneUse{}, make([]bridge.Object, 0, min(n, chunkBytes/usualBytes))
	}
}

func (o *objects) full() bool { return o.size > chunkBytes || len(o.list) == chunkRows }

// add copies the object of a name; data is its row, nil where there is none.
func (o *objects) add(name, data []byte) error {
	if data == nil {
		o.list = append(o.list, bridge.Object{Name: string(name)})
		return nil
	}
	o.list = append(o.list, bridge.Object{})
	obj := &o.list[len(o.list)-1]
	if err := o.decode(obj, name, data); err != nil {
		o.list = o.list[:len(o.list)-1]
		return err
	}
	obj.Body = o.copy(o.bodies.get(name))
	o.size += len(obj.Body)
	return nil
}

// decode fills in all of an object but its body. Its strings are one piece of
// memory.
func (o *objects) decode(obj *bridge.Object, name, data []byte) error {
	d := decoder{data: data}
	etag, x := d.line()
	source := d.piece()
	d.piece() // revision
	uid := d.piece()
	obj.EventsAt, obj.Converter, obj.Renderer = d.parts()
	if d.err != nil {
		return d.err
	}
	zones, known := o.zones[string(d.data)]
	if !known {
		text := string(d.data)
		zones = d.zones()
		o.zones[text] = zones
	}
	obj.Zones, obj.Span, obj.Recurs = zones, x.span(), x.flags&flagRecurs != 0
	o.text = append(append(hex.AppendEncode(append(o.text[:0], name...), etag), source...), uid...)
	text := string(o.text)
	obj.Name, text = text[:len(name)], text[len(name):]
	obj.ETag, text = text[:etagDigits], text[etagDigits:]
	obj.Source, obj.UID = bridge.SourceID(text[:len(source)]), text[len(source):]
	return d.err
}

// copy copies a body to memory that bodies share as far as there is room.
func (o *objects) copy(body []byte) []byte {
	if cap(o.shared)-len(o.shared) < len(body) {
		o.shared = make([]byte, 0, max(min(sharedBytes, o.left*usualBytes), len(body)))
	}
	o.left--
	at := len(o.shared)
	o.shared = append(o.shared, body...)
	return o.shared[at:len(o.shared):len(o.shared)]
}

// sequence reads values by keys that mostly come in order, which saves it the
// way from the root.
type sequence struct {
	c     *bolt.Cursor
	begun bool
}

// get returns the value of a key, nil where there is none.
func (s *sequence) get(key []byte) []byte {
	if s.begun {
		if k, v := s.c.Next(); string(k) == string(key) {
			return v
		}
	}
	s.begun = true
	if k, v := s.c.Seek(key); string(k) == string(key) {
		return v
	}
	return nil
}
