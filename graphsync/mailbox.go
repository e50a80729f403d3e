package graphsync

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

const (
	// listEvery is how often an account's calendars are listed: Graph has no
	// delta for them.
	listEvery = time.Hour
	// listAgain is how soon they are where a listing left some out.
	listAgain = 5 * time.Minute
	// describeAfter is how old what the mailbox says of itself has to be to be
	// asked for again along with a listing.
	describeAfter = 5 * time.Minute
)

// mailbox is what a syncer keeps of one account between rounds. One round runs
// at a time.
type mailbox struct {
	accounts Accounts
	mirror   Mirror
	served   Served
	expand   Expander
	client   *graph.Client
	traffic  *traffic
	tell     func(context.Context, bridge.Account, bridge.Trouble) error
	log      *slog.Logger
	now      func() time.Time

	turn      *sync.Mutex // held during a round, by whichever mailbox of the account
	account   bridge.Account
	listedAt  time.Time
	partly    bool      // the listing under way has left calendars out
	described time.Time // when zone, addresses, colours and all groups of calendars were asked for
	banner    bool      // whether readers are told when a person is needed
	hoisted   string    // what they are told now
	unlisted  []string  // other people's mailboxes whose calendars could not be listed
	nudged    chan struct{}
	polled    map[bridge.CalendarID]time.Time
	along     along
	resting   map[bridge.CalendarID]*rest
	failing   map[bridge.CalendarID]map[bridge.SourceID]*rest // items that Graph failed at
	reread    allowance
	audited   map[bridge.CalendarID]time.Time // when a nightly audit was tried last; of the loop alone
	scope     Scope

	mu      sync.Mutex
	busy    bool
	ended   error                    // what the last round came to
	unfound int                      // rounds in a row that found no mailbox
	others  map[string]*graph.Client // of other people's mailboxes
}

// Options of one round.
type Options struct {
	Full   bool           // read everything again
	List   bool           // list the calendars even if that was done lately
	Report func(Progress) // told how it goes; nil is allowed

	// Again are items to read again, whatever the cursors say.
	Again map[bridge.CalendarID][]bridge.SourceID
}

// syncing reports whether a round is under way.
func (m *mailbox) syncing() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.busy
}

func (m *mailbox) setBusy(busy bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = busy
}

// end keeps what a round came to; own is what concerns the account as a whole.
func (m *mailbox) end(err, own error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = err
	if m.unfound++; classOf(own) != graph.NoMailbox {
		m.unfound = 0
	}
}

// last returns how many rounds in a row found no mailbox, and what the last one
// came to.
func (m *mailbox) last() (unfound int, ended error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.unfound, m.ended
}

// round brings every shown calendar of the account up to date. A fault of one
// calendar does not keep the others from theirs; the error is the account's
// own, or the first of theirs.
func (m *mailbox) round(ctx context.Context, o Options) (outcome error) {
	m.turn.Lock()
	defer m.turn.Unlock()
	m.setBusy(true)
	defer m.setBusy(false)

	start := m.now()
	marks, first, err := m.calendars(ctx, o)
	defer func() { m.end(outcome, err) }()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	at := m.now()
	m.traffic.round(at.Sub(start), cmp.Or(err, first))
	if err == nil && first == nil {
		m.account.LastSync = at
	} else {
		at = time.Time{}
	}
	if end := m.accounts.EndAccountRound(ctx, m.account.ID, marks, m.trouble(err), at); end != nil {
		return end
	}
	return errors.Join(err, first, m.tellOnce(ctx), m.hoist(ctx))
}

// hoist shows the account's banner while it waits for a person, and takes it
// down after that. It writes where that has changed, and once in the beginning.
func (m *mailbox) hoist(ctx context.Context) error {
	var banner *bridge.Series
	what := "none"
	if m.account.Trouble.NeedsPerson() && m.banner {
		banner = bridge.Banner(&m.account)
		what = banner.Master.Subject + banner.Master.Text
	}
	if m.hoisted == what {
		return nil
	}
	if err := m.accounts.SetBanner(ctx, m.account.ID, banner); err != nil {
		return err
	}
	m.hoisted = what
	return nil
}

