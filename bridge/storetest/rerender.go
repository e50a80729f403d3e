package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"calbridge/bridge"
)

// numbered is Render in another version: it differs for subjects that hold the
// version's number, and shows the whole env for those that hold "env".
func numbered(version uint16) bridge.Renderer {
	return bridge.Renderer{Version: version, Render: func(s bridge.Series, env bridge.Env) (bridge.Object, error) {
		subject := s.Master.Subject
		if strings.Contains(subject, fmt.Sprint("breaks ", version)) {
			subject = "unrenderable"
		}
		if strings.Contains(subject, fmt.Sprint(version)) {
			subject += fmt.Sprint(" by version ", version)
		}
		if strings.Contains(subject, "env") {
			subject += fmt.Sprint(env)
		}
		s.Master.Subject = subject
		return Render(s, bridge.Env{MailboxZone: "Etc/UTC"})
	}}
}

// numbers makes n events whose subjects hold their numbers.
func numbers(n int) (list []bridge.Change) {
	for i := range n {
		list = append(list, upsert(event(fmt.Sprint("id-", i), fmt.Sprint("event ", i))))
	}
	return list
}

// upgrade opens the store with another version of the renderer.
func (b *bench) upgrade(version uint16) {
	b.t.Helper()
	b.renderer = numbered(version)
	b.restart()
}

// rerender renders up to n objects again.
func (b *bench) rerender(n int) (bridge.Rerender, bool) {
	b.t.Helper()
	state, more, err := b.Rerender(b.t.Context(), b.cal, n)
	b.must(state, err)
	return state, more
}

// drain renders again until nothing is left to do.
func (b *bench) drain() (state bridge.Rerender) {
	b.t.Helper()
	for more := true; more; {
		state, more = b.rerender(7)
	}
	if state, more := b.rerender(7); more || state.Done > 0 || state.Because != nil {
		b.t.Errorf("there is no end to rendering again: %+v", state)
	}
	return state
}

func (b *bench) calendar() bridge.Calendar {
	b.t.Helper()
	cal, err := b.Calendar(b.t.Context(), b.cal)
	b.must(cal, err)
	return cal
}

// wantCurrent compares what is served with what the renderer makes of the same
// events now.
func (b *bench) wantCurrent(t interface{ Errorf(string, ...any) }, mailbox map[string]string) {
	b.t.Helper()
	env := b.calendar().Env
	seen := 0
	for o, err := range b.All(b.t.Context(), b.cal) {
		b.must(o, err)
		source := b.read(o).Source
		s := event(string(source), mailbox[string(source)])
		s.UID = o.UID
		want, err := b.renderer.Render(*s, env)
		b.must(want, err)
		if string(want.Body) != string(o.Body) || want.ETag != o.ETag || o.Renderer != b.renderer.Version {
			t.Errorf("object of %s, version %d:\n%s\nwant version %d:\n%s", source, o.Renderer, o.Body, b.renderer.Version, want.Body)
		}
		seen++
	}
	if seen != len(mailbox) {
		t.Errorf("%d objects are served of %d", seen, len(mailbox))
	}
	if cal := b.calendar(); cal.Rerender != nil {
		t.Errorf("still to be rendered again: %+v", cal.Rerender)
	}
}

func subjects(n int) map[string]string {
	all := map[string]string{}
	for i := range n {
		all[fmt.Sprint("id-", i)] = fmt.Sprint("event ", i)
	}
	return all
}

