package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"calbridge/bridge"
)

// randomRoundsMatchAModel runs random rounds, some of them cut off and begun
// again, and compares what readers get with a map. Replaying Changes from any
// earlier point must lead to the same listing, the journal must move if and only
// if the listing does, and what stays keeps its name and its UID.
func randomRoundsMatchAModel(t *testing.T, fresh func() *bench) {
	rapid.Check(t, func(rt *rapid.T) {
		m := model{bench: fresh(), mailbox: map[string]string{}}
		m.round(true)
		for range rapid.IntRange(1, 8).Draw(rt, "rounds") {
			m.remember()
			m.step(rt)
			m.check(rt)
		}
	})
}

type model struct {
	*bench
	mailbox map[string]string    // id → subject
	known   map[string][2]string // id → name and UID, of what is served
	past    []snapshot
}

// snapshot is what a reader remembers: a point and the listing then.
type snapshot struct {
	at   bridge.Point
	rows map[string]string
}

func (m *model) remember() {
	at, err := m.At(m.t.Context(), m.cal)
	m.must(at, err)
	m.past = append(m.past, snapshot{at, m.rows()})
}

// step edits the mailbox and mirrors it, incrementally or in full.
func (m *model) step(rt *rapid.T) {
	touched := map[string]bool{}
	for range rapid.IntRange(0, 8).Draw(rt, "edits") {
		id := fmt.Sprint("id-", rapid.IntRange(0, 20).Draw(rt, "id"))
		touched[id] = true
		if rapid.Bool().Draw(rt, "delete") {
			delete(m.mailbox, id)
		} else {
			m.mailbox[id] = rapid.SampledFrom([]string{"one", "two", "three"}).Draw(rt, "subject")
		}
	}
	full := rapid.Bool().Draw(rt, "full")
	r := m.begin(full)
	if rapid.Bool().Draw(rt, "cut off") {
		m.apply(r, m.edits(rt, full, touched)...)
		if rapid.Bool().Draw(rt, "restart") {
			m.restart()
		}
		r = m.begin(full)
	}
	m.apply(r, m.edits(rt, full, touched)...)
	m.finish(r)
}

// edits are the changes of a round in some order: of everything in a full one,
// else of what was touched.
func (m *model) edits(rt *rapid.T, full bool, touched map[string]bool) (list []bridge.Change) {
	ids := slices.Collect(maps.Keys(touched))
	if full {
		ids = slices.Collect(maps.Keys(m.mailbox))
	}
	slices.Sort(ids)
	if len(ids) > 1 {
		ids = rapid.Permutation(ids).Draw(rt, "order")
	}
	for _, id := range ids {
		if subject, ok := m.mailbox[id]; ok {
			list = append(list, m.put(id, subject))
		} else {
			list = append(list, gone(id))
		}
	}
	return list
}

// put makes items of which several claim the same UID.
func (m *model) put(id, subject string) bridge.Change {
	return claiming(id, "uid-"+id[len(id)-1:], func(s *bridge.Series) { s.Master.Subject = subject })
}

func (m *model) check(rt *rapid.T) {
	served := map[string]string{}
	uids := map[string]bool{}
	known := map[string][2]string{}
	for o, err := range m.All(m.t.Context(), m.cal) {
		m.must(o, err)
		s := m.read(o)
		served[string(s.Source)] = s.Master.Subject
		if uids[o.UID] {
			rt.Errorf("two objects have the UID %s", o.UID)
		}
		uids[o.UID] = true
		id := string(s.Source)
		known[id] = [2]string{o.Name, o.UID}
		if was, ok := m.known[id]; ok && was != known[id] {
			rt.Errorf("%s was served as %v and is now %v", id, was, known[id])
		}
	}
	m.known = known
	if diff := cmp.Diff(m.mailbox, served); diff != "" {
		rt.Errorf("served (-mailbox +mirror):\n%s", diff)
	}
	cal, err := m.Calendar(m.t.Context(), m.cal)
	if err != nil || cal.Objects != len(served) {
		rt.Errorf("the calendar counts %d objects of %d, %v", cal.Objects, len(served), err)
	}
	rows := m.rows()
	for _, s := range m.past {
		m.replay(rt, s, cal.Point, rows)
	}
}

// replay is a reader that comes back.
func (m *model) replay(rt *rapid.T, s snapshot, now bridge.Point, want map[string]string) {
	have := maps.Clone(s.rows)
	for c, err := range m.Changes(m.t.Context(), m.cal, s.at.Seq) {
		m.must(c, err)
		if c.Row.Gone {
			delete(have, c.Row.Name)
		} else {
			have[c.Row.Name] = c.Row.ETag
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		rt.Errorf("replaying from %v to %v (-listing +replayed):\n%s", s.at, now, diff)
	}
	if s.at == now && !maps.Equal(s.rows, want) {
		rt.Errorf("the listing changed and the point %v did not", now)
	}
}
