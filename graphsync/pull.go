package graphsync

import (
	"context"
	"log/slog"
	"sync"
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
	scope  Scope
	log    *slog.Logger
	now    func() time.Time
	report func(Progress)
	asked  bool // a person waits for a complete round

	round  bridge.Round
	at     cursor
	point  bridge.Point // of the journal, after what was finished
	done   int
	total  int
	doubts doubts
	along  *along // shared with the mailbox's other rounds
	// failing are items that Graph failed at when they were last asked for,
	// stumbled counts further ones.
	failing  map[bridge.SourceID]bool
	stumbled atomic.Int32

	told       map[bridge.SourceID]bool // what the cursor told, where somebody asks
	changed    map[bridge.SourceID]bool // what an incremental round's cursor called changed
	proved     sync.Map                 // ids of items that are gone for sure
	looked     map[bridge.SourceID]bool // lost items that turned out to be there
	secondSaid bool                     // a second listing has confirmed a large loss
	vanished   int                      // items that were not found when they were read
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
	p.point = p.cal.Point
	if err := p.begin(ctx, full); err != nil {
		return outcome{}, err
	}
	resumed := p.round.Full && p.round.Cursor != nil
	mark, err := p.follow(ctx, again)
	if err == nil && resumed && p.asked {
		mark, err = p.freshen(ctx)
	}
	if err == nil && !p.round.Full && p.checkDue() {
		mark, err = nil, p.reconcile(ctx)
	}
	if bridge.KindOf(faultOf(err)) == bridge.Resync && !p.round.Full {
		mark, err = p.reset(ctx)
	}
	return outcome{mark: mark, rung: p.at.Rung, full: p.round.Full || resumed, done: p.done}, faultOf(err)
}

// freshen adds what has changed since a resumed full round began: who asks for a
// round is promised one that begins after that.
func (p *pull) freshen(ctx context.Context) (*bridge.Mark, error) {
	if err := p.begin(ctx, false); err != nil {
		return nil, err
	}
	return p.follow(ctx, nil)
}

// begin opens a round, or goes on with an open one. What an earlier round was
// told is no proof for this one.
func (p *pull) begin(ctx context.Context, full bool) (err error) {
	p.proved.Clear()
	p.secondSaid, p.vanished, p.changed, p.looked = false, 0, nil, nil
	if p.round, err = p.mirror.Begin(ctx, p.cal.ID, full); err != nil {
		return err
	}
	p.at, err = readCursor(p.round.Cursor)
	p.at.mistrust(p.now())
	return err
}

// follow notes, hydrates and finishes. It returns a mark instead where there
// was nothing to do.
func (p *pull) follow(ctx context.Context, again []bridge.SourceID) (*bridge.Mark, error) {
	p.tell("listing")
	if p.round.Full {
		if err := p.fill(ctx); err != nil {
			return nil, err
		}
	} else if mark, err := p.catchUp(ctx, again); mark != nil || err != nil {
		return mark, err
	}
	if len(again) > 0 {
		// With the link: an idle cursor has moved on, too, and links do not last.
		if err := p.mirror.Note(ctx, p.round, bridge.Page{Dirty: again, Next: p.at.encode()}); err != nil {
			return nil, err
		}
	}
	err := p.work(ctx)
	p.tell("done")
	return nil, err
}

// catchUp notes what changed. It returns a mark where that is nothing, and no
// earlier round left anything unsettled.
func (p *pull) catchUp(ctx context.Context, again []bridge.SourceID) (*bridge.Mark, error) {
	idle, err := p.poll(ctx)
	if err == nil && p.at.Scope != p.scope {
		idle = false
		_, err = p.compare(ctx)
	}
	if err != nil || !idle || len(again) > 0 {
		return nil, err
	}
	left, err := p.mirror.Dirty(ctx, p.round, 1)
	if err != nil || len(left) == 0 {
		return &bridge.Mark{Calendar: p.cal.ID, Next: p.at.encode()}, err
	}
	return nil, p.mirror.Note(ctx, p.round, bridge.Page{Next: p.at.encode()})
}

// work settles what was noted and finishes the round. What an incremental round
// would take away is made sure of first, so that an item can follow another one
// under its name; what a full round lacks, only its end shows.
func (p *pull) work(ctx context.Context) (err error) {
	for more := true; more; {
		if !p.round.Full {
			if _, err := p.settleLosses(ctx); err != nil {
				return err
			}
		}
		if err := p.hydrate(ctx); err != nil {
			return err
		}
		if more = false; p.round.Full {
			if more, err = p.settleLosses(ctx); err != nil {
				return err
			}
		}
	}
	p.point, err = p.mirror.Finish(ctx, p.round)
	return err
}

func (p *pull) tell(stage string) {
	if p.report != nil {
		p.report(Progress{Account: p.cal.Account, Calendar: p.cal.ID, Name: p.cal.Name, Stage: stage, Done: p.done, Total: p.total})
	}
}
