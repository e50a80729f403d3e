package main

import (
	"context"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"calbridge/bridge"
	"calbridge/graphsync"
)

type syncCmd struct {
	Address string `arg:"" optional:"" help:"Mail address of the account; all accounts where none is named."`
	Full    bool   `help:"Read everything again. Readers notice only what really differs."`
	JSON    bool   `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*syncCmd) Help() string {
	return `Returns when a complete round has ended that began after you asked. It works with and without a running bridge.

Examples:
  calbridge sync
  calbridge sync anna@example.com --full

See also: calbridge status`
}

// Run implements command.
func (s *syncCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		accounts, err := h.findAccounts(ctx, s.Address)
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			return &bridge.Fault{Kind: bridge.Absent, What: "no account is connected yet", Fix: "run  calbridge login"}
		}
		var failed []error
		for _, a := range accounts {
			p := newProgress(c)
			err := h.syncer.Sync(ctx, a, graphsync.Options{Full: s.Full, Report: p.show})
			p.end()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				failed = append(failed, err)
				explain(c.err, err)
			} else {
				c.say("%s is up to date.", a.Address)
			}
		}
		if err := h.renderAgain(ctx); err != nil {
			return err
		}
		return s.result(ctx, c, h, len(accounts), failed)
	})
}

func (s *syncCmd) result(ctx context.Context, c *call, h *house, accounts int, failed []error) error {
	if s.JSON {
		r, err := h.report(ctx, "")
		if err != nil {
			return err
		}
		if err := c.printJSON(r); err != nil {
			return err
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(failed) < accounts:
		return exitError{code: exitPartly}
	}
	return exitError{code: codeOf(failed[0])}
}

// progress shows a round: a bar per calendar on a terminal, a line per calendar
// elsewhere.
type progress struct {
	c     *call
	quiet bool // bars alone
	start map[bridge.CalendarID]time.Time
	bar   *progressbar.ProgressBar
	of    bridge.CalendarID
}

func newProgress(c *call) *progress {
	return &progress{c: c, start: map[bridge.CalendarID]time.Time{}}
}

func (p *progress) show(at graphsync.Progress) {
	if _, ok := p.start[at.Calendar]; !ok {
		p.start[at.Calendar] = time.Now()
	}
	switch {
	case at.Stage == "done":
		p.end()
		if at.Done > 0 && !p.quiet {
			took := time.Since(p.start[at.Calendar])
			p.c.say("%s: %d events in %.1f s (%.0f a second)", at.Name, at.Done, took.Seconds(), float64(at.Done)/max(took.Seconds(), 0.001))
		}
	case p.c.width > 0 && (at.Stage == "reading" || at.Stage == "comparing") && at.Total > 0:
		p.draw(at)
	}
}

func (p *progress) draw(at graphsync.Progress) {
	if p.bar == nil || p.of != at.Calendar {
		p.end()
		p.of = at.Calendar
		p.bar = progressbar.NewOptions(at.Total, progressbar.OptionSetWriter(p.c.err), progressbar.OptionSetDescription(harmless(at.Name)),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(min(30, p.c.width/3)), progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond))
	}
	p.bar.ChangeMax(at.Total)
	_ = p.bar.Set(at.Done)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
