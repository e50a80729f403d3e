package storetest

import (
	"testing"

	"calbridge/bridge"
)

func outdatedItemsAreTold(t *testing.T, b *bench) {
	outdated := func(converter uint16, n int) ([]bridge.SourceID, int) {
		t.Helper()
		list, left, err := b.Outdated(t.Context(), b.cal, converter, n)
		b.must(list, err)
		return list, left
	}
	if list, left := outdated(1, 10); left != 0 || list != nil {
		t.Errorf("before the first round: %v, %d", list, left)
	}
	b.round(true, append(numbers(10), bad("x", "nonsense"))...)
	if _, left := outdated(1, 10); left != 0 || b.calendar().Converter != 1 {
		t.Errorf("of the same version %d, calendar %d", left, b.calendar().Converter)
	}
	b.converter = 2
	before := b.calendar().Point
	for want := 11; want > 0; {
		list, left := outdated(2, 4)
		if left != want || len(list) != min(4, want) || b.calendar().Outdated != want || b.calendar().Converter != 0 {
			t.Fatalf("outdated %v, %d, calendar %+v, want %d", list, left, b.calendar(), want)
		}
		var changes []bridge.Change
		for _, id := range list {
			if id == "x" {
				changes = append(changes, bad("x", "still nonsense"))
			} else {
				changes = append(changes, upsert(event(string(id), subjects(10)[string(id)])))
			}
		}
		b.restart()
		b.round(false, changes...)
		want -= len(list)
	}
	if _, left := outdated(2, 4); left != 0 || b.calendar().Converter != 2 || b.calendar().Outdated != 0 {
		t.Errorf("at the end %d are left, calendar %+v", left, b.calendar())
	}
	if at := b.calendar().Point; at != before {
		t.Errorf("the journal went from %v to %v, though no bytes differ", before, at)
	}
	// A full round reads all of them, but not those of the generation it serves.
	b.converter = 3
	r := b.begin(true)
	if list, left := outdated(3, 4); left != 11 || len(list) != 0 {
		t.Errorf("in a full round %v, %d", list, left)
	}
	b.apply(r, append(numbers(10), bad("x", "nonsense"))...)
	b.finish(r)
	if _, left := outdated(3, 4); left != 0 || b.calendar().Converter != 3 {
		t.Errorf("after a full round %d are left, calendar %+v", left, b.calendar())
	}
	// Back to the older program in the middle, and forth again.
	b.converter = 1
	list, _ := outdated(1, 3)
	b.round(false, upsert(event(string(list[1]), subjects(10)[string(list[1])])))
	if list, left := outdated(3, 10); left != 1 || len(list) != 1 {
		t.Errorf("outdated %v, %d after an older program made one", list, left)
	}
}
