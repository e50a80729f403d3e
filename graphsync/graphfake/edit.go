package graphfake

import (
	"fmt"
	"strings"
	"time"
)

// Edit is one change to a mailbox, told to Options.OnEdit.
type Edit struct {
	Time     time.Time
	Mailbox  string // address
	Calendar string // name
	Sentence string // as in: "Team stand-up" moved to 09:30
}

// told reports a change. No lock is held by the caller.
func (m *Mailbox) told(c *Calendar, format string, args ...any) {
	m.srv.opt.OnEdit(Edit{
		Time: m.srv.opt.Now(), Mailbox: m.info.Address, Calendar: c.Name(), Sentence: fmt.Sprintf(format, args...),
	})
}

// create adds an event from the body of a request. A transactionId that was
// used before leads to the event that it made then. The mailbox is locked.
func (c *Calendar) create(body object) (rec *record, made bool, err error) {
	m := c.mb
	if old := m.posted[body.text("transactionId")]; old != nil {
		return old, false, nil
	}
	d := m.newDraft(nil)
	if err := d.apply(body, true); err != nil {
		return nil, false, err
	}
	now := m.now()
	rec = &record{cal: c, created: now, modified: now}
	m.register(rec)
	d.store(rec)
	if id := rec.bag.text("transactionId"); id != "" {
		m.posted[id] = rec
	}
	c.insert(rec)
	return rec, true, nil
}

// change lays the body of a request over an event or an instance and returns
// what it has become. The mailbox is locked.
func (m *Mailbox) change(it instance, body object) (instance, error) {
	switch {
	case it.rec.raw && !it.occurrence:
		return m.changeRaw(it.rec, body), nil
	case it.master() != nil:
		return m.changeInstance(it, body)
	}
	d := m.newDraft(&it)
	if err := d.apply(body, false); err != nil {
		return it, err
	}
	d.store(it.rec)
	m.touch(it.rec)
	return whole(it.rec), nil
}

// changeInstance makes an exception of an instance, or changes it further.
func (m *Mailbox) changeInstance(it instance, body object) (instance, error) {
	if v, ok := body.get("recurrence"); ok && v != nil {
		return it, invalidQuery("The property 'recurrence' cannot be set on an instance of a series.")
	}
	d := m.newDraft(&it)
	if err := d.apply(body, false); err != nil {
		return it, err
	}
	master := it.master()
	// An instance that stays where it is crosses nothing, also where a change of
	// clocks pushes it into the next day.
	if d.span != it.span {
		if err := master.series.checkCrossing(it.slot, d.span); err != nil {
			return it, err
		}
	}
	rec := it.rec
	if it.occurrence {
		rec = &record{cal: master.cal, kind: exceptionEvent, master: master, slot: it.slot, created: master.created}
	}
	rec.bag, rec.span, rec.timed = d.bag, d.span, true
	rec.startLabel, rec.endLabel = d.startLabel, d.endLabel
	master.series.except(it.slot, rec)
	m.instanceChanged(master, rec)
	return whole(rec), nil
}

// checkCrossing refuses to move an instance to or past the day of one of its
// neighbours, cancelled ones included.
func (s *series) checkCrossing(slot day, to span) error {
	moved := to.localDay(s.zone)
	before, hasBefore := s.next(slot, -1)
	after, hasAfter := s.next(slot, +1)
	if hasBefore && moved <= s.dayOf(before) || hasAfter && moved >= s.dayOf(after) {
		return badRequest("ErrorOccurrenceCrossingBoundary",
			"Modified occurrence is crossing or overlapping adjacent occurrence.")
	}
	return nil
}

// dayOf returns the day on which the instance of a slot takes place now.
func (s *series) dayOf(slot day) day {
	if e := s.exceptions[slot]; e != nil && e.timed {
		return e.span.localDay(s.zone)
	}
	return slot
}

// changeRaw lays members over a raw event, as they are.
func (m *Mailbox) changeRaw(rec *record, body object) instance {
	bag := rec.bag.clone()
	for _, mem := range body {
		bag.set(mem.name, mem.value)
	}
	rec.bag = bag
	old := rec.series
	slot, master := rec.slot, rec.master
	m.understand(rec)
	if master != nil {
		rec.kind, rec.master, rec.slot = exceptionEvent, master, slot
		m.instanceChanged(master, rec)
		return whole(rec)
	}
	if rec.series != nil && old != nil {
		rec.series.exceptions, rec.series.cancelled = old.exceptions, old.cancelled
	}
	m.touch(rec)
	return whole(rec)
}

