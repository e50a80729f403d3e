package caldav

import (
	"context"
	"sync"

	"calbridge/bridge"
)

// ready keeps calendar data as reports carry them, so that what one device got
// costs the next one neither reading nor escaping. The zero value is ready; it
// is safe for concurrent use.
type ready struct {
	mu       sync.Mutex
	editions map[bridge.CalendarID]*edition
	octets   int // of all that is young
}

// readyOctets bounds what is young, and what is aged, over all calendars.
const readyOctets = 4 << 20

// edition is what is kept of a calendar, as its journal had it at one point. A
// reader that finds the calendar at a later one drops what the journal names.
type edition struct {
	point       bridge.Point
	young, aged map[string]readyText // by name; what is asked for again becomes young again
}

// readyText is the escaped body that has an ETag.
type readyText struct{ etag, text string }

// maxFollowed is how many changes are looked through, rather than all dropped.
const maxFollowed = 1000

// shelf is what is ready of one calendar, for one request.
type shelf struct {
	*ready
	*edition
	since bridge.Point // where the edition stood when the request began
}

// shelf returns what is ready of a calendar, no older than cal. Another request
// may move the edition meanwhile, and to an earlier point than that.
func (h *Handler) shelf(ctx context.Context, cal *bridge.Calendar) (*shelf, error) {
	r := &h.ready
	for {
		is, at := r.edition(cal.ID)
		if at.History == cal.Point.History && at.Seq >= cal.Point.Seq {
			return &shelf{r, is, at}, nil
		}
		stale, told, err := h.changedSince(ctx, cal.ID, at)
		if err != nil {
			return nil, err
		}
		r.follow(cal, is, at, stale, told)
	}
}

func (r *ready) edition(id bridge.CalendarID) (*edition, bridge.Point) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if is := r.editions[id]; is != nil {
		return is, is.point
	}
	return nil, bridge.Point{}
}

// changedSince returns the names that changed after a point; told is false where
// they are not known, or many.
func (h *Handler) changedSince(ctx context.Context, id bridge.CalendarID, p bridge.Point) (names []string, told bool, err error) {
	ok, err := h.Library.Answerable(ctx, id, p)
	if err != nil || !ok {
		return nil, false, err
	}
	for changed, err := range h.Library.Changes(ctx, id, p.Seq) {
		if err != nil || len(names) == maxFollowed {
			return nil, false, err
		}
		names = append(names, changed.Row.Name)
	}
	return names, true, nil
}

// follow brings an edition to the point of cal, unless another request has moved
// it meanwhile.
func (r *ready) follow(cal *bridge.Calendar, is *edition, at bridge.Point, stale []string, told bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch now := r.editions[cal.ID]; {
	case now != is || is != nil && is.point != at:
		return
	case !told:
		is = r.begin(cal.ID)
	}
	for _, name := range stale {
		r.drop(is, name)
	}
	is.point = cal.Point
}

// begin replaces what is kept of a calendar by nothing.
func (r *ready) begin(id bridge.CalendarID) *edition {
	if r.editions == nil {
		r.editions = map[bridge.CalendarID]*edition{}
	}
	if old := r.editions[id]; old != nil {
		for name := range old.young {
			r.drop(old, name)
		}
		*old = edition{} // requests that still have it find nothing, and put nothing
	}
	r.editions[id] = &edition{young: map[string]readyText{}}
	return r.editions[id]
}

// forget drops what is kept of a calendar, of all where id is empty.
func (r *ready) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for cal := range r.editions {
		if id == "" || id == string(cal) {
			r.begin(cal)
			delete(r.editions, cal)
		}
	}
}

// get returns what is ready of an object.
func (s *shelf) get(name string) (t readyText, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok = s.young[name]; ok {
		return t, true
	}
	if t, ok = s.aged[name]; ok {
		s.add(s.edition, name, t)
	}
	return t, ok
}

// has reports whether an object is ready.
func (s *shelf) has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, young := s.young[name]
	_, aged := s.aged[name]
	return young || aged
}

// put keeps the text of an object that was read after the shelf was asked for.
// Where the edition has moved since, it may be one of those that changed.
func (s *shelf) put(name string, t readyText) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young != nil && s.point == s.since && len(t.text) <= readyOctets/8 {
		s.add(s.edition, name, t)
	}
}

func (r *ready) drop(is *edition, name string) {
	r.octets -= len(is.young[name].text)
	delete(is.young, name)
	delete(is.aged, name)
}

// add makes a text young. Where that is too much, all that is young becomes
// aged, and what was aged is dropped.
func (r *ready) add(is *edition, name string, t readyText) {
	if r.drop(is, name); r.octets+len(t.text) > readyOctets {
		for _, e := range r.editions {
			e.young, e.aged = map[string]readyText{}, e.young
		}
		r.octets = 0
	}
	is.young[name] = t
	r.octets += len(t.text)
}
