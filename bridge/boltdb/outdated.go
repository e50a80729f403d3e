package boltdb

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// Outdated returns up to n items of a calendar that another version of the
// conversion made objects of, or could not, and how many there are in all. To
// note them in a round brings them up to date. Where there are none, the
// calendar is stored as being of this version; as long as it is, Outdated need
// not be called. While a full round is under way none is named: it reads all of
// them.
func (s *Store) Outdated(ctx context.Context, id bridge.CalendarID, converter uint16, n int) (list []bridge.SourceID, left int, err error) {
	var rec *calendarRecord
	err = s.view(ctx, func(tx *bolt.Tx) error {
		w, err := s.rewriter(tx, id)
		if err != nil {
			return err
		}
		if rec = w.rec; rec.Building != 0 {
			n = 0
		}
		list, left, err = w.outdated(converter, n)
		return err
	})
	if left > 0 {
		converter = 0
	}
	if err != nil || rec.Gen == 0 || rec.Outdated == left && rec.Converter == converter {
		return list, left, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		rec, err := calendar(tx, id)
		if err != nil {
			return err
		}
		rec.Outdated, rec.Converter = left, converter
		return putCalendar(tx, rec)
	})
	return list, left, err
}

// outdated looks at all objects, and at the items that are kept aside: this
// version of conversion or renderer may be the one that can read them.
func (w *writer) outdated(converter uint16, n int) (list []bridge.SourceID, left int, err error) {
	if w.gen == nil {
		return nil, 0, nil
	}
	take := func(source bridge.SourceID) {
		if left++; len(list) < n {
			list = append(list, source)
		}
	}
	aside, err := all[badRecord](w.cal.Bucket(inBad))
	if err != nil {
		return nil, 0, err
	}
	tried := map[bridge.SourceID]bool{}
	for _, b := range aside {
		tried[b.Source] = true
		if b.Converter != converter || b.Renderer != w.store.renderer.Version {
			take(b.Source)
		}
	}
	err = w.gen.Bucket(inRows).ForEach(func(name, data []byte) error {
		r, err := decodeRow(string(name), data)
		if err == nil && r.Converter != converter && !tried[r.Source] && !r.Source.IsBanner() {
			take(r.Source)
		}
		return err
	})
	return list, left, err
}
