package storetest

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"calbridge/bridge"
)

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
