package graphsync

import (
	"cmp"
	"context"
	"iter"
	"time"

	"calbridge/bridge"
)

// Served is what an audit reads of what readers get, and where it keeps what
// it came to. Each call is one transaction or a few short ones.
type Served interface {
	Within(ctx context.Context, id bridge.CalendarID, from, to time.Time) iter.Seq2[bridge.Row, error]
	Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error]
	Audits(ctx context.Context, id bridge.CalendarID) ([]bridge.Audited, error)
	SaveAudits(ctx context.Context, id bridge.CalendarID, list []bridge.Audited, floor time.Time) error
	Doubt(ctx context.Context, id bridge.CalendarID, source bridge.SourceID, rule string) error
	ListedOtherwise(ctx context.Context, id bridge.CalendarID, from, to bridge.Date) ([]bridge.SourceID, error)
}

// Expander returns the instances of an object in [from, to), as a reader
// expands it.
type Expander func(object []byte, from, to time.Time) ([]bridge.Instance, error)

// The span of an audit: AuditBack days back and, unless asked otherwise,
// AuditAhead days ahead of today.
const (
	AuditBack  = 30
	AuditAhead = 365
)

// AuditOptions of one audit.
type AuditOptions struct {
	Days   int            // days ahead of today; AuditAhead where 0
	Repair bool           // read the events that differ again
	Report func(Progress) // told how it goes; nil is allowed
}

// AuditResult is what the audit of one calendar came to.
type AuditResult struct {
	Calendar    bridge.Calendar
	From, To    time.Time // the span, half-open
	Checked     int       // instances that were compared
	Mended      int       // differences that reading again put right
	Differences []Difference
	// Cut tells that so much differed that the audit did not go on to the end.
	Cut bool
	Err error // why the calendar could not be compared
}

