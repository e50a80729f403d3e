package graphsync

import (
	"context"
	"encoding/json"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// drain reads the cursor to its end and notes what it tells, page by page. idle
// tells that there was one empty page: that is not stored.
func (p *pull) drain(ctx context.Context) (idle bool, err error) {
	guard := newWedge()
	for first := true; ; first = false {
		page, err := p.page(ctx)
		if err != nil {
			return false, p.lost(ctx, err)
		}
		last := page.Next == ""
		if !last && guard.stuck(page) {
			return false, &bridge.Fault{Kind: bridge.Resync, What: "Microsoft's list of changes does not end"}
		}
		p.at.Link = page.Next + page.Delta // a page has one of them
		if last && first && len(page.Items) == 0 && !p.round.Full {
			return true, nil
		}
		note := p.readDelta(page.Items)
		note.Next = p.at.encode()
		if err := p.mirror.Note(ctx, p.round, note); err != nil || last {
			return false, err
		}
	}
}

// lost tells when a stored link is no longer good. Graph has several ways of
// saying so, whatever the status; a 404 may also mean that the calendar itself
// is gone, which a look at the calendar tells. A stored link to another host is
// of the time before the account moved.
func (p *pull) lost(ctx context.Context, err error) error {
	if p.at.Link != "" && !p.client.Ours(p.at.Link) {
		return &bridge.Fault{Kind: bridge.Resync, What: "the calendar was last read from another host", Err: err}
	}
	if p.round.Full || p.at.Link == "" || !refused(err) || classOf(err) == graph.Denied {
		return err
	}
	if class := classOf(err); class == graph.Gone || class == graph.NoFolder {
		if gone := p.calendarThere(ctx); gone != nil {
			return gone
		}
	}
	return &bridge.Fault{Kind: bridge.Resync, What: "Microsoft no longer accepts where this calendar was read up to", Err: err}
}

// told is what a delta tells of an item, as far as that counts.
type told struct {
	ID      bridge.SourceID  `json:"id"`
	Master  bridge.SourceID  `json:"seriesMasterId"`
	Removed *json.RawMessage `json:"@removed"`
}

// readDelta sorts a page's items into changed and removed ones. Which state an
// item is in is not read off here: hydrating tells. An instance stands for its
// series, and one that is told both ways for one that may have changed. A first
// round may name removed items of long ago.
func (p *pull) readDelta(items []json.RawMessage) (note bridge.Page) {
	for _, raw := range items {
		var it told
		if json.Unmarshal(raw, &it) != nil || it.ID == "" {
			continue
		}
		if it.Master != "" && p.at.Rung == rungView {
			it.ID = it.Master
		}
		if p.told != nil {
			p.told[it.ID] = true
		}
		switch {
		case it.Removed == nil || p.changed[it.ID]:
			note.Dirty = append(note.Dirty, it.ID)
			p.rememberChanged(it.ID)
		case !p.round.Full:
			note.Gone = append(note.Gone, it.ID)
		}
	}
	return note
}

func (p *pull) rememberChanged(id bridge.SourceID) {
	switch {
	case p.round.Full: // what it calls removed does not count
		return
	case p.changed == nil:
		p.changed = map[bridge.SourceID]bool{}
	}
	p.changed[id] = true
}
