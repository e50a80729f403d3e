package graphfake

import "strings"

// times takes start, end and isAllDay of a request body.
func (d *draft) times(body object, create bool) error {
	allDay := d.span.allDay
	if v, ok := body.get("isAllDay"); ok {
		allDay = v == true
	}
	_, hasStart := body.get("start")
	_, hasEnd := body.get("end")
	if (create || allDay != d.span.allDay) && !(hasStart && hasEnd) {
		return invalidProperty("The properties 'start' and 'end' are required.")
	}
	if !hasStart && !hasEnd {
		return nil
	}
	next := d.span
	next.allDay = allDay
	if hasStart {
		var err error
		if next.start, d.startLabel, err = d.moment(body, "start", allDay); err != nil {
			return err
		}
	}
	if hasEnd {
		var err error
		if next.end, d.endLabel, err = d.moment(body, "end", allDay); err != nil {
			return err
		}
	}
	d.moved = next != d.span || create
	d.span = next
	return d.checkSpan(hasStart && hasEnd)
}

// moment reads one end of the event: an instant, or a date read as UTC.
func (d *draft) moment(body object, name string, allDay bool) (at int64, label string, err error) {
	w, err := parseWallTime(body.child(name))
	if err != nil {
		return 0, "", invalidProperty("The property '%s' is not a valid date and time.", name)
	}
	if w.label == "" {
		w.label, w.zone = "UTC", findZone("UTC")
	}
	if !knownLabel(w.label) {
		return 0, "", unknownZone(w.label)
	}
	if !allDay {
		return w.instant(), w.label, nil
	}
	if w.wall%secondsPerDay != 0 {
		return 0, "", invalidProperty("The Event.%s property for an all-day event needs to be set to midnight.", strings.ToUpper(name[:1])+name[1:])
	}
	return w.wall, w.label, nil
}

// maxLength is the longest event, in seconds: 1825 days, as the longest range
// of a calendarView.
const maxLength = 1825 * secondsPerDay

func (d *draft) checkSpan(both bool) error {
	switch {
	case d.span.end < d.span.start:
		return badRequest("ErrorCalendarEndDateIsEarlierThanStartDate", "The end date is earlier than the start date.")
	case d.span.end-d.span.start > maxLength:
		return badRequest("ErrorCalendarDurationIsTooLong", "The duration of the event is too long.")
	case d.span.allDay && d.span.end == d.span.start:
		return invalidProperty("The duration of an event marked as All day must be at least 24 hours.")
	case d.span.allDay && both && findZone(d.startLabel) != findZone(d.endLabel):
		return invalidProperty("The Event.Start and Event.End properties of an all-day event need to be in the same time zone.")
	}
	return nil
}

// recurrence takes the recurrence of a request body. The start date of its
// range must be that of the event.
func (d *draft) recurrence(body object) error {
	v, ok := body.get("recurrence")
	if !ok {
		return d.followStart()
	}
	d.ruled = true
	o, _ := v.(object)
	if o == nil {
		d.rule = nil
		return nil
	}
	label := orDefault(o.child("range").text("recurrenceTimeZone"), d.startLabel)
	if !knownLabel(label) {
		return unknownZone(label)
	}
	first := d.span.localDay(findZone(label))
	rule, err := parseRecurrence(o, first)
	if err != nil {
		return badRequest("ErrorCalendarInvalidRecurrence", "The recurrence is invalid: %v.", err)
	}
	rule.label = label
	if err := checkRange(o, rule, first); err != nil {
		return err
	}
	d.rule = &rule
	return nil
}

func checkRange(o object, rule recurrence, first day) error {
	given, kind := o.child("range"), o.child("range").text("type")
	switch {
	case given.text("startDate") != first.String():
		return invalidProperty("The recurrence range start date '%s' must match the start date of the event '%s'.", given.text("startDate"), first)
	case intOf(o.child("pattern"), "interval") < 1, rule.pattern.interval > 999:
		return badRequest("ErrorCalendarInvalidRecurrence", "The recurrence interval is out of range.")
	case strings.EqualFold(kind, "endDate") && rule.end < first:
		return badRequest("ErrorCalendarEndDateIsEarlierThanStartDate", "The end date is earlier than the start date.")
	case strings.EqualFold(kind, "numbered") && rule.count < 1:
		return badRequest("ErrorCalendarInvalidRecurrence", "The number of occurrences must be greater than zero.")
	}
	return nil
}

// followStart moves the start date of a series with its first event, which may
// not come to lie behind its end.
func (d *draft) followStart() error {
	if d.rule == nil || !d.moved {
		return nil
	}
	if zone := findZone(d.rule.label); zone != nil {
		d.rule.start = d.span.localDay(zone)
	}
	if d.rule.kind == untilDay && d.rule.end < d.rule.start {
		return badRequest("ErrorCalendarEndDateIsEarlierThanStartDate", "The end date is earlier than the start date.")
	}
	return nil
}

// store writes a whole event (not an instance) as the draft has it. Changed
// and cancelled instances outlive it only if neither times nor pattern moved.
func (d *draft) store(rec *record) {
	old := rec.series
	rec.bag, rec.span, rec.timed = d.bag, d.span, true
	rec.startLabel, rec.endLabel = d.startLabel, d.endLabel
	rec.kind, rec.series = singleEvent, nil
	if d.rule != nil {
		zone := d.mb.seriesZone(d.rule.label, d.startLabel, "")
		rec.kind, rec.series = masterEvent, newSeries(*d.rule, d.span.clock(zone))
	}
	if old == nil {
		return
	}
	if rec.series != nil && !d.ruled && old.listed != nil {
		rec.series.listed, rec.series.foreign, rec.series.start, rec.series.final = old.listed, old.foreign, old.start, old.final
	}
	kept := rec.series != nil && !d.moved && sameRule(old.recurrence, rec.series.recurrence)
	for _, slot := range sortedDays(old.exceptions) {
		e := old.exceptions[slot]
		if kept && rec.series.isSlot(slot) {
			rec.series.except(slot, e)
			continue
		}
		rec.cal.journal.bury(e)
		d.mb.forget(e)
	}
	for slot := range old.cancelled {
		if kept && rec.series.isSlot(slot) {
			rec.series.cancel(slot)
		}
	}
}

// sameRule tells whether two recurrences have the same slots, apart from
// where they end.
func sameRule(a, b recurrence) bool {
	return a.pattern == b.pattern && a.start == b.start && a.label == b.label
}