// Audit compares what readers get of an account's calendars, instance by
// instance, with Graph's own expansion of them. A round goes before, and what
// differs is compared again after another one: what changes meanwhile is no
// difference. A fault of one calendar stands in its result; the error is the
// account's own.
func (s *Syncer) Audit(ctx context.Context, a bridge.Account, o AuditOptions) ([]AuditResult, error) {
	m := s.mailbox(a)
	if err := m.round(ctx, Options{List: true, Report: o.Report}); wholeAccount(err) || ctx.Err() != nil {
		return nil, err
	}
	list, err := m.accounts.Calendars(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	today := m.now().UTC().Truncate(24 * time.Hour)
	days := o.Days
	if days == 0 {
		days = AuditAhead
	}
	span := stretch{today.AddDate(0, 0, -AuditBack), today.AddDate(0, 0, days+1)}
	var results []AuditResult
	for _, cal := range list {
		if cal.Hidden {
			continue
		}
		r, err := m.inspect(ctx, cal, span.months(), o)
		if err != nil {
			return results, err
		}
		results = append(results, r)
	}
	return results, nil
}

// inspect audits one calendar and keeps what it came to. The error is the
// account's own.
func (m *mailbox) inspect(ctx context.Context, cal bridge.Calendar, months []stretch, o AuditOptions) (AuditResult, error) {
	r := AuditResult{Calendar: cal, From: months[0].from, To: months[len(months)-1].to}
	if r.Err = notComparable(cal); r.Err != nil {
		return r, nil
	}
	if months = m.scope.whole(months, m.now()); len(months) == 0 {
		return r, nil
	}
	x := &inspection{box: m, cal: cal, months: months, report: o.Report}
	err := x.run(ctx, o.Repair)
	switch err = faultOf(err); {
	case wholeAccount(err) || ctx.Err() != nil:
		return r, err
	case err != nil:
		r.Err = err
		return r, nil
	}
	r.Checked, r.Mended, r.Cut = x.checked(), x.mended(), x.cut
	for _, f := range x.found {
		r.Differences = append(r.Differences, f.difference())
	}
	m.log.Info("calendar audited", "calendar", cal.ID, "instances", r.Checked, "differ", len(r.Differences), "mended", r.Mended)
	return r, x.save(ctx)
}

// notComparable tells why a calendar has nothing to compare.
func notComparable(cal bridge.Calendar) error {
	switch {
	case cal.Trouble != nil:
		return &bridge.Fault{Kind: cal.Trouble.Kind, What: cal.Trouble.What, Why: cal.Trouble.Why, Fix: cal.Trouble.Fix}
	case !cal.Complete:
		return &bridge.Fault{Kind: bridge.Retry, What: "the calendar is still being fetched for the first time", Fix: "run  calbridge sync"}
	}
	return nil
}

// maxFound bounds how many differences of a calendar are kept.
const maxFound = 10_000

// inspection is the audit of one calendar.
type inspection struct {
	box    *mailbox
	cal    bridge.Calendar
	months []stretch
	report func(Progress)

	kept  []bridge.Audited // by month, as far as it was compared
	found []finding        // that still differ
	cut   bool
}

// run compares, and with repair reads again what differs.
func (x *inspection) run(ctx context.Context, repair bool) (err error) {
	x.kept = make([]bridge.Audited, len(x.months))
	all := make([]bool, len(x.months))
	for i := range all {
		all[i] = true
	}
	if x.found, err = x.confirmed(ctx, all); err != nil || len(x.found) == 0 || !repair {
		return err
	}
	before := x.found
	if err := x.round(ctx, toRead(before)); err != nil {
		return err
	}
	if err := x.again(ctx, before); err != nil {
		return err
	}
	err = x.mendFurther(ctx, before)
	x.countMended(before)
	return err
}

// mendFurther sees to what still differs: events that Outlook does not have,
// and series whose rule gives others than it shows.
func (x *inspection) mendFurther(ctx context.Context, before []finding) error {
	dropped, err := x.dropUnlisted(ctx)
	if err != nil {
		return err
	}
	doubted, err := x.doubt(ctx)
	if err != nil || !dropped && len(doubted) == 0 {
		return err
	}
	if err := x.round(ctx, doubted); err != nil {
		return err
	}
	return x.again(ctx, before)
}

// again compares the months of the given findings again, and keeps what still
// differs of their events.
func (x *inspection) again(ctx context.Context, before []finding) error {
	found, err := x.confirmed(ctx, x.monthsOf(before))
	x.found = ofEvents(found, before)
	return err
}

// confirmed returns the differences of the given months that stand after
// another round: both sides are as they were.
func (x *inspection) confirmed(ctx context.Context, which []bool) ([]finding, error) {
	first, err := x.compare(ctx, which)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	if err := x.round(ctx, nil); err != nil {
		return nil, err
	}
	again, err := x.compare(ctx, x.monthsOf(first))
	if err != nil {
		return nil, err
	}
	return both(first, again), nil
}

// round runs a round of the account; again are items to read again. What
// concerns other calendars is theirs.
func (x *inspection) round(ctx context.Context, again []bridge.SourceID) error {
	err := x.box.round(ctx, Options{Again: map[bridge.CalendarID][]bridge.SourceID{x.cal.ID: again}})
	if wholeAccount(err) || ctx.Err() != nil {
		return err
	}
	list, err := x.box.accounts.Calendars(ctx, x.cal.Account)
	for _, cal := range list {
		if cal.ID == x.cal.ID {
			return notComparable(cal)
		}
	}
	return cmp.Or[error](err, &bridge.Fault{Kind: bridge.Absent, What: "the calendar is gone"})
}

func (x *inspection) checked() (n int) {
	for _, k := range x.kept {
		n += k.Checked
	}
	return n
}

func (x *inspection) mended() (n int) {
	for _, k := range x.kept {
		n += k.Mended
	}
	return n
}

// countMended counts, by month, which of the differences are gone.
func (x *inspection) countMended(before []finding) {
	left := map[key]bool{}
	for _, f := range x.found {
		left[f.key()] = true
	}
	for _, f := range before {
		if i := x.month(f.start()); i >= 0 && !left[f.key()] {
			x.kept[i].Mended++
		}
	}
}

// save keeps what the whole months among those that were compared came to.
func (x *inspection) save(ctx context.Context) error {
	for _, f := range x.found {
		if i := x.month(f.start()); i >= 0 {
			x.kept[i].Differed++
		}
	}
	var list []bridge.Audited
	now := x.box.now().UTC()
	for i, s := range x.months {
		if s.wholeMonth() && !x.kept[i].At.IsZero() {
			list = append(list, x.kept[i])
		}
	}
	return x.box.served.SaveAudits(ctx, x.cal.ID, list, now.AddDate(0, 0, -AuditBack))
}

// month returns the index of the month that t lies in, -1 for none.
func (x *inspection) month(t time.Time) int {
	for i, s := range x.months {
		if s.has(t) {
			return i
		}
	}
	return -1
}

// monthsOf tells which months the findings touch, on either side.
func (x *inspection) monthsOf(list []finding) []bool {
	which := make([]bool, len(x.months))
	for _, f := range list {
		if f.theirs.unreadable {
			for i := range which { // it may lie anywhere
				which[i] = true
			}
		}
		for _, t := range []time.Time{f.theirs.start, f.ours.start} {
			if i := x.month(t); i >= 0 {
				which[i] = true
			}
		}
	}
	return which
}
