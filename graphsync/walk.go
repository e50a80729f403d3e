package graphsync

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// walk is one pass over the calendars of an account.
type walk struct {
	*mailbox
	Options
	marks []bridge.Mark
	first error // the first fault that concerns one calendar
	busy  int   // calendars in a row at which Microsoft's server had trouble

	// lost are calendars that were not found under their ids; nil where that is
	// no longer to be looked into.
	lost map[bridge.CalendarID]error
}

// maxBusy is at how many calendars in a row Microsoft's server may have trouble
// before the others are spared.
const maxBusy = 3

// calendars runs the rounds of all calendars. first is the first fault that
// concerns one of them, err what concerns the account. Where the calendars
// cannot be listed, the known ones are followed all the same.
func (m *mailbox) calendars(ctx context.Context, o Options) (marks []bridge.Mark, first, err error) {
	w := &walk{mailbox: m, Options: o, lost: map[bridge.CalendarID]error{}}
	var unlisted error
	if o.List || m.now().Sub(m.listedAt) >= listEvery {
		if unlisted = m.list(ctx, o.Full); unlisted != nil && (wholeAccount(unlisted) || ctx.Err() != nil || classOf(unlisted) == "") {
			return nil, nil, unlisted
		}
	}
	err = w.all(ctx, func(bridge.Calendar) bool { return true })
	if err == nil && len(w.lost) > 0 {
		err = w.again(ctx)
	}
	return w.marks, w.first, cmp.Or(err, unlisted)
}

// again lists the calendars once more, because some were not found, and follows
// those that turn out to have another id. One that is no longer there is no
// fault, and one that is keeps its own.
func (w *walk) again(ctx context.Context) error {
	lost := w.lost
	w.lost = nil
	before, err := w.sources(ctx)
	if err == nil {
		err = w.list(ctx, false)
	}
	now, err2 := w.sources(ctx)
	moved := func(id bridge.CalendarID) bool { return now[id] != before[id] }
	for _, id := range slices.Sorted(maps.Keys(lost)) {
		if moved(id) {
			delete(w.resting, id)
		} else {
			w.first = cmp.Or(w.first, lost[id])
		}
	}
	if err := cmp.Or(err, err2); err != nil {
		return err
	}
	w.marks = slices.DeleteFunc(w.marks, func(m bridge.Mark) bool { return moved(m.Calendar) })
	return w.all(ctx, func(cal bridge.Calendar) bool { return moved(cal.ID) })
}

func (w *walk) sources(ctx context.Context) (map[bridge.CalendarID]bridge.SourceID, error) {
	list, err := w.accounts.Calendars(ctx, w.account.ID)
	sources := map[bridge.CalendarID]bridge.SourceID{}
	for _, cal := range list {
		sources[cal.ID] = cal.Source
	}
	return sources, err
}

// all runs the rounds of the shown calendars that which chooses.
func (w *walk) all(ctx context.Context, which func(bridge.Calendar) bool) error {
	list, err := w.accounts.Calendars(ctx, w.account.ID)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(cal bridge.Calendar) bool { return cal.Hidden || !which(cal) })
	for _, cal := range list {
		if !w.List && (w.resting[cal.ID].rests(w.now()) || w.cold(cal, len(list))) {
			continue
		}
		w.polled[cal.ID] = w.now()
		if err := w.one(ctx, cal); err != nil {
			return err
		}
	}
	return nil
}

const (
	// manyCalendars is from how many on those of an account are not all polled in
	// each round: Graph counts requests per mailbox.
	manyCalendars = 25
	// coldAfter is how long ago a calendar has changed that is polled less often,
	// and coldEvery how often then.
	coldAfter, coldEvery = time.Hour, 5 * time.Minute
)

// cold reports whether a calendar can wait: there are many, it has not changed
// lately and had its turn.
func (w *walk) cold(cal bridge.Calendar, among int) bool {
	now := w.now()
	return among >= manyCalendars && cal.Complete && cal.Trouble == nil &&
		now.Sub(cal.Changed) > coldAfter && turn(cal.ID, now) == turn(cal.ID, w.polled[cal.ID])
}

// turn counts the turns of a cold calendar. Each begins at a moment of its own,
// so that the rounds share them.
func turn(id bridge.CalendarID, at time.Time) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	phase := time.Duration(h.Sum64() % uint64(coldEvery))
	return at.Add(phase).UnixNano() / int64(coldEvery)
}

// one runs a calendar's round. The error is one that concerns the account.
func (w *walk) one(ctx context.Context, cal bridge.Calendar) error {
	out, err := w.calendar(ctx, cal, w.Options)
	if out.mark != nil {
		w.marks = append(w.marks, *out.mark)
	}
	if err == nil || wholeMailbox(err, cal.Mailbox) || ctx.Err() != nil {
		w.busy = 0
		return err
	}
	if class := classOf(err); class != graph.Busy && class != graph.Large && class != graph.Broken {
		w.busy = 0
	} else if w.busy++; w.busy == maxBusy {
		return err
	}
	if bridge.KindOf(err) != bridge.Waiting {
		w.resting[cal.ID] = w.resting[cal.ID].longer(w.now(), longRest)
	}
	if w.lost != nil && lostCalendar(err) {
		w.lost[cal.ID] = err
	} else {
		w.first = cmp.Or(w.first, err)
	}
	return w.keep(ctx, cal, out, err)
}

const (
	shortRest = time.Minute
	longRest  = time.Hour
	// itemRest is the longest rest of an item that Graph fails at: that it can be
	// read again, nothing may tell.
	itemRest = 10 * time.Minute
)

// rest is how long a calendar that has trouble of its own is left alone, or an
// item.
type rest struct {
	until time.Time
	took  time.Duration
}

func (r *rest) rests(now time.Time) bool { return r != nil && now.Before(r.until) }

// longer doubles the rest, to no more than most.
func (r *rest) longer(now time.Time, most time.Duration) *rest {
	took := shortRest
	if r != nil {
		took = min(2*r.took, most)
	}
	return &rest{until: now.Add(took), took: took}
}
