package bridge

import (
	"cmp"
	"time"
)

// CalendarID names a calendar on this server: 10 characters of [a-z0-9], given
// when it was first seen, and kept. Addresses hang on it.
type CalendarID string

// Listed is a calendar as its source lists it.
type Listed struct {
	Source     SourceID `json:"source"`
	Name       string   `json:"name"`
	Color      string   `json:"color,omitempty"` // #RRGGBB
	Default    bool     `json:"default,omitempty"`
	Writable   bool     `json:"writable"`
	Owner      Person   `json:"owner"`
	Peripheral bool     `json:"peripheral,omitempty"` // nobody's own, such as birthdays: hidden at first
	Mailbox    string   `json:"mailbox,omitempty"`    // another person's, in which it is read; see Account.Others

	// Was names the calendar that this one is, under a source id that is not
	// known: the caller found events of that one in it.
	Was CalendarID `json:"-"`
}

// Calendar is one mirrored calendar.
type Calendar struct {
	ID      CalendarID `json:"id"`
	Account AccountID  `json:"account"`
	User    string     `json:"user"`
	Listed
	Order  int  `json:"order"`
	Hidden bool `json:"hidden,omitempty"` // listed, neither mirrored nor served
	Env    Env  `json:"env"`

	// Complete tells that a full round has ended: before, it is not served.
	Complete bool      `json:"complete"`
	Objects  int       `json:"objects"`
	Point    Point     `json:"point"`
	Banners  Seq       `json:"banners,omitempty"` // how many of Point's entries only banners made
	Changed  time.Time `json:"changed,omitzero"`  // when Point moved last
	SyncedAt time.Time `json:"syncedAt,omitzero"`
	Rung     string    `json:"rung,omitempty"` // how it is followed: delta, view, listing
	Check    Check     `json:"check,omitzero"` // the last comparison of the whole
	Trouble  *Trouble  `json:"trouble,omitempty"`

	// Rerender is set while objects have yet to be rendered again. Its At is the
	// name up to which that is done.
	Rerender *Rerender `json:"rerender,omitempty"`

	// Converter is the version of the conversion that made all objects, zero
	// where not one made them all: then Outdated is how many have yet to be
	// read again.
	Converter uint16 `json:"converter,omitempty"`
	Outdated  int    `json:"outdated,omitempty"`
}

// Title is the name that readers see: a calendar of another mailbox carries its
// owner, since most are called the same.
func (c *Calendar) Title() string {
	if c.Mailbox == "" {
		return c.Name
	}
	return c.Name + " (" + cmp.Or(c.Owner.Name, c.Owner.Address, c.Mailbox) + ")"
}

// Served reports whether readers may see the calendar.
func (c *Calendar) Served() bool { return c.Complete && !c.Hidden }
