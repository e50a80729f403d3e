package graphfake

import (
	"fmt"
	"slices"
)

// ListDates lets a series take place on the given dates (yyyy-mm-dd, in its
// zone) and no others, whatever its pattern says: as Exchange does with rules
// that Graph's schema has no words for, such as those of lunar calendars.
// Requests are told patternType as the type of its pattern, or the pattern as
// it is where patternType is empty. A request that sets recurrence ends this.
func (m *Mailbox) ListDates(masterID, patternType string, dates ...string) error {
	return m.edit("list dates", masterID, func(it instance) (string, error) {
		s := it.rec.series
		if s == nil || it.occurrence || len(dates) == 0 {
			return "", badRequest("ErrorInvalidRequest", "Dates can only be listed for a series master.")
		}
		var list []day
		for _, text := range dates {
			d, err := parseDay(text)
			if err != nil {
				return "", err
			}
			list = append(list, d)
		}
		slices.Sort(list)
		s.listed, s.foreign = slices.Compact(list), patternType
		s.start, s.final = list[0], list[len(list)-1]
		m.touch(it.rec)
		return fmt.Sprintf("%q takes place on %d dates", it.rec.subject(), len(s.listed)), nil
	})
}

// falls tells whether the series takes place on a day in its range.
func (s *series) falls(d day) bool {
	if s.listed == nil {
		return s.pattern.falls(s.start, d)
	}
	_, ok := slices.BinarySearch(s.listed, d)
	return ok
}

func (s *series) slotsListed(from, to day, yield func(day) bool) {
	i, _ := slices.BinarySearch(s.listed, from)
	for _, d := range s.listed[i:] {
		if d > to || !yield(d) {
			return
		}
	}
}

// object writes the recurrence as requests are told it.
func (s *series) object() object {
	o := s.recurrence.object()
	if s.foreign != "" {
		p := s.pattern.object()
		p.set("type", s.foreign)
		o.set("pattern", p)
	}
	return o
}
