package storetest

import (
	"fmt"
	"sync"
	"testing"

	"calbridge/bridge"
)

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
