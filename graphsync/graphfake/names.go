package graphfake

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// recordIDs returns the ids of a stored event.
func (m *Mailbox) recordIDs(rec *record) IDs {
	switch {
	case rec.name != "":
		return IDs{rec.name, rec.name}
	case rec.master != nil:
		return m.slotIDs(rec.master, rec.slot)
	}
	return IDs{
		Classic:   m.encode(ref{folder: rec.cal.serial, number: rec.serial}),
		Immutable: m.encode(ref{immutable: true, number: rec.key}),
	}
}

// slotIDs returns the ids of an instance. They are made of its original date,
// so an occurrence keeps them when it becomes an exception.
func (m *Mailbox) slotIDs(master *record, slot day) IDs {
	return IDs{
		Classic:   m.encode(ref{kind: refInstance, folder: master.cal.serial, number: master.serial, slot: slot}),
		Immutable: m.encode(ref{kind: refInstance, immutable: true, number: master.key, slot: slot}),
	}
}

func (m *Mailbox) instanceIDs(it instance) IDs {
	if it.occurrence {
		return m.slotIDs(it.rec, it.slot)
	}
	return m.recordIDs(it.rec)
}

// goidHead begins every global object id that Exchange makes. The eight hex
// digits behind it are the date of an instance, zero for a whole series.
const goidHead = "040000008200E00074C5B7101A82E008"

// seriesUID returns the iCalUId of the series or the single event.
func (m *Mailbox) seriesUID(it instance) any {
	rec := it.rec
	if it.master() != nil {
		rec = it.master()
	}
	if uid, ok := rec.bag.get("iCalUId"); ok {
		return uid
	}
	if rec.raw {
		return nil
	}
	return m.goid(rec)
}

// goid makes the global object id of an event: creation time and a GUID that
// holds the first key, so that it outlives moves and new ids.
func (m *Mailbox) goid(rec *record) string {
	var id [40]byte
	binary.LittleEndian.PutUint64(id[4:], uint64(rec.created)*10+116444736000000000)
	id[20] = 0x10
	copy(id[24:], m.store[:])
	binary.BigEndian.PutUint64(id[32:], rec.origin)
	return goidHead + strings.ToUpper(hex.EncodeToString(id[:]))
}

// uidOf returns the iCalUId of an instance: that of its series with the date
// of the slot inside. A foreign uid has no place for a date.
func (m *Mailbox) uidOf(it instance) any {
	if !it.occurrence {
		if uid, ok := it.rec.bag.get("iCalUId"); ok {
			return uid
		}
	}
	uid := m.seriesUID(it)
	text, _ := uid.(string)
	if it.master() == nil || len(text) < len(goidHead)+8 || !strings.EqualFold(text[:len(goidHead)], goidHead) {
		return uid
	}
	year, month, dom := it.slot.date()
	return text[:len(goidHead)] + fmt.Sprintf("%04X%02X%02X", year, int(month), dom) + text[len(goidHead)+8:]
}

// sortedDays lists the days of a set in order.
func sortedDays[V any](set map[day]V) []day {
	return slices.SortedFunc(maps.Keys(set), cmp.Compare[day])
}
