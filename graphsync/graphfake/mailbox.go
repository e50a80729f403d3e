package graphfake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Person is a name and a mail address (Graph resource emailAddress).
type Person struct {
	Name    string
	Address string
}

func (p Person) object() object {
	return object{{"name", p.Name}, {"address", p.Address}}
}

// MailboxInfo describes a mailbox to be added.
type MailboxInfo struct {
	Person
	// TimeZone is the Windows or IANA name of the mailbox zone, UTC if empty.
	TimeZone string
	// Calendar is the name of the default calendar, "Calendar" if empty.
	Calendar string
	// Aliases are further mail addresses of the user.
	Aliases []string
	// Categories are the names of the master categories.
	Categories []string
}

// Mailbox is one user of the server with calendars and events. Its methods
// may be called at any time from any goroutine.
type Mailbox struct {
	srv  *Server
	info MailboxInfo
	guid string // the user's object id
	zone *time.Location
	badge

	mu        sync.RWMutex
	calendars []*Calendar
	groups    []*group
	number    uint64 // latest key or serial
	version   uint64 // latest change key counter
	byNumber  map[uint64]*record
	byName    map[string]*record   // raw events by the id that they came with
	orphans   map[string][]*record // raw instances by the master that they miss
	posted    map[string]*record   // by transactionId

	cursors cursors
	traffic traffic
}

// group is a calendarGroup.
type group struct {
	serial, key uint64
	name        string
}

// defaultGroup is the name of the group whose calendars /me/calendars lists.
const defaultGroup = "My Calendars"

// AddMailbox adds a user with an empty default calendar. The address must be
// new and the zone known.
func (s *Server) AddMailbox(info MailboxInfo) (*Mailbox, error) {
	info.TimeZone = orDefault(info.TimeZone, "UTC")
	zone := findZone(info.TimeZone)
	if zone == nil {
		return nil, fmt.Errorf("add mailbox: unknown time zone %q", info.TimeZone)
	}
	m := newMailbox(s, info, zone)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.mailboxes {
		if strings.EqualFold(other.info.Address, info.Address) {
			return nil, fmt.Errorf("add mailbox: %q is there already", info.Address)
		}
	}
	s.mailboxes = append(s.mailboxes, m)
	return m, nil
}

func newMailbox(s *Server, info MailboxInfo, zone *time.Location) *Mailbox {
	m := &Mailbox{
		srv: s, info: info, zone: zone,
		number:   0x20000,
		version:  0x1000,
		byNumber: map[uint64]*record{},
		byName:   map[string]*record{},
		orphans:  map[string][]*record{},
		posted:   map[string]*record{},
	}
	sum := sha256.Sum256([]byte(strings.ToLower(info.Address)))
	m.guid = formatGUID(sum[:16])
	m.badge.guid = formatGUID(sum[8:24])
	copy(m.store[:], sum[12:28])
	copy(m.replica[:], sum[16:32])
	m.groups = []*group{m.newGroup(defaultGroup), m.newGroup("Other Calendars"), m.newGroup("People's Calendars")}
	c := m.newCalendar(CalendarInfo{Name: orDefault(info.Calendar, "Calendar")})
	c.isDefault = true
	m.calendars = []*Calendar{c}
	return m
}

// formatGUID writes 16 bytes in the form of a GUID.
func formatGUID(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
}

func (m *Mailbox) newGroup(name string) *group {
	return &group{serial: m.newNumber(), key: m.newNumber(), name: name}
}

func (m *Mailbox) newNumber() uint64 {
	m.number++
	return m.number
}

func (m *Mailbox) newVersion() uint64 {
	m.version++
	return m.version
}

// Address returns the mail address, which is the user principal name too.
func (m *Mailbox) Address() string { return m.info.Address }

// SetTimeZone changes the zone that the mailbox's owner has chosen, a Windows
// or IANA name. Events keep theirs.
func (m *Mailbox) SetTimeZone(name string) error {
	zone := findZone(name)
	if zone == nil {
		return fmt.Errorf("set time zone: unknown time zone %q", name)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.info.TimeZone, m.zone = name, zone
	return nil
}

// Calendars lists the calendars in the order in which they were added.
func (m *Mailbox) Calendars() []*Calendar {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.calendars)
}

// Calendar finds a calendar by id or by name, nil if there is none.
func (m *Mailbox) Calendar(idOrName string) *Calendar {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if c := m.findCalendar(idOrName); c != nil {
		return c
	}
	for _, c := range m.calendars {
		if c.info.Name == idOrName {
			return c
		}
	}
	return nil
}

// Default returns the default calendar.
func (m *Mailbox) Default() *Calendar {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.defaultCalendar()
}

func (m *Mailbox) defaultCalendar() *Calendar {
	for _, c := range m.calendars {
		if c.isDefault {
			return c
		}
	}
	return nil
}

// findCalendar finds a calendar by an id of either kind.
func (m *Mailbox) findCalendar(id string) *Calendar {
	r, ok := m.decode(id)
	for _, c := range m.calendars {
		if c.name != "" && c.name == id {
			return c
		}
		if ok && r.kind == refCalendar && (r.number == c.serial || r.number == c.key) {
			return c
		}
	}
	return nil
}

// now returns the time of the server's clock in microseconds since 1970.
func (m *Mailbox) now() int64 { return m.srv.opt.Now().UnixMicro() }

// AddCalendar adds a calendar.
func (m *Mailbox) AddCalendar(info CalendarInfo) *Calendar {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.newCalendar(info)
	m.calendars = append(m.calendars, c)
	return c
}

// ReissueIDs gives every calendar and event new ids and forgets all delta
// cursors, as happens when Microsoft moves a mailbox. Raw events lose the ids
// that they came with.
func (m *Mailbox) ReissueIDs() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byNumber = make(map[uint64]*record, len(m.byNumber))
	m.byName = map[string]*record{}
	for _, g := range m.groups {
		g.serial, g.key = m.newNumber(), m.newNumber()
	}
	for _, c := range m.calendars {
		c.serial, c.key, c.name = m.newNumber(), m.newNumber(), ""
		c.journal = journal{}
		for _, rec := range c.records {
			m.renumber(rec)
			c.journal.note(rec)
		}
	}
	m.cursors.expire()
}

func (m *Mailbox) renumber(rec *record) {
	rec.serial, rec.key, rec.name, rec.seq = m.newNumber(), m.newNumber(), "", 0
	m.byNumber[rec.serial], m.byNumber[rec.key] = rec, rec
	if rec.raw {
		rec.bag = rec.bag.clone()
		rec.bag.drop("id")
	}
	if rec.series != nil {
		for _, e := range rec.series.exceptions {
			e.name = ""
		}
	}
}

// ExpireCursors makes the server forget every delta cursor of the mailbox:
// their links answer 410.
func (m *Mailbox) ExpireCursors() { m.cursors.expire() }
