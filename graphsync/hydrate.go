package graphsync

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"golang.org/x/sync/errgroup"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

const (
	// atOnce is how many items one transaction settles.
	atOnce = 60
	// sideBySide is how many are read at a time; the mailbox's gate has the
	// last word.
	sideBySide = 3
)

// hydrate settles the round's dirty ids until none is left.
func (p *pull) hydrate(ctx context.Context) error {
	for {
		todo, err := p.mirror.Dirty(ctx, p.round, atOnce)
		if err != nil || len(todo) == 0 {
			return err
		}
		changes, err := p.settle(ctx, todo)
		if doubt := p.weigh(ctx, p.unfound(todo, changes)); doubt != nil {
			return cmp.Or(err, doubt)
		}
		if len(changes) > 0 {
			if err := p.mirror.Apply(ctx, p.round, bridge.Batch{Changes: changes, Converter: ConverterVersion}); err != nil {
				return err
			}
			p.done += len(changes)
			p.total = max(p.total, p.done)
			p.tell("reading")
		}
		if err != nil {
			return err
		}
	}
}

// weigh decides whether items that were not found may go. Of a full round its
// end decides that.
func (p *pull) weigh(ctx context.Context, lost []bridge.SourceID) error {
	if len(lost) == 0 {
		return nil
	}
	if err := p.calendarThere(ctx); err != nil || p.round.Full {
		return err
	}
	served, err := p.served(ctx, lost)
	if err != nil {
		return err
	}
	if p.vanished += len(served); len(served) > 0 && p.fuse(p.vanished) {
		return p.wait(ctx, p.vanished, served)
	}
	return nil
}

// calendarThere asks for the calendar itself. In one that is no longer shared
// nothing is found, which does not mean that its events are gone. Where Graph
// does not want to talk about it, it is there if its events can be listed.
func (p *pull) calendarThere(ctx context.Context) error {
	_, err := p.client.Calendar(ctx, string(p.cal.Source))
	switch classOf(err) {
	case graph.Denied, graph.Unable, graph.Refused:
		_, err = p.client.Identities(ctx, string(p.cal.Source), "")
	}
	return err
}

// served notes the items as gone and returns those that readers have: others,
// that came and went between two rounds, are no loss.
func (p *pull) served(ctx context.Context, ids []bridge.SourceID) ([]bridge.SourceID, error) {
	if err := p.mirror.Note(ctx, p.round, bridge.Page{Gone: ids}); err != nil {
		return nil, err
	}
	served, _, err := p.mirror.Losses(ctx, p.round)
	return slices.DeleteFunc(served, func(id bridge.SourceID) bool { return !slices.Contains(ids, id) }), err
}

// unfound returns the items that were noted as changed and are gone, not only
// outside of what is mirrored.
func (p *pull) unfound(todo []bridge.Noted, changes []bridge.Change) (ids []bridge.SourceID) {
	gone := map[bridge.SourceID]bool{}
	for _, c := range changes {
		gone[c.Source] = c.Gone
	}
	for _, noted := range todo {
		if !noted.Gone && gone[noted.Source] && !p.isProved(noted.Source) {
			ids = append(ids, noted.Source)
		}
	}
	return ids
}

// settle finds out what became of the given ids. After an error it still
// returns the changes that it got to.
func (p *pull) settle(ctx context.Context, todo []bridge.Noted) ([]bridge.Change, error) {
	found := make([][]bridge.Change, len(todo))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sideBySide)
	for i, noted := range todo {
		if noted.Gone {
			found[i] = []bridge.Change{{Source: noted.Source, Gone: true}}
			continue
		}
		ctx := ctx
		if p.failing[noted.Source] {
			ctx = graph.Once(ctx)
		}
		g.Go(func() (err error) {
			found[i], err = p.item(ctx, noted.Source)
			return err
		})
	}
	err := g.Wait()
	var changes []bridge.Change
	for _, list := range found {
		changes = append(changes, list...)
	}
	return changes, err
}

