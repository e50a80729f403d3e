package bridge

import "time"

// Renderer turns a series into what readers get. Render is pure: the same
// series and env give the same bytes. Name, UID, sequence number and versions
// are the store's affair.
type Renderer struct {
	// Version is that of what Render writes. Objects of another version are
	// rendered again.
	Version uint16
	Render  func(Series, Env) (Object, error)
}

// Rerender tells how far a calendar is with being rendered again, from what the
// store has of it, because its renderer or its [Env] changed. Readers get the
// old bytes until the new ones of an object are there, and learn of an object
// only where the two differ.
type Rerender struct {
	Because []string  `json:"because"` // what changed, in words
	Since   time.Time `json:"since"`
	Done    int       `json:"done"`    // objects looked at
	Changed int       `json:"changed"` // those of them whose bytes differ
	At      string    `json:"at,omitempty"`
}
