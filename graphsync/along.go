package graphsync

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"calbridge/graphsync/graph"
)

// along is what a mailbox lets events be asked for with, as far as was seen
// since its calendars were listed last. Its rounds share it.
type along struct {
	noExceptions, noProperties atomic.Bool
	noFilter                   atomic.Bool // listings by when events were modified
}

func (a *along) forget() {
	a.noExceptions.Store(false)
	a.noProperties.Store(false)
	a.noFilter.Store(false)
}

// may returns the parts of with that were not refused yet.
func (a *along) may(with graph.With) graph.With {
	if a.noExceptions.Load() {
		with &^= graph.Exceptions
	}
	if a.noProperties.Load() {
		with &^= graph.Properties
	}
	return with
}

// learn notes that what is missing in with is what was refused.
func (a *along) learn(with graph.With) {
	if with&graph.Exceptions == 0 {
		a.noExceptions.Store(true)
	}
	if with&graph.Properties == 0 {
		a.noProperties.Store(true)
	}
}

// read gets an item with all that hangs on it. Where Graph does not know how to
// add that, it gets less; what is missing then counts as unknown.
func (p *pull) read(ctx context.Context, id string) (raw json.RawMessage, err error) {
	tried := map[graph.With]bool{}
	for _, with := range []graph.With{graph.Exceptions | graph.Properties, graph.Properties, graph.Exceptions, graph.Alone} {
		if with = p.along.may(with); tried[with] {
			continue
		}
		raw, err = p.client.Event(ctx, string(p.cal.Source), id, with)
		switch classOf(err) {
		case graph.Refused, graph.Unable, graph.BadID:
			tried[with] = true
			continue
		}
		if err == nil && len(tried) > 0 {
			p.along.learn(with)
		}
		return raw, err
	}
	return raw, err
}

// bodiesPage reads a page of the bulk listing, without properties where Graph
// refuses them.
func (p *pull) bodiesPage(ctx context.Context) (graph.Page, error) {
	with := p.along.may(graph.Properties)
	page, err := p.client.Bodies(ctx, string(p.cal.Source), p.at.Bodies, with)
	if classOf(err) != graph.Refused || p.at.Bodies != "" || with == graph.Alone {
		return page, err
	}
	page, err = p.client.Bodies(ctx, string(p.cal.Source), "", graph.Alone)
	if err == nil {
		p.along.noProperties.Store(true)
	}
	return page, err
}
