package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

const (
	// renewEvery is how often a running bridge looks whether the machine got new
	// time zone data, or a new year has begun.
	renewEvery = time.Hour
	// renderAtOnce is how many objects one transaction renders again.
	renderAtOnce = 100
	// restAfterFailure is how long rendering again waits after it could not go on.
	restAfterFailure = time.Minute
)

// rendering is what a house knows of objects being rendered again.
type rendering struct {
	turn sync.Mutex // held while it goes on

	mu   sync.Mutex
	halt error // why it does not go on
}

func (r *rendering) halted() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.halt
}

// renew stores with the calendars what this machine knows of what they are
// rendered under.
func (h *house) renew(ctx context.Context) error {
	return h.store.Renew(ctx, bridge.Env{TZData: zone.InUse(), Horizon: bridge.HorizonAt(h.now())})
}

// keepRendered renders again what a change of the program, of a mailbox, of the
// zone data or of the year has made out of date, whenever there is one, until
// ctx ends.
func (h *house) keepRendered(ctx context.Context) error {
	stale := h.store.Stale.Listen()
	defer stale.Close()
	for ctx.Err() == nil {
		wait := renewEvery
		if h.renderAgain(ctx) != nil {
			wait = restAfterFailure
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-stale.Ready():
			stale.Take()
		case <-t.C:
			h.lookAround(ctx)
		}
		t.Stop()
	}
	return nil
}

// lookAround takes in new zone data and a new year.
func (h *house) lookAround(ctx context.Context) {
	if zone.Reload() {
		h.log.Info("the machine has new time zone data", "release", zone.InUse())
	}
	if err := h.renew(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("time zone data and year not taken in", "cause", err)
	}
}

// renderAgain renders all calendars again that have a reason to. It rests as
// long as it works: readers and rounds come first.
func (h *house) renderAgain(ctx context.Context) error {
	h.rendering.turn.Lock()
	defer h.rendering.turn.Unlock()
	list, err := h.store.Calendars(ctx, "")
	for _, cal := range list {
		if err == nil && cal.Rerender != nil {
			err = h.renderCalendar(ctx, cal)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	h.rendering.mu.Lock()
	defer h.rendering.mu.Unlock()
	if err != nil && h.rendering.halt == nil {
		h.log.Warn("rendering calendars again does not go on", "cause", err)
	}
	h.rendering.halt = err
	return err
}

func (h *house) renderCalendar(ctx context.Context, cal bridge.Calendar) error {
	start := time.Now()
	for more := true; more; {
		began := time.Now()
		state, left, err := h.store.Rerender(ctx, cal.ID, renderAtOnce)
		switch {
		case bridge.KindOf(err) == bridge.Absent: // dropped meanwhile
			return nil
		case err != nil:
			return err
		}
		if more = left; more {
			err = pause(ctx, time.Since(began))
		} else if state.Because != nil {
			h.log.Info("calendar rendered again", "calendar", cal.ID, "because", strings.Join(state.Because, ", "),
				"events", state.Done, "changed", state.Changed, "took", time.Since(start).Round(time.Millisecond))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// catchingUp says in words what of a calendar is not yet as this program would
// have it, "" where nothing is.
func (h *house) catchingUp(cal *bridge.Calendar) string {
	var parts []string
	if r := cal.Rerender; r != nil {
		text := fmt.Sprintf("Its events are being rendered again, %d of %d done, because of %s.", r.Done, cal.Objects, strings.Join(r.Because, ", "))
		if err := h.rendering.halted(); err != nil {
			text += " It does not go on: " + bridge.AsFault(err).Error() + "."
		}
		parts = append(parts, text)
	}
	if cal.Outdated > 0 {
		parts = append(parts, fmt.Sprintf("%s still to be read again since the upgrade, a share with every round.", plural(cal.Outdated, "event is", "events are")))
	}
	return strings.Join(parts, " ")
}

// rerenderReport is how far rendering a calendar's events again has come.
type rerenderReport struct {
	Because []string `json:"because"`
	Since   string   `json:"since"`
	Done    int      `json:"done"`
	Changed int      `json:"changed"`
}

// tzdataReport names the releases of the IANA time zone database: the machine's
// comes first.
type tzdataReport struct {
	Host     string `json:"host"`
	Embedded string `json:"embedded"`
	InUse    string `json:"in_use"`
}

func tzdata() tzdataReport {
	host, embedded := zone.Version()
	return tzdataReport{Host: host, Embedded: embedded, InUse: zone.InUse()}
}

func (t tzdataReport) String() string {
	return fmt.Sprintf("%s of this machine; %s embedded", cmp.Or(t.Host, "none, the embedded one is used,"), t.Embedded)
}
