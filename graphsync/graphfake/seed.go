package graphfake

import (
	"fmt"
	"time"
)

// SeedAddress is the mail address of the mailbox that Seed makes.
const SeedAddress = "anna@contoso.example"

var (
	seedAnna  = Person{"Anna Berg", SeedAddress}
	seedBen   = Person{"Ben Okafor", "ben@contoso.example"}
	seedClara = Person{"Clara Nowak", "clara@contoso.example"}
	seedDavid = Person{"David Lund", "david@fabrikam.example.org"}
)

// seedZone is the zone of the seeded mailbox.
const seedZone = "W. Europe Standard Time"

// Seed adds a made-up mailbox, anna@contoso.example, whose week around a day
// is full: the people, places and habits of an office in Berlin, and every
// kind of event that a calendar can hold.
func (s *Server) Seed(around time.Time) (*Mailbox, error) {
	m, err := s.AddMailbox(MailboxInfo{
		Person: seedAnna, TimeZone: seedZone,
		Categories: []string{"Customers", "Focus", "Travel", "Family", "Team"},
	})
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	sow := &sower{mb: m, monday: weekStart(dayOf(around.In(m.zone).Date()))}
	sow.calendars()
	sow.work()
	sow.meetings()
	sow.travel()
	sow.private()
	sow.others()
	sow.stamp()
	return m, sow.err
}

// sower puts events into the seeded mailbox and keeps the first error.
type sower struct {
	mb     *Mailbox
	monday day
	err    error

	own, home, ben, birthdays, holidays *Calendar
}

func (s *sower) calendars() {
	s.own = s.mb.Default()
	s.home = s.mb.AddCalendar(CalendarInfo{Name: "Private", Color: "lightGreen", HexColor: "#00cc6a"})
	s.ben = s.mb.AddCalendar(CalendarInfo{Name: "Ben Okafor", Color: "lightOrange", HexColor: "#f7630c", Owner: seedBen, ReadOnly: true, HidePrivate: true})
	s.birthdays = s.mb.AddCalendar(CalendarInfo{Name: "Birthdays", ReadOnly: true})
	s.holidays = s.mb.AddCalendar(CalendarInfo{Name: "Holidays in Germany", Color: "lightTeal", ReadOnly: true})
}

// add adds an event to a calendar.
func (s *sower) add(c *Calendar, e Event) string {
	rec, err := c.put(e)
	if err != nil {
		s.fail(e.Subject, err)
		return ""
	}
	s.mb.mu.RLock()
	defer s.mb.mu.RUnlock()
	return s.mb.recordIDs(rec).Classic
}

func (s *sower) fail(what string, err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("seed %q: %w", what, err)
	}
}

// at is a moment of the seeded week: a day counted from its Monday and a time.
func (s *sower) at(offset day, clock string) time.Time { return s.on(s.monday+offset, clock) }

func (s *sower) on(d day, clock string) time.Time {
	wall, err := parseWall(d.String() + "T" + clock + ":00")
	s.fail(clock, err)
	return time.Unix(toInstant(wall, s.mb.zone), 0).In(s.mb.zone)
}

// meet makes an event of a length in minutes.
func (s *sower) meet(subject string, offset day, clock string, minutes int) Event {
	start := s.at(offset, clock)
	return Event{Subject: subject, Start: start, End: start.Add(time.Duration(minutes) * time.Minute)}
}

// days makes an all-day event.
func (s *sower) days(subject string, first day, n day) Event {
	return Event{Subject: subject, AllDay: true, Start: s.on(first, "00:00"), End: s.on(first+n, "00:00")}
}

// cancel and change touch one instance of a series.
func (s *sower) cancel(id string, slot day) {
	s.quietly(id, slot, func(it instance) error { s.mb.remove(it); return nil })
}

func (s *sower) change(id string, slot day, members object) {
	s.quietly(id, slot, func(it instance) error { _, err := s.mb.change(it, members); return err })
}

func (s *sower) quietly(id string, slot day, do func(instance) error) {
	s.mb.mu.Lock()
	defer s.mb.mu.Unlock()
	master, err := s.mb.findAny(id)
	if err == nil {
		var it instance
		if it, err = master.rec.at(slot); err == nil {
			err = do(it)
		}
	}
	s.fail("instance of "+slot.String(), err)
}

// moved writes the members that move an instance within the mailbox zone.
func (s *sower) moved(d day, clock string, minutes int) object {
	start := s.on(d, clock)
	return object{
		{"start", dateTimeZone(toWall(start.Unix(), s.mb.zone), seedZone)},
		{"end", dateTimeZone(toWall(start.Unix()+int64(minutes)*60, s.mb.zone), seedZone)},
	}
}

// firstWeekday returns the first such weekday on or after a date.
func firstWeekday(from day, w time.Weekday) day {
	return from + day((w-from.weekday()+7)%7)
}

// stamp gives the events creation times before they take place: a mailbox in
// which all was made in one moment would look odd.
func (s *sower) stamp() {
	s.mb.mu.Lock()
	defer s.mb.mu.Unlock()
	now := s.mb.now()
	for _, c := range s.mb.calendars {
		for i, rec := range c.records {
			at := min(now, rec.span.start*1e6) - int64(3+i*7%19)*secondsPerDay*1e6 + int64(i)*61_370_511
			rec.created, rec.modified = at, at+int64(i%5)*3_601_230_417
		}
	}
}
