package graphsync

import (
	"slices"
	"strings"
	"time"
)

// ledger holds the instances that Graph lists of a month, until readers turn
// out to get the same.
type ledger struct {
	theirs []shown
	struck []bool
	at     map[place][]int // by the event that Graph names
	when   map[place][]int // by time alone
}

// place is where an instance of an event is in time.
type place struct {
	event      string
	start, end time.Time
	allDay     bool
}

func newLedger(theirs []shown) *ledger {
	l := &ledger{theirs: theirs, struck: make([]bool, len(theirs)), at: map[place][]int{}, when: map[place][]int{}}
	for i := range theirs {
		one := &theirs[i]
		if one.unreadable {
			continue
		}
		p := place{"", one.start, one.end, one.allDay}
		l.when[p] = append(l.when[p], i)
		p.event = string(one.source)
		l.at[p] = append(l.at[p], i)
		if one.exception { // it may stand alone
			p.event = string(one.id)
			l.at[p] = append(l.at[p], i)
		}
	}
	return l
}

// strike takes out an instance that is the same as what readers get, if there
// is one. Its ids ought to be those of the event's own address; where
// calendarView spells them otherwise, or gives ids of another form, the UID
// tells.
func (l *ledger) strike(ours *shown) bool {
	p := place{string(ours.source), ours.start, ours.end, ours.allDay}
	for _, n := range l.at[p] {
		if l.equal(n, ours) {
			l.struck[n] = true
			return true
		}
	}
	p.event = ""
	for _, n := range l.when[p] {
		if l.equal(n, ours) && related(&l.theirs[n], ours) {
			l.struck[n] = true
			return true
		}
	}
	return false
}

func (l *ledger) equal(n int, ours *shown) bool {
	return !l.struck[n] && len(fields(&l.theirs[n], ours)) == 0
}

// related tells whether two pictures may be of one event though their ids
// differ.
func related(theirs, ours *shown) bool {
	return strings.EqualFold(string(theirs.source), string(ours.source)) || strings.EqualFold(string(theirs.id), string(ours.source)) ||
		slices.ContainsFunc(theirs.uids[:], func(uid string) bool { return uid != "" && slices.Contains(ours.uids[:], uid) })
}

// open returns what was not taken out.
func (l *ledger) open() (list []shown) {
	for i := range l.theirs {
		if !l.struck[i] {
			list = append(list, l.theirs[i])
		}
	}
	return list
}
