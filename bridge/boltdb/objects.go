package boltdb

import (
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
	shared       []byte
	left         int                         // objects to come, at most
	zones        map[string][]bridge.ZoneUse // by their encoding
}

// newObjects copies up to n objects.
func newObjects(gen *bolt.Bucket, n int) *objects {
	return &objects{rows: &sequence{c: gen.Bucket(inRows).Cursor()}, bodies: &sequence{c: gen.Bucket(inBodies).Cursor()},
		zones: map[string][]bridge.ZoneUse{}, left: n, list: make([]bridge.Object, 0, min(n, chunkBytes/usualBytes))}
}

func (o *objects) full() bool { return o.size > chunkBytes || len(o.list) == chunkRows }

// add copies the object of a name; data is its row, nil where there is none.
func (o *objects) add(name string, data []byte) error {
	obj := bridge.Object{Name: name}
	if data != nil {
		if err := o.decode(&obj, data); err != nil {
			return err
		}
		obj.Body = o.copy(o.bodies.get([]byte(name)))
	}
	o.list = append(o.list, obj)
	o.size += len(obj.Body)
	return nil
}

// decode fills in all of an object but its name and body.
func (o *objects) decode(obj *bridge.Object, data []byte) error {
	d := decoder{data: data}
	listed := d.listed("")
	obj.ETag, obj.Span, obj.Recurs = listed.ETag, listed.Span, listed.Recurs
	obj.Source = bridge.SourceID(d.text())
	d.skip() // revision
	obj.UID = d.text()
	obj.EventsAt, obj.Converter, obj.Renderer = d.parts()
	zones, known := o.zones[string(d.data)]
	if !known {
		text := string(d.data)
		zones = d.zones()
		o.zones[text] = zones
	}
	obj.Zones = zones
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