// A crash comes after every piece: each of them counts.
func newRenderersRenderAgain(t *testing.T, b *bench) {
	b.renderer = numbered(100)
	b.restart()
	before := b.round(true, numbers(30)...)
	rows := b.rows()
	b.upgrade(2)
	cal := b.calendar()
	if cal.Rerender == nil || len(cal.Rerender.Because) != 1 || !cal.Rerender.Since.Equal(b.now) {
		t.Fatalf("a new renderer leaves the calendar as %+v", cal.Rerender)
	}
	if diff := cmp.Diff(rows, b.rows()); diff != "" || cal.Point != before {
		t.Errorf("opening the store changed what is served:\n%s", diff)
	}
	for done := 7; done < 30; done += 7 {
		if state, more := b.rerender(7); state.Done != done || !more {
			t.Errorf("state %+v, more %t, want %d done", state, more, done)
		}
		b.restart()
		if r := b.calendar().Rerender; r == nil || r.Done != done {
			t.Errorf("after a restart: %+v", r)
		}
	}
	want := map[string]bool{}
	for id, subject := range subjects(30) {
		if strings.Contains(subject, "2") {
			want[name(id)] = false
		}
	}
	if state, more := b.rerender(7); more || state.Done != 30 || state.Changed != len(want) {
		t.Errorf("at the end: %+v, more %t, want %d changed", state, more, len(want))
	}
	if diff := cmp.Diff(want, b.changes(before)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	b.wantCurrent(t, subjects(30))
	b.restart()
	b.drain()
	if at := b.calendar().Point; at.Seq != before.Seq+bridge.Seq(len(want)) {
		t.Errorf("the journal went from %v to %v", before, at)
	}
}

func newEnvsRenderAgain(t *testing.T, b *bench) {
	b.renderer = numbered(100)
	b.restart()
	listed := bridge.Listed{Source: "cal-1", Name: "Calendar"}
	list := func(env bridge.Env) {
		_, err := b.SetCalendars(t.Context(), b.account, []bridge.Listed{listed}, env)
		b.must(nil, err)
	}
	env := bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036, TZData: "2025c", Addresses: []string{"anna@contoso.example", "a@contoso.example"}}
	list(env)
	mailbox := map[string]string{"a": "shows env", "b": "plain", "c": "env, too"}
	before := b.round(true, upsert(event("a", mailbox["a"])), upsert(event("b", mailbox["b"])), upsert(event("c", mailbox["c"])))
	for _, c := range []struct {
		what   string
		change func()
		none   bool
	}{
		{what: "tzdata", change: func() { env.TZData = "2026f"; b.must(nil, b.Renew(t.Context(), bridge.Env{TZData: "2026f"})) }},
		{what: "horizon", change: func() { env.Horizon = 2037; b.must(nil, b.Renew(t.Context(), bridge.Env{Horizon: 2037})) }},
		{what: "an earlier horizon", none: true, change: func() { b.must(nil, b.Renew(t.Context(), bridge.Env{Horizon: 1980})) }},
		{what: "zone", change: func() { env.MailboxZone = "Asia/Tokyo"; list(env) }},
		{what: "no zone", none: true, change: func() { list(bridge.Env{TZData: env.TZData, Addresses: env.Addresses}) }},
		{what: "addresses", change: func() { env.Addresses = append(env.Addresses, "b@contoso.example"); list(env) }},
		{what: "the same addresses", none: true, change: func() {
			list(bridge.Env{Addresses: []string{"B@contoso.example", "anna@contoso.example", "a@contoso.example"}})
		}},
		{what: "colours", change: func() { env.Colors = map[string]string{"Red": "darkred"}; list(env) }},
		{what: "unknown colours", none: true, change: func() { list(bridge.Env{TZData: env.TZData}) }},
		{what: "no colours", change: func() {
			list(bridge.Env{Colors: map[string]string{}})
			env.Colors = nil
		}},
		{what: "nothing", none: true, change: func() { list(env) }},
	} {
		c.change()
		b.restart() // the reason is durable
		switch cal := b.calendar(); {
		case c.none && cal.Rerender != nil:
			t.Errorf("%s: %+v", c.what, cal.Rerender)
		case !c.none && (cal.Rerender == nil || len(cal.Rerender.Because) != 1):
			t.Errorf("%s: rerender %+v, want one reason", c.what, cal.Rerender)
		}
		if diff := cmp.Diff(env, b.calendar().Env); diff != "" {
			t.Errorf("%s: env (-want +got):\n%s", c.what, diff)
		}
		b.drain()
		want := map[string]bool{}
		if !c.none {
			want[name("a")], want[name("c")] = false, false
		}
		if diff := cmp.Diff(want, b.changes(before)); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", c.what, diff)
		}
		b.wantCurrent(t, mailbox)
		before = b.calendar().Point
	}
}

