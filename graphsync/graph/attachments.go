package graph

import (
	"context"
	"net/url"
)

// Attachment is a file, an item or a link that hangs on an event.
type Attachment struct {
	Type     string `json:"@odata.type"` // "#microsoft.graph.fileAttachment", itemAttachment, referenceAttachment
	ID       string `json:"id"`
	Name     string `json:"name"`
	IsInline bool   `json:"isInline"`
	// SourceURL is where a referenceAttachment lies. v1.0 documents no such
	// member; some mailboxes answer it all the same.
	SourceURL string `json:"sourceUrl"`
}

// IsReference reports whether the attachment is an address.
func (a *Attachment) IsReference() bool { return a.Type == "#microsoft.graph.referenceAttachment" }

// Attachments lists what hangs on an event, without any file's content (Graph:
// List attachments).
func (c *Client) Attachments(ctx context.Context, calendar, event string) ([]Attachment, error) {
	return gather[Attachment](ctx, c, c.attachments(calendar, event)+"?$select=id,name,isInline", 0)
}

// Attachment reads a referenceAttachment in full: a listing narrowed to common
// members has no address (Graph: Get attachment).
func (c *Client) Attachment(ctx context.Context, calendar, event, id string) (a Attachment, err error) {
	err = c.get(ctx, c.attachments(calendar, event)+"/"+url.PathEscape(id), prefer(0), &a)
	return a, err
}

func (c *Client) attachments(calendar, event string) string {
	return c.events(calendar) + "/" + url.PathEscape(event) + "/attachments"
}
