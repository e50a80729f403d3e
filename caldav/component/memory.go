package component

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
)

// Memory keeps where the instances of series lie and how busy events make their
// owner, so that the same question about an unchanged object costs no parsing.
// The zero Memory is ready; it is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	known map[Key]*course
	spans int
}

// Key names an object of a calendar.
type Key struct {
	Calendar bridge.CalendarID
	Name     string
}

// course is where the instances of one series lie. Of an object that does not
// recur it is how busy it makes alone.
type course struct {
	etag     string
	from, to time.Time // the range that was expanded
	crowded  *stretch  // a range with more instances than can be expanded
	spans    []span    // by start
	longest  int64
	err      error // why it could not be judged
	alone    bool  // it does not recur: its row has its time
	floats   bool  // which is what a clock shows
	busy     busyness
	dumb     error // why it cannot be told how busy it makes
}

// stretch is a range of time.
type stretch struct{ from, to time.Time }

// span is an instance in Unix seconds.
type span struct {
	start  int64
	length int32
	floats bool // it is a day, or what a clock shows
	busy   busyness
}

const (
	maxSpans    = 1 << 19 // over all series: 8 MB
	margin      = 366 * 24 * time.Hour
	wholeSeries = 8 * margin // a series shorter than that is kept whole
)

// Meets reports whether a series meets the window, from what is remembered of
// it; known is false where Learn has to be called.
func (m *Memory) Meets(k Key, r *bridge.Row, w *Window) (meets, known bool) {
	c := m.recall(k, r, w)
	if c == nil {
		return false, false
	}
	return c.err != nil || c.meets(w), true
}

// recall returns what is remembered of an object, nil where that does not cover
// the window. That a wide range has too many instances says nothing of narrower
// ones.
func (m *Memory) recall(k Key, r *bridge.Row, w *Window) *course {
	from, to, ok := w.within(r.Span)
	if !ok {
		return nil
	}
	m.mu.Lock()
	c := m.known[k]
	m.mu.Unlock()
	switch {
	case c == nil || c.etag != r.ETag:
	case c.alone || !from.Before(c.from) && !to.After(c.to):
		return c
	case c.crowded != nil && !from.Add(-margin).After(c.crowded.from) && !to.Add(margin).Before(c.crowded.to):
		return &course{etag: c.etag, err: ics.ErrTooMany}
	}
	return nil
}

// Count returns how many instances of a learnt series meet the window; of one
// with more than can be expanded, more than [ics.MaxInstances].
func (m *Memory) Count(k Key, r *bridge.Row, w *Window) (n int) {
	switch c := m.recall(k, r, w); {
	case c == nil:
		return 0
	case errors.Is(c.err, ics.ErrTooMany):
		return ics.MaxInstances + 1
	default:
		for range c.meeting(w) {
			n++
		}
		return n
	}
}

// Learn expands a series around the window, remembers it, and reports whether
// it meets. One with too many instances does; one that cannot be judged is taken
// to: better one object too many than a hole. The error, if any, is told once
// per ETag.
func (m *Memory) Learn(k Key, o *bridge.Object, w *Window) (meets bool, err error) {
	from, to, ok := w.within(o.Span)
	if !ok {
		return true, nil
	}
	c := learn(o, from, to)
	m.keep(k, c)
	if errors.Is(c.err, ics.ErrTooMany) {
		return true, nil
	}
	return c.err != nil || c.meets(w), c.err
}

// learn expands an object around a range.
func learn(o *bridge.Object, from, to time.Time) *course {
	e, err := parseEvent(o)
	if err == nil && e.alone() {
		return &course{etag: o.ETag, alone: true, floats: e.floats(e.master), busy: busynessOf(e.master)}
	}
	from, to = from.Add(-margin), to.Add(margin)
	if first, last := o.Span.Start.Add(-2*widest), o.Span.End.Add(2*widest); !o.Span.End.IsZero() && last.Sub(first) < wholeSeries {
		from, to = first, last
	}
	c := &course{etag: o.ETag, from: from, to: to, dumb: err}
	instances, err := ics.Expand(o.Body, from, to)
	switch {
	case errors.Is(err, ics.ErrTooMany):
		return &course{etag: o.ETag, crowded: &stretch{from, to}, err: err}
	case err != nil:
		c.err = err
		return c
	}
	c.take(instances, e)
	return c
}

// take keeps instances, and how busy the component of each makes; e is nil where
// that cannot be told.
func (c *course) take(instances []bridge.Instance, e *event) {
	c.spans = make([]span, len(instances))
	kinds := map[*Component]busyness{}
	for i, x := range instances {
		length := int64(x.End.Sub(x.Start) / time.Second)
		length = min(max(length, 0), 1<<31-1)
		c.spans[i] = span{start: x.Start.Unix(), length: int32(length), floats: x.AllDay}
		c.longest = max(c.longest, length)
		if e == nil {
			continue
		}
		comp := e.componentOf(x.Original)
		c.spans[i].floats = x.AllDay || e.floats(comp)
		kind, known := kinds[comp]
		if !known {
			kind = busynessOf(comp)
			kinds[comp] = kind
		}
		c.spans[i].busy = kind
	}
}

func (m *Memory) keep(k Key, c *course) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[Key]*course{}
	}
	c = c.after(m.known[k])
	m.forget(k)
	m.known[k] = c
	m.spans += weight(c)
	for other := range m.known {
		if m.spans <= maxSpans {
			return
		}
		if other != k {
			m.forget(other)
		}
	}
}

// after joins what one more look at an object told with what was known: what a
// narrow look finds and that a wide one finds too much stand beside each other.
// c is not shared yet; old is.
func (c *course) after(old *course) *course {
	switch {
	case old == nil || old.etag != c.etag:
	case c.crowded == nil:
		c.crowded = old.crowded
	case old.err == nil:
		both := *old
		both.crowded = c.crowded
		return &both
	}
	return c
}

func (m *Memory) forget(k Key) {
	if c := m.known[k]; c != nil {
		m.spans -= weight(c)
		delete(m.known, k)
	}
}

// weight is what a course takes, in spans.
func weight(c *course) int { return len(c.spans) + 12 }

func (c *course) meets(w *Window) bool {
	for range c.meeting(w) {
		return true
	}
	return false
}

// meeting yields the instances that meet the window.
func (c *course) meeting(w *Window) func(yield func(span) bool) {
	from, to := w.around()
	return func(yield func(span) bool) {
		first := 0
		if !from.IsZero() {
			first, _ = slices.BinarySearchFunc(c.spans, from.Unix()-c.longest, func(s span, at int64) int { return cmp.Compare(s.start, at) })
		}
		for _, s := range c.spans[first:] {
			if !to.IsZero() && s.start > to.Unix() {
				return
			}
			start := time.Unix(s.start, 0).UTC()
			if w.Meets(start, start.Add(time.Duration(s.length)*time.Second), s.floats) && !yield(s) {
				return
			}
		}
	}
}
