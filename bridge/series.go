package bridge

import "time"

// SourceID is the source's own id of a single event, a master or a changed
// instance. It is opaque and case-sensitive.
type SourceID string

// Revision is the source's version of an item (Graph changeKey). It may move
// without a visible change, and changes of an instance may leave the master's
// as it was: it never becomes an ETag.
type Revision string

// Series is everything that shares one UID: a single event, or a master with
// its rule, its changed instances and its cancelled dates. In place of Rule a
// master may have Listed.
type Series struct {
	Source   SourceID `json:"source"`
	Revision Revision `json:"revision,omitempty"`

	// Claim is the UID that the source's data ask for ([CleanUID]). UID is the
	// one that the store settled on; converters leave it empty.
	Claim string `json:"claim"`
	UID   string `json:"uid,omitempty"`

	// Converter is the version of the conversion that made the series; the store
	// takes it from the [Batch].
	Converter uint16 `json:"converter,omitempty"`

	// Zone is the zone in which Rule's dates are days: an IANA name, "UTC", or
	// empty where the source named no usable one.
	Zone string      `json:"zone,omitempty"`
	Rule *Recurrence `json:"rule,omitempty"`

	Listed *Listing `json:"listed,omitempty"`

	Master    Event      `json:"master"`
	Overrides []Override `json:"overrides,omitempty"`
	Cancelled []Date     `json:"cancelled,omitempty"` // dates as the source wrote them
}

// Recurs reports whether the series is more than a single event.
func (s *Series) Recurs() bool { return s.Rule != nil || s.Listed != nil }

// Listing is the instances of a series in a range of days, told one by one. It
// stands for a rule that cannot be told, or that is not to be trusted.
type Listing struct {
	From  Date   `json:"from"`
	To    Date   `json:"to"` // exclusive
	Cause string `json:"cause"`

	// Starts are those of the unchanged instances, sorted; of all-day ones
	// midnights in UTC.
	Starts []time.Time `json:"starts,omitempty"`
}

// Override is one changed instance of a series. Which instance it replaces is
// known by Original, by Date, or by both: sources give either, and Original of
// an all-day instance is some zone's midnight.
type Override struct {
	Source   SourceID  `json:"source"`
	Original time.Time `json:"original,omitzero"` // the instant of the slot it replaces
	Date     *Date     `json:"date,omitempty"`    // the date of that slot (Graph occurrenceId)
	Event    Event     `json:"event"`
}

// Instance is one occurrence as a reader's calendar shows it.
type Instance struct {
	UID    string
	AllDay bool
	// Start and End are instants; of all-day instances they are midnights in
	// UTC of the first day and of the day after the last.
	Start, End time.Time
	// Original is the slot in the series, in the same form; zero where the
	// object does not recur.
	Original  time.Time
	Subject   string
	Location  string
	ShowAs    ShowAs // zero where the object does not say
	Cancelled bool
}
