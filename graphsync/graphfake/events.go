package graphfake

import (
	"net/http"
	"strings"
)

// postEvent answers POST …/events.
func (c *call) postEvent() error {
	body, cal, err := c.writing()
	if err != nil {
		return err
	}
	c.mb.mu.Lock()
	rec, made, err := cal.create(body)
	c.mb.mu.Unlock()
	if err != nil {
		return err
	}
	if made {
		c.mb.toldAdded(rec)
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	ids := c.mb.recordIDs(rec)
	c.w.Header().Set("Location", c.base+"/"+c.userPath()+"/events('"+strings.ReplaceAll(ids.of(c.prefs.immutable), "=", "%3D")+"')")
	return c.replyEvent(http.StatusCreated, whole(rec))
}

// toldAdded reports a new event.
func (m *Mailbox) toldAdded(rec *record) {
	m.mu.RLock()
	cal, subject, when := rec.cal, rec.subject(), m.momentText(rec.span)
	m.mu.RUnlock()
	m.told(cal, "%q added on %s", subject, when)
}

// writing reads the body and the calendar of a request that writes.
func (c *call) writing() (object, *Calendar, error) {
	if err := c.needWrite(); err != nil {
		return nil, nil, err
	}
	body, err := c.body()
	if err != nil {
		return nil, nil, err
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	cal, err := c.calendar()
	if err == nil && cal.info.ReadOnly {
		err = accessDenied()
	}
	return body, cal, err
}

// writable finds the event that a request is to change and checks that it may.
// The mailbox is locked.
func (c *call) writable() (instance, error) {
	if err := c.needWrite(); err != nil {
		return instance{}, err
	}
	it, err := c.event()
	if err != nil {
		return it, err
	}
	if it.rec.cal.info.ReadOnly {
		return it, accessDenied()
	}
	return it, c.matches(it.rec)
}

// matches checks the If-Match header against the version of the event.
func (c *call) matches(rec *record) error {
	wanted := c.r.Header.Get("If-Match")
	key, ok := c.view(selection{}).changeKey(rec)
	if wanted == "" || wanted == "*" || !ok || wanted == `W/"`+key+`"` || wanted == `"`+key+`"` {
		return nil
	}
	return refuse(http.StatusPreconditionFailed, "ErrorIrresolvableConflict",
		"The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.")
}

// patchEvent answers PATCH of an event or an instance.
func (c *call) patchEvent() error {
	body, err := c.body()
	if err != nil {
		return err
	}
	sentence := ""
	cal, err := c.editing(func(before instance) error {
		subject := before.rec.subject()
		after, err := c.mb.change(before, body)
		if err != nil {
			return err
		}
		sentence = c.mb.sentence(before, after, subject)
		return c.replyEvent(http.StatusOK, after)
	})
	if err != nil {
		return err
	}
	c.mb.told(cal, "%s", sentence)
	return nil
}

// editing runs a change of the event that the path names, with the mailbox
// locked, and returns the calendar that it is in.
func (c *call) editing(change func(instance) error) (*Calendar, error) {
	c.mb.mu.Lock()
	defer c.mb.mu.Unlock()
	it, err := c.writable()
	if err != nil {
		return nil, err
	}
	return it.rec.cal, change(it)
}

// deleteEvent answers DELETE of an event or an instance.
func (c *call) deleteEvent() error {
	sentence := ""
	cal, err := c.editing(func(it instance) error {
		sentence = c.mb.removal(it)
		c.mb.remove(it)
		return nil
	})
	if err != nil {
		return err
	}
	c.mb.told(cal, "%s", sentence)
	return c.replyEmpty(http.StatusNoContent)
}

// removal tells what is about to go.
func (m *Mailbox) removal(it instance) string {
	if it.master() != nil {
		return quote(it.rec.subject()) + " of " + m.dayText(it.span) + " cancelled"
	}
	return quote(it.rec.subject()) + " deleted"
}

func quote(text string) string { return `"` + text + `"` }

// answers are the actions that answer an invitation.
var answers = map[string]string{
	"accept": "accepted", "decline": "declined", "tentativelyAccept": "tentativelyAccepted",
}

// act answers POST …/events/{id}/{action}.
func (c *call) act() error {
	status, sentence := 0, ""
	cal, err := c.editing(func(it instance) (err error) {
		status, sentence, err = c.perform(c.r.PathValue("action"), it)
		return err
	})
	if err != nil {
		return err
	}
	c.mb.told(cal, "%s", sentence)
	return c.replyEmpty(status)
}

// perform carries an action out. The mailbox is locked.
func (c *call) perform(action string, it instance) (status int, sentence string, err error) {
	own, _ := it.rec.lookup("isOrganizer").(bool)
	switch {
	case action == "permanentDelete":
		sentence = c.mb.removal(it)
		c.mb.remove(it)
		return http.StatusNoContent, sentence, nil
	case action == "cancel" && !own:
		return 0, "", badRequest("ErrorAccessDenied", "Your request can't be completed. You need to be an organizer to cancel a meeting.")
	case action == "cancel":
		sentence = c.mb.removal(it)
		c.mb.remove(it)
		return http.StatusAccepted, sentence, nil
	case action == "forward", action == "dismissReminder":
		return http.StatusAccepted, quote(it.rec.subject()) + " changed", nil
	case answers[action] == "":
		return 0, "", notImplemented("The action " + action)
	case own:
		return 0, "", badRequest("ErrorInvalidRequest", "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.")
	}
	return http.StatusAccepted, quote(it.rec.subject()) + " " + answers[action], c.mb.answer(it, answers[action])
}

// answer stores the mailbox's own answer to an invitation.
func (m *Mailbox) answer(it instance, response string) error {
	after, err := m.change(it, object{})
	if err != nil {
		return err
	}
	bag := after.rec.bag.clone()
	bag.set("responseStatus", object{{"response", response}, {"time", formatStamp(m.now())}})
	after.rec.bag = bag
	return nil
}
