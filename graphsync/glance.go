package graphsync

import (
	"context"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

const (
	// perRequest is how long a calendar that is followed by listings rests between
	// complete ones for each request that one takes: a large calendar may not use
	// up what Graph allows a mailbox.
	perRequest = 5 * time.Second
	// listAtLeast is how often it is listed completely, however large.
	listAtLeast = time.Hour
	// glanceBack is how much further back than the last one a glance looks: clocks
	// differ, and listings lag.
	glanceBack = 15 * time.Minute
)

// look follows a calendar by listings. Complete ones are as rare as they are
// large; between them a glance lists what was modified lately. It tells neither
// deletions nor, for sure, changed instances of a series, so it is no more than
// news that comes sooner.
func (p *pull) look(ctx context.Context) (idle bool, err error) {
	between := min(time.Duration(p.cal.Objects/graph.IDsPerPage)*perRequest, listAtLeast)
	if p.asked || p.along.noFilter.Load() || p.now().Sub(p.at.Listed) >= between {
		_, err := p.compare(ctx)
		return false, err
	}
	idle, err = p.glance(ctx)
	switch classOf(err) {
	case graph.Refused, graph.Unable, graph.BadID:
		p.along.noFilter.Store(true)
		_, err := p.compare(ctx)
		return false, err
	}
	return idle, err
}

// glance notes what was modified lately and differs. idle tells that nothing
// does, and that nothing was stored.
func (p *pull) glance(ctx context.Context) (idle bool, err error) {
	last := p.at.Listed
	if p.at.Glanced.After(last) {
		last = p.at.Glanced
	}
	begun := p.now()
	listed, err := p.listSince(ctx, last.Add(-glanceBack))
	if err != nil {
		return false, err
	}
	var dirty []bridge.SourceID
	if len(listed) > 0 {
		known, err := p.mirror.Revisions(ctx, p.round)
		if err != nil {
			return false, err
		}
		dirty = p.news(listed, known)
	}
	if p.at.Glanced = begun; len(dirty) == 0 {
		return true, nil
	}
	return false, p.mirror.Note(ctx, p.round, bridge.Page{Dirty: dirty, Next: p.at.encode()})
}

// news returns what of a partial listing has to be read.
func (p *pull) news(listed map[bridge.SourceID]entry, known map[bridge.SourceID]bridge.Revision) (dirty []bridge.SourceID) {
	for id, e := range listed {
		revision, ok := known[id]
		if _, is := known[e.master]; is && e.master != id {
			id, ok, e.unclear = e.master, true, true // an instance: its master is to be read
		}
		if p.differs(id, e, revision, ok) {
			dirty = append(dirty, id)
		}
	}
	return dirty
}
