package graphsync

import (
	"strings"
	"time"

	"calbridge/bridge"
)

// directory finds, among events of the mirror that differ, the one that an
// instance of Graph's belongs to.
type directory struct {
	exact map[bridge.SourceID]bool
	fold  map[string]bridge.SourceID // "" where several events share it
	uid   map[string]bridge.SourceID // likewise
}

func newDirectory(ours []shown) *directory {
	d := &directory{exact: map[bridge.SourceID]bool{}, fold: map[string]bridge.SourceID{}, uid: map[string]bridge.SourceID{}}
	for i := range ours {
		one := &ours[i]
		if d.exact[one.source] {
			continue
		}
		d.exact[one.source] = true
		only(d.fold, strings.ToLower(string(one.source)), one.source)
		only(d.uid, one.uids[0], one.source)
		if one.uids[1] != one.uids[0] {
			only(d.uid, one.uids[1], one.source)
		}
	}
	return d
}

func only(m map[string]bridge.SourceID, name string, source bridge.SourceID) {
	if _, taken := m[name]; taken {
		source = ""
	}
	m[name] = source
}

// resolve gives an instance of Graph's the mirror's id of its event. An
// instance without a master in the mailbox is an event of its own.
func (d *directory) resolve(one *shown) {
	switch {
	case d.exact[one.source]:
		one.known = true
		return
	case d.exact[one.id]:
		*one = one.alone()
		one.known = true
		return
	}
	for _, source := range []bridge.SourceID{d.fold[strings.ToLower(string(one.source))], d.fold[strings.ToLower(string(one.id))],
		d.uid[one.uids[0]], d.uid[one.uids[1]]} {
		if source != "" {
			one.source, one.known = source, true
			return
		}
	}
}

// alone returns the instance as an event of its own, which has no slot.
func (one shown) alone() shown {
	one.source, one.slot = one.id, time.Time{}
	return one
}
