package graphsync

import (
	"context"
	"encoding/json"
	"time"

	"calbridge/bridge"
)

// dropUnlisted takes events out of the mirror that Outlook does not show, that
// reading again did not take out, and that a complete listing of the calendar
// lacks: their ids are none that Graph gave. It reports whether there were any.
func (x *inspection) dropUnlisted(ctx context.Context) (bool, error) {
	doomed := x.extraEvents()
	if len(doomed) == 0 {
		return false, nil
	}
	guard := newWedge()
	for link, more := "", true; more; {
		page, err := x.box.client.Revisions(ctx, string(x.cal.Source), link, false, time.Time{})
		if err != nil {
			return false, err
		}
		for _, raw := range page.Items {
			var e struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(raw, &e) == nil {
				delete(doomed, bridge.SourceID(e.ID))
			}
		}
		if link, more = page.Next, page.Next != ""; more && guard.stuck(page) {
			return false, endless()
		}
	}
	return len(doomed) > 0, x.drop(ctx, doomed)
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
