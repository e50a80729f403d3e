package graphsync

import (
	"cmp"
	"slices"
	"time"

	"calbridge/bridge"
)

// leftovers are the instances of either side that have no equal on the other
// in the same month.
type leftovers struct{ theirs, ours []shown }

// pair puts together what is left: first the two pictures of the same slot of
// a series, or of a single event; then those at the same time; then, of
// instances that do not tell their slot, the nearest. An instance without a
// counterpart is missing or extra.
func (l *leftovers) pair() (list []finding) {
	l.settle()
	d := newDirectory(l.ours)
	for i := range l.theirs {
		d.resolve(&l.theirs[i])
	}
	ours := map[bridge.SourceID][]shown{}
	for _, one := range l.ours {
		ours[one.source] = append(ours[one.source], one)
	}
	rest := l.theirs
	for _, fits := range []func(a, b *shown) bool{sameSlot, sameStart, neighbours} {
		var left []shown
		for i := range rest {
			one := rest[i]
			if len(ours[one.source]) == 0 && len(ours[one.id]) > 0 {
				one = one.alone()
			}
			group := ours[one.source]
			n := slices.IndexFunc(group, func(b shown) bool { return fits(&one, &b) })
			if n < 0 {
				left = append(left, rest[i])
				continue
			}
			list = append(list, finding{one, group[n]})
			ours[one.source] = slices.Delete(group, n, n+1)
		}
		rest = left
	}
	for _, one := range rest {
		list = append(list, finding{theirs: one})
	}
	list = append(list, onlyOurs(ours, rest)...)
	slices.SortFunc(list, func(a, b finding) int {
		return cmp.Or(a.start().Compare(b.start()), cmp.Compare(a.source(), b.source()), cmp.Compare(a.theirs.id, b.theirs.id))
	})
	return list
}

// settle sorts by time, so that the same leftovers pair alike whatever order
// they came in, and drops what two months told of one unreadable item.
func (l *leftovers) settle() {
	for _, list := range [][]shown{l.theirs, l.ours} {
		slices.SortStableFunc(list, func(a, b shown) int {
			return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.source, b.source), cmp.Compare(a.id, b.id))
		})
	}
	l.theirs = slices.CompactFunc(l.theirs, func(a, b shown) bool { return a.unreadable && b.unreadable && a.id == b.id })
}

// onlyOurs are the instances that Outlook does not show. Those of an event that
// it shows in an unreadable form are not known to be extra.
func onlyOurs(ours map[bridge.SourceID][]shown, rest []shown) (list []finding) {
	for i := range rest {
		if one := &rest[i]; one.unreadable {
			delete(ours, one.source)
		}
	}
	for _, group := range ours {
		for _, one := range group {
			list = append(list, finding{ours: one})
		}
	}
	return list
}

// sameSlot tells whether both are the same instance of a series, or the same
// single event. All-day series tell their slots as midnights of some zone.
func sameSlot(a, b *shown) bool {
	if a.unreadable || a.slot.IsZero() != b.slot.IsZero() {
		return false
	}
	return a.slot.Equal(b.slot) || !b.slot.IsZero() && b.slot.Equal(nearestMidnight(a.slot)) && b.slot.Equal(b.slot.Truncate(24*time.Hour))
}

func sameStart(a, b *shown) bool { return !a.unreadable && a.start.Equal(b.start) }

// neighbours pairs a changed instance that does not tell its slot with one that
// has no counterpart either.
func neighbours(a, b *shown) bool { return !a.unreadable && a.slot.IsZero() && !b.slot.IsZero() }
