package graphsync

import (
	"testing"

	"calbridge/graphsync/graph"
)

// TestEveryClassHasWords: what happened and, unless nothing can be done or the
// loop does it at once, what to do.
func TestEveryClassHasWords(t *testing.T) {
	for _, class := range []graph.Class{graph.Network, graph.Name, graph.Certificate, graph.Foreign, graph.Stranger, graph.Broken,
		graph.Endless, graph.Throttled, graph.Busy, graph.Large, graph.Reset, graph.SignIn, graph.Claims, graph.Denied, graph.NoMailbox, graph.NoFolder,
		graph.Gone, graph.BadID, graph.Corrupt, graph.Unable, graph.Refused, graph.Unknown} {
		f, ok := faults[class]
		if !ok || f.Kind == "" || f.What == "" {
			t.Errorf("%s: %+v", class, f)
		}
		switch class {
		case graph.Reset, graph.Gone, graph.Corrupt, graph.Unable:
		default:
			if f.Fix == "" {
				t.Errorf("%s does not say what to do", class)
			}
		}
	}
}