func roundsRunWhileRenderingAgain(t *testing.T, b *bench) {
	mailbox := subjects(60)
	b.renderer = numbered(100)
	b.restart()
	b.round(true, numbers(60)...)
	b.upgrade(1)

	// Within a piece: between reading and storing.
	inner, first := b.renderer.Render, true
	b.renderer.Render = func(s bridge.Series, env bridge.Env) (bridge.Object, error) {
		if first && s.Source == "id-11" {
			first = false
			b.round(false, upsert(event("id-11", "event 11, changed")), gone("id-12"), gone("id-13"), upsert(event("id-61", "event 61")))
			mailbox["id-11"], mailbox["id-61"] = "event 11, changed", "event 61"
			delete(mailbox, "id-12")
			delete(mailbox, "id-13")
		}
		return inner(s, env)
	}
	b.restart()
	b.rerender(60)
	if first {
		t.Fatal("the round did not come between")
	}
	b.drain()
	b.wantCurrent(t, mailbox)

	// Side by side.
	b.upgrade(4)
	var rounds sync.WaitGroup
	rounds.Go(func() {
		for i := range 20 {
			r, err := b.Begin(t.Context(), b.cal, i == 10)
			if err != nil {
				t.Error(err)
				return
			}
			changes := []bridge.Change{upsert(event("id-1", fmt.Sprint("event 14 ", i)))}
			if r.Full {
				for id, subject := range mailbox {
					changes = append(changes, upsert(event(id, subject)))
				}
			}
			if err := b.Apply(t.Context(), r, bridge.Batch{Changes: changes}); err != nil {
				t.Error(err)
			}
			if _, err := b.Finish(t.Context(), r); err != nil {
				t.Error(err)
			}
		}
	})
	for range 30 {
		if _, _, err := b.Rerender(t.Context(), b.cal, 3); err != nil {
			t.Error(err)
		}
	}
	rounds.Wait()
	b.drain()
	mailbox["id-1"] = "event 14 19"
	b.wantCurrent(t, mailbox)
}

// A reason that arrives in the middle begins it again, even one that takes an
// earlier one back.
func reasonsArriveWhileRendering(t *testing.T, b *bench) {
	b.renderer = numbered(100)
	b.restart()
	mailbox := map[string]string{}
	var changes []bridge.Change
	for i := range 20 {
		id := fmt.Sprint("id-", i)
		mailbox[id] = fmt.Sprint("env ", i)
		changes = append(changes, upsert(event(id, mailbox[id])))
	}
	b.round(true, changes...)
	for _, zone := range []string{"Asia/Tokyo", "Europe/Berlin", "Asia/Tokyo"} {
		b.must(nil, b.Renew(t.Context(), bridge.Env{MailboxZone: zone}))
		b.rerender(8)
	}
	b.upgrade(1)
	b.rerender(8)
	b.upgrade(100)
	if got := b.calendar().Rerender; got == nil || len(got.Because) != 2 || got.Done != 0 {
		t.Errorf("rerender %+v, want two reasons", got)
	}
	b.drain()
	b.wantCurrent(t, mailbox)

	// Within a piece: between reading and storing.
	for _, between := range []func(){
		func() { b.must(nil, b.Renew(t.Context(), bridge.Env{MailboxZone: "Asia/Seoul"})) },
		func() { b.round(true, changes...) },
		func() { b.rerender(3) },
	} {
		b.upgrade(1)
		inner, first := b.renderer.Render, true
		b.renderer.Version = 2
		b.renderer.Render = func(s bridge.Series, env bridge.Env) (bridge.Object, error) {
			if first {
				first = false
				between()
			}
			return inner(s, env)
		}
		b.restart()
		b.rerender(8)
		if first {
			t.Fatal("nothing came between")
		}
		if state := b.drain(); state.Because != nil && state.Done != len(mailbox) {
			t.Errorf("%d objects of %d were done", state.Done, len(mailbox))
		}
		b.wantCurrent(t, mailbox)
	}
}

