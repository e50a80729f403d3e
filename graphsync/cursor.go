package graphsync

import (
	"encoding/json"
	"fmt"
	"time"

	"calbridge/bridge"
)

// Stages of a full round, in order.
const (
	stageIDs     = ""        // opening the cursor
	stageBodies  = "bodies"  // reading events in bulk
	stageMissing = "missing" // finding out what the bulk listing lacked
	stageHydrate = "hydrate" // the rest, one by one
)

// cursor is what graphsync keeps in a bridge.Cursor.
type cursor struct {
	Rung    string `json:"rung"`
	Link    string `json:"link,omitempty"`    // of the delta: where it goes on
	Stage   string `json:"stage,omitempty"`   // of a full round
	Bodies  string `json:"bodies,omitempty"`  // of the bulk listing: where it goes on
	Circles int    `json:"circles,omitempty"` // how often that led back to where it was

	From  time.Time `json:"from,omitzero"`  // of the view: its window, which is frozen in Link
	Until time.Time `json:"until,omitzero"` // likewise

	Listed  time.Time       `json:"listed,omitzero"`   // when all ids were compared last
	Glanced time.Time       `json:"glanced,omitzero"`  // when what was modified lately was listed last
	Checked time.Time       `json:"checked,omitzero"`  // when that was last done for its own sake
	Reset   time.Time       `json:"reset,omitzero"`    // when a link was lost last
	Master  bridge.SourceID `json:"master,omitempty"`  // of the listing: the series looked at last
	Looked  time.Time       `json:"looked,omitzero"`   // and when
	Waiting bool            `json:"waiting,omitempty"` // a loss waits for a second listing
	Scope   Scope           `json:"scope,omitzero"`    // what was mirrored
}

func (c cursor) encode() bridge.Cursor {
	text, err := json.Marshal(c)
	if err != nil { // texts and times alone: cannot fail
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

// clockSlack is how far times may lie in the future and be believed.
const clockSlack = time.Hour

// mistrust forgets times that lie in the future. The clock was set back, and
// what is counted from them would not be due for as long.
func (c *cursor) mistrust(now time.Time) {
	for _, t := range []*time.Time{&c.Listed, &c.Glanced, &c.Checked, &c.Reset, &c.Looked} {
		if t.Sub(now) > clockSlack {
			*t = time.Time{}
		}
	}
}

// on is a cursor that begins on another rung.
func (c cursor) on(rung string) cursor {
	return cursor{Rung: rung, Listed: c.Listed, Checked: c.Checked, Reset: c.Reset, Master: c.Master, Looked: c.Looked, Waiting: c.Waiting, Scope: c.Scope}
}
