package graphfake

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
)

// IDs are the two names of one object. Graph writes the second where a
// request asks for it with Prefer: IdType="ImmutableId". A raw object that
// came with an id has that one in both places.
type IDs struct {
	Classic   string // changes when the object moves to another calendar
	Immutable string // stays as long as the object is in its mailbox
}

// of returns the id of one kind.
func (i IDs) of(immutable bool) string {
	if immutable {
		return i.Immutable
	}
	return i.Classic
}

// refKind is what an id names.
type refKind uint8

const (
	refEvent refKind = iota
	refInstance
	refCalendar
	refGroup
)

// ref is an id taken apart.
type ref struct {
	kind      refKind
	immutable bool
	folder    uint64 // number of the folder, in classic ids of events and instances
	number    uint64 // serial (classic) or key (immutable) of the object
	slot      day    // of an instance
}

// badge is what the ids of one mailbox have in common.
type badge struct {
	guid    string   // 36 characters, at the start of each classic id
	store   [16]byte // MAPI provider id
	replica [16]byte // in every entry id and change key
}

// Folders that hold the calendars and the groups, as numbers.
const (
	calendarRoot = 0x0106
	groupRoot    = 0x0107
)

// immutableHead begins every immutable id: an object type and MAPI class id.
var immutableHead = []byte{
	0, 9, 0, 0x2e, 0, 0, 0, 0, 0, 0x1d, 0x84, 3, 0x11, 0xaa, 0x66, 0x11,
	0xcd, 0x9b, 0xc8, 0, 0xaa, 0, 0x2f, 0x84, 0x5a, 0x0d, 0,
}

// classicHead begins every classic id; AAMk in base64.
var classicHead = []byte{0, 3, 0x24, 0}

// Marks in front of the entry id of a whole item and of an instance. The
// latter is followed by the .NET ticks of the midnight of its original date.
var (
	wholeMark    = []byte{0, 0x46, 0, 0, 0, 0, 0}
	instanceMark = []byte{1, 0x51, 0, 8}
	instanceTail = []byte{0x46, 0, 0, 0, 0}
)

// Days from 0001-01-01, where .NET ticks begin, and ticks (100 ns) per day.
const (
	tickEpoch   = 719162
	ticksPerDay = 864_000_000_000
)

// encode writes an id.
func (b *badge) encode(r ref) string {
	if r.immutable {
		return base64.URLEncoding.EncodeToString(b.immutable(r))
	}
	return base64.URLEncoding.EncodeToString(b.classic(r))
}

func (b *badge) classic(r ref) []byte {
	id := make([]byte, 0, 124)
	id = append(id, classicHead...)
	id = append(id, b.guid...)
	if r.kind == refInstance {
		id = append(id, instanceMark...)
		id = appendTicks(id, r.slot)
		id = append(id, instanceTail...)
	} else {
		id = append(id, wholeMark...)
	}
	id = append(id, b.store[:]...)
	id = append(id, 7, 0)
	id = b.appendEntry(id, r.folder)
	id = b.appendEntry(id, r.number)
	if r.kind == refInstance {
		id = append(id, 0x10)
	}
	return id
}

// appendEntry appends a replica and a counter of six bytes.
func (b *badge) appendEntry(id []byte, counter uint64) []byte {
	id = append(id, b.replica[:]...)
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], counter)
	id = append(id, c[2:]...)
	return append(id, 0, 0)
}

func (b *badge) immutable(r ref) []byte {
	id := make([]byte, 0, 63)
	id = append(id, immutableHead...)
	id = append(id, b.replica[:]...)
	id = append(id, byte(r.kind))
	id = binary.BigEndian.AppendUint64(id, r.number)
	id = append(id, 0, 0)
	if r.kind == refInstance {
		id = appendTicks(id, r.slot)
		id = append(id, 0x10)
	}
	return id
}

func appendTicks(id []byte, d day) []byte {
	return binary.BigEndian.AppendUint64(id, (uint64(int64(d)+tickEpoch))*ticksPerDay)
}

// decode takes an id of this mailbox apart. What does not come out the same
// when it is put together again was never written by it.
func (b *badge) decode(text string) (ref, bool) {
	id, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		return ref{}, false
	}
	r, ok := readImmutable(id)
	if !ok {
		r, ok = readClassic(id)
	}
	if !ok || b.encode(r) != text {
		return ref{}, false
	}
	return r, true
}

func readImmutable(id []byte) (ref, bool) {
	if !bytes.HasPrefix(id, immutableHead) || len(id) != 54 && len(id) != 63 {
		return ref{}, false
	}
	rest := id[len(immutableHead)+16:]
	r := ref{kind: refKind(rest[0]), immutable: true, number: binary.BigEndian.Uint64(rest[1:])}
	if r.kind == refInstance {
		if len(id) != 63 {
			return ref{}, false
		}
		r.slot = readTicks(rest[11:])
	}
	return r, true
}

func readClassic(id []byte) (ref, bool) {
	if len(id) != 113 && len(id) != 124 {
		return ref{}, false
	}
	r := ref{kind: refEvent}
	end := len(id)
	if end == 124 {
		r.kind, r.slot, end = refInstance, readTicks(id[44:]), end-1
	}
	r.number, r.folder = readCounter(id[end-8:]), readCounter(id[end-32:])
	switch {
	case r.kind == refEvent && r.folder == calendarRoot:
		r.kind = refCalendar
	case r.kind == refEvent && r.folder == groupRoot:
		r.kind = refGroup
	}
	return r, true
}

func readCounter(b []byte) uint64 {
	var c [8]byte
	copy(c[2:], b[:6])
	return binary.BigEndian.Uint64(c[:])
}

func readTicks(b []byte) day {
	return day(int64(binary.BigEndian.Uint64(b)/ticksPerDay) - tickEpoch)
}

// looksClassic and looksImmutable tell by its shape alone what kind of id a
// text is, whoever wrote it: the answer to a foreign id is another than the
// answer to nonsense.
func looksClassic(text string) bool {
	id, err := base64.URLEncoding.DecodeString(text)
	return err == nil && bytes.HasPrefix(id, classicHead[:3])
}

func looksImmutable(text string) bool {
	id, err := base64.URLEncoding.DecodeString(text)
	return err == nil && bytes.HasPrefix(id, immutableHead)
}
