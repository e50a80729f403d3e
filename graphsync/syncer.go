package graphsync

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// Syncer follows all Graph accounts of a store. Its methods are safe for
// concurrent use.
type Syncer struct {
	Accounts Accounts
	Mirror   Mirror
	Secrets  Secrets
	HTTP     *http.Client
	Log      *slog.Logger
	Now      func() time.Time

	// Tell is told once of each trouble that waits for a person, and again where
	// it fails; nil tells nobody.
	Tell func(ctx context.Context, a bridge.Account, t bridge.Trouble) error

	// Scope is how much of each calendar is mirrored.
	Scope Scope

	// Banner makes accounts that wait for a person say so in the calendar.
	Banner bool

	// Interval tells how long an account rests between rounds.
	Interval func(bridge.Account) time.Duration

	// Served and Expand are what audits compare with Graph; both nil where
	// there are none.
	Served Served
	Expand Expander

	mu    sync.Mutex
	boxes map[bridge.AccountID]*mailbox
	wake  chan struct{}
}

// Run follows all accounts until ctx ends, one goroutine each, those that are
// added meanwhile too. It returns when all of them have ended.
func (s *Syncer) Run(ctx context.Context) error {
	loops := map[bridge.AccountID]*loop{}
	defer func() {
		for _, l := range loops {
			l.stop()
		}
		for _, l := range loops {
			<-l.ended
		}
	}()
	for {
		accounts, err := s.Accounts.Accounts(ctx)
		if err != nil {
			return err
		}
		s.adjust(ctx, loops, accounts)
		select {
		case <-ctx.Done():
			return nil
		case <-s.woken():
		}
	}
}

// loop is the goroutine of one account.
type loop struct {
	account bridge.Account
	stop    context.CancelFunc
	ended   chan struct{}
}

// adjust starts and ends loops so that each account has one that reads it as
// it was signed in last.
func (s *Syncer) adjust(ctx context.Context, loops map[bridge.AccountID]*loop, accounts []bridge.Account) {
	current := map[bridge.AccountID]bool{}
	for _, a := range accounts {
		current[a.ID] = true
		l := loops[a.ID]
		if l != nil && l.account.SameSource(&a) {
			continue
		}
		wait := stagger(len(loops))
		if l != nil {
			l.end()
			wait = 0
		}
		loopCtx, stop := context.WithCancel(ctx)
		l = &loop{account: a, stop: stop, ended: make(chan struct{})}
		loops[a.ID] = l
		go func() {
			defer close(l.ended)
			if pause(loopCtx, wait) == nil {
				s.follow(loopCtx, a)
			}
		}()
	}
	for id, l := range loops {
		if !current[id] {
			l.end()
			delete(loops, id)
			s.forget(id)
		}
	}
}

func (l *loop) end() {
	l.stop()
	<-l.ended
}

// follow runs the rounds of one account.
func (s *Syncer) follow(ctx context.Context, a bridge.Account) {
	m := s.mailbox(a)
	var audit sync.WaitGroup
	defer audit.Wait()
	free := make(chan struct{}, 1) // audits go beside the rounds, one at a time
	for ctx.Err() == nil {
		// The error is kept with the account, where its owner sees it.
		if err := m.round(ctx, Options{}); err == nil {
			select {
			case free <- struct{}{}:
				audit.Go(func() {
					_ = s.Nightly(ctx, a)
					<-free
				})
			default:
			}
		}
		s.rest(ctx, m, a)
	}
}

const (
	// soon is when a loss that waits for a second listing gets it, at the latest.
	soon = 30 * time.Second
	// secondTry is when an account that has lost its mailbox is tried once more,
	// and seldom how often after that: the first word may be a passing one.
	secondTry, seldom = time.Hour, 24 * time.Hour
)

// pace is how long an account rests after its last round, whoever asked for it.
func (s *Syncer) pace(m *mailbox, a bridge.Account) time.Duration {
	unfound, err := m.last()
	switch usual := s.Interval(a); {
	case bridge.KindOf(err) == bridge.Waiting:
		return min(usual, soon)
	case unfound == 1:
		return max(usual, secondTry)
	case unfound > 1:
		return max(usual, seldom)
	default:
		return usual
	}
}

