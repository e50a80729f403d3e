package graphsync

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// Rungs: how a calendar is followed, the best first. Each comes to the same two
// sets, ids that may have changed and ids that are said to be gone; what became
// of them, hydrating tells.
const (
	rungDelta   = "delta"   // events/delta, ids only
	rungView    = "view"    // calendarView/delta over a window, and a listing now and then
	rungListing = "listing" // all ids and change keys, compared with the mirror
)

var ladder = []string{rungDelta, rungView, rungListing}

func below(rung string) string {
	return ladder[min(slices.Index(ladder, rung)+1, len(ladder)-1)]
}

const (
	// viewPast and viewAhead are the window of calendarView/delta around today;
	// Graph allows 1825 days in all.
	viewPast, viewAhead = 180 * 24 * time.Hour, 730 * 24 * time.Hour
	// viewSpare is how much of it has to be left before another one is opened.
	viewSpare = 550 * 24 * time.Hour
	// viewListEvery is how often what lies outside the window is looked at.
	viewListEvery = time.Hour
	// resetRest is how long the links of a rung have to last.
	resetRest = time.Hour
)

// openCursor begins a full round: it opens the cursor of the highest rung on
// which the calendar can be followed, so that whatever changes from now on is
// told later.
func (p *pull) openCursor(ctx context.Context) error {
	for tries := 0; p.at.Rung != rungListing; tries++ {
		err := p.probe(ctx)
		switch {
		case err == nil:
			p.at.Stage = stageBodies
			return p.mirror.Note(ctx, p.round, bridge.Page{Next: p.at.encode()})
		case !elsewhere(err):
			return err
		case p.at.Link != "" && tries < 2: // a link was refused: from the start
			at := p.at.on(p.at.Rung)
			if err := p.begin(ctx, true); err != nil {
				return err
			}
			p.at = at
		default:
			p.log.Info("a way to follow this calendar is not open", "calendar", p.cal.ID, "rung", p.at.Rung, "cause", err)
			p.at, tries = p.at.on(below(p.at.Rung)), -1
		}
	}
	// Kept only with the first page that a listing gives: the refusal may be of
	// the calendar, not of its delta.
	p.at.Stage = stageBodies
	return nil
}

// probe drains a new cursor to its end and makes one call more: some mailboxes
// hand out links that they refuse.
func (p *pull) probe(ctx context.Context) error {
	for range 2 {
		if _, err := p.drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// elsewhere reports whether a cursor that cannot be opened for this reason is
// to be tried on another rung.
func elsewhere(err error) bool {
	if bridge.KindOf(faultOf(err)) == bridge.Resync || refused(err) {
		return true
	}
	var e *graph.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusInternalServerError || e.Class() == graph.Large || e.Class() == graph.Broken
}

// reset reads the calendar again after its link was lost. Where links do not
// even last an hour, it goes on one rung lower.
func (p *pull) reset(ctx context.Context) (*bridge.Mark, error) {
	lost := p.at
	p.log.Info("cursor lost, reading the calendar again", "calendar", p.cal.ID, "rung", lost.Rung)
	if err := p.begin(ctx, true); err != nil {
		return nil, err
	}
	if p.now().Sub(lost.Reset) < resetRest {
		p.at.Rung = below(lost.Rung)
	}
	p.at.Reset = p.now()
	return p.follow(ctx, nil)
}

// page reads where the cursor stands.
func (p *pull) page(ctx context.Context) (graph.Page, error) {
	if p.at.Rung == rungDelta {
		return p.client.Delta(ctx, string(p.cal.Source), p.at.Link)
	}
	if p.at.Link == "" {
		today := p.now().UTC().Truncate(24 * time.Hour)
		p.at.From, p.at.Until = today.Add(-viewPast), today.Add(viewAhead)
	}
	return p.client.ViewDelta(ctx, string(p.cal.Source), p.at.Link, p.at.From, p.at.Until)
}

// poll notes what changed since the last round. idle tells that nothing did and
// that nothing was stored.
func (p *pull) poll(ctx context.Context) (idle bool, err error) {
	if p.at.Rung == rungListing {
		return p.look(ctx)
	}
	next := p.rolled(ctx)
	if idle, err = p.drain(ctx); err != nil {
		return false, err
	}
	if next != nil {
		p.at = *next
	}
	if p.at.Rung == rungView && (p.asked || p.now().Sub(p.at.Listed) >= viewListEvery) && !p.checkDue() {
		_, err := p.compare(ctx)
		return false, err
	}
	return idle, nil
}

// rolled opens the next window before the old one runs dry. The old cursor is
// drained after that, and all ids are compared then, so nothing falls between.
func (p *pull) rolled(ctx context.Context) *cursor {
	if p.at.Rung != rungView || p.at.Until.Sub(p.now()) >= viewSpare {
		return nil
	}
	next, err := p.opened(ctx, rungView)
	if err != nil {
		p.log.Info("the next window cannot be opened yet", "calendar", p.cal.ID, "cause", err)
		return nil
	}
	next.Listed = time.Time{}
	return next
}

// opened opens a cursor beside the one in use and reads it to its end, without
// noting what it tells.
func (p *pull) opened(ctx context.Context, rung string) (*cursor, error) {
	side := &pull{client: p.client, mirror: unnoted{p.mirror}, cal: p.cal, log: p.log, now: p.now, round: p.round, at: p.at.on(rung)}
	if err := side.probe(ctx); err != nil {
		return nil, err
	}
	return &side.at, nil
}

// unnoted is a mirror that notes nothing.
type unnoted struct{ Mirror }

func (unnoted) Note(context.Context, bridge.Round, bridge.Page) error { return nil }

// climb tries the rungs above the one in use. The cursor in use goes on where
// they are still closed.
func (p *pull) climb(ctx context.Context) error {
	for _, rung := range ladder[:slices.Index(ladder, p.at.Rung)] {
		next, err := p.opened(ctx, rung)
		switch {
		case err == nil:
			p.log.Info("this calendar is followed another way", "calendar", p.cal.ID, "rung", rung)
			if p.at.Rung != rungListing {
				_, err = p.drain(ctx)
			}
			p.at = *next
			return err
		case !elsewhere(err):
			return err
		}
	}
	return nil
}
