package boltdb

import (
	"bytes"
	"context"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// adopt notes, when the store is opened, which calendars another version of the
// renderer wrote.
func (s *Store) adopt() error {
	return s.eachCalendar(context.Background(), func(rec *calendarRecord) bool {
		if rec.Renderer == s.renderer.Version {
			return false
		}
		rec.Renderer = s.renderer.Version
		rec.outdate(s.now().UTC(), "the program")
		return true
	})
}

// Renew takes in, for all calendars, what is known now of an env: see
// [bridge.Env.Renewed]. What is rendered from now on is rendered under it, the
// rest by and by: see [Store.Rerender].
func (s *Store) Renew(ctx context.Context, env bridge.Env) error {
	return s.eachCalendar(ctx, func(rec *calendarRecord) bool { return s.renew(rec, env) })
}

// eachCalendar changes records of calendars and stores those for which f
// reports so. Where it does for none, nothing is written.
func (s *Store) eachCalendar(ctx context.Context, f func(*calendarRecord) (changed bool)) error {
	changes := false
	err := s.view(ctx, func(tx *bolt.Tx) error {
		list, err := calendarsOf(tx, "")
		changes = slices.ContainsFunc(list, f)
		return err
	})
	if err != nil || !changes {
		return err
	}
	var stale []bridge.CalendarID
	err = s.update(ctx, func(tx *bolt.Tx) error {
		list, err := calendarsOf(tx, "")
		for _, rec := range list {
			if err == nil && f(rec) {
				stale = append(stale, rec.ID)
				err = putCalendar(tx, rec)
			}
		}
		return err
	})
	if err == nil {
		s.tellStale(stale...)
	}
	return err
}

func (s *Store) tellStale(list ...bridge.CalendarID) {
	for _, id := range list {
		s.Stale.Tell(id)
	}
}

func (s *Store) renew(rec *calendarRecord, env bridge.Env) (changed bool) {
	now, because := rec.Env.Renewed(env)
	if len(because) == 0 {
		return false
	}
	rec.Env = now
	rec.outdate(s.now().UTC(), because...)
	return true
}

// outdate notes that the calendar's objects have to be rendered again, all of
// them: what a pass under way has done was done before. Those of a generation
// that is being built follow when it is served.
func (rec *calendarRecord) outdate(now time.Time, because ...string) {
	rec.Behind = slices.Concat(rec.Behind, because)
	if rec.Gen == 0 {
		return
	}
	behind := rec.Behind
	rec.rerender(now)
	if rec.Building != 0 {
		rec.Behind = behind
	}
}

// rerender begins a pass over the served generation if anything is behind, and
// ends the one before.
func (rec *calendarRecord) rerender(now time.Time) {
	rec.Pass++
	was := rec.Rerender
	rec.Rerender = nil
	if len(rec.Behind) == 0 {
		return
	}
	next := &bridge.Rerender{Since: now, Because: rec.Behind}
	if was != nil {
		next.Since, next.Because = was.Since, slices.Concat(was.Because, next.Because)
	}
	slices.Sort(next.Because)
	next.Because = slices.Compact(next.Because)
	rec.Rerender, rec.Behind = next, nil
}

// pass is a piece of a calendar's rerendering.
type pass struct {
	number uint32
	env    bridge.Env
	since  string
	items  []rerendered
	last   bool
}

// rerendered is one object, as it was stored and as it is rendered now.
type rerendered struct {
	name   string
	data   []byte // the stored series
	series *bridge.Series
	obj    bridge.Object
	err    error
}

// Rerender renders up to n more objects of a calendar again and stores those
// that differ, with their entries in the journal. It returns how far the
// calendar is and whether there is more to do; the zero state means that there
// was nothing. Rounds may run meanwhile: what they stored since is left alone.
//
// Only storing is a read-write transaction. Killed before it, the next call does
// the same again.
func (s *Store) Rerender(ctx context.Context, id bridge.CalendarID, n int) (state bridge.Rerender, more bool, err error) {
	var p *pass
	err = s.view(ctx, func(tx *bolt.Tx) (err error) {
		p, err = nextPass(tx, id, n)
		return err
	})
	if err != nil || p == nil {
		return state, false, err
	}
	for i := range p.items {
		p.items[i].obj, p.items[i].err = s.render(p.items[i].series, p.env)
	}
	moved := false
	err = s.update(ctx, func(tx *bolt.Tx) error {
		w, err := s.rewriter(tx, id)
		if err != nil {
			return err
		}
		before := w.rec.Point
		state, more, err = w.storePass(p)
		moved = w.rec.Point != before
		return err
	})
	if err == nil && moved {
		s.Hub.Tell(id)
	}
	return state, more, err
}

// nextPass reads what a calendar's rerendering has to do next, nil where it has
// nothing to do.
func nextPass(tx *bolt.Tx, id bridge.CalendarID, n int) (*pass, error) {
	rec, err := calendar(tx, id)
	if err != nil || rec.Rerender == nil {
		return nil, err
	}
	p := &pass{number: rec.Pass, env: rec.Env, since: rec.Rerender.At}
	c := tx.Bucket(inCal).Bucket([]byte(id)).Bucket(inGen).Bucket(genKey(rec.Gen)).Bucket(inSeries).Cursor()
	size := 0
	for k, v := c.Seek([]byte(p.since)); ; k, v = c.Next() {
		switch {
		case k == nil:
			p.last = true
			return p, nil
		case string(k) == p.since:
			continue
		case len(p.items) == n || size > chunkBytes:
			return p, nil
		}
		series, err := decodeSeries(v)
		if err != nil {
			return nil, err
		}
		size += len(v)
		p.items = append(p.items, rerendered{name: string(k), data: clone(v), series: series})
	}
}

// rewriter is a writer for what is served, outside of rounds.
func (s *Store) rewriter(tx *bolt.Tx, id bridge.CalendarID) (*writer, error) {
	rec, err := calendar(tx, id)
	if err != nil {
		return nil, err
	}
	w := &writer{store: s, tx: tx, rec: rec, round: bridge.Round{Calendar: id, Gen: rec.Gen}, now: s.now().UTC()}
	w.cal = tx.Bucket(inCal).Bucket([]byte(id))
	w.gen = w.generation(rec.Gen)
	return w, nil
}

// storePass stores what a pass came to, unless there is a reason to begin again.
func (w *writer) storePass(p *pass) (state bridge.Rerender, more bool, err error) {
	r := w.rec.Rerender
	switch {
	case r == nil:
		return state, false, nil
	case w.rec.Pass != p.number || r.At != p.since:
		return *r, true, nil
	}
	for i := range p.items {
		changed, err := w.replace(&p.items[i])
		if err != nil {
			return *r, true, err
		}
		if r.At = p.items[i].name; changed {
			r.Changed++
		}
		r.Done++
	}
	state = *r
	if p.last {
		w.rec.Rerender = nil
	}
	return state, !p.last, putCalendar(w.tx, w.rec)
}

// replace stores an object that was rendered again, and reports whether its
// bytes differ. One that cannot be rendered now is served as it was.
func (w *writer) replace(it *rerendered) (changed bool, err error) {
	if !bytes.Equal(w.gen.Bucket(inSeries).Get([]byte(it.name)), it.data) {
		return false, nil
	}
	old, err := w.row(w.gen, it.name)
	if err != nil || old == nil {
		return false, err
	}
	if it.err != nil {
		w.converter = old.Converter
		return false, w.setAside(old.Source, old.Revision, bridge.AsFault(it.err))
	}
	if err := w.putRendered([]byte(it.name), it.series, it.obj, old); err != nil || old.ETag == it.obj.ETag {
		return false, err
	}
	return true, w.journal(it.name, false)
}