// tellOnce tells the owner of a trouble that waits for a person. Where that
// fails, the next round tries again.
func (m *mailbox) tellOnce(ctx context.Context) error {
	t := m.account.Trouble
	if m.tell == nil || !t.NeedsPerson() || t.Told {
		return nil
	}
	if err := m.tell(ctx, m.account, *t); err != nil {
		m.log.Warn("owner not told", "cause", err)
		return nil
	}
	t.Told = true
	m.log.Info("owner told", "kind", t.Kind)
	return m.accounts.UpdateAccount(ctx, m.account.ID, func(a *bridge.Account) {
		if a.Trouble != nil {
			a.Trouble.Told = true
		}
	})
}

// keepPause stores until when Graph asked to be left alone, as soon as it does:
// a restart is no reason to ask earlier, whatever ends this process.
func (m *mailbox) keepPause(ctx context.Context, until time.Time) {
	until = until.Round(0)
	err := m.accounts.UpdateAccount(ctx, m.account.ID, func(a *bridge.Account) {
		if until.After(a.Pause) {
			a.Pause = until
		}
	})
	if err != nil {
		m.log.Warn("a pause that Microsoft asked for is not kept", "cause", err)
	}
}

func (m *mailbox) calendar(ctx context.Context, cal bridge.Calendar, o Options) (outcome, error) {
	start := m.now()
	p := &pull{client: m.clientOf(cal.Mailbox), mirror: m.mirror, cal: cal, scope: m.scope, log: m.log, now: m.now, report: o.Report, asked: o.List,
		along: &m.along}
	outdated, err := m.outdated(ctx, cal, o)
	if err != nil {
		return outcome{}, err
	}
	failing, failed, err := m.failed(ctx, cal, o.List)
	if err != nil {
		return outcome{}, err
	}
	p.failing = failing
	out, err := p.run(ctx, o.Full, slices.Concat(failed, o.Again[cal.ID], outdated))
	if err != nil {
		return out, err
	}
	delete(m.resting, cal.ID)
	if cal.Rung != out.rung || cal.Trouble != nil {
		if err := m.accounts.Report(ctx, cal.ID, out.rung, nil); err != nil {
			return out, err
		}
	}
	if out.done > 0 || out.full {
		m.log.Info("calendar synced", "calendar", cal.ID, "events", out.done, "full", out.full,
			"rung", out.rung, "took", m.now().Sub(start).Round(time.Millisecond))
	}
	return out, nil
}

// failed returns the items that Graph could not read out when they were last
// asked for, and those of them to ask for now: their change may not be told
// again. Until a round is asked for they rest, from one round on ever longer.
func (m *mailbox) failed(ctx context.Context, cal bridge.Calendar, asked bool) (failing map[bridge.SourceID]bool, due []bridge.SourceID, err error) {
	aside, err := m.mirror.Bad(ctx, cal.ID)
	rests := map[bridge.SourceID]*rest{}
	failing = map[bridge.SourceID]bool{}
	for _, b := range aside {
		if !b.Failed {
			continue
		}
		r := m.failing[cal.ID][b.Source]
		if asked || !r.rests(m.now()) {
			due, r = append(due, b.Source), r.longer(m.now(), itemRest)
		}
		failing[b.Source], rests[b.Source] = true, r
	}
	m.failing[cal.ID] = rests
	return failing, due, err
}

// keep stores what is wrong with a calendar, and logs it once.
func (m *mailbox) keep(ctx context.Context, cal bridge.Calendar, out outcome, err error) error {
	f := bridge.AsFault(err)
	if cal.Trouble == nil || cal.Trouble.What != f.What {
		m.log.Warn("calendar not synced", "calendar", cal.ID, "kind", f.Kind, "cause", err)
	}
	since := m.now()
	if cal.Trouble != nil {
		since = cal.Trouble.Since
	}
	rung := cal.Rung
	if out.rung != "" {
		rung = out.rung
	}
	return m.accounts.Report(ctx, cal.ID, rung, f.Trouble(since))
}

// trouble returns the account's state after a round, with the time since when.
func (m *mailbox) trouble(err error) *bridge.Trouble {
	if err == nil {
		m.account.Trouble = nil
		return nil
	}
	f := bridge.AsFault(err)
	since, told := m.now(), false
	if t := m.account.Trouble; t != nil && t.Kind == f.Kind {
		since, told = t.Since, t.Told
	} else {
		level := slog.LevelWarn
		if f.Kind == bridge.SignIn || f.Kind == bridge.Consent {
			level = slog.LevelError
		}
		m.log.Log(context.Background(), level, "account not synced", "kind", f.Kind, "cause", err)
	}
	m.account.Trouble = f.Trouble(since)
	m.account.Trouble.Told = told
	return m.account.Trouble
}
