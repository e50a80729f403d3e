package graphsync

import (
	"context"
	"encoding/json"
	"slices"

	"calbridge/bridge"
)

// trace finds out which of the listed calendars are known ones under another id.
// Graph has been seen to give a calendar a new id, and people make a calendar
// anew under the name of one that they deleted: its addresses must not show what
// is in the other. Only a calendar in which events of the old one are found is
// that one.
func (m *mailbox) trace(ctx context.Context, listed []bridge.Listed) error {
	namesakes, err := m.accounts.Namesakes(ctx, m.account.ID, listed)
	if err != nil || len(namesakes) == 0 {
		return err
	}
	for i := range listed {
		l := &listed[i]
		for _, id := range namesakes[l.Source] {
			same, err := m.continues(ctx, l, id)
			if err != nil {
				return err
			}
			if same && !slices.ContainsFunc(listed, func(o bridge.Listed) bool { return o.Was == id }) {
				m.log.Info("calendar has another id", "calendar", id)
				l.Was = id
				break
			}
		}
	}
	return nil
}

// maxTraced is how many pages of a calendar's ids are looked through.
const maxTraced = 20

// continues reports whether a listed calendar has events of a known one. One that
// Graph does not let be read has none.
func (m *mailbox) continues(ctx context.Context, l *bridge.Listed, id bridge.CalendarID) (bool, error) {
	link := ""
	for range maxTraced {
		page, err := m.clientOf(l.Mailbox).Identities(ctx, string(l.Source), link)
		switch {
		case err != nil && refused(err) && ctx.Err() == nil:
			return false, nil
		case err != nil:
			return false, faultOf(err)
		}
		held, err := m.accounts.Holds(ctx, id, identities(page.Items))
		if link = page.Next; err != nil || held || link == "" {
			return held, err
		}
	}
	return false, nil
}

// identities returns ids with the UIDs that the mirror would claim for them.
func identities(items []json.RawMessage) map[bridge.SourceID]string {
	events := map[bridge.SourceID]string{}
	for _, raw := range items {
		if it, err := readItem(raw); err == nil {
			events[it.id] = claimOf(it)
		}
	}
	return events
}