// item reads one item and returns what it means for the mirror. The first
// change is always that of id itself.
func (p *pull) item(ctx context.Context, id bridge.SourceID) ([]bridge.Change, error) {
	it, raw, changes, err := p.fetch(ctx, id)
	if err != nil || changes != nil {
		return changes, err
	}
	switch {
	case it.kind == typeMaster:
		return p.series(ctx, it, raw)
	case it.kind == typeSingle || it.master == id:
		return []bridge.Change{p.change(id, raw, func() (*bridge.Series, error) { return convertSingle(it) })}, nil
	}
	return p.instance(ctx, it, raw)
}

// fetch reads one item. Where there is nothing to convert it returns what that
// means instead.
func (p *pull) fetch(ctx context.Context, id bridge.SourceID) (it item, raw json.RawMessage, changes []bridge.Change, err error) {
	raw, err = p.read(ctx, string(id))
	switch {
	case bridge.KindOf(faultOf(err)) == bridge.Gone:
		return it, nil, []bridge.Change{{Source: id, Gone: true}}, nil
	case hopeless(err), p.trips(id, err):
		return it, nil, []bridge.Change{aside(id, nil, err)}, nil
	case err != nil:
		return it, nil, nil, err
	}
	if it, err = readItem(raw); err != nil {
		return it, nil, []bridge.Change{aside(id, raw, err)}, nil
	}
	it.home = p.cal.Env.MailboxZone
	it.id = id // whatever the answer calls it: it was noted under this one
	return it, raw, nil, p.attach(ctx, it)
}

// maxStumbles is how many more items a round may set aside because Graph failed
// at them; at more of them, Graph itself has trouble.
const maxStumbles = 5

// trips reports whether a failure is to be taken as that one item's. Those that
// Graph failed at before are no news.
func (p *pull) trips(id bridge.SourceID, err error) bool {
	return stumbles(err) && (p.failing[id] || p.stumbled.Add(1) <= maxStumbles)
}

// series converts a master with all that belongs to it.
func (p *pull) series(ctx context.Context, it item, raw json.RawMessage) ([]bridge.Change, error) {
	if changes, ok, err := p.listed(ctx, it, raw); ok || err != nil {
		return changes, err
	}
	seen, err := p.zoneBySight(ctx, it)
	if err != nil {
		return nil, err
	}
	it.seen = seen
	exceptions, cancelled, err := p.occurrences(ctx, it)
	if err == nil {
		err = p.attachAll(ctx, it, exceptions)
	}
	wrong := false
	if err == nil {
		wrong, err = p.contradicted(ctx, it, raw, exceptions, cancelled)
	}
	if err != nil {
		if bridge.KindOf(err) == bridge.Invalid || hopeless(err) || p.trips(it.id, err) {
			return []bridge.Change{aside(it.id, raw, err)}, nil
		}
		return nil, err
	}
	if wrong {
		if changes, err := p.distrust(ctx, it, raw); changes != nil || err != nil {
			return changes, err
		}
	}
	return []bridge.Change{p.change(it.id, raw, func() (*bridge.Series, error) { return convertMaster(it, exceptions, cancelled) })}, nil
}

// instance is an item that belongs to a series: its master says all, unless the
// mailbox has no master, as when someone was invited to one instance alone
// (mapping R1.9).
func (p *pull) instance(ctx context.Context, it item, raw json.RawMessage) ([]bridge.Change, error) {
	master, text, changes, err := p.fetch(ctx, it.master)
	switch {
	case err != nil:
		return nil, err
	case changes == nil && master.kind == typeMaster:
		changes, err = p.series(ctx, master, text)
		return append([]bridge.Change{{Source: it.id, Gone: true}}, changes...), err
	}
	return []bridge.Change{p.change(it.id, raw, func() (*bridge.Series, error) { return convertSingle(it) })}, nil
}
