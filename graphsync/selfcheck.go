package graphsync

import (
	"bytes"
	"context"
	"encoding/json"
	"math/bits"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// The window in which a changed series is checked (mapping R3.1).
const (
	checkBack  = 90 * 24 * time.Hour
	checkAhead = 365 * 24 * time.Hour
)

// contradicted reports whether Graph lists other instances of a series than its
// rule gives. It asks only where what a rule gives is not documented for sure, and
// only about series that changed: the whole calendar is the audit's affair.
func (p *pull) contradicted(ctx context.Context, it item, raw json.RawMessage, exceptions []item, cancelled []string) (bool, error) {
	if p.round.Full {
		return false, nil
	}
	s, err := convertMaster(it, exceptions, cancelled)
	if err != nil || s.Rule == nil || !uncertain(it, s) {
		return false, nil // what cannot be converted is set aside later
	}
	c, ok := newSelfCheck(s, p.now())
	if !ok {
		return false, nil
	}
	list, err := p.instances(ctx, it, c.from-2, c.to+2)
	switch {
	case err != nil && (refused(err) || hopeless(err)) && ctx.Err() == nil:
		return false, nil
	case err != nil:
		return false, err
	case len(list) == 0 || !c.differs(list): // none at all are an answer that went wrong rather than a rule
		return false, nil
	}
	again, err := p.read(ctx, string(it.id)) // it may have been edited in between
	return err == nil && bytes.Equal(again, raw), nil
}

// distrust serves a series by its instances from now on.
func (p *pull) distrust(ctx context.Context, it item, raw json.RawMessage) ([]bridge.Change, error) {
	if err := p.mirror.Doubt(ctx, p.cal.ID, it.id, ruleName(it)); err != nil {
		return nil, err
	}
	p.log.Warn("a rule does not give what Outlook shows", "calendar", p.cal.ID, "event", it.id)
	changes, _, err := p.byInstances(ctx, it, raw, otherDates, nil)
	return changes, err
}

// uncertain reports whether a rule is of a kind that Graph and iCalendar may read
// in different ways: a day that some months lack, a place among several days, a
// first occurrence that the rule does not have, clocks of somebody's own making.
func uncertain(it item, s *bridge.Series) bool {
	r := s.Rule
	switch r.Pattern {
	case bridge.AbsoluteMonthly, bridge.AbsoluteYearly:
		if r.DayOfMonth > 28 {
			return true
		}
	case bridge.RelativeMonthly, bridge.RelativeYearly:
		if bits.OnesCount8(uint8(r.Days)) > 1 {
			return true
		}
	}
	first := firstDay(&s.Master, s.Zone)
	return it.event.Recurrence.Range.StartDate != first.String() || !r.Has(first) ||
		isCustom(it.event.Recurrence.Range.RecurrenceTimeZone) || isCustom(it.event.OriginalStartZone)
}

// selfCheck compares a series with what Graph lists of it, day by day.
type selfCheck struct {
	series   *bridge.Series
	loc      *time.Location
	from, to bridge.Date // half-open
}

// newSelfCheck tells ok false where the series has no zone to count days in.
func newSelfCheck(s *bridge.Series, now time.Time) (c *selfCheck, ok bool) {
	c = &selfCheck{series: s, loc: time.UTC, from: bridge.DateIn(now.Add(-checkBack), time.UTC), to: bridge.DateIn(now.Add(checkAhead), time.UTC)}
	if s.Master.AllDay {
		return c, true
	}
	loc, err := zone.Load(s.Zone)
	c.loc = loc
	return c, err == nil && s.Zone != ""
}

// differs reports whether an occurrence is listed on another day or at another
// hour than the rule gives, or one that the rule gives is not.
func (c *selfCheck) differs(list []item) bool {
	open := c.expected()
	for _, x := range list {
		if x.kind == typeException {
			continue // the series has it as an override, by what it replaces
		}
		e := bridge.Event{AllDay: x.event.IsAllDay}
		if readTimes(x.event, &e) != nil {
			continue
		}
		day := bridge.DateIn(e.Start, c.loc)
		if day < c.from || day >= c.to {
			continue
		}
		at, ok := open[day]
		if !ok || !at.Equal(e.Start) && !c.changing(at, e.Start) {
			return true
		}
		delete(open, day)
	}
	for day := range open {
		if !c.excused(day) {
			return true
		}
	}
	return false
}

// changing reports whether the clocks change about then: an hour that is skipped
// or comes twice has no one reading.
func (c *selfCheck) changing(at, listed time.Time) bool {
	_, before := at.AddDate(0, 0, -1).Zone()
	_, after := at.AddDate(0, 0, 1).Zone()
	return before != after && at.Sub(listed).Abs() <= time.Hour
}

// expected are the starts that the rule gives in the window.
func (c *selfCheck) expected() map[bridge.Date]time.Time {
	open := map[bridge.Date]time.Time{}
	start := c.series.Master.Start.In(c.loc)
	for day := range c.series.Rule.Bounded().Dates() {
		if day >= c.to {
			break
		}
		if day >= c.from {
			year, month, d := day.Civil()
			open[day] = time.Date(year, month, d, start.Hour(), start.Minute(), start.Second(), 0, c.loc)
		}
	}
	return open
}

// excused reports whether the series itself says that a day has no occurrence of
// the rule's. What an all-day override replaces is told by a midnight of some zone.
func (c *selfCheck) excused(day bridge.Date) bool {
	for _, d := range c.series.Cancelled {
		if d == day {
			return true
		}
	}
	for _, o := range c.series.Overrides {
		d := bridge.DateIn(o.Original, c.loc)
		if o.Date != nil && *o.Date == day || d == day || c.series.Master.AllDay && (d == day-1 || d == day+1) {
			return true
		}
	}
	return false
}
