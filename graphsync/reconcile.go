package graphsync

import (
	"context"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// checkDue reports whether it is time to compare the whole calendar: once a
// night, in the small hours of the mailbox's zone, and at any time where a night
// was missed.
func (p *pull) checkDue() bool {
	since := p.now().Sub(p.at.Checked)
	if since < 20*time.Hour {
		return false
	}
	loc := time.UTC
	if l, err := zone.Load(p.cal.Env.MailboxZone); err == nil {
		loc = l
	}
	hour := p.now().In(loc).Hour()
	return since > 28*time.Hour || hour >= 1 && hour < 5
}

// reconcile compares the whole calendar with the mirror after a round that left
// nothing to do, and repairs what differs. What was changed just now is no
// difference: the cursor tells it. A calendar that is not followed in the best
// way tries that again first.
func (p *pull) reconcile(ctx context.Context) error {
	if err := p.begin(ctx, false); err != nil {
		return err
	}
	if err := p.climb(ctx); err != nil {
		return err
	}
	differing, err := p.compare(ctx)
	if err != nil {
		return err
	}
	if p.told = map[bridge.SourceID]bool{}; p.at.Rung != rungListing {
		if _, err := p.drain(ctx); err != nil {
			return err
		}
	}
	own := 0
	for _, id := range differing {
		if !p.told[id] {
			own++
		}
	}
	p.at.Checked = p.now()
	if err := p.mirror.Note(ctx, p.round, bridge.Page{Next: p.at.encode()}); err != nil {
		return err
	}
	before := p.point
	if err := p.work(ctx); err != nil {
		return err
	}
	return p.checked(ctx, min(own, int(p.point.Seq-before.Seq)))
}

// checked stores what the comparison came to.
func (p *pull) checked(ctx context.Context, repaired int) error {
	if repaired > 0 {
		p.log.Warn("the mirror differed from the mailbox and was repaired", "calendar", p.cal.ID, "events", repaired, "rung", p.at.Rung)
	}
	return p.mirror.Checked(ctx, p.cal.ID, bridge.Check{At: p.at.Checked, Repaired: repaired})
}
