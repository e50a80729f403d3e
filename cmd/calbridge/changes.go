package main

import (
	"context"
	"fmt"

	"calbridge/bridge"
)

type changesCmd struct {
	Calendar string `arg:"" help:"Calendar (id or name)."`
	Since    string `help:"Token that an earlier call printed; everything where none is given." placeholder:"TOKEN"`
	JSON     bool   `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*changesCmd) Help() string {
	return `For programs of your own: what changed in a calendar since they last asked. The last line is the token for the next time.

Examples:
  calbridge changes Calendar
  calbridge changes Calendar --since "$(cat token)" --json

See also: calbridge export, docs/graph-delta.md`
}

type changedLine struct {
	Object  string `json:"object"`
	UID     string `json:"uid"`
	ETag    string `json:"etag"`
	Path    string `json:"path"`
	Removed bool   `json:"removed"`
}

type changesReport struct {
	Calendar string        `json:"calendar"`
	Token    string        `json:"token"`
	Changes  []changedLine `json:"changes"`
}

// Run implements command.
func (l *changesCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		cal, err := h.mirrored(ctx, l.Calendar)
		if err != nil {
			return err
		}
		r, err := l.gather(ctx, h, cal)
		if err != nil {
			return err
		}
		if l.JSON {
			return c.printJSON(r)
		}
		for _, line := range r.Changes {
			if line.Removed {
				c.print("removed  %s", line.Object)
			} else {
				c.print("changed  %s  %s", line.Object, line.UID)
			}
		}
		c.print("token    %s", r.Token)
		return nil
	})
}

// gather reads the token first: a change that comes meanwhile is told again at
// the next call rather than never.
func (l *changesCmd) gather(ctx context.Context, h *house, cal bridge.Calendar) (changesReport, error) {
	at, err := h.store.At(ctx, cal.ID)
	r := changesReport{Calendar: string(cal.ID), Token: at.String(), Changes: []changedLine{}}
	if err != nil {
		return r, err
	}
	var names []string
	if l.Since == "" {
		for row, err := range h.store.Rows(ctx, cal.ID) {
			if err != nil {
				return r, err
			}
			names = append(names, row.Name)
		}
	} else if names, err = l.changed(ctx, h, cal.ID); err != nil {
		return r, err
	}
	for obj, err := range h.store.Objects(ctx, cal.ID, names) {
		if err != nil {
			return r, err
		}
		if obj.Name == bridge.ObjectName(bridge.BannerSource(cal.Account)) {
			continue // a word to people, no event
		}
		r.Changes = append(r.Changes, changedLine{obj.Name, obj.UID, obj.ETag, h.calendarPath(cal) + obj.Name + ".ics", obj.Body == nil})
	}
	return r, nil
}

func (l *changesCmd) changed(ctx context.Context, h *house, id bridge.CalendarID) (names []string, err error) {
	since, err := bridge.ParsePoint(l.Since)
	if err != nil {
		return nil, exitError{code: exitUsage, err: invalid(fmt.Sprintf("%q is no token of calbridge changes", bridge.Excerpt(l.Since)), "leave --since out to begin anew")}
	}
	ok, err := h.store.Answerable(ctx, id, since)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &bridge.Fault{Kind: bridge.Invalid, What: "what changed since that token is no longer known",
			Why: "it is of another calendar, or the mirror was made anew", Fix: "leave --since out to begin anew"}
	}
	for change, err := range h.store.Changes(ctx, id, since.Seq) {
		if err != nil {
			return nil, err
		}
		names = append(names, change.Row.Name)
	}
	return names, nil
}
