package graphsync

import (
	"context"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// maxDoubts bounds how many rules one audit puts in doubt: where more differ,
// it is not the rules that are wrong.
const maxDoubts = 50

// doubt puts those rules in doubt whose instances differ though their series
// were just read again, and returns the series. They are served as listed
// instances from then on, until they get another rule.
func (x *inspection) doubt(ctx context.Context) (list []bridge.SourceID, err error) {
	known, err := x.box.mirror.Doubts(ctx, x.cal.ID)
	if err != nil {
		return nil, err
	}
	seen := map[bridge.SourceID]bool{}
	for _, f := range x.found {
		source := f.source()
		if seen[source] || f.theirs.slot.IsZero() && f.ours.slot.IsZero() || f.difference().Kind == Changed {
			continue
		}
		seen[source] = true
		rule, err := x.rule(ctx, source)
		switch {
		case err != nil:
			return list, err
		case rule == "" || known[source] == rule:
			continue
		case len(list) == maxDoubts:
			x.box.log.Warn("the audit doubts no more rules", "calendar", x.cal.ID, "series", maxDoubts)
			return list, nil
		}
		if err := x.box.served.Doubt(ctx, x.cal.ID, source, rule); err != nil {
			return list, err
		}
		x.box.log.Warn("a rule does not give what Outlook shows", "calendar", x.cal.ID, "event", source)
		list = append(list, source)
	}
	return list, nil
}

// rule returns the name of a series' rule, "" where it has none that is served
// as a rule.
func (x *inspection) rule(ctx context.Context, source bridge.SourceID) (string, error) {
	raw, err := x.box.client.Event(ctx, string(x.cal.Source), string(source), graph.Alone)
	if err != nil {
		if wholeAccount(faultOf(err)) || ctx.Err() != nil {
			return "", err
		}
		return "", nil
	}
	it, err := readItem(raw)
	if err != nil || it.kind != typeMaster || it.event.Recurrence == nil || ruleFault(it) != nil {
		return "", nil
	}
	return ruleName(it), nil
}
