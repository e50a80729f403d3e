package graphsync

import (
	"hash/maphash"

	"calbridge/graphsync/graph"
)

const (
	// maxStale is how many pages in a row that bring nothing new are a circle.
	maxStale = 4
	// maxEmpty is how many empty ones are: a page may well be empty.
	maxEmpty = 100
	// maxPages bounds a listing that always brings something.
	maxPages = 20_000
)

// wedge notices a listing that goes round in circles: ever new links to items
// that were told before, or the same link again.
type wedge struct {
	seed  maphash.Seed
	seen  map[uint64]bool
	pages int
	stale int
	empty int
}

func newWedge() *wedge { return &wedge{seed: maphash.MakeSeed(), seen: map[uint64]bool{}} }

// stuck counts a page in that leads on to another.
func (w *wedge) stuck(p graph.Page) bool {
	w.pages++
	repeated := !w.fresh([]byte(p.Next))
	if len(p.Items) == 0 {
		w.empty++
		return repeated || w.empty >= maxEmpty
	}
	w.stale, w.empty = w.stale+1, 0
	for _, raw := range p.Items {
		if w.fresh(raw) {
			w.stale = 0
		}
	}
	return repeated || w.stale >= maxStale || w.pages >= maxPages
}

func (w *wedge) fresh(text []byte) bool {
	key := maphash.Bytes(w.seed, text)
	was := w.seen[key]
	w.seen[key] = true
	return !was
}

// endless is the error of a listing that does not end.
func endless() error {
	return graph.Unending()
}
