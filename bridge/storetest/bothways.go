package storetest

import (
	"testing"

	"calbridge/bridge"
)

// Pages tell in no order: a new item that one page calls changed and a later one
// removed has to be asked for, also after a restart.
func newItemsToldBothWaysAreAskedFor(t *testing.T, b *bench) {
	b.round(true, upsert(event("a", "one")))
	r := b.begin(false)
	b.must(nil, b.Note(t.Context(), r, bridge.Page{Dirty: []bridge.SourceID{"new", "a"}, Next: bridge.Cursor("1")}))
	b.restart()
	r = b.begin(false)
	b.must(nil, b.Note(t.Context(), r, bridge.Page{Gone: []bridge.SourceID{"new", "a"}, Next: bridge.Cursor("2")}))
	todo, err := b.Dirty(t.Context(), r, 10)
	b.must(todo, err)
	for _, n := range todo {
		if n.Gone != (n.Source == "a") {
			t.Errorf("%s is noted as gone: %v", n.Source, n.Gone)
		}
	}
	if len(todo) != 2 {
		t.Errorf("noted %v", todo)
	}
}
