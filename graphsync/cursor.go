package graphsync

import (
	"encoding/json"
	"fmt"

	"calbridge/bridge"
)

// Rungs: how a calendar is followed.
const (
	rungDelta   = "delta"
	rungListing = "listing"
)

// Stages of a full round, in order.
const (
	stageIDs     = ""        // opening the delta cursor
	stageBodies  = "bodies"  // reading events in bulk
	stageHydrate = "hydrate" // the rest, one by one
)

// cursor is what graphsync keeps in a bridge.Cursor.
type cursor struct {
	Rung   string `json:"rung"`
	Link   string `json:"link,omitempty"`   // of the delta: where it goes on
	Stage  string `json:"stage,omitempty"`  // of a full round
	Bodies string `json:"bodies,omitempty"` // of the bulk listing: where it goes on
}

func (c cursor) encode() bridge.Cursor {
	text, err := json.Marshal(c)
	if err != nil { // strings alone: cannot fail
		return nil
	}
	return text
}

func readCursor(b bridge.Cursor) (c cursor, err error) {
	if b == nil {
		return cursor{Rung: rungDelta}, nil
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("graphsync: a cursor is damaged: %w", err)
	}
	return c, nil
}