// rest waits until the account's next round. The wait is taken anew when a
// nudge tells that the interval may have become shorter.
func (s *Syncer) rest(ctx context.Context, m *mailbox, a bridge.Account) {
	for start := time.Now(); ; {
		until := start.Add(jitter(s.pace(m, a)))
		if held := m.client.Gate.Held(); held.After(until) {
			until = held
		}
		t := time.NewTimer(time.Until(until))
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-m.nudged:
			t.Stop()
			continue
		}
		t.Stop()
		return
	}
}

// stagger is how long the n-th account waits for its first round: a few begin at
// once, many do not.
func stagger(n int) time.Duration {
	if n <= 3 {
		return 0
	}
	return rand.N(min(time.Duration(n)*time.Second, time.Minute))
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Nudge makes the accounts of a user look again at how long they rest: a reader
// has come.
func (s *Syncer) Nudge(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.boxes {
		if m.account.User == user {
			m.nudge()
		}
	}
}

func (m *mailbox) nudge() {
	select {
	case m.nudged <- struct{}{}:
	default:
	}
}

// jitter spreads rounds by a tenth, so that accounts do not march in step.
func jitter(d time.Duration) time.Duration {
	return d - d/20 + rand.N(max(d/10, 1))
}

// Reload makes Run look at the accounts again: one was added or removed.
func (s *Syncer) Reload() {
	select {
	case s.woken() <- struct{}{}:
	default:
	}
}

func (s *Syncer) woken() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		s.wake = make(chan struct{}, 1)
	}
	return s.wake
}

// Sync runs a complete round of an account that begins after the call, and
// returns when it has ended.
func (s *Syncer) Sync(ctx context.Context, a bridge.Account, o Options) error {
	m := s.mailbox(a)
	defer m.nudge() // a mailbox that is found again is followed as usual
	o.List = true
	err := m.round(ctx, o)
	if bridge.KindOf(err) == bridge.Waiting {
		// Who asked waits for the second listing, too, and for what else failed
		// in the first round: only a round that was asked for tries that again.
		o.Full = false
		err = m.round(ctx, o)
	}
	return err
}

// Syncing reports whether a round of the account is under way.
func (s *Syncer) Syncing(id bridge.AccountID) bool {
	s.mu.Lock()
	m := s.boxes[id]
	s.mu.Unlock()
	return m != nil && m.syncing()
}

func (s *Syncer) forget(id bridge.AccountID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.boxes, id)
}

// mailbox returns what is kept of an account; its registration may have
// changed with a new sign-in.
func (s *Syncer) mailbox(a bridge.Account) *mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.boxes == nil {
		s.boxes = map[bridge.AccountID]*mailbox{}
	}
	if m := s.boxes[a.ID]; m != nil && m.account.SameSource(&a) {
		return m
	}
	count, turn := newTraffic(s.Now), new(sync.Mutex)
	if old := s.boxes[a.ID]; old != nil { // signed in anew, while its round may still run
		count, turn = old.traffic, old.turn
	}
	m := &mailbox{
		turn: turn, others: map[string]*graph.Client{}, traffic: count, tell: s.Tell, banner: s.Banner, accounts: s.Accounts, mirror: s.Mirror, account: a, log: s.Log.With("account", a.ID), now: s.Now,
		served: s.Served, expand: s.Expand, audited: map[bridge.CalendarID]time.Time{},
		client:  &graph.Client{Root: a.Registration.GraphURL, HTTP: s.HTTP, Gate: graph.NewGate(), User: a.Mailbox, Token: s.token(a), Count: count.request},
		resting: map[bridge.CalendarID]*rest{}, failing: map[bridge.CalendarID]map[bridge.SourceID]*rest{}, polled: map[bridge.CalendarID]time.Time{},
		scope: s.Scope, nudged: make(chan struct{}, 1),
	}
	m.client.Paused, m.client.LeftOut = m.keepPause, m.leftOut
	m.client.Gate.Hold(time.Until(a.Pause))
	s.boxes[a.ID] = m
	return m
}

// token returns what gives an account's access token.
func (s *Syncer) token(a bridge.Account) func(context.Context, string) (string, error) {
	g := &grant{account: a.ID, registration: a.Registration, hc: s.HTTP, secrets: s.Secrets, now: s.Now}
	if a.Mailbox != "" {
		return (&appTokens{g}).Token
	}
	return (&tokens{g}).Token
}
