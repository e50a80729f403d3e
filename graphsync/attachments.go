package graphsync

import (
	"context"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// maxAsked bounds how many requests the attachments of an event, and those of a
// series' instances, may take.
const maxAsked = 20

// attach asks what hangs on an event that says that something does. Where Graph
// does not tell, that much is known all the same.
func (p *pull) attach(ctx context.Context, it item) error {
	if !it.event.HasAttachments || it.event.Attachments != nil {
		return nil
	}
	list, err := p.client.Attachments(ctx, string(p.cal.Source), string(it.id))
	if err == nil {
		err = p.address(ctx, it, list)
	}
	switch {
	case err == nil:
		it.event.Attachments = &list
		return nil
	case refused(err), hopeless(err), p.trips(it.id, err):
		return nil
	}
	return err
}

// address fills in where the links in a list lead to.
func (p *pull) address(ctx context.Context, it item, list []graph.Attachment) error {
	asked := 0
	for i := range list {
		a := &list[i]
		if !a.IsReference() || a.SourceURL != "" || asked == maxAsked {
			continue
		}
		asked++
		whole, err := p.client.Attachment(ctx, string(p.cal.Source), string(it.id), a.ID)
		if err != nil && !refused(err) {
			return err
		}
		a.SourceURL = whole.SourceURL
	}
	return nil
}

// attachAll asks for the attachments of changed instances that do not share
// their series'.
func (p *pull) attachAll(ctx context.Context, it item, exceptions []item) error {
	asked := 0
	for _, x := range exceptions {
		switch {
		case !x.event.HasAttachments:
		case it.event.Attachments != nil:
			x.event.Attachments = it.event.Attachments
		case asked < maxAsked:
			asked++
			if err := p.attach(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// readAttachments counts the files and takes the addresses (mapping §5.7).
// Pictures within the text are no attachments to a person.
func readAttachments(g *graph.Event, e *bridge.Event) {
	e.HasFiles = g.HasAttachments
	if g.Attachments == nil {
		return
	}
	for _, a := range *g.Attachments {
		switch {
		case a.SourceURL != "":
			e.Links = append(e.Links, bridge.Link{Name: a.Name, URL: a.SourceURL})
		case !a.IsInline:
			e.Files++
		}
	}
	e.HasFiles = e.Files > 0 || len(e.Links) > 0
}
