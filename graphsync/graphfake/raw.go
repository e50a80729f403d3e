package graphfake

import (
	"fmt"
	"strings"
	"time"
)

// AddRaw stores the JSON object of an event as it is given, whatever it
// holds, and serves it back with the same meaning: only an id is made where
// there is none. An event whose id is in the mailbox already replaces that one.
//
// An instance whose seriesMasterId is in the mailbox, now or later, belongs to
// that master: an exception is served in exceptionOccurrences and in place of
// its slot, an unchanged occurrence is dropped, since the master implies it.
// So are well-formed exceptionOccurrences inside a master. Other instances are
// listed as they are.
func (c *Calendar) AddRaw(event []byte) (IDs, error) {
	bag, err := parseObject(event)
	if err != nil {
		return IDs{}, fmt.Errorf("add raw event: %w", err)
	}
	c.mb.mu.Lock()
	defer c.mb.mu.Unlock()
	return c.addRaw(bag), nil
}

func (c *Calendar) addRaw(bag object) IDs {
	m := c.mb
	name, _ := rawID(bag)
	if old := m.byName[name]; old != nil {
		m.discard(old)
	}
	inner := takeExceptions(&bag)
	now := m.now()
	rec := &record{raw: true, bag: bag, name: name, cal: c, created: now, modified: now}
	m.understand(rec)
	if ids, ok := m.attach(rec); ok {
		return ids
	}
	m.register(rec)
	c.insert(rec)
	m.adopt(rec, inner)
	return m.recordIDs(rec)
}

// rawID returns the id that a raw object has, if it is one that can stand in
// an address.
func rawID(bag object) (string, bool) {
	id := bag.text("id")
	return id, id != ""
}

// takeExceptions takes well-formed exceptionOccurrences out of a raw master.
func takeExceptions(bag *object) []object {
	v, _ := bag.get("exceptionOccurrences")
	l, ok := v.(list)
	if !ok {
		return nil
	}
	inner := make([]object, 0, len(l))
	for _, v := range l {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		inner = append(inner, o)
	}
	bag.drop("exceptionOccurrences")
	return inner
}

// register gives a record its numbers and makes it findable.
func (m *Mailbox) register(rec *record) {
	rec.serial, rec.key, rec.version = m.newNumber(), m.newNumber(), m.newVersion()
	rec.origin = rec.key
	m.byNumber[rec.serial], m.byNumber[rec.key] = rec, rec
	if rec.name != "" {
		m.byName[rec.name] = rec
	}
}

// discard removes a record and all that belongs to it.
func (m *Mailbox) discard(rec *record) {
	if rec.master != nil {
		delete(rec.master.series.exceptions, rec.slot)
		rec.cal.journal.bury(rec)
	} else {
		rec.cal.take(rec)
	}
	m.forget(rec)
	if rec.series == nil {
		return
	}
	for _, d := range sortedDays(rec.series.exceptions) {
		e := rec.series.exceptions[d]
		rec.cal.journal.bury(e)
		m.forget(e)
	}
}

func (m *Mailbox) forget(rec *record) {
	delete(m.byNumber, rec.serial)
	delete(m.byNumber, rec.key)
	if rec.name != "" && m.byName[rec.name] == rec {
		delete(m.byName, rec.name)
	}
	if id := rec.bag.text("transactionId"); m.posted[id] == rec {
		delete(m.posted, id)
	}
}

// attach puts a raw instance into its series. It reports false for what is no
// instance, and for one that has no master here yet.
func (m *Mailbox) attach(rec *record) (IDs, bool) {
	if rec.kind != orphanEvent {
		return IDs{}, false
	}
	id := rec.bag.text("seriesMasterId")
	master := m.masterNamed(id)
	if master == nil {
		if id != "" {
			m.orphans[id] = append(m.orphans[id], rec)
		}
		return IDs{}, false
	}
	return m.attachTo(master, rec)
}

// attachTo puts a raw instance into a series, unless its slot is unknown.
func (m *Mailbox) attachTo(master, rec *record) (IDs, bool) {
	slot, ok := m.slotOf(master.series, rec)
	if !ok {
		return IDs{}, false
	}
	if strings.EqualFold(rec.bag.text("type"), "occurrence") {
		return m.slotIDs(master, slot), true
	}
	rec.kind, rec.master, rec.slot, rec.cal = exceptionEvent, master, slot, master.cal
	if rec.name != "" {
		m.byName[rec.name] = rec
	}
	master.series.except(slot, rec)
	m.instanceChanged(master, rec)
	return m.recordIDs(rec), true
}

// masterNamed finds a master by an id of any kind.
func (m *Mailbox) masterNamed(id string) *record {
	rec := m.byName[id]
	if r, ok := m.decode(id); rec == nil && ok && r.kind == refEvent {
		rec = m.byNumber[r.number]
	}
	if rec == nil || rec.series == nil {
		return nil
	}
	return rec
}

// adopt attaches to a new master the exceptions that came inside it, and the
// instances that came before it.
func (m *Mailbox) adopt(master *record, inner []object) {
	if master.series == nil {
		return
	}
	for _, bag := range inner {
		name, _ := rawID(bag)
		rec := &record{raw: true, bag: bag, name: name, created: master.created, modified: master.modified}
		m.understand(rec)
		rec.kind = orphanEvent
		m.settle(master, rec)
	}
	waiting := m.orphans[master.name]
	delete(m.orphans, master.name)
	for _, rec := range waiting {
		if m.byNumber[rec.serial] == rec {
			m.discard(rec)
			m.settle(master, rec)
		}
	}
}

// settle attaches an instance, or lists it as an orphan.
func (m *Mailbox) settle(master, rec *record) {
	if _, ok := m.attachTo(master, rec); !ok {
		m.register(rec)
		master.cal.insert(rec)
	}
}

// slotOf finds the slot that a raw instance stands in for: the date in its
// occurrenceId, else the date of originalStart in the zone of the series, else
// of its start if it is an unchanged occurrence.
func (m *Mailbox) slotOf(s *series, rec *record) (day, bool) {
	if id := rec.bag.text("occurrenceId"); id != "" {
		if d, err := parseDay(id[strings.LastIndexByte(id, '.')+1:]); err == nil && s.isSlot(d) {
			return d, true
		}
	}
	at, err := parseInstant(rec.bag.text("originalStart"))
	if err == nil {
		return s.slotNear(at.Unix())
	}
	if rec.timed && strings.EqualFold(rec.bag.text("type"), "occurrence") {
		return s.slotNear(rec.span.start)
	}
	return 0, false
}

// slotNear returns the slot of an instant. For an all-day series that may be
// midnight in any zone, so the nearest midnight counts first.
func (s *series) slotNear(at int64) (day, bool) {
	days := []day{dayAt(toWall(at, s.zone))}
	if s.allDay {
		nearest := dayAt(at + secondsPerDay/2)
		if local := time.Unix(at, 0).In(s.zone); local.Hour() != 0 || local.Minute() != 0 {
			days = nil
		}
		days = append(days, nearest, nearest+1, nearest-1)
	}
	for _, d := range days {
		if s.isSlot(d) {
			return d, true
		}
	}
	return 0, false
}
