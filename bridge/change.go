package bridge

import "time"

// Cursor is a source's resume point. Only the source that made it reads it.
type Cursor []byte

// Round is one pass over a calendar; stores hand it out with Begin.
type Round struct {
	Calendar CalendarID
	Gen      uint32 // the generation that the round writes to
	Full     bool   // whether that generation is filled anew beside the served one
	Cursor   Cursor // where to go on; nil where a full round begins
}

// Page is what a round noted: ids that may have changed, ids that the source
// called removed, and the resume point behind them. It is stored as one
// transaction; storing it twice does no harm.
type Page struct {
	Dirty, Gone []SourceID
	Next        Cursor // nil leaves the resume point where it was
}

// Noted is one id that a round still has to settle.
type Noted struct {
	Source SourceID
	Gone   bool // the source called it removed
}

// Change is what became of one item: exactly one of Upsert, Gone and Bad.
type Change struct {
	Source SourceID
	Upsert *Series
	Gone   bool   // the source no longer has it
	Bad    *Fault // it could not be read; what is served of it stays

	// Revision is that of a Bad item, where it could be read.
	Revision Revision
}

// Batch is changes together with what else their page noted.
type Batch struct {
	Changes   []Change
	Converter uint16 // version of the conversion that made the changes
	Page
}

// BadItem is an item of the source that is kept aside.
type BadItem struct {
	Source SourceID `json:"source"`
	Cause  string   `json:"cause"`

	// Failed tells that the source failed at it: it has to be read again
	// although nothing tells a change.
	Failed bool `json:"failed,omitempty"`
}

// Remark is something to be said of an object that is served.
type Remark struct {
	Source SourceID `json:"source"`
	Text   string   `json:"text"`
}

// Mark is where an idle calendar stands after a round that found nothing.
type Mark struct {
	Calendar CalendarID
	Next     Cursor
}

// Check is what comparing a whole calendar with its source came to.
type Check struct {
	At       time.Time `json:"at,omitzero"`
	Repaired int       `json:"repaired"` // objects that differed, and were put right
	Total    int       `json:"total"`    // likewise, in all comparisons so far; stores count it
}
