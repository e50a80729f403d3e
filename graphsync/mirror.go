package graphsync

import (
	"context"
	"time"

	"calbridge/bridge"
)

// Mirror is what a round writes to. Each call is one transaction.
type Mirror interface {
	// Begin opens a round; see boltdb.Store.Begin.
	Begin(ctx context.Context, id bridge.CalendarID, full bool) (bridge.Round, error)
	Note(ctx context.Context, r bridge.Round, p bridge.Page) error
	Dirty(ctx context.Context, r bridge.Round, n int) ([]bridge.Noted, error)
	Pending(ctx context.Context, r bridge.Round) (int, error)
	Apply(ctx context.Context, r bridge.Round, b bridge.Batch) error
	Finish(ctx context.Context, r bridge.Round) (bridge.Point, error)
	Losses(ctx context.Context, r bridge.Round) (served, strange []bridge.SourceID, err error)
	Revisions(ctx context.Context, r bridge.Round) (map[bridge.SourceID]bridge.Revision, error)
	Bad(ctx context.Context, id bridge.CalendarID) ([]bridge.BadItem, error)

	// Outdated returns items that another version of the conversion made; see
	// boltdb.Store.Outdated.
	Outdated(ctx context.Context, id bridge.CalendarID, converter uint16, n int) (list []bridge.SourceID, left int, err error)

	// Doubt keeps that a rule is not to be trusted, and Doubts returns those; see
	// boltdb.Store.Doubt.
	Doubt(ctx context.Context, id bridge.CalendarID, source bridge.SourceID, rule string) error
	Doubts(ctx context.Context, id bridge.CalendarID) (map[bridge.SourceID]string, error)
	// Checked keeps what comparing a whole calendar came to.
	Checked(ctx context.Context, id bridge.CalendarID, c bridge.Check) error
}

// Accounts is what the loop reads of accounts and writes of their state.
type Accounts interface {
	Accounts(ctx context.Context) ([]bridge.Account, error)
	UpdateAccount(ctx context.Context, id bridge.AccountID, change func(*bridge.Account)) error
	EndAccountRound(ctx context.Context, id bridge.AccountID, marks []bridge.Mark, trouble *bridge.Trouble, at time.Time) error
	Calendars(ctx context.Context, id bridge.AccountID) ([]bridge.Calendar, error)
	SetCalendars(ctx context.Context, id bridge.AccountID, listed []bridge.Listed, env bridge.Env) (missing []bridge.Calendar, err error)
	// Namesakes and Holds find out which calendar a new one may be; see
	// boltdb.Store.Namesakes.
	Namesakes(ctx context.Context, id bridge.AccountID, listed []bridge.Listed) (map[bridge.SourceID][]bridge.CalendarID, error)
	Holds(ctx context.Context, id bridge.CalendarID, events map[bridge.SourceID]string) (bool, error)
	RetireCalendar(ctx context.Context, id bridge.CalendarID) error
	SetBanner(ctx context.Context, id bridge.AccountID, banner *bridge.Series) error
	Report(ctx context.Context, id bridge.CalendarID, rung string, trouble *bridge.Trouble) error
}

// Secrets keeps the token of each account. When Save returns nil the token is
// on disk.
type Secrets interface {
	Load(ctx context.Context, id bridge.AccountID) ([]byte, error)
	Save(ctx context.Context, id bridge.AccountID, token []byte) error
}

// Progress tells how far a round is with one calendar.
type Progress struct {
	Account  bridge.AccountID
	Calendar bridge.CalendarID
	Name     string
	Stage    string // "listing", "reading" or "done"; of an audit "comparing"
	Done     int    // events settled; of an audit months compared
	Total    int    // events, or months, known of so far; 0 where that is not known
}
