package graphsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// fill reads the whole calendar into the round's new generation: first the
// cursor, so that whatever changes from now on is told later; then the bodies in
// bulk. What is left dirty after that are masters, and ids that the pages lacked.
func (p *pull) fill(ctx context.Context) error {
	if p.at.Stage == stageIDs { // not where it goes on: what was read is of back then
		p.at.Scope, p.at.Checked, p.at.Listed = p.scope, p.now(), p.now()
		if err := p.openCursor(ctx); err != nil {
			return err
		}
	}
	n, err := p.mirror.Pending(ctx, p.round)
	if err != nil {
		return err
	}
	p.total = n
	p.tell("reading")
	for guard := newWedge(); p.at.Stage == stageBodies; {
		if err := p.bodies(ctx, guard); err != nil {
			return err
		}
	}
	if p.at.Stage == stageMissing {
		return p.missing(ctx)
	}
	return nil
}

// missing notes what the bulk listing lacked, by a listing of ids: where no
// cursor has told all of them, one listing alone would make a calendar complete
// that is not.
func (p *pull) missing(ctx context.Context) error {
	known, err := p.mirror.Revisions(ctx, p.round)
	if err != nil {
		return err
	}
	listed, err := p.list(ctx)
	if err != nil {
		return err
	}
	p.at.Stage = stageHydrate
	note := bridge.Page{Next: p.at.encode()}
	for id, e := range listed {
		_, belongs := listed[e.master]
		if _, ok := known[id]; !ok && !e.outside && (!belongs || e.master == id) {
			note.Dirty = append(note.Dirty, id)
		}
	}
	return p.mirror.Note(ctx, p.round, note)
}

// afterBodies is the stage that follows on the bulk listing.
func (p *pull) afterBodies() string {
	if p.at.Rung == rungDelta {
		return stageHydrate
	}
	return stageMissing
}

// bodies reads one page of the bulk listing and stores what it holds together
// with where it goes on.
func (p *pull) bodies(ctx context.Context, guard *wedge) error {
	page, err := p.bodiesPage(ctx)
	if err != nil {
		if p.at.Bodies == "" || !refused(err) && p.client.Ours(p.at.Bodies) {
			return err
		}
		p.at.Bodies = "" // a link from before a pause: from the first page again
		return nil
	}
	if page.Next != "" && guard.stuck(page) {
		return p.endBodies(ctx)
	}
	batch := bridge.Batch{Converter: ConverterVersion}
	for _, raw := range page.Items {
		p.sort(raw, &batch)
	}
	if p.at.Bodies = page.Next; page.Next == "" {
		p.at.Stage = p.afterBodies()
	}
	batch.Next = p.at.encode()
	if err := p.mirror.Apply(ctx, p.round, batch); err != nil {
		return err
	}
	p.done += len(batch.Changes)
	p.total = max(p.total, p.done)
	p.tell("reading")
	return nil
}

// maxCircles is how often in all the bulk listing is begun that goes round in
// circles.
const maxCircles = 3

// endBodies leaves a bulk listing that goes round in circles. A later round
// begins it again, unless that was done often enough: then what it lacks is read
// one by one, where something else has told the ids. That takes a request each.
func (p *pull) endBodies(ctx context.Context) error {
	p.at.Circles++
	enough := p.at.Circles >= maxCircles && p.at.Rung != rungListing
	if p.at.Bodies = ""; enough {
		p.at.Stage = p.afterBodies()
	}
	if err := p.mirror.Note(ctx, p.round, bridge.Page{Next: p.at.encode()}); err != nil || enough {
		return err
	}
	return endless()
}

// sort turns an item of the bulk listing into a change, or notes it where the
// listing does not tell all of it.
func (p *pull) sort(raw json.RawMessage, batch *bridge.Batch) {
	it, err := readItem(raw)
	if err != nil {
		batch.Changes = append(batch.Changes, aside(it.id, raw, err))
		return
	}
	if it.kind != typeSingle || it.event.HasAttachments {
		batch.Dirty = append(batch.Dirty, it.id)
		return
	}
	batch.Changes = append(batch.Changes, p.change(it.id, raw, func() (*bridge.Series, error) { return convertSingle(it) }))
}

// change converts an item, or sets it aside with the cause. One that is outside
// of what is to be mirrored is not taken in.
func (p *pull) change(id bridge.SourceID, raw json.RawMessage, convert func() (*bridge.Series, error)) bridge.Change {
	s, err := convert()
	if err != nil {
		return aside(id, raw, err)
	}
	if !p.scope.holds(s, p.now()) {
		p.prove(id)
		return bridge.Change{Source: id, Gone: true}
	}
	return bridge.Change{Source: id, Upsert: s}
}

// aside keeps an item out, under a name that its content gives where it has no
// id.
func aside(id bridge.SourceID, raw json.RawMessage, cause error) bridge.Change {
	if id == "" {
		sum := sha256.Sum256(raw)
		id = bridge.SourceID("without an id: " + hex.EncodeToString(sum[:4]))
	}
	var f *bridge.Fault
	if !errors.As(cause, &f) {
		f = &bridge.Fault{Kind: bridge.Invalid, What: "it cannot be read", Err: cause}
	}
	var e *graph.Error
	if errors.As(cause, &e) {
		f = &bridge.Fault{Kind: bridge.Invalid, What: "Microsoft cannot read it out", Code: e.Describe()}
	}
	return bridge.Change{Source: id, Bad: f, Revision: revisionOf(raw)}
}

// revisionOf reads the change key of an item that may be nonsense.
func revisionOf(raw json.RawMessage) bridge.Revision {
	var v struct {
		ChangeKey string `json:"changeKey"`
	}
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	return bridge.Revision(v.ChangeKey)
}
