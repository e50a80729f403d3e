package bridge

import "time"

// Feed is a set of calendars under secret .ics addresses.
type Feed struct {
	ID        string       `json:"id"`
	User      string       `json:"user"`
	Name      string       `json:"name"`
	Calendars []CalendarID `json:"calendars"`
	Mask      Mask         `json:"mask"`
	Created   time.Time    `json:"created"`
	Addresses []Address    `json:"addresses"`
}

// Address is one reader's way to a feed. Its secret is shown once and kept as
// a digest.
type Address struct {
	ID       string    `json:"id"`
	Label    string    `json:"label,omitempty"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
	Revoked  time.Time `json:"revoked,omitzero"`
}

// Mask is what a feed's readers may see.
type Mask string

// Full shows everything.
const Full Mask = "full"