func fullRoundsOutliveARenderer(t *testing.T, b *bench) {
	b.renderer = numbered(100)
	b.restart()
	all := numbers(20)
	b.round(true, all...)
	for version, renew := range map[uint16]string{2: "", 100: "Asia/Tokyo", 1: "Asia/Seoul"} {
		r := b.begin(true)
		b.apply(r, all[:10]...)
		b.upgrade(version)
		b.must(nil, b.Renew(t.Context(), bridge.Env{MailboxZone: renew}))
		b.rerender(5)
		r = b.begin(false)
		if !r.Full {
			t.Fatal("the full round is over")
		}
		b.apply(r, all[10:]...)
		b.finish(r)
		b.drain()
		b.wantCurrent(t, subjects(20))
	}
	// A generation that was begun under the present ones has nothing to catch up with.
	b.round(true, all...)
	if got := b.calendar().Rerender; got != nil {
		t.Errorf("rerender %+v after a whole full round", got)
	}
}

func whatCannotBeRenderedStays(t *testing.T, b *bench) {
	b.renderer = numbered(100)
	b.restart()
	before := b.round(true, upsert(event("a", "breaks 2")), upsert(event("b", "event 2")))
	rows := b.rows()
	b.upgrade(2)
	b.drain()
	if diff := cmp.Diff(map[string]bool{name("b"): false}, b.changes(before)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := b.rows(); got[name("a")] != rows[name("a")] {
		t.Error("what cannot be rendered any more is not served as it was")
	}
	bad, err := b.Bad(t.Context(), b.cal)
	if err != nil || len(bad) != 1 || bad[0].Source != "a" {
		t.Fatalf("bad %+v, %v", bad, err)
	}
	if list, left, err := b.Outdated(t.Context(), b.cal, 1, 10); err != nil || left != 0 {
		t.Errorf("outdated %v, %d, %v: it was tried with this version", list, left, err)
	}
	b.upgrade(3)
	b.drain()
	list, left, err := b.Outdated(t.Context(), b.cal, 1, 10)
	if err != nil || left != 1 || list[0] != "a" {
		t.Errorf("outdated %v, %d, %v: want what the older version kept aside", list, left, err)
	}
	b.round(false, upsert(event("a", "breaks 2")))
	if bad, err := b.Bad(t.Context(), b.cal); err != nil || len(bad) != 0 {
		t.Errorf("bad %+v, %v", bad, err)
	}
}

func outdatedItemsAreTold(t *testing.T, b *bench) {
	outdated := func(converter uint16, n int) ([]bridge.SourceID, int) {
		t.Helper()
		list, left, err := b.Outdated(t.Context(), b.cal, converter, n)
		b.must(list, err)
		return list, left
	}
	if list, left := outdated(1, 10); left != 0 || list != nil {
		t.Errorf("before the first round: %v, %d", list, left)
	}
	b.round(true, append(numbers(10), bad("x", "nonsense"))...)
	if _, left := outdated(1, 10); left != 0 || b.calendar().Converter != 1 {
		t.Errorf("of the same version %d, calendar %d", left, b.calendar().Converter)
	}
	b.converter = 2
	before := b.calendar().Point
	for want := 11; want > 0; {
		list, left := outdated(2, 4)
		if left != want || len(list) != min(4, want) || b.calendar().Outdated != want || b.calendar().Converter != 0 {
			t.Fatalf("outdated %v, %d, calendar %+v, want %d", list, left, b.calendar(), want)
		}
		var changes []bridge.Change
		for _, id := range list {
			if id == "x" {
				changes = append(changes, bad("x", "still nonsense"))
			} else {
				changes = append(changes, upsert(event(string(id), subjects(10)[string(id)])))
			}
		}
		b.restart()
		b.round(false, changes...)
		want -= len(list)
	}
	if _, left := outdated(2, 4); left != 0 || b.calendar().Converter != 2 || b.calendar().Outdated != 0 {
		t.Errorf("at the end %d are left, calendar %+v", left, b.calendar())
	}
	if at := b.calendar().Point; at != before {
		t.Errorf("the journal went from %v to %v, though no bytes differ", before, at)
	}
	// A full round reads all of them, but not those of the generation it serves.
	b.converter = 3
	r := b.begin(true)
	if list, left := outdated(3, 4); left != 11 || len(list) != 0 {
		t.Errorf("in a full round %v, %d", list, left)
	}
	b.apply(r, append(numbers(10), bad("x", "nonsense"))...)
	b.finish(r)
	if _, left := outdated(3, 4); left != 0 || b.calendar().Converter != 3 {
		t.Errorf("after a full round %d are left, calendar %+v", left, b.calendar())
	}
	// Back to the older program in the middle, and forth again.
	b.converter = 1
	list, _ := outdated(1, 3)
	b.round(false, upsert(event(string(list[1]), subjects(10)[string(list[1])])))
	if list, left := outdated(3, 10); left != 1 || len(list) != 1 {
		t.Errorf("outdated %v, %d after an older program made one", list, left)
	}
}

// randomRerendersMatchTheRenderer runs rounds, upgrades, new envs, crashes and
// pieces of rendering again in any order. In the end the store serves what the
// renderer makes of the mailbox, and readers that come back learn all of it.
func randomRerendersMatchTheRenderer(t *testing.T, fresh func() *bench) {
	rapid.Check(t, func(rt *rapid.T) {
		b := fresh()
		b.upgrade(100)
		m := model{bench: b, mailbox: map[string]string{}}
		m.round(true)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			m.remember()
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				b.upgrade(rapid.Uint16Range(1, 3).Draw(rt, "version"))
			case 1:
				b.must(nil, b.Renew(t.Context(), bridge.Env{MailboxZone: rapid.SampledFrom([]string{"Asia/Tokyo", "Asia/Seoul"}).Draw(rt, "zone")}))
			case 2:
				b.restart()
			case 3:
				b.rerender(rapid.IntRange(1, 20).Draw(rt, "n"))
			default:
				m.randomRound(rt)
			}
		}
		b.drain()
		m.wantCurrent(rt, m.mailbox)
		at, rows := b.calendar().Point, m.rows()
		for _, s := range m.past {
			m.replay(rt, s, at, rows)
		}
	})
}

// randomRound changes some events, in a whole round or in one that is left in
// the middle.
func (m *model) randomRound(rt *rapid.T) {
	full := rapid.Bool().Draw(rt, "full")
	r := m.begin(full)
	for range rapid.IntRange(0, 5).Draw(rt, "edits") {
		id := fmt.Sprint("id-", rapid.IntRange(0, 9).Draw(rt, "id"))
		subject := rapid.SampledFrom([]string{"event 1", "event 2", "env 3", "plain"}).Draw(rt, "subject")
		m.mailbox[id] = subject
		m.apply(r, upsert(event(id, subject)))
	}
	for _, id := range keysOf(m.mailbox) {
		m.apply(r, upsert(event(id, m.mailbox[id])))
		if rapid.IntRange(0, 20).Draw(rt, "cut off") == 0 {
			m.upgrade(rapid.Uint16Range(1, 3).Draw(rt, "version"))
			r = m.begin(false)
			if rapid.Bool().Draw(rt, "render again") {
				m.rerender(3)
			}
		}
	}
	m.finish(r)
}
