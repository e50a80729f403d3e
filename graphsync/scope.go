package graphsync

import (
	"encoding/json"
	"slices"
	"time"

	"calbridge/bridge"
)

// Scope is how much of a calendar is mirrored, counted from now. Zero is all of
// it. A series is mirrored whole when any of its instances is inside.
type Scope struct {
	Past   time.Duration `json:"past,omitempty"`
	Future time.Duration `json:"future,omitempty"`
}

// All reports whether nothing is left out.
func (s Scope) All() bool { return s == Scope{} }

// holds reports whether a series takes place within the scope.
func (s Scope) holds(series *bridge.Series, now time.Time) bool {
	if s.All() {
		return true
	}
	from, to := s.around(now)
	return series.Touches(from, to)
}

// around is the scope as a range; a zero time leaves that side open.
func (s Scope) around(now time.Time) (from, to time.Time) {
	if s.Past > 0 {
		from = now.Add(-s.Past)
	}
	if s.Future > 0 {
		to = now.Add(s.Future)
	}
	return from, to
}

// whole returns those of the months that are mirrored from end to end. The
// others cannot be compared with the mailbox.
func (s Scope) whole(months []stretch, now time.Time) []stretch {
	from, to := s.around(now.Add(24 * time.Hour)) // as it may have been a day ago
	return slices.DeleteFunc(slices.Clone(months), func(m stretch) bool {
		return m.from.Before(from) || !to.IsZero() && m.to.After(to.AddDate(0, 0, -3))
	})
}

// listedOutside reports whether a line of a listing is of an event outside the
// scope. Changed instances of a series are not known here; one that is mirrored
// is looked at as a whole.
func (p *pull) listedOutside(raw json.RawMessage) bool {
	it, err := readItem(raw)
	if err != nil {
		return false
	}
	s, err := convertMaster(it, nil, nil)
	return err == nil && !p.scope.holds(s, p.now())
}
