package graphsync

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"calbridge/bridge"
)

// errUnread is why it cannot be told yet which calendar a listed one is.
var errUnread = errors.New("graphsync: the calendar cannot be read now")

// trace finds out which of the listed calendars are known ones under another id.
// Graph has been seen to give a calendar a new id, and people make a calendar
// anew under the name of one that they deleted: its addresses must not show what
// is in the other. Only a calendar in which events of the old one are found is
// that one. One that cannot be read is left out, and listed again before long.
func (m *mailbox) trace(ctx context.Context, listed []bridge.Listed) ([]bridge.Listed, error) {
	namesakes, err := m.accounts.Namesakes(ctx, m.account.ID, listed)
	if err != nil || len(namesakes) == 0 {
		return listed, err
	}
	var told []bridge.Listed
	for _, l := range listed {
		l.Was, err = m.successor(ctx, &l, namesakes[l.Source], told)
		switch {
		case errors.Is(err, errUnread):
			m.log.Info("a calendar of a known name cannot be read yet", "candidates", len(namesakes[l.Source]))
			m.listedAt = m.now().Add(listAgain - listEvery)
		case err != nil:
			return nil, err
		default:
			told = append(told, l)
		}
	}
	return told, nil
}

// successor returns which of some known calendars a listed one is, "" for none.
func (m *mailbox) successor(ctx context.Context, l *bridge.Listed, known []bridge.CalendarID, told []bridge.Listed) (bridge.CalendarID, error) {
	for _, id := range known {
		same, err := m.continues(ctx, l, id)
		if err == nil && !same { // a listing may lack much, and seldom twice
			same, err = m.continues(ctx, l, id)
		}
		if err != nil {
			return "", err
		}
		if same && !slices.ContainsFunc(told, func(o bridge.Listed) bool { return o.Was == id }) {
			m.log.Info("calendar has another id", "calendar", id)
			return id, nil
		}
	}
	return "", nil
}

// maxTraced is how many pages of a calendar's ids are looked through.
const maxTraced = 20

// continues reports whether a listed calendar has events of a known one.
func (m *mailbox) continues(ctx context.Context, l *bridge.Listed, id bridge.CalendarID) (bool, error) {
	link := ""
	for range maxTraced {
		page, err := m.clientOf(l.Mailbox).Identities(ctx, string(l.Source), link)
		switch {
		case err != nil && refused(err) && ctx.Err() == nil:
			return false, errUnread
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
