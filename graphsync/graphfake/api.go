package graphfake

import (
	"fmt"
	"time"
)

// Event is an event to be added, in short. What it has no field for goes into
// Extra.
type Event struct {
	Subject string
	// Start and End are instants; of an all-day event their dates count, in the
	// location that they have. End is exclusive; zero is one hour, or one day.
	Start, End time.Time
	AllDay     bool
	// TimeZone is the label of both ends, the mailbox zone if empty, EndZone
	// that of the end if it differs.
	TimeZone, EndZone string
	// OwnClocks hides the zone's name behind Outlook's label for zones that
	// somebody made up: only MAPI properties tell the clocks.
	OwnClocks  bool
	Body       string // plain text, or HTML if it begins with "<"
	Location   string
	Categories []string
	Attendees  []Person
	Repeat     *Repeat
	// Extra is a JSON object of event members laid over all of this.
	Extra string
}

// Repeat is the recurrence of an Event: names as in Graph.
type Repeat struct {
	Type       string // daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly, relativeYearly
	Interval   int    // 1 if 0
	Days       []time.Weekday
	Index      string       // first to fourth, or last
	DayOfMonth int          // that of the start if 0
	Month      time.Month   // that of the start if 0
	FirstDay   time.Weekday // Sunday if 0, as in Graph
	Until      time.Time    // date of the last possible instance, zero for none
	Count      int          // 0 for none
}

// Add adds an event, as if somebody had made it in Outlook.
func (c *Calendar) Add(e Event) (IDs, error) {
	rec, err := c.put(e)
	if err != nil {
		return IDs{}, err
	}
	c.mb.toldAdded(rec)
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return c.mb.recordIDs(rec), nil
}

// put adds an event without telling.
func (c *Calendar) put(e Event) (*record, error) {
	body, err := e.body(c.mb.info.TimeZone, c.mb.zone)
	if err != nil {
		return nil, fmt.Errorf("add event: %w", err)
	}
	c.mb.mu.Lock()
	defer c.mb.mu.Unlock()
	rec, _, err := c.create(body)
	if err != nil {
		return nil, fmt.Errorf("add event: %w", err)
	}
	for _, m := range body {
		if serverSide(m.name) {
			rec.bag.set(m.name, m.value)
		}
	}
	rec.startLabel = orDefault(body.text("originalStartTimeZone"), rec.startLabel)
	rec.endLabel = orDefault(body.text("originalEndTimeZone"), rec.endLabel)
	if e.OwnClocks {
		rec.disguise()
	}
	return rec, nil
}

// serverSide tells whether a member is one that no request can set, and that
// a mailbox set up by hand may have all the same.
func serverSide(name string) bool {
	switch name {
	case "attachments", "iCalUId", "isCancelled", "isOrganizer", "organizer", "responseStatus", "hasAttachments", "isDraft", "attendees", "onlineMeeting", "onlineMeetingUrl":
		return true
	}
	return false
}

// body writes the event as the body of a request.
func (e Event) body(label string, mailbox *time.Location) (object, error) {
	label = orDefault(e.TimeZone, label)
	zone := orDefault(findZone(label), mailbox)
	endLabel := orDefault(e.EndZone, label)
	start, end := e.walls(zone, orDefault(findZone(endLabel), zone))
	o := object{
		{"subject", e.Subject},
		{"isAllDay", e.AllDay},
		{"start", dateTimeZone(start, label)},
		{"end", dateTimeZone(end, endLabel)},
	}
	if e.Body != "" {
		kind := "text"
		if e.Body[0] == '<' {
			kind = "html"
		}
		o.set("body", object{{"contentType", kind}, {"content", e.Body}})
	}
	if e.Location != "" {
		o.set("location", object{{"displayName", e.Location}})
	}
	if e.Categories != nil {
		o.set("categories", texts(e.Categories))
	}
	if e.Attendees != nil {
		o.set("attendees", invited(e.Attendees))
	}
	if e.Repeat != nil {
		o.set("recurrence", e.Repeat.object(dayAt(start), label))
	}
	return o, e.addExtra(&o)
}

// walls returns the wall times of both ends.
func (e Event) walls(startZone, endZone *time.Location) (start, end int64) {
	if e.AllDay {
		start = dayOf(e.Start.Date()).wall()
		end = start + secondsPerDay
		if !e.End.IsZero() {
			end = dayOf(e.End.Date()).wall()
		}
		return start, end
	}
	until := e.End
	if until.IsZero() {
		until = e.Start.Add(time.Hour)
	}
	return toWall(e.Start.Unix(), startZone), toWall(until.Unix(), endZone)
}

func (e Event) addExtra(o *object) error {
	if e.Extra == "" {
		return nil
	}
	extra, err := parseObject([]byte(e.Extra))
	for _, m := range extra {
		o.set(m.name, m.value)
	}
	return err
}

func texts(names []string) list {
	l := list{}
	for _, n := range names {
		l = append(l, n)
	}
	return l
}

func invited(people []Person) list {
	l := list{}
	for _, p := range people {
		l = append(l, object{{"type", "required"}, {"status", noAnswer}, {"emailAddress", p.object()}})
	}
	return l
}

