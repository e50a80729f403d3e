package graphsync

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// dropUnlisted takes events out of the mirror that Outlook does not show, that
// reading again did not take out, and that a complete listing of the calendar
// lacks: their ids are none that Graph gave. It reports whether there were any.
func (x *inspection) dropUnlisted(ctx context.Context) (bool, error) {
	doomed := x.extraEvents()
	if len(doomed) == 0 {
		return false, nil
	}
	listed, err := x.ids(ctx)
	if err != nil {
		return false, err
	}
	maps.DeleteFunc(doomed, func(id bridge.SourceID, _ bool) bool { return listed[id] })
	if err := x.spare(ctx, doomed, listed); err != nil {
		return false, err
	}
	return len(doomed) > 0, x.drop(ctx, doomed)
}

// ids returns all that a complete listing of the calendar has.
func (x *inspection) ids(ctx context.Context) (map[bridge.SourceID]bool, error) {
	listed, guard := map[bridge.SourceID]bool{}, newWedge()
	for link, more := "", true; more; {
		page, err := x.box.client.Revisions(ctx, string(x.cal.Source), link, false, time.Time{})
		if err != nil {
			return nil, err
		}
		for _, raw := range page.Items {
			var e struct {
				ID bridge.SourceID `json:"id"`
			}
			if json.Unmarshal(raw, &e) == nil {
				listed[e.ID] = true
			}
		}
		if link, more = page.Next, page.Next != ""; more && guard.stuck(page) {
			return nil, endless()
		}
	}
	return listed, nil
}

// spare asks for what the listing lacks, and takes out of doomed what is there by
// no other id that is listed. Then the listing was wrong, and nothing goes that
// was not asked for.
func (x *inspection) spare(ctx context.Context, doomed, listed map[bridge.SourceID]bool) error {
	ghosts, lies := map[bridge.SourceID]bool{}, false
	for _, id := range spread(slices.Sorted(maps.Keys(doomed)), few) {
		own, err := x.box.client.Exists(ctx, string(x.cal.Source), string(id))
		switch {
		case err == nil && listed[bridge.SourceID(own)], bridge.KindOf(faultOf(err)) == bridge.Gone, classOf(err) == graph.BadID:
			ghosts[id] = true
		case wholeAccount(faultOf(err)) || ctx.Err() != nil:
			return err
		default:
			lies = true
		}
	}
	if lies {
		x.box.log.Warn("a listing lacks events that are there", "calendar", x.cal.ID, "events", len(doomed)-len(ghosts))
		maps.DeleteFunc(doomed, func(id bridge.SourceID, _ bool) bool { return !ghosts[id] })
	}
	return nil
}

// extraEvents are the events of which nothing that the audit saw is in Outlook.
func (x *inspection) extraEvents() map[bridge.SourceID]bool {
	events := map[bridge.SourceID]bool{}
	for _, f := range x.found {
		if f.theirs.source == "" {
			events[f.ours.source] = true
		}
	}
	for _, f := range x.found {
		if f.theirs.source != "" {
			delete(events, f.source())
		}
	}
	return events
}

// drop removes events in the mirror's served generation. While a full round
// fills another one, that round will tell.
func (x *inspection) drop(ctx context.Context, doomed map[bridge.SourceID]bool) error {
	x.box.turn.Lock()
	defer x.box.turn.Unlock()
	r, err := x.box.mirror.Begin(ctx, x.cal.ID, false)
	if err != nil || r.Full || len(doomed) == 0 {
		return err
	}
	var batch bridge.Batch
	for source := range doomed {
		batch.Changes = append(batch.Changes, bridge.Change{Source: source, Gone: true})
	}
	x.box.log.Info("events that Outlook does not have are dropped", "calendar", x.cal.ID, "events", len(doomed))
	return x.box.mirror.Apply(ctx, r, batch)
}
