package graphsync

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"calbridge/bridge"
)

// shown is one instance as either side shows it.
type shown struct {
	// source is the event or the series that it belongs to, by the mirror's id
	// where the mirror has it.
	source bridge.SourceID
	known  bool
	id     bridge.SourceID // Graph's id of the instance; empty on the mirror's side
	uids   [2]string       // that it may have in the mirror, folded

	slot       time.Time // the start that it has in its series; zero where that is unknown or none
	start, end time.Time
	allDay     bool
	cancelled  bool
	subject    string
	location   string
	showAs     bridge.ShowAs
	exception  bool // it is a changed instance, or one without a series
	unreadable bool // Graph lists it in a form that cannot be read
}

// lead widens the range that Graph is asked for: what begins at its very
// first moment and takes no time is listed or not.
const lead = time.Hour

// compare compares the given months and returns what differs.
func (x *inspection) compare(ctx context.Context, which []bool) ([]finding, error) {
	var left leftovers
	for i, s := range x.months {
		if !which[i] {
			continue
		}
		n, err := x.compareMonth(ctx, s, &left)
		if err != nil {
			return nil, err
		}
		x.kept[i] = bridge.Audited{From: s.from, To: s.to, At: x.box.now().UTC(), Checked: n, Mended: x.kept[i].Mended}
		if x.tell(i + 1); len(left.theirs)+len(left.ours) > maxFound {
			x.cut = true
			break
		}
	}
	return left.pair(), nil
}

func (x *inspection) tell(done int) {
	if x.report != nil {
		x.report(Progress{Account: x.cal.Account, Calendar: x.cal.ID, Name: x.cal.Name, Stage: "comparing", Done: done, Total: len(x.months)})
	}
}

// compareMonth compares one month, adds what has no counterpart there to left,
// and returns how many instances it has. It holds what Graph lists of the month;
// what readers get goes by, object by object.
func (x *inspection) compareMonth(ctx context.Context, s stretch, left *leftovers) (int, error) {
	theirs, err := x.theirs(ctx, s)
	if err != nil {
		return 0, err
	}
	l, n := newLedger(theirs), 0
	err = x.ours(ctx, s, func(one shown) {
		if n++; !l.strike(&one) {
			left.ours = append(left.ours, one)
		}
	})
	left.theirs = append(left.theirs, l.open()...)
	return max(len(theirs), n), err
}

// ours yields what readers expand: the instances that begin in s.
func (x *inspection) ours(ctx context.Context, s stretch, yield func(shown)) error {
	var names []string
	for row, err := range x.box.served.Within(ctx, x.cal.ID, s.from, s.to) {
		if err != nil {
			return err
		}
		names = append(names, row.Name)
	}
	for obj, err := range x.box.served.Objects(ctx, x.cal.ID, names) {
		if err != nil {
			return err
		}
		found, err := x.box.expand(obj.Body, s.from, s.to)
		if err != nil { // then all that Outlook shows of it is missing
			x.box.log.Warn("a stored object cannot be expanded", "calendar", x.cal.ID, "object", obj.Name, "cause", err)
		}
		for _, i := range found {
			if s.has(i.Start) {
				yield(served(&obj, &i))
			}
		}
	}
	return nil
}

func served(obj *bridge.Object, i *bridge.Instance) shown {
	uid := strings.ToLower(obj.UID)
	return shown{source: obj.Source, known: true, uids: [2]string{uid, unsplit(uid)}, slot: i.Original.UTC(),
		start: i.Start.UTC(), end: i.End.UTC(), allDay: i.AllDay, cancelled: i.Cancelled,
		subject: plain(i.Subject), location: plain(i.Location), showAs: i.ShowAs}
}

// unsplit takes away what bridge.SplitUID added.
func unsplit(uid string) string {
	if i := len(uid) - 9; i > 0 && uid[i] == '-' && strings.Trim(uid[i+1:], "0123456789abcdef") == "" {
		return uid[:i]
	}
	return uid
}

// theirs returns what Graph lists: the instances that begin in s, and those of
// which that cannot be read.
func (x *inspection) theirs(ctx context.Context, s stretch) (list []shown, err error) {
	seen := map[bridge.SourceID]bool{} // pages that shift tell an instance twice
	stale := 0
	err = x.box.client.View(ctx, string(x.cal.Source), s.from.Add(-lead), s.to, func(page []json.RawMessage) error {
		if stale++; stale > maxStale {
			return endless()
		}
		for _, raw := range page {
			it, err := readItem(raw)
			if it.id == "" || seen[it.id] {
				continue
			}
			seen[it.id], stale = true, 0
			if one := picture(it, err); one.unreadable || s.has(one.start) {
				list = append(list, one)
			}
		}
		return nil
	})
	return list, err
}

// picture reads an item of a calendarView.
func picture(it item, err error) shown {
	one := shown{id: it.id, source: it.id, unreadable: true}
	if err != nil {
		return one
	}
	if it.master != "" {
		one.source, one.exception = it.master, it.kind == typeException
	}
	one.uids = [2]string{strings.ToLower(it.event.ICalUID), strings.ToLower(bridge.CleanUID(it.event.ICalUID, it.id))}
	e, err := convertEvent(it.event)
	if err != nil {
		return one
	}
	one.unreadable = false
	one.start, one.end, one.allDay, one.cancelled = e.Start.UTC(), e.End.UTC(), e.AllDay, e.Cancelled
	one.subject, one.location, one.showAs = plain(e.Subject), plain(e.Location), e.ShowAs
	if it.kind == typeOccurrence {
		one.slot = one.start
	} else if at, err := readStamp(it.event.OriginalStart); err == nil && it.master != "" {
		one.slot = at.UTC()
	}
	return one
}

// plain makes texts of both sides comparable: iCalendar has one kind of line
// break and no control characters.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
