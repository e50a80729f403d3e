package graphfake

import (
	"encoding/base64"
	"slices"
	"sort"
)

// CalendarInfo describes a calendar (Graph resource calendar).
type CalendarInfo struct {
	Name     string
	Color    string // calendarColor, "auto" if empty
	HexColor string // "#RRGGBB", or empty as for one whose colour was never set
	Group    string // calendar group, "My Calendars" if empty
	// Owner is the person it belongs to; zero: the mailbox itself. One of
	// somebody else is a shared calendar.
	Owner Person
	// ReadOnly makes canEdit false.
	ReadOnly bool
	// HidePrivate makes canViewPrivateItems false: private events are served
	// as busy blocks, unless they are raw.
	HidePrivate bool
}

// Calendar is one calendar of a mailbox. Its methods may be called at any
// time from any goroutine.
type Calendar struct {
	mb          *Mailbox
	info        CalendarInfo
	isDefault   bool
	serial, key uint64
	name        string // the id that a recorded calendar came with
	version     uint64

	records []*record // singles, masters and orphans by serial
	journal journal
}

func (m *Mailbox) newCalendar(info CalendarInfo) *Calendar {
	info.Color = orDefault(info.Color, "auto")
	info.Group = orDefault(info.Group, defaultGroup)
	if info.Owner == (Person{}) {
		info.Owner = m.info.Person
	}
	if !slices.ContainsFunc(m.groups, func(g *group) bool { return g.name == info.Group }) {
		m.groups = append(m.groups, m.newGroup(info.Group))
	}
	return &Calendar{mb: m, info: info, serial: m.newNumber(), key: m.newNumber(), version: m.newVersion()}
}

// IDs returns the ids of the calendar.
func (c *Calendar) IDs() IDs {
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return c.ids()
}

// Name returns the name that the calendar has now.
func (c *Calendar) Name() string {
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return c.info.Name
}

// Len returns the number of singles and series in the calendar.
func (c *Calendar) Len() int {
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return len(c.records)
}

func (c *Calendar) ids() IDs {
	if c.name != "" {
		return IDs{c.name, c.name}
	}
	b := &c.mb.badge
	return IDs{
		Classic:   b.encode(ref{kind: refCalendar, folder: calendarRoot, number: c.serial}),
		Immutable: b.encode(ref{kind: refCalendar, immutable: true, number: c.key}),
	}
}

// shared tells whether the calendar belongs to somebody else.
func (c *Calendar) shared() bool { return c.info.Owner.Address != c.mb.info.Address }

// insert puts a record into the calendar as a new one.
func (c *Calendar) insert(rec *record) {
	rec.cal = c
	c.records = append(c.records, rec)
	c.journal.note(rec)
}

// take removes a record, leaving a tombstone in the journal.
func (c *Calendar) take(rec *record) {
	if i := c.index(rec.serial); i < len(c.records) && c.records[i] == rec {
		c.records = slices.Delete(c.records, i, i+1)
	}
	c.journal.bury(rec)
}

// index returns the place of the first record whose serial is not below n.
func (c *Calendar) index(n uint64) int {
	return sort.Search(len(c.records), func(i int) bool { return c.records[i].serial >= n })
}

// changeKey writes the version of an item.
func (b *badge) changeKey(version uint64) string {
	var key [22]byte
	copy(key[:], b.replica[:])
	for i := range 6 {
		key[21-i] = byte(version >> (8 * i))
	}
	return base64.StdEncoding.EncodeToString(key[:])
}

// object writes the calendar resource.
func (c *Calendar) object(immutable bool) object {
	own := !c.shared()
	return object{
		{"id", c.ids().of(immutable)},
		{"name", c.info.Name},
		{"color", c.info.Color},
		{"hexColor", c.info.HexColor},
		{"isDefaultCalendar", c.isDefault},
		{"changeKey", c.mb.changeKey(c.version)},
		{"canShare", own && !c.info.ReadOnly},
		{"canViewPrivateItems", !c.info.HidePrivate},
		{"canEdit", !c.info.ReadOnly},
		{"allowedOnlineMeetingProviders", list{"teamsForBusiness"}},
		{"defaultOnlineMeetingProvider", "teamsForBusiness"},
		{"isTallyingResponses", c.isDefault},
		{"isRemovable", !c.isDefault},
		{"owner", c.info.Owner.object()},
	}
}

// calendarMembers are the names that a $select of calendars may have.
var calendarMembers = []string{"id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canShare",
	"canViewPrivateItems", "canEdit", "allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider",
	"isTallyingResponses", "isRemovable", "owner", "events", "calendarView", "calendarPermissions",
	"singleValueExtendedProperties", "multiValueExtendedProperties"}
