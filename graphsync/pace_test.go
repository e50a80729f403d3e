package graphsync_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// commits reads off the file how many transactions were written to it: bbolt
// keeps the number in both of its first two pages, the newer one counts.
func (r *rig) commits() (n uint64) {
	r.t.Helper()
	f, err := os.Open(r.path)
	r.must(err)
	defer f.Close()
	const header, txid = 16, 16 + 16 + 8 + 8
	for page := range 2 {
		var number [8]byte
		_, err := f.ReadAt(number[:], int64(page*os.Getpagesize()+header+txid))
		r.must(err)
		n = max(n, binary.LittleEndian.Uint64(number[:]))
	}
	return n
}

// TestIdleRounds: one request per calendar and one transaction for all of them.
func TestIdleRounds(t *testing.T) {
	for rung := range rungs {
		if rung == "listing" {
			continue // its listings are stored
		}
		t.Run(rung, func(t *testing.T) {
			r, pass := clocked(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
			addN(r, 5)
			for i := range 19 {
				c := r.box.AddCalendar(graphfake.CalendarInfo{Name: fmt.Sprint("Calendar ", i)})
				_, err := c.Add(graphfake.Event{Subject: "one", Start: r.now()})
				r.must(err)
			}
			r.sync()
			r.oneRound()
			for range 3 {
				pass(time.Minute)
				r.fake.ResetCounts()
				before := r.commits()
				r.oneRound()
				if n, c := r.fake.Counts().Total, r.commits()-before; n != 20 || c != 1 {
					t.Errorf("an idle round over 20 calendars took %d requests and %d transactions, want 20 and 1", n, c)
				}
			}
		})
	}
}

// TestHundredsOfCalendars: in a mailbox with very many calendars those that
// change are polled in each round, and the others share the rounds.
func TestHundredsOfCalendars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := bubbled(t, graphfake.Habits{})
		addN(r, 3)
		for i := range 199 {
			r.box.AddCalendar(graphfake.CalendarInfo{Name: fmt.Sprint("Calendar ", i)})
		}
		r.sync()
		time.Sleep(2 * time.Hour) // nothing has changed for long
		r.sync()
		r.syncer.Expand = nil
		rounds, most := 0, 0
		last := 0
		r.syncer.Interval = func(bridge.Account) time.Duration {
			if n := w.requests() - last; rounds > 1 {
				most = max(most, n)
			}
			rounds, last = rounds+1, w.requests()
			return 30 * time.Second
		}
		before := w.requests()
		r.loop(30 * time.Minute)
		t.Logf("%d requests, up to %d in one of %d rounds", w.requests()-before, most, rounds)
		if n := w.requests() - before; n > 2500 || most > 100 {
			t.Errorf("%d requests in half an hour, up to %d in one of %d rounds", n, most, rounds)
		}
		cal := r.box.Calendar("Calendar 7")
		_, err := cal.Add(graphfake.Event{Subject: "new", Start: r.now()})
		r.must(err)
		r.loop(6 * time.Minute)
		r.wantSame(cal)
		_, err = cal.Add(graphfake.Event{Subject: "newer", Start: r.now()})
		r.must(err)
		r.loop(40 * time.Second) // one that has changed is followed closely
		r.wantSame(cal)
	})
}

// ask makes a plain request of the emulator.
func (r *rig) ask(token, path string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	r.must(err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := r.hc.Do(req)
	r.must(err)
	_, err = io.Copy(io.Discard, res.Body)
	r.must(err)
	r.must(res.Body.Close())
}

// TestPausesOutlastARestart: a process that ends while it waits out a pause
// leaves it to the next one. The referee sees to it that no request comes early.
func TestPausesOutlastARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := bubbled(t, graphfake.Habits{})
		addN(r, 3)
		r.sync()
		r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/delta"), Status: 429, Header: http.Header{"Retry-After": {"20"}}, Body: `{"error":{"code":"TooManyRequests"}}`})
		ctx, kill := context.WithTimeout(t.Context(), 5*time.Second)
		defer kill()
		if err := r.syncer.Sync(ctx, r.account, graphsync.Options{}); err == nil {
			t.Fatal("the round did not wait")
		}
		r.restart()
		start := time.Now()
		r.sync()
		if waited := time.Since(start); waited < 14*time.Second {
			t.Errorf("the next process waited %v", waited)
		}
	})
}
