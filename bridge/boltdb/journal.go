package boltdb

import (
	"encoding/binary"

	"calbridge/bridge"
)

// journalEntry is the latest change of one name.
type journalEntry struct {
	Name string
	Gone bool
	At   int64 // Unix seconds, so that old removals can be forgotten one day
}

func (e journalEntry) encode() []byte {
	kind := byte(0)
	if e.Gone {
		kind = 1
	}
	return append(binary.AppendVarint([]byte{kind}, e.At), e.Name...)
}

func decodeEntry(data []byte) (journalEntry, error) {
	d := decoder{data: data}
	var e journalEntry
	if kind := d.bytes(1); kind != nil {
		e.Gone = kind[0] == 1
	}
	e.At = d.varint()
	e.Name = string(d.data)
	return e, d.err
}

// answerable reports whether the journal can still tell what changed since p.
func (rec *calendarRecord) answerable(p bridge.Point) bool {
	return p.History == rec.Point.History && p.Seq >= rec.Floor && p.Seq <= rec.Point.Seq
}
