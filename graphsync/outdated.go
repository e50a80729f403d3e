package graphsync

import (
	"context"
	"time"

	"calbridge/bridge"
)

// What a new version of the conversion may read again of what an older one
// made, so that changes still get through and the mailbox keeps most of its
// quota of 10,000 requests in 10 minutes: a series takes up to three.
const (
	rereadPerMinute = 200
	rereadAtOnce    = 400
)

// outdated returns items to look at in this round although Graph tells no change
// of them: another version of the conversion made what the mirror has. Which
// ones are left is in the store, so a round that is cut off loses nothing. A full
// round reads all of them anyway.
func (m *mailbox) outdated(ctx context.Context, cal bridge.Calendar, o Options) ([]bridge.SourceID, error) {
	if cal.Converter == ConverterVersion || o.Full {
		return nil, nil
	}
	allowed := m.reread.at(m.now())
	list, left, err := m.mirror.Outdated(ctx, cal.ID, ConverterVersion, allowed)
	m.reread.spend(len(list))
	if left > 0 && cal.Outdated == 0 {
		m.log.Info("events are read again after an upgrade", "calendar", cal.ID, "events", left)
	}
	if left == 0 && cal.Outdated > 0 {
		m.log.Info("all events were read again after an upgrade", "calendar", cal.ID)
	}
	return list, err
}

// allowance grows with time up to rereadAtOnce.
type allowance struct {
	left int
	last time.Time
}

func (a *allowance) at(now time.Time) int {
	if a.last.IsZero() {
		a.left, a.last = rereadAtOnce, now
	}
	grown := int(now.Sub(a.last).Minutes() * rereadPerMinute)
	if grown > 0 {
		a.left, a.last = min(a.left+grown, rereadAtOnce), now
	}
	return a.left
}

func (a *allowance) spend(n int) { a.left -= n }
