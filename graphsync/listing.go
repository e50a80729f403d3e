package graphsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"calbridge/bridge"
)

// Whole years of instances are listed where a rule cannot be told: those before
// and after the current one. The range moves on with each new year.
const (
	listedBack  = 3
	listedAhead = 3
)

// listedRange returns the half-open range of days for which instances are
// listed.
func listedRange(now time.Time) (from, to bridge.Date) {
	year := now.UTC().Year()
	return bridge.DateOf(year-listedBack, time.January, 1), bridge.DateOf(year+listedAhead+1, time.January, 1)
}

// maxListed bounds how many instances of a series are listed.
const maxListed = 5000

// doubts are the rules that an audit found not to be what Outlook shows, by
// series. They are read when the first series of a round asks.
type doubts struct {
	once  sync.Once
	rules map[bridge.SourceID]string
	err   error
}

func (p *pull) doubted(ctx context.Context, it item) (bool, error) {
	d := &p.doubts
	d.once.Do(func() { d.rules, d.err = p.mirror.Doubts(ctx, p.cal.ID) })
	rule, ok := d.rules[it.id]
	return ok && rule == ruleName(it), d.err
}

// ruleName is what a rule is known by: another rule has another name.
func ruleName(it item) string {
	text, err := json.Marshal(it.event.Recurrence)
	if err != nil { // strings and numbers alone: cannot fail
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// ruleFault tells why the rule of a master cannot be written; nil where it can.
func ruleFault(it item) error {
	e := bridge.Event{AllDay: it.event.IsAllDay}
	switch {
	case readTimes(it.event, &e) != nil:
		return nil // nothing to be read at all
	case it.event.Recurrence == nil:
		return unreadable("it repeats, and Microsoft does not say how", nil)
	}
	_, err := convertRecurrence(it.event.Recurrence, &e, seriesZone(it))
	return err
}

// listed serves a series by the instances that Graph lists, if its rule cannot
// be told or is in doubt; ok is false where it is neither. Where Graph lists
// none, a rule in doubt is better than nothing, and one that cannot be told is
// set aside.
func (p *pull) listed(ctx context.Context, it item, raw json.RawMessage) (changes []bridge.Change, ok bool, err error) {
	untold := ruleFault(it)
	if untold == nil {
		if doubted, err := p.doubted(ctx, it); err != nil || !doubted {
			return nil, false, err
		}
	}
	cause := otherDates
	if untold != nil {
		cause = bridge.AsFault(untold).What
	}
	return p.byInstances(ctx, it, raw, cause, untold)
}

// otherDates is why a rule is in doubt.
const otherDates = "its rule does not give the occurrences that Outlook shows"

// byInstances serves a series by its instances; see listed.
func (p *pull) byInstances(ctx context.Context, it item, raw json.RawMessage, cause string, untold error) (changes []bridge.Change, ok bool, err error) {
	l := bridge.Listing{Cause: cause}
	l.From, l.To = listedRange(p.now())
	instances, err := p.instances(ctx, it, l.From, l.To)
	switch {
	case err == nil:
		return []bridge.Change{p.change(it.id, raw, func() (*bridge.Series, error) { return convertListed(it, l, instances) })}, true, nil
	case !refused(err) && !hopeless(err) && !p.trips(it.id, err):
		return nil, false, err
	case untold != nil:
		return []bridge.Change{aside(it.id, raw, untold)}, true, nil
	}
	return nil, false, nil
}

// instances lists a series' instances in [from, to) as Graph has them.
func (p *pull) instances(ctx context.Context, it item, from, to bridge.Date) (list []item, err error) {
	seen := map[bridge.SourceID]bool{}
	for at := from.Time(); at.Before(to.Time()); at = at.Add(instanceRange) {
		found, err := p.client.Instances(ctx, string(p.cal.Source), string(it.id), at, earlier(at.Add(instanceRange), to.Time()))
		if err != nil {
			return nil, err
		}
		for _, raw := range found {
			if x, err := readItem(raw); err == nil && !seen[x.id] && len(list) < maxListed {
				seen[x.id] = true
				list = append(list, x)
			}
		}
	}
	return list, nil
}

// convertListed makes a series of a master and its listed instances (mapping
// R3.2). One that has none in the range keeps its first.
func convertListed(it item, l bridge.Listing, instances []item) (*bridge.Series, error) {
	event, err := convertEvent(it.event)
	if err != nil {
		return nil, err
	}
	s := &bridge.Series{Source: it.id, Revision: bridge.Revision(it.event.ChangeKey), Claim: claimOf(it),
		Master: *event, Zone: seriesZone(it), Listed: &l}
	for _, x := range instances {
		if x.kind == typeException {
			x.inherit(it.event)
			o, err := convertException(x)
			if err != nil {
				return nil, fmt.Errorf("changed instance %s: %w", x.id, err)
			}
			s.Overrides = append(s.Overrides, *o)
			continue
		}
		e := bridge.Event{AllDay: x.event.IsAllDay}
		if err := readTimes(x.event, &e); err != nil {
			return nil, fmt.Errorf("instance %s: %w", x.id, err)
		}
		l.Starts = append(l.Starts, e.Start.UTC())
	}
	if len(l.Starts)+len(s.Overrides) == 0 {
		l.Starts = []time.Time{event.Start.UTC()}
	}
	slices.SortFunc(l.Starts, time.Time.Compare)
	l.Starts = slices.CompactFunc(l.Starts, time.Time.Equal)
	return s, nil
}

// relist reads series again whose listed instances end too soon or begin too
// late by now.
func (m *mailbox) relist(ctx context.Context, cal bridge.Calendar) error {
	from, to := listedRange(m.now())
	stale, err := m.served.ListedOtherwise(ctx, cal.ID, from, to)
	if err != nil || len(stale) == 0 {
		return err
	}
	m.log.Info("listed occurrences are read again", "calendar", cal.ID, "series", len(stale))
	return m.round(ctx, Options{Again: map[bridge.CalendarID][]bridge.SourceID{cal.ID: stale}})
}
