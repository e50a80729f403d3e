package graphfake

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestJournalAgainstAMap compares a journal, read in rounds of random length,
// with a plain map of what is there.
func TestJournalAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var j journal
		there := map[uint64]*record{}
		seen := map[uint64]bool{}
		key, read := uint64(0), uint64(0)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				key++
				there[key] = &record{key: key}
				j.note(there[key])
			case 2, 3:
				if rec := there[uint64(rapid.IntRange(1, int(key)+1).Draw(t, "key"))]; rec != nil {
					j.note(rec)
				}
			case 4:
				if rec := there[uint64(rapid.IntRange(1, int(key)+1).Draw(t, "key"))]; rec != nil {
					delete(there, rec.key)
					j.bury(rec)
				}
			case 5:
				read = follow(t, &j, read, j.head, seen)
			}
		}
		follow(t, &j, read, j.head, seen)
		want := map[uint64]bool{}
		for k := range there {
			want[k] = true
		}
		if d := cmp.Diff(want, seen); d != "" {
			t.Fatalf("(-there +seen):\n%s", d)
		}
		if len(j.entries) > 64 && j.stale*2 > len(j.entries) {
			t.Fatalf("%d of %d entries are stale", j.stale, len(j.entries))
		}
	})
}

// follow reads one round and returns where it ended.
func follow(t *rapid.T, j *journal, from, to uint64, seen map[uint64]bool) uint64 {
	once := map[uint64]bool{}
	last := from
	for seq, rec := range j.between(from, to) {
		if seq <= last {
			t.Fatalf("change %d comes after %d", seq, last)
		}
		last = seq
		if once[rec.key] {
			t.Fatalf("record %d comes twice", rec.key)
		}
		once[rec.key] = true
		if rec.gone {
			delete(seen, rec.key)
		} else {
			seen[rec.key] = true
		}
	}
	return to
}

func TestCursorGenerations(t *testing.T) {
	var c cursors
	id := c.begin()
	for g := range uint64(10) {
		if next, _, ok := c.advance(id, g, 3); !ok || next != g+1 {
			t.Fatalf("generation %d leads to %d, %v", g, next, ok)
		}
	}
	for g := range uint64(11) {
		if _, highest, ok := c.advance(id, g, 3); ok != (g >= 8) || highest != 10 && g < 10 {
			t.Errorf("generation %d of 10: %v, highest %d", g, ok, highest)
		}
	}
	if _, _, ok := c.advance(id, 1, -1); !ok {
		t.Error("without a bound an old generation is refused")
	}
	if _, _, ok := c.advance(id+1, 0, 3); ok {
		t.Error("an unknown cursor is honoured")
	}
	c.expire()
	if _, _, ok := c.advance(id, 10, 3); ok {
		t.Error("an expired cursor is honoured")
	}
}
