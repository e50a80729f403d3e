package caldav

import (
	"net/http"

	"calbridge/bridge/ics"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// bound refuses searches whose expansions would give more instances than an
// answer should hold (RFC 4791 §7.8), before anything is written.
func bound(list []*search) error {
	n := 0
	for _, q := range list {
		count, err := q.count()
		if err != nil {
			return err
		}
		if n += count; n > ics.MaxInstances {
			return errTooManyMatches
		}
	}
	return nil
}

var errTooManyMatches = refuse(http.StatusInsufficientStorage, davxml.DAV("number-of-matches-within-limits"))

// count tells to how many instances the series in the range of an expansion
// expand.
func (q *search) count() (n int, err error) {
	if q.data == nil || q.data.Expand == nil {
		return 0, nil
	}
	w := component.WindowOf(*q.data.Expand, q.loc)
	within := *q
	within.filter, within.data = &component.Filter{Window: &w}, nil
	for hit, err := range within.hits() {
		if err != nil {
			return n, err
		}
		if !hit.row.Recurs {
			continue
		}
		one := within.h.series.Count(within.key(hit.row.Name), &hit.row, &w)
		if n += one; n > ics.MaxInstances || component.TooMany(one, hit.row.Size) {
			return n, errTooManyMatches
		}
	}
	return n, nil
}
