package graphsync

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// pull is one round over one calendar.
type pull struct {
	client *graph.Client
	mirror Mirror
	cal    bridge.Calendar
	log    *slog.Logger
	now    func() time.Time
	report func(Progress)

	round  bridge.Round
	at     cursor
	done   int
	total  int
	doubts doubts
	// stumbled counts items that Graph failed at.
	stumbled atomic.Int32
}

// outcome is what a round came to.
type outcome struct {
	mark *bridge.Mark // set where the calendar was idle: nothing is stored yet
	rung string
	full bool
	done int
}

// run takes the calendar to the state that Graph has now. again are items to
// look at whatever the cursor says.
func (p *pull) run(ctx context.Context, full bool, again []bridge.SourceID) (outcome, error) {
	if err := p.begin(ctx, full); err != nil {
		return outcome{}, err
	}
	mark, err := p.follow(ctx, again)
	if bridge.KindOf(faultOf(err)) == bridge.Resync && !p.round.Full {
		p.log.Info("cursor lost, reading the calendar again", "calendar", p.cal.ID)
		if err := p.begin(ctx, true); err != nil {
			return outcome{}, err
		}
		mark, err = p.follow(ctx, nil)
	}
	return outcome{mark: mark, rung: p.at.Rung, full: p.round.Full, done: p.done}, faultOf(err)
}

func (p *pull) begin(ctx context.Context, full bool) (err error) {
	if p.round, err = p.mirror.Begin(ctx, p.cal.ID, full); err != nil {
		return err
	}
	p.at, err = readCursor(p.round.Cursor)
	return err
}

// follow notes, hydrates and finishes. It returns a mark instead where there
// was nothing to do.
func (p *pull) follow(ctx context.Context, again []bridge.SourceID) (*bridge.Mark, error) {
	p.tell("listing")
	switch {
	case p.round.Full:
		if err := p.fill(ctx); err != nil {
			return nil, err
		}
	case p.at.Rung == rungListing:
		if err := p.compare(ctx); err != nil {
			return nil, err
		}
	default:
		idle, err := p.drain(ctx)
		if err != nil || idle && len(again) == 0 {
			return p.idleMark(ctx, err)
		}
	}
	if len(again) > 0 {
		if err := p.mirror.Note(ctx, p.round, bridge.Page{Dirty: again}); err != nil {
			return nil, err
		}
	}
	if err := p.hydrate(ctx); err != nil {
		return nil, err
	}
	_, err := p.mirror.Finish(ctx, p.round)
	p.tell("done")
	return nil, err
}

// idleMark is where an idle calendar stands. Ids that an earlier round left
// unsettled make it not idle.
func (p *pull) idleMark(ctx context.Context, err error) (*bridge.Mark, error) {
	if err != nil {
		return nil, err
	}
	left, err := p.mirror.Dirty(ctx, p.round, 1)
	if err != nil || len(left) == 0 {
		return &bridge.Mark{Calendar: p.cal.ID, Next: p.at.encode()}, err
	}
	if err := p.mirror.Note(ctx, p.round, bridge.Page{Next: p.at.encode()}); err != nil {
		return nil, err
	}
	if err := p.hydrate(ctx); err != nil {
		return nil, err
	}
	_, err = p.mirror.Finish(ctx, p.round)
	return nil, err
}

// drain reads the delta to its end and notes what it tells, page by page. idle
// tells that there was one empty page: that is not stored.
func (p *pull) drain(ctx context.Context) (idle bool, err error) {
	guard := newWedge()
	for first := true; ; first = false {
		page, err := p.client.Delta(ctx, string(p.cal.Source), p.at.Link)
		if err != nil {
			return false, p.lost(ctx, err)
		}
		last := page.Next == ""
		if !last && guard.stuck(page) {
			return false, &bridge.Fault{Kind: bridge.Resync, What: "Microsoft's list of changes does not end"}
		}
		p.at.Link = page.Next + page.Delta // a page has one of them
		if last && p.round.Full {
			p.at.Stage = stageBodies
		}
		if last && first && len(page.Items) == 0 && !p.round.Full {
			return true, nil
		}
		note := readDelta(page.Items)
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
	if !p.round.Full && p.at.Link != "" && !p.client.Ours(p.at.Link) {
		return &bridge.Fault{Kind: bridge.Resync, What: "the calendar was last read from another host", Err: err}
	}
	if p.round.Full || p.at.Link == "" || !refused(err) || classOf(err) == graph.Denied {
		return err
	}
	if class := classOf(err); class == graph.Gone || class == graph.NoFolder {
		if _, gone := p.client.Calendar(ctx, string(p.cal.Source)); gone != nil {
			return gone
		}
	}
	return &bridge.Fault{Kind: bridge.Resync, What: "Microsoft no longer accepts where this calendar was read up to", Err: err}
}

// readDelta sorts a page's items into changed and removed ones. Which state an
// item is in is not read off here: hydrating tells.
func readDelta(items []json.RawMessage) (note bridge.Page) {
	for _, raw := range items {
		var it struct {
			ID      string           `json:"id"`
			Removed *json.RawMessage `json:"@removed"`
		}
		if json.Unmarshal(raw, &it) != nil || it.ID == "" {
			continue
		}
		if it.Removed != nil {
			note.Gone = append(note.Gone, bridge.SourceID(it.ID))
		} else {
			note.Dirty = append(note.Dirty, bridge.SourceID(it.ID))
		}
	}
	return note
}

// compare lists all ids with their change keys and notes what differs from the
// mirror. What a listing lacks is only looked at: pages that are counted off
// shift when something before them is deleted, and an event falls in between.
func (p *pull) compare(ctx context.Context) error {
	known, err := p.mirror.Revisions(ctx, p.round)
	if err != nil {
		return err
	}
	listed, err := p.list(ctx)
	if err != nil {
		return err
	}
	note := bridge.Page{Next: p.at.encode()}
	for id, e := range listed {
		if _, belongs := listed[e.master]; belongs && e.master != id {
			continue // an instance: its master speaks for it
		}
		if revision, ok := known[id]; !ok || revision != e.revision || revision == "" {
			note.Dirty = append(note.Dirty, id)
		}
	}
	for id := range known {
		if _, ok := listed[id]; !ok {
			note.Dirty = append(note.Dirty, id)
		}
	}
	return p.mirror.Note(ctx, p.round, note)
}

// entry is one line of a listing of revisions.
type entry struct {
	master   bridge.SourceID
	revision bridge.Revision
}

func (p *pull) list(ctx context.Context) (map[bridge.SourceID]entry, error) {
	listed, guard := map[bridge.SourceID]entry{}, newWedge()
	for link, more := "", true; more; {
		page, err := p.client.Revisions(ctx, string(p.cal.Source), link)
		if err != nil {
			return nil, err
		}
		for _, raw := range page.Items {
			var e struct {
				ID        string `json:"id"`
				ChangeKey string `json:"changeKey"`
				Master    string `json:"seriesMasterId"`
			}
			if json.Unmarshal(raw, &e) == nil && e.ID != "" {
				listed[bridge.SourceID(e.ID)] = entry{bridge.SourceID(e.Master), bridge.Revision(e.ChangeKey)}
			}
		}
		if link, more = page.Next, page.Next != ""; more && guard.stuck(page) {
			return nil, endless()
		}
	}
	return listed, nil
}

func (p *pull) tell(stage string) {
	if p.report != nil {
		p.report(Progress{Account: p.cal.Account, Calendar: p.cal.ID, Name: p.cal.Name, Stage: stage, Done: p.done, Total: p.total})
	}
}
