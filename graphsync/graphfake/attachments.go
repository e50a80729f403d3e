package graphfake

import (
	"net/http"
	"strconv"
)

// attachmentMembers are what every attachment has: what a $select may name.
var attachmentMembers = []string{"id", "lastModifiedDateTime", "name", "contentType", "size", "isInline"}

// attachmentsOf returns the attachments that an event was set up with, each
// with an id.
func attachmentsOf(it instance) list {
	stored, _ := it.rec.lookup("attachments").(list)
	out := list{}
	for i, v := range stored {
		o, _ := v.(object)
		o = o.clone()
		if o.text("id") == "" {
			o.set("id", "ATT"+strconv.Itoa(i))
		}
		if _, ok := o.get("isInline"); !ok {
			o.set("isInline", false)
		}
		out = append(out, o)
	}
	return out
}

// listAttachments answers GET …/events/{id}/attachments.
func (c *call) listAttachments() error {
	it, err := c.reading()
	if err != nil {
		return err
	}
	value := list{}
	for _, v := range attachmentsOf(it) {
		o, err := c.attachment(v.(object))
		if err != nil {
			return err
		}
		value = append(value, o)
	}
	return c.reply(http.StatusOK, object{c.context(c.eventsPath() + "/attachments"), {"value", value}})
}

// getAttachment answers GET …/events/{id}/attachments/{aid}.
func (c *call) getAttachment() error {
	it, err := c.reading()
	if err != nil {
		return err
	}
	for _, v := range attachmentsOf(it) {
		if o := v.(object); o.text("id") == c.r.PathValue("aid") {
			o, err := c.attachment(o)
			if err != nil {
				return err
			}
			return c.reply(http.StatusOK, append(object{c.context(c.eventsPath() + "/attachments/$entity")}, o...))
		}
	}
	return itemNotFound()
}

// attachment writes one attachment as the request sees it: v1.0 documents no
// address of a reference.
func (c *call) attachment(o object) (object, error) {
	if !c.beta && !c.habits.ReferenceURLs {
		o.drop("sourceUrl")
	}
	return narrow(o, c.query["$select"], "attachment", attachmentMembers)
}

// reading finds the event that a request reads.
func (c *call) reading() (instance, error) {
	if err := c.needRead(); err != nil {
		return instance{}, err
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return c.event()
}
