package graphfake

import (
	"strings"
	"time"
)

// understand works out when a raw event takes place and what kind it is. What
// it cannot read it leaves alone: such an event is listed, but it has no place
// in a calendarView.
func (m *Mailbox) understand(rec *record) {
	rec.timed, rec.series = false, nil
	rec.kind = rawKind(rec.bag)
	start, err := parseWallTime(rec.bag.child("start"))
	if err != nil {
		return
	}
	end, err := parseWallTime(rec.bag.child("end"))
	if err != nil {
		end = start
	}
	rec.startLabel, rec.endLabel = rec.bag.text("originalStartTimeZone"), rec.bag.text("originalEndTimeZone")
	allDay, _ := rec.bag.get("isAllDay")
	rec.span, rec.timed = rawSpan(start, end, allDay == true), true
	if rec.kind == masterEvent && rec.span.end-rec.span.start <= maxLength {
		m.understandSeries(rec, start)
	}
}

// rawKind reads the type of a raw event. One that names none is told by what
// it has.
func rawKind(bag object) eventKind {
	switch strings.ToLower(bag.text("type")) {
	case "seriesmaster":
		return masterEvent
	case "exception", "occurrence":
		return orphanEvent
	case "":
		if bag.child("recurrence") != nil {
			return masterEvent
		}
	}
	return singleEvent
}

// rawSpan makes a span. The zone of an all-day event is a mere label, and its
// times are rounded to whole days, at least one.
func rawSpan(start, end wallTime, allDay bool) span {
	if !allDay {
		s := span{start: start.instant(), end: end.instant()}
		s.end = max(s.end, s.start)
		return s
	}
	const noon = secondsPerDay / 2
	first := dayAt(start.wall + noon)
	last := max(dayAt(end.wall+noon), first+1)
	return span{first.wall(), last.wall(), true}
}

// understandSeries attaches the series of a raw master, if its recurrence can
// be read, with the cancelled dates that it came with.
func (m *Mailbox) understandSeries(rec *record, start wallTime) {
	o := rec.bag.child("recurrence")
	label := o.child("range").text("recurrenceTimeZone")
	zone := m.seriesZone(label, rec.startLabel, start.label)
	r, err := parseRecurrence(o, rec.span.localDay(zone))
	if err != nil {
		return
	}
	rec.series = newSeries(r, rec.span.clock(zone))
	cancelled, _ := rec.bag.get("cancelledOccurrences")
	dates, _ := cancelled.(list)
	for _, v := range dates {
		text, _ := v.(string)
		if d, err := parseDay(text[strings.LastIndexByte(text, '.')+1:]); err == nil {
			rec.series.cancel(d)
		}
	}
}

// seriesZone returns the first of the labels that names a zone; one that says
// UTC only because the request was answered in UTC comes last.
func (m *Mailbox) seriesZone(recurrence, original, start string) *time.Location {
	for _, label := range []string{recurrence, original} {
		if zone := findZone(label); zone != nil {
			return zone
		}
	}
	if zone := findZone(start); zone != nil && zone != time.UTC {
		return zone
	}
	return m.zone
}

// localDay returns the date on which the span starts.
func (s span) localDay(zone *time.Location) day {
	if s.allDay {
		return dayAt(s.start)
	}
	return dayAt(toWall(s.start, zone))
}

// clock returns where in its days the span lies.
func (s span) clock(zone *time.Location) clock {
	base := s.localDay(zone).wall()
	if s.allDay {
		return clock{zone: zone, closes: s.end - s.start, allDay: true}
	}
	return clock{zone: zone, opens: toWall(s.start, zone) - base, closes: toWall(s.end, zone) - base}
}

// cancel takes a slot out of the series.
func (s *series) cancel(d day) {
	if s.cancelled == nil {
		s.cancelled = map[day]bool{}
	}
	s.cancelled[d] = true
	delete(s.exceptions, d)
}

// except puts a changed instance in the place of a slot.
func (s *series) except(d day, rec *record) {
	if s.exceptions == nil {
		s.exceptions = map[day]*record{}
	}
	s.exceptions[d] = rec
	delete(s.cancelled, d)
}
