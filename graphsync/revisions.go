package graphsync

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"calbridge/bridge"
)

// entry is one line of a listing of revisions.
type entry struct {
	master   bridge.SourceID
	revision bridge.Revision
	series   bool
	outside  bool // of what is to be mirrored
	unclear  bool // told twice, with different revisions
}

// compare lists all ids with their change keys, notes what differs from the
// mirror and returns it. What the listing lacks is noted as gone, which is only
// the beginning of that: see losses.go.
func (p *pull) compare(ctx context.Context) (differing []bridge.SourceID, err error) {
	known, err := p.mirror.Revisions(ctx, p.round)
	if err != nil {
		return nil, err
	}
	listed, err := p.list(ctx)
	if err != nil {
		return nil, err
	}
	note := bridge.Page{}
	for id, e := range listed {
		if _, belongs := listed[e.master]; belongs && e.master != id {
			continue // an instance: its master speaks for it
		}
		switch revision, ok := known[id]; {
		case ok && e.outside && !e.series: // of no further interest
			p.prove(id)
			note.Gone = append(note.Gone, id)
		case p.differs(id, e, revision, ok):
			note.Dirty = append(note.Dirty, id)
		}
	}
	for id := range known {
		if _, ok := listed[id]; !ok {
			note.Gone = append(note.Gone, id)
		}
	}
	differing = slices.Concat(note.Dirty, note.Gone)
	if p.at.Rung == rungListing {
		note.Dirty = append(note.Dirty, p.someSeries(listed)...)
	}
	p.at.Listed, p.at.Scope = p.now(), p.scope
	note.Next = p.at.encode()
	return differing, p.mirror.Note(ctx, p.round, note)
}

// differs reports whether an item has to be read.
func (p *pull) differs(id bridge.SourceID, e entry, revision bridge.Revision, known bool) bool {
	if !known {
		return !e.outside
	}
	if revision == "" && p.failing[id] {
		return false // it is asked for in its own time
	}
	return revision != e.revision || revision == "" || e.outside || e.unclear
}

// list reads the complete listing.
func (p *pull) list(ctx context.Context) (map[bridge.SourceID]entry, error) {
	return p.listSince(ctx, time.Time{})
}

// listSince reads the listing of what was modified since then.
func (p *pull) listSince(ctx context.Context, since time.Time) (map[bridge.SourceID]entry, error) {
	listed, guard := map[bridge.SourceID]entry{}, newWedge()
	for link, more := "", true; more; {
		page, err := p.client.Revisions(ctx, string(p.cal.Source), link, !p.scope.All(), since)
		if err != nil {
			return nil, err
		}
		for _, raw := range page.Items {
			p.enter(raw, listed)
		}
		if link, more = page.Next, page.Next != ""; more && guard.stuck(page) {
			return nil, endless()
		}
	}
	return listed, nil
}

func (p *pull) enter(raw json.RawMessage, listed map[bridge.SourceID]entry) {
	var l struct {
		ID        bridge.SourceID `json:"id"`
		ChangeKey bridge.Revision `json:"changeKey"`
		Master    bridge.SourceID `json:"seriesMasterId"`
		Type      string          `json:"type"`
	}
	if json.Unmarshal(raw, &l) != nil || l.ID == "" {
		return
	}
	e := entry{master: l.Master, revision: l.ChangeKey, series: l.Type == typeMaster}
	if old, ok := listed[l.ID]; ok {
		e.unclear = old.unclear || old.revision != e.revision
	}
	e.outside = !p.scope.All() && p.listedOutside(raw)
	listed[l.ID] = e
}

// Listings look at some series whatever their change keys say, now and then: one
// may take a handful of requests, and the mailbox has 10,000 in ten minutes for
// all that reads it.
const (
	seriesAtOnce = 20
	seriesEvery  = 5 * time.Minute
	seriesAtMost = 3 * seriesAtOnce // where listings are rarer than that
)

// someSeries returns the next series in turn: whether a master's change key
// moves with a change of one instance is not documented, and a listing tells
// nothing else of it.
func (p *pull) someSeries(listed map[bridge.SourceID]entry) (ids []bridge.SourceID) {
	turns := p.now().Sub(p.at.Looked) / seriesEvery
	if turns <= 0 {
		return nil
	}
	p.at.Looked = p.now()
	for id, e := range listed {
		if e.series && !e.outside {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	from, _ := slices.BinarySearch(ids, p.at.Master+"\x00")
	ids = slices.Concat(ids[from:], ids[:from])
	ids = ids[:min(len(ids), int(min(turns, seriesAtMost/seriesAtOnce))*seriesAtOnce)]
	if len(ids) > 0 {
		p.at.Master = ids[len(ids)-1]
	}
	return ids
}
