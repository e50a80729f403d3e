package graphsync

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"calbridge/bridge"
)

type others = Accounts

// herd is many accounts, none of which has a calendar that can be listed; it
// notes when each was asked about first.
type herd struct {
	others // what is not asked for here
	list   []bridge.Account
	asked  chan bridge.AccountID
}

func (h *herd) Accounts(context.Context) ([]bridge.Account, error) { return h.list, nil }

func (h *herd) Load(_ context.Context, id bridge.AccountID) ([]byte, error) {
	h.asked <- id
	return nil, nil // not signed in
}

func (h *herd) Save(context.Context, bridge.AccountID, []byte) error { return nil }

func (h *herd) EndAccountRound(context.Context, bridge.AccountID, []bridge.Mark, *bridge.Trouble, time.Time) error {
	return nil
}

func (h *herd) SetBanner(context.Context, bridge.AccountID, *bridge.Series) error { return nil }

// TestManyAccountsBeginOneAfterTheOther: a few at once, the others spread over
// a minute.
func TestManyAccountsBeginOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &herd{asked: make(chan bridge.AccountID, 1000)}
		for i := range 200 {
			h.list = append(h.list, bridge.Account{ID: bridge.AccountID(fmt.Sprint("account-", i))})
		}
		s := &Syncer{Accounts: h, Secrets: h, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Interval: func(bridge.Account) time.Duration { return time.Hour }}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		synctest.Wait()
		atOnce := len(h.asked)
		time.Sleep(time.Minute) // of the bubble's own time
		synctest.Wait()
		if all := len(h.asked); atOnce < 3 || atOnce > 20 || all != 200 {
			t.Errorf("%d accounts begin at once and %d within a minute, want a few and all", atOnce, all)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
