package graphsync

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"calbridge/bridge"
)

const (
	// few is how many items that seem gone are asked for one by one.
	few = 30
	// sample is how many of many are.
	sample = 10
	// fuseFrom is the size from which a calendar has a fuse.
	fuseFrom = 20
)

// settleLosses makes sure that what the round would take away is gone: that Graph
// says so of each, or that another listing lacks it as well. What turns out to be
// there is noted, and more is true. Where more than half of a calendar would go,
// that other listing is a later round's.
func (p *pull) settleLosses(ctx context.Context) (more bool, err error) {
	lost, strange, err := p.mirror.Losses(ctx, p.round)
	if err != nil {
		return false, err
	}
	n := len(slices.DeleteFunc(slices.Clone(lost), p.isProved))
	if p.round.Full { // another item in the place of one is no loss to readers
		lost, strange = append(lost, strange...), nil
	}
	lost = slices.DeleteFunc(lost, p.isProved)
	if p.fuse(n) && !p.at.Waiting {
		return false, p.wait(ctx, n, nil)
	}
	alive, err := p.stillThere(ctx, lost)
	if err == nil && len(alive) < len(lost) {
		err = p.calendarThere(ctx)
	}
	if err != nil {
		return false, err
	}
	p.judge(lost, alive)
	waited := p.at.Waiting
	p.secondSaid, p.at.Waiting = p.secondSaid || waited, false
	if p.at.Rung == rungView {
		alive = append(alive, strange...) // removed may mean: outside the window
	}
	if more = len(alive) > 0; !more && !waited {
		return false, nil
	}
	return more, p.mirror.Note(ctx, p.round, bridge.Page{Dirty: alive, Next: p.at.encode()}) // the next loss has to wait again
}

// judge takes those of the lost items that are not alive for gone. Those that
// are get a second look, and no third: the round has to end.
func (p *pull) judge(lost, alive []bridge.SourceID) {
	there := map[bridge.SourceID]bool{}
	for _, id := range alive {
		there[id] = true
	}
	for _, id := range lost {
		if !there[id] || p.looked[id] {
			p.prove(id)
		}
	}
	p.looked = there
}

// prove remembers that an item is gone for sure.
func (p *pull) prove(id bridge.SourceID) { p.proved.Store(id, true) }

func (p *pull) isProved(id bridge.SourceID) bool {
	_, ok := p.proved.Load(id)
	return ok
}

// fuse reports whether a loss is too large for one answer's word.
func (p *pull) fuse(n int) bool {
	return !p.secondSaid && p.cal.Objects >= fuseFrom && 2*n > p.cal.Objects
}

// wait keeps the round's work for a later round and says so.
func (p *pull) wait(ctx context.Context, n int, gone []bridge.SourceID) error {
	p.at.Waiting = true
	if err := p.mirror.Note(ctx, p.round, bridge.Page{Gone: gone, Next: p.at.encode()}); err != nil {
		return err
	}
	return &bridge.Fault{Kind: bridge.Waiting, What: "more than half of this calendar is gone at once",
		Why: fmt.Sprintf("Microsoft no longer lists %d of %d events", n, p.cal.Objects),
		Fix: "nothing to do: readers keep them until a second listing says the same"}
}

// stillThere returns those of the ids that the calendar has. A few are asked for
// one by one; of many, another listing tells, and a sample whether it can be
// trusted.
func (p *pull) stillThere(ctx context.Context, ids []bridge.SourceID) (alive []bridge.SourceID, err error) {
	if len(ids) <= few {
		return p.askFor(ctx, ids)
	}
	listed, err := p.list(ctx)
	if err != nil {
		return nil, err
	}
	var absent []bridge.SourceID
	for _, id := range ids {
		if _, ok := listed[id]; ok {
			alive = append(alive, id)
		} else {
			absent = append(absent, id)
		}
	}
	found, err := p.askFor(ctx, spread(absent, sample))
	if err == nil && len(found) > 0 {
		p.log.Warn("a listing lacks events that are there", "calendar", p.cal.ID, "events", len(absent))
		found, err = p.askFor(ctx, absent)
	}
	return append(alive, found...), err
}

// spread returns n items at even distances, or all where there are fewer.
func spread(ids []bridge.SourceID, n int) []bridge.SourceID {
	if len(ids) <= n {
		return ids
	}
	var some []bridge.SourceID
	for i := range n {
		some = append(some, ids[i*len(ids)/n])
	}
	return some
}

// askFor returns those of the ids that Graph has, and those that it cannot read
// out: only its word that an event is gone counts.
func (p *pull) askFor(ctx context.Context, ids []bridge.SourceID) (alive []bridge.SourceID, err error) {
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sideBySide)
	for _, id := range ids {
		g.Go(func() error {
			_, err := p.client.Exists(ctx, string(p.cal.Source), string(id))
			switch {
			case bridge.KindOf(faultOf(err)) == bridge.Gone:
				return nil
			case err == nil, hopeless(err), p.trips(id, err):
				mu.Lock()
				defer mu.Unlock()
				alive = append(alive, id)
				return nil
			}
			return err
		})
	}
	return alive, g.Wait()
}
