package graphfake

import (
	"slices"
	"sort"
)

// journal is what a calendar remembers of its changes: each record once, at
// the place of its latest change. Delta rounds read it from the position that
// their link holds, so an idle poll looks at nothing.
type journal struct {
	head    uint64 // number of the latest change
	entries []entry
	stale   int                // entries whose record changed again
	graves  map[uint64]*record // latest tombstone by key
}

// entry is one change. It is stale once its record has a later one.
type entry struct {
	seq uint64
	rec *record
}

func (e entry) live() bool { return e.rec.seq == e.seq }

// note puts a record, or its tombstone, at the end.
func (j *journal) note(rec *record) {
	j.head++
	if rec.seq != 0 {
		j.stale++
	}
	rec.seq = j.head
	j.entries = append(j.entries, entry{j.head, rec})
	rec.widen()
	if old := j.graves[rec.key]; old != nil && old != rec {
		old.revived = true
	}
	j.compact()
}

// bury replaces a record that leaves the calendar by a tombstone with its ids.
func (j *journal) bury(rec *record) {
	if rec.seq != 0 {
		rec.seq = 0
		j.stale++
	}
	grave := &record{key: rec.key, serial: rec.serial, name: rec.name, cal: rec.cal, kind: rec.kind, master: rec.master, slot: rec.slot, gone: true,
		timed: rec.timed, hull: rec.hull, series: rec.series}
	j.note(grave)
	if rec.master != nil {
		return
	}
	if j.graves == nil {
		j.graves = map[uint64]*record{}
	}
	j.graves[rec.key] = grave
}

// compact drops stale entries once they are the greater part.
func (j *journal) compact() {
	if len(j.entries) < 64 || j.stale*2 < len(j.entries) {
		return
	}
	j.entries = slices.DeleteFunc(j.entries, func(e entry) bool { return !e.live() })
	j.stale = 0
}

// between yields the records last changed after from and not after to, oldest
// change first, each with the number of that change.
func (j *journal) between(from, to uint64) func(yield func(uint64, *record) bool) {
	return func(yield func(uint64, *record) bool) {
		i := sort.Search(len(j.entries), func(i int) bool { return j.entries[i].seq > from })
		for ; i < len(j.entries) && j.entries[i].seq <= to; i++ {
			if e := j.entries[i]; e.live() && !yield(e.seq, e.rec) {
				return
			}
		}
	}
}