// object writes the recurrence of an event that starts on a day.
func (r Repeat) object(start day, label string) object {
	_, month, dom := start.date()
	days := r.Days
	if days == nil {
		days = []time.Weekday{start.weekday()}
	}
	names := list{}
	for _, d := range days {
		names = append(names, weekdayName(d))
	}
	span := object{{"type", "noEnd"}, {"startDate", start.String()}, {"recurrenceTimeZone", label}}
	switch {
	case r.Count > 0:
		span.set("type", "numbered")
		span.set("numberOfOccurrences", r.Count)
	case !r.Until.IsZero():
		span.set("type", "endDate")
		span.set("endDate", r.Until.Format(time.DateOnly))
	}
	return object{
		{"pattern", object{
			{"type", r.Type},
			{"interval", orDefault(r.Interval, 1)},
			{"daysOfWeek", names},
			{"firstDayOfWeek", weekdayName(r.FirstDay)},
			{"index", orDefault(r.Index, "first")},
			{"dayOfMonth", orDefault(r.DayOfMonth, dom)},
			{"month", int(orDefault(r.Month, month))},
		}},
		{"range", span},
	}
}

// Patch lays a JSON object of members over an event or an instance, as a
// PATCH request does, whoever may write to its calendar. The id may be of
// either kind.
func (m *Mailbox) Patch(id, members string) error {
	body, err := parseObject([]byte(members))
	if err != nil {
		return fmt.Errorf("patch event: %w", err)
	}
	return m.edit("patch event", id, func(it instance) (string, error) {
		subject := it.rec.subject()
		after, err := m.change(it, body)
		if err != nil {
			return "", err
		}
		return m.sentence(it, after, subject), nil
	})
}

// Delete removes an event, or cancels the instance that the id names.
func (m *Mailbox) Delete(id string) error {
	return m.edit("delete event", id, func(it instance) (string, error) {
		sentence := m.removal(it)
		m.remove(it)
		return sentence, nil
	})
}

// Move puts a single event or a series into another calendar of the mailbox.
func (m *Mailbox) Move(id string, to *Calendar) error {
	return m.edit("move event", id, func(it instance) (string, error) {
		if it.master() != nil || to.mb != m {
			return "", badRequest("ErrorInvalidRequest", "Only a whole event can be moved, and only within its mailbox.")
		}
		m.relocate(it.rec, to)
		return fmt.Sprintf("%q moved to the calendar %q", it.rec.subject(), to.info.Name), nil
	})
}

// CancelOccurrence cancels the instance of a series in the slot of a date
// (yyyy-mm-dd, the date that the instance had before it was ever moved, in the
// zone of the series).
func (m *Mailbox) CancelOccurrence(masterID, date string) error {
	id, err := m.Occurrence(masterID, date)
	if err != nil {
		return err
	}
	return m.Delete(id.Classic)
}

// EditOccurrence lays members over one instance of a series, which makes it an
// exception. The date is that of CancelOccurrence.
func (m *Mailbox) EditOccurrence(masterID, date, members string) error {
	id, err := m.Occurrence(masterID, date)
	if err != nil {
		return err
	}
	return m.Patch(id.Classic, members)
}

// Occurrence returns the ids of the instance of a series in a slot.
func (m *Mailbox) Occurrence(masterID, date string) (IDs, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	slot, err := parseDay(date)
	if err != nil {
		return IDs{}, fmt.Errorf("find occurrence: %w", err)
	}
	master, err := m.findAny(masterID)
	if err != nil {
		return IDs{}, fmt.Errorf("find occurrence: %w", err)
	}
	it, err := master.rec.at(slot)
	if err != nil {
		return IDs{}, fmt.Errorf("find occurrence: %w", err)
	}
	return m.instanceIDs(it), nil
}

// findAny resolves an id of either kind.
func (m *Mailbox) findAny(id string) (instance, error) {
	return m.find(id, looksImmutable(id))
}

// edit runs one change under the lock and reports it.
func (m *Mailbox) edit(what, id string, change func(instance) (string, error)) error {
	m.mu.Lock()
	it, err := m.findAny(id)
	var sentence string
	var cal *Calendar
	if err == nil {
		cal = it.rec.cal
		sentence, err = change(it)
	}
	m.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	m.told(cal, "%s", sentence)
	return nil
}

// Instance is one thing that takes place, as calendarView would list it.
type Instance struct {
	IDs      IDs
	MasterID string // classic id of the series, empty for a single event
	Type     string // singleInstance, occurrence or exception
	Subject  string
	// Start and End are instants; of an all-day event the midnights of its
	// dates in UTC.
	Start, End time.Time
	AllDay     bool
	Calendar   *Calendar
}

// Instances lists what takes place in a calendar between two instants, by
// start.
func (c *Calendar) Instances(from, to time.Time) []Instance {
	m := c.mb
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Instance
	for _, it := range c.between(from.Unix(), to.Unix()) {
		one := Instance{
			IDs: m.instanceIDs(it), Type: it.typeName(), Subject: it.rec.subject(), Calendar: c,
			Start: time.Unix(it.span.start, 0).UTC(), End: time.Unix(it.span.end, 0).UTC(), AllDay: it.span.allDay,
		}
		if master := it.master(); master != nil {
			one.MasterID = m.recordIDs(master).Classic
		}
		out = append(out, one)
	}
	return out
}