// touch gives a record a new version and a new place in the journal.
func (m *Mailbox) touch(rec *record) {
	m.stamp(rec)
	rec.cal.journal.note(rec)
}

func (m *Mailbox) stamp(rec *record) {
	rec.version, rec.modified = m.newVersion(), m.now()
	if !rec.raw {
		return
	}
	key := m.changeKey(rec.version)
	fresh := object{{"changeKey", key}, {"@odata.etag", `W/"` + key + `"`}, {"lastModifiedDateTime", formatStamp(rec.modified)}}
	bag := rec.bag.clone()
	for _, mem := range fresh {
		if _, ok := bag.get(mem.name); ok {
			bag.set(mem.name, mem.value)
		}
	}
	rec.bag = bag
}

// instanceChanged reports a changed or, with a nil exception, a cancelled
// instance: its master moves with it, as far as the habits let it.
func (m *Mailbox) instanceChanged(master, exception *record) {
	h := m.srv.habits()
	if exception != nil {
		exception.version, exception.modified = m.newVersion(), m.now()
		master.cal.journal.note(exception)
	}
	if !h.QuietInstances {
		m.stamp(master)
	}
	if !h.SilentInstances && master.seq != 0 {
		master.cal.journal.note(master)
	}
}

// remove deletes an event, or cancels an instance. The mailbox is locked.
func (m *Mailbox) remove(it instance) {
	master := it.master()
	if master == nil {
		m.discard(it.rec)
		return
	}
	if !it.occurrence {
		it.rec.cal.journal.bury(it.rec)
		m.forget(it.rec)
	}
	master.series.cancel(it.slot)
	if v, ok := master.bag.get("cancelledOccurrences"); ok && master.raw {
		dates, _ := v.(list)
		bag := master.bag.clone()
		bag.set("cancelledOccurrences", append(dates[:len(dates):len(dates)], "OID."+m.recordIDs(master).Classic+"."+it.slot.String()))
		master.bag = bag
	}
	m.instanceChanged(master, nil)
}

// relocate moves a whole event to another calendar of the mailbox, where it
// gets a new classic id and keeps the immutable one.
func (m *Mailbox) relocate(rec *record, to *Calendar) {
	rec.cal.take(rec)
	delete(m.byNumber, rec.serial)
	rec.serial = m.newNumber()
	m.byNumber[rec.serial] = rec
	m.stamp(rec)
	to.insert(rec)
	if rec.series == nil {
		return
	}
	for _, slot := range sortedDays(rec.series.exceptions) {
		e := rec.series.exceptions[slot]
		e.cal, e.seq = to, 0
	}
}

// sentence tells what a change did, in the zone of the mailbox.
func (m *Mailbox) sentence(before, after instance, oldSubject string) string {
	name := fmt.Sprintf("%q", oldSubject)
	if master := before.master(); master != nil {
		name += " of " + m.dayText(before.span)
	}
	subject := after.rec.subject()
	switch {
	case before.span.start != after.span.start && before.span.localDay(m.zone) == after.span.localDay(m.zone):
		return name + " moved to " + m.clockText(after.span)
	case before.span.start != after.span.start:
		return name + " moved to " + m.momentText(after.span)
	case subject != oldSubject:
		return name + fmt.Sprintf(" renamed to %q", subject)
	}
	return name + " changed"
}

func (m *Mailbox) local(s span) time.Time {
	if s.allDay {
		return time.Unix(s.start, 0).UTC()
	}
	return time.Unix(s.start, 0).In(m.zone)
}

func (m *Mailbox) dayText(s span) string   { return m.local(s).Format("Mon 2 Jan") }
func (m *Mailbox) clockText(s span) string { return m.local(s).Format("15:04") }

func (m *Mailbox) momentText(s span) string {
	return strings.TrimSuffix(m.local(s).Format("Mon 2 Jan, 15:04"), map[bool]string{true: ", 00:00"}[s.allDay])
}
