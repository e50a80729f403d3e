package graphsync

import (
	"context"
	"hash/fnv"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// The nightly slice of an audit begins between nightFrom and nightTo o'clock
// where the mailbox is, for each account at a time of its own.
const (
	nightFrom = 1
	nightTo   = 5
)

// Nightly audits a month of each calendar of the account that was not audited
// since last night: the one that was audited longest ago, of those from 30 days
// back to a year ahead. What differs is read again. A calendar that was never
// audited is due at once. Run does so by itself, after each round; it must not
// run twice at a time for one account.
func (s *Syncer) Nightly(ctx context.Context, a bridge.Account) error {
	if s.Expand == nil || s.Served == nil {
		return nil
	}
	m := s.mailbox(a)
	list, err := m.accounts.Calendars(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, cal := range list {
		if cal.Hidden || notComparable(cal) != nil {
			continue
		}
		if err := m.nightly(ctx, cal); err != nil {
			return err
		}
	}
	return nil
}

// nightly audits a month of the calendar if that is due. One that failed is
// tried again the next night.
func (m *mailbox) nightly(ctx context.Context, cal bridge.Calendar) error {
	kept, err := m.served.Audits(ctx, cal.ID)
	if err != nil {
		return err
	}
	now, last := m.now(), bridge.SumAudits(kept).At
	if tried := m.audited[cal.ID]; tried.After(last) {
		last = tried
	}
	if !last.IsZero() && now.Before(night(&cal, last)) {
		return nil
	}
	m.audited[cal.ID] = now
	if err := m.relist(ctx, cal); err != nil {
		return err
	}
	r, err := m.inspect(ctx, cal, []stretch{oldest(kept, now)}, AuditOptions{Repair: true})
	if err == nil && r.Err != nil {
		m.log.Warn("calendar not audited", "calendar", cal.ID, "cause", r.Err)
	}
	return err
}

// night returns the first time after t for audits of the calendar's account.
func night(cal *bridge.Calendar, t time.Time) time.Time {
	loc, err := zone.Load(cal.Env.MailboxZone)
	if err != nil || cal.Env.MailboxZone == "" {
		loc = time.UTC
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(cal.Account))
	minutes := int(h.Sum32() % ((nightTo - nightFrom) * 60))
	y, month, d := t.In(loc).Date()
	at := time.Date(y, month, d, nightFrom, minutes, 0, 0, loc)
	if !at.After(t) {
		at = time.Date(y, month, d+1, nightFrom, minutes, 0, 0, loc)
	}
	return at
}

// oldest returns the month of the span that was audited longest ago. Of those
// that never were, the current one comes first, and the past last.
func oldest(kept []bridge.Audited, now time.Time) stretch {
	at := map[time.Time]time.Time{}
	for _, a := range kept {
		at[a.From.UTC()] = a.At
	}
	best := monthOf(now)
	end := now.AddDate(0, 0, AuditAhead)
	for s := monthOf(best.to); s.from.Before(end); s = monthOf(s.to) {
		if at[s.from].Before(at[best.from]) {
			best = s
		}
	}
	if past := monthOf(now.AddDate(0, 0, -AuditBack)); at[past.from].Before(at[best.from]) {
		best = past
	}
	return best
}
