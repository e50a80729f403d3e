package graphfake

import "time"

// eventKind is the type of an event.
type eventKind uint8

const (
	singleEvent eventKind = iota
	masterEvent
	exceptionEvent // a changed instance, attached to its master
	orphanEvent    // an instance whose master is not in the mailbox
)

// eventTypes names the kinds as Graph does; an orphan keeps its own name.
var eventTypes = []string{"singleInstance", "seriesMaster", "exception", "exception"}

// record is one stored event: a single one, a master, an exception, or the
// tombstone of one. Occurrences are not stored, the master implies them.
type record struct {
	key    uint64 // names the event in immutable ids
	serial uint64 // names it in classic ids; a new one at each move
	origin uint64 // its first key, which its iCalUId is made of
	name   string // the id that a raw object came with
	cal    *Calendar

	seq     uint64 // its place in the journal of the calendar, 0 when in none
	version uint64 // counter in the change key
	gone    bool   // it is a tombstone
	revived bool   // a tombstone whose key lives in the calendar again

	kind     eventKind
	raw      bool // stored and served as it was given
	timed    bool // span is known
	span     span
	hull     span  // all the time that it ever took in its calendar
	created  int64 // microseconds since 1970
	modified int64

	// startLabel and endLabel are originalStartTimeZone and originalEndTimeZone.
	startLabel, endLabel string

	bag    object // members that differ from the defaults; of a raw event all
	series *series
	master *record // of an exception
	slot   day     // of an exception: the day that it stands in for
}

// lookup finds a stored member: own, inherited from the master, or default.
func (r *record) lookup(name string) any {
	if v, ok := r.bag.get(name); ok {
		return v
	}
	if r.master != nil {
		return r.master.lookup(name)
	}
	return defaultOf(name)
}

// subject returns the title for sentences and pages.
func (r *record) subject() string {
	s, _ := r.lookup("subject").(string)
	return s
}

// instance is one thing that a listing can show: a record as it is, or the
// occurrence of a master in a slot.
type instance struct {
	rec        *record
	occurrence bool
	slot       day
	span       span
}

// whole makes the instance that is a record itself.
func whole(r *record) instance { return instance{rec: r, slot: r.slot, span: r.span} }

// master returns the series that the instance belongs to, nil for none.
func (it instance) master() *record {
	if it.occurrence {
		return it.rec
	}
	return it.rec.master
}

// slotStart returns the instant that originalStart names: the start of the
// slot, for an all-day series midnight in the given zone.
func (it instance) slotStart(local *time.Location) (int64, bool) {
	m := it.master()
	if m == nil || m.series == nil {
		return 0, false
	}
	sp := m.series.at(it.slot)
	if sp.allDay {
		return toInstant(sp.start, local), true
	}
	return sp.start, true
}
