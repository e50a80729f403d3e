package graphfake

import (
	"cmp"
	"slices"
	"time"
)

// maxRange is the longest range that calendarView and instances take.
const maxRange = 1825 * 24 * time.Hour

// timeRange reads startDateTime and endDateTime.
func (c *call) timeRange() (from, to int64, err error) {
	start, err := c.query.moment("startDateTime")
	if err != nil {
		return 0, 0, err
	}
	end, err := c.query.moment("endDateTime")
	if err != nil {
		return 0, 0, err
	}
	if end.Before(start) {
		return 0, 0, badRequest("ErrorInvalidParameter", "The start date must be before the end date.")
	}
	if end.Sub(start) > maxRange {
		return 0, 0, invalidQuery("Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825")
	}
	return start.Unix(), end.Unix(), nil
}

// calendarView answers GET …/calendarView: all that takes place in a range,
// series expanded, by start.
func (c *call) calendarView() error {
	from, to, err := c.readRange()
	if err != nil {
		return err
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	cal, err := c.calendar()
	if err != nil {
		return err
	}
	return c.replyEvents(itemsOf(cal.between(from, to)), c.eventsPath())
}

// listInstances answers GET …/events/{id}/instances: the same for one series.
func (c *call) listInstances() error {
	from, to, err := c.readRange()
	if err != nil {
		return err
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	it, err := c.event()
	if err != nil {
		return err
	}
	if it.rec.series == nil || it.occurrence {
		return badRequest("ErrorInvalidRequest", "Your request can't be completed. Instances can only be listed for a series master.")
	}
	items := it.rec.instances(nil, from, to)
	byStart(items)
	return c.replyEvents(itemsOf(items), c.eventsPath())
}

func (c *call) readRange() (from, to int64, err error) {
	if err := c.needRead(); err != nil {
		return 0, 0, err
	}
	if err := c.query.allow(listOptions...); err != nil {
		return 0, 0, err
	}
	return c.timeRange()
}

// between lists what takes place in [from, to), by start.
func (c *Calendar) between(from, to int64) []instance {
	var items []instance
	for _, rec := range c.records {
		switch {
		case !rec.timed:
		case rec.kind == masterEvent:
			items = rec.instances(items, from, to)
		case rec.span.overlaps(from, to):
			items = append(items, whole(rec))
		}
	}
	byStart(items)
	return items
}

// instances appends the instances of a master in [from, to): the slots as they
// are, and the changed ones at their new times.
func (r *record) instances(items []instance, from, to int64) []instance {
	if r.series == nil {
		return items
	}
	for slot, span := range r.series.unchanged(from, to) {
		items = append(items, instance{rec: r, occurrence: true, slot: slot, span: span})
	}
	for _, e := range r.series.exceptions {
		if e.timed && e.span.overlaps(from, to) {
			items = append(items, whole(e))
		}
	}
	return items
}

func byStart(items []instance) {
	slices.SortFunc(items, func(a, b instance) int {
		if n := cmp.Compare(a.span.start, b.span.start); n != 0 {
			return n
		}
		if n := cmp.Compare(a.serial(), b.serial()); n != 0 {
			return n
		}
		return cmp.Compare(a.slot, b.slot)
	})
}

// serial returns the number of the event, or of the series, that the instance
// belongs to.
func (it instance) serial() uint64 {
	if it.rec.master != nil {
		return it.rec.master.serial
	}
	return it.rec.serial
}
