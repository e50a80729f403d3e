package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
