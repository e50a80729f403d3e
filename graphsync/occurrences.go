package graphsync

import (
	"context"
	"encoding/json"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/graphsync/graph"
)

// expandCap is where Graph may cut an expanded list without saying so.
const expandCap = 20

// occurrences returns a master's exceptions and cancelled dates. Absent means
// unknown: then they are asked for by name, and what stays unknown is read off
// the instances that Graph lists.
func (p *pull) occurrences(ctx context.Context, it item) (exceptions []item, cancelled []string, err error) {
	e := it.event
	if e.CancelledOccurrences == nil || e.ExceptionOccurrences == nil {
		if err := p.askByName(ctx, it); err != nil {
			return nil, nil, err
		}
	}
	blob, told := readRecurBlob(e)
	if told {
		fillIn(it, blob)
	}
	if e.ExceptionOccurrences != nil {
		for _, raw := range *e.ExceptionOccurrences {
			x, err := readItem(raw)
			if err != nil {
				return nil, nil, err
			}
			exceptions = append(exceptions, x)
		}
	}
	if told {
		placeBy(it, blob, exceptions)
	}
	if e.CancelledOccurrences != nil && e.ExceptionOccurrences != nil && !doubtful(e, exceptions, told && len(blob.changed) == len(exceptions)) {
		return exceptions, *e.CancelledOccurrences, nil
	}
	listed, missing, err := p.fromInstances(ctx, it, exceptions)
	if err != nil {
		return nil, nil, err
	}
	if e.CancelledOccurrences != nil {
		missing = *e.CancelledOccurrences
	}
	return merge(exceptions, listed), missing, nil
}

// fillIn takes from the blob what the answer does not say of its own: which days
// are cancelled, and that there is no changed instance.
func fillIn(it item, blob recurBlob) {
	e := it.event
	if e.CancelledOccurrences == nil {
		list := []string{}
		for _, d := range blob.cancelled {
			list = append(list, occurrenceID(it.id, d))
		}
		e.CancelledOccurrences = &list
	}
	if e.ExceptionOccurrences == nil && len(blob.changed) == 0 {
		e.ExceptionOccurrences = &[]json.RawMessage{}
	}
}

// placeBy lets exceptions that do not say what they replace say so, by the one
// changed instance of the blob that starts when they do.
func placeBy(it item, blob recurBlob, exceptions []item) {
	for _, x := range exceptions {
		if x.event.OriginalStart != "" || x.event.OccurrenceID != "" {
			continue
		}
		var found []bridge.Date
		for _, c := range blob.changed {
			if startsAt(x, seriesZone(it), c.start) {
				found = append(found, c.original)
			}
		}
		if len(found) == 1 {
			x.event.OccurrenceID = occurrenceID(it.id, found[0])
		}
	}
}

// startsAt reports whether an exception starts at a wall time of the series.
func startsAt(x item, name string, wall time.Time) bool {
	e, err := convertEvent(x.event)
	if err != nil {
		return false
	}
	loc := time.UTC
	if l, err := zone.Load(name); err == nil && !e.AllDay {
		loc = l
	}
	local := e.Start.In(loc)
	return bridge.DateOf(local.Date()).Time().Add(time.Duration(local.Hour()*60+local.Minute()) * time.Minute).Equal(wall)
}

// doubtful reports whether a list of exceptions may be cut, unless it was
// counted, or does not say what each of them replaces.
func doubtful(e *graph.Event, exceptions []item, counted bool) bool {
	if !counted && (len(exceptions) == expandCap || e.ExceptionOccurrencesNext != "") {
		return true
	}
	for _, x := range exceptions {
		if x.event.OriginalStart == "" && x.event.OccurrenceID == "" {
			return true
		}
	}
	return false
}

// askByName fills in what a GET of everything left out, where Graph gives it
// under its name.
func (p *pull) askByName(ctx context.Context, it item) error {
	raw, err := p.client.Occurrences(ctx, string(p.cal.Source), string(it.id))
	if err != nil {
		if refused(err) {
			return nil
		}
		return err
	}
	var named graph.Event
	if json.Unmarshal(raw, &named) != nil {
		return nil
	}
	if it.event.CancelledOccurrences == nil {
		it.event.CancelledOccurrences = named.CancelledOccurrences
	}
	if it.event.ExceptionOccurrences == nil {
		it.event.ExceptionOccurrences = named.ExceptionOccurrences
	}
	return nil
}

// merge adds to listed exceptions those that only the expanded list has: an
// instance moved out of the listed range. Where both have one, the listed one
// says what it replaces.
func merge(expanded, listed []item) []item {
	byID := map[bridge.SourceID]bool{}
	for _, x := range listed {
		byID[x.id] = true
	}
	for _, x := range expanded {
		if !byID[x.id] {
			listed = append(listed, x)
		}
	}
	return listed
}

const (
	// instanceRange keeps below the 1825 days that Graph allows.
	instanceRange = 1800 * 24 * time.Hour
	// lookAhead is how far into the future single instances are asked for.
	lookAhead = 10 * 365 * 24 * time.Hour
)

// fromInstances reads exceptions and cancelled dates off Graph's own list of a
// series' instances: a date of the pattern that has no instance was cancelled.
// Instances come by the time to which they were moved, so where the first or the
// last date lacks its own, it is looked for further out; the others cannot pass
// their neighbours. expanded are exceptions that are known already.
func (p *pull) fromInstances(ctx context.Context, it item, expanded []item) (exceptions []item, cancelled []string, err error) {
	s, err := convertMaster(it, nil, nil)
	if err != nil || s.Rule == nil {
		return nil, nil, err
	}
	d := deduction{series: s, rule: s.Rule.Bounded(), covered: map[bridge.Date]bool{}, home: p.cal.Env.MailboxZone}
	from, to := s.Master.Start.Add(-48*time.Hour), p.now().Add(lookAhead)
	if end := (d.rule.End + 2).Time(); !d.rule.Endless() && end.Before(to) {
		to = end
	}
	if err := p.takeInstances(ctx, &d, it.id, from, to); err != nil {
		return nil, nil, err
	}
	for _, x := range expanded {
		d.take(x)
	}
	if it.event.CancelledOccurrences != nil {
		d.cover(*it.event.CancelledOccurrences)
	}
	if first, ok := d.rule.First(); ok && d.lacks(first) {
		err = p.takeInstances(ctx, &d, it.id, from.Add(-instanceRange), from)
	}
	if err == nil && to.Equal((d.rule.End + 2).Time()) && d.lacks(d.last()) {
		err = p.takeInstances(ctx, &d, it.id, to, to.Add(instanceRange))
	}
	if err != nil {
		return nil, nil, err
	}
	d.place(bridge.DateIn(to, time.UTC) - 2)
	for _, date := range d.free {
		cancelled = append(cancelled, occurrenceID(it.id, date))
	}
	return d.exceptions, cancelled, nil
}

// takeInstances counts in what Graph lists in [from, to).
func (p *pull) takeInstances(ctx context.Context, d *deduction, id bridge.SourceID, from, to time.Time) error {
	for at := from; at.Before(to); at = at.Add(instanceRange) {
		list, err := p.client.Instances(ctx, string(p.cal.Source), string(id), at, earlier(at.Add(instanceRange), to))
		if err != nil {
			return err
		}
		for _, raw := range list {
			if x, err := readItem(raw); err == nil {
				d.take(x)
			}
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func occurrenceID(master bridge.SourceID, d bridge.Date) string {
	return "OID." + string(master) + "." + d.String()
}
