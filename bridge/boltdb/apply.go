package boltdb

import (
	"cmp"
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// writer is one read-write transaction of a round.
type writer struct {
	store *Store
	tx    *bolt.Tx
	rec   *calendarRecord
	round bridge.Round
	cal   *bolt.Bucket // of the calendar
	gen   *bolt.Bucket // of the round's generation
	now   time.Time
	moved bool // the calendar's record has to be written

	converter uint16 // version of the conversion that made what is applied
}

func (s *Store) writer(tx *bolt.Tx, r bridge.Round) (*writer, error) {
	rec, err := calendar(tx, r.Calendar)
	if err != nil {
		return nil, err
	}
	if want := cmp.Or(rec.Building, rec.Gen); r.Gen != want || r.Full != (rec.Building != 0) {
		return nil, fmt.Errorf("boltdb: round %d of calendar %s is over, %d is open", r.Gen, r.Calendar, want)
	}
	w := &writer{store: s, tx: tx, rec: rec, round: r, now: s.now().UTC()}
	w.cal = tx.Bucket(inCal).Bucket([]byte(r.Calendar))
	w.gen = w.generation(r.Gen)
	return w, nil
}

func (w *writer) generation(n uint32) *bolt.Bucket { return w.cal.Bucket(inGen).Bucket(genKey(n)) }

// Apply settles items of the round: their UIDs, their bytes, their entries in
// the journal, and that they are no longer dirty. It also notes the batch's
// page. All of it is one transaction.
func (s *Store) Apply(ctx context.Context, r bridge.Round, batch bridge.Batch) error {
	moved := false
	err := s.update(ctx, func(tx *bolt.Tx) error {
		w, err := s.writer(tx, r)
		if err != nil {
			return err
		}
		w.converter = batch.Converter
		before := w.rec.Point
		for _, c := range batch.Changes {
			if err := w.apply(c); err != nil {
				return err
			}
		}
		moved = w.rec.Point != before
		return cmp.Or(w.note(batch.Page), w.close())
	})
	if err == nil && moved {
		s.Hub.Tell(r.Calendar)
	}
	return err
}

func (w *writer) close() error {
	if !w.moved {
		return nil
	}
	return putCalendar(w.tx, w.rec)
}

func (w *writer) apply(c bridge.Change) (err error) {
	switch {
	case c.Gone:
		err = w.remove(c.Source)
	case c.Bad != nil:
		err = w.setAside(c.Source, c.Revision, c.Bad)
	default:
		c.Upsert.Converter = w.converter
		err = w.upsert(c.Upsert)
	}
	return cmp.Or(err, w.cal.Bucket(inDirty).Delete(sourceKey(c.Source)))
}

func (w *writer) upsert(s *bridge.Series) error {
	for _, o := range s.Overrides { // one that was an orphan until now
		if err := w.remove(o.Source); err != nil {
			return err
		}
	}
	id, err := w.settle(s)
	if err != nil {
		return err
	}
	if err := w.place(s, id); err != nil {
		if bridge.KindOf(err) == bridge.Invalid {
			return w.setAside(s.Source, s.Revision, bridge.AsFault(err))
		}
		return err
	}
	return w.cal.Bucket(inBad).Delete(sourceKey(s.Source))
}

// place renders a series under its settled identity and stores the result.
func (w *writer) place(s *bridge.Series, id identity) error {
	s.UID = id.UID
	obj, err := w.store.render(s, w.rec.Env)
	if err != nil {
		return err
	}
	old, err := w.row(w.gen, id.Name)
	if err != nil {
		return err
	}
	if err := cmp.Or(w.putObject(s, id, obj, old), w.putParts(s)); err != nil {
		return err
	}
	if old == nil && !s.Source.IsBanner() {
		w.count(1)
	}
	if old == nil || old.ETag != obj.ETag {
		return w.journal(id.Name, false)
	}
	return nil
}

func (s *Store) render(series *bridge.Series, env bridge.Env) (bridge.Object, error) {
	obj, err := s.renderer.Render(*series, env)
	if err != nil {
		err = &bridge.Fault{Kind: bridge.Invalid, What: "it cannot be written as iCalendar", Err: err}
	}
	return obj, err
}

// putRendered stores what a series came to; old is the row before, nil where
// there was none.
func (w *writer) putRendered(name []byte, s *bridge.Series, obj bridge.Object, old *row) error {
	r := row{
		Row:    bridge.Row{ETag: obj.ETag, Size: len(obj.Body), Span: obj.Span, Recurs: obj.Recurs},
		Source: s.Source, Revision: s.Revision, UID: s.UID, EventsAt: obj.EventsAt, Zones: obj.Zones,
		Converter: s.Converter, Renderer: w.store.renderer.Version,
	}
	line, err := r.encode()
	if err != nil {
		return err
	}
	return cmp.Or(
		w.index(name, line, old, obj.Span),
		putChanged(w.gen.Bucket(inRows), name, line),
		putChanged(w.gen.Bucket(inBodies), name, obj.Body),
		w.putRemarks(string(name), s.Source, obj.Remarks),
		w.putListed(string(name), s))
}

func (w *writer) putObject(s *bridge.Series, id identity, obj bridge.Object, old *row) error {
	data, err := encodeSeries(s)
	if err != nil {
		return err
	}
	name := []byte(id.Name)
	return cmp.Or(
		w.putRendered(name, s, obj, old),
		putChanged(w.gen.Bucket(inSeries), name, data),
		putChanged(w.gen.Bucket(inClaims), claimKey(s.Claim, s.Source), nil))
}

// putChanged leaves a page alone that holds the value already.
func putChanged(b *bolt.Bucket, key, value []byte) error {
	if old := b.Get(key); old != nil && string(old) == string(value) {
		return nil
	}
	return b.Put(key, value)
}

func (w *writer) putParts(s *bridge.Series) (err error) {
	parts := w.gen.Bucket(inParts)
	for _, o := range s.Overrides {
		if o.Source != "" && o.Source != s.Source {
			err = cmp.Or(err, putChanged(parts, sourceKey(o.Source), sourceKey(s.Source)))
		}
	}
	return err
}

// remove takes the object of source out of the round's generation, where it
// has one.
func (w *writer) remove(source bridge.SourceID) error {
	if source == "" {
		return nil
	}
	err := w.cal.Bucket(inBad).Delete(sourceKey(source))
	id, known, err2 := w.identity(source)
	if err = cmp.Or(err, err2); err != nil || !known {
		return err
	}
	r, err := w.row(w.gen, id.Name)
	if err != nil || r == nil || r.Source != source {
		return err
	}
	return cmp.Or(w.dropObject(id.Name), w.journal(id.Name, true))
}

func (w *writer) dropObject(name string) error {
	key := []byte(name)
	s, err := w.series(w.gen, name)
	if err == nil {
		err = w.gen.Bucket(inClaims).Delete(claimKey(s.Claim, s.Source))
	}
	if old, err2 := w.row(w.gen, name); old != nil {
		err = cmp.Or(err, w.gen.Bucket(inTimes).Delete(timeKey(key, old.Span)))
	} else {
		err = cmp.Or(err, err2)
	}
	if err == nil && !s.Source.IsBanner() {
		w.count(-1)
	}
	return cmp.Or(err, w.putRemarks(name, "", nil), w.putListed(name, nil), w.gen.Bucket(inRows).Delete(key), w.gen.Bucket(inBodies).Delete(key), w.gen.Bucket(inSeries).Delete(key))
}

// setAside keeps an item out of what is served, with its cause. What was
// served of it before stays.
func (w *writer) setAside(source bridge.SourceID, revision bridge.Revision, cause *bridge.Fault) error {
	record := badRecord{BadItem: bridge.BadItem{Source: source, Cause: cause.Error(), Failed: cause.Code != ""},
		Revision: revision, Gen: w.round.Gen, Converter: w.converter, Renderer: w.store.renderer.Version}
	if err := put(w.cal.Bucket(inBad), string(source), record); err != nil || !w.round.Full || w.rec.Gen == 0 {
		return err
	}
	return w.carryOver(source)
}

// carryOver copies an object of the served generation into the new one.
func (w *writer) carryOver(source bridge.SourceID) error {
	id, known, err := w.identity(source)
	if err != nil || !known {
		return err
	}
	served := w.generation(w.rec.Gen)
	old, err := w.row(served, id.Name)
	if err != nil || old == nil || old.Source != source {
		return err
	}
	s, err := w.series(served, id.Name)
	if err != nil {
		return err
	}
	if id, err = w.settle(s); err != nil {
		return err
	}
	return w.place(s, id)
}

// journal records that name changed. A full round leaves that to its end.
func (w *writer) journal(name string, gone bool) error {
	w.moved = true
	if w.round.Full {
		return nil
	}
	return w.record(name, gone)
}

// record adds name's entry to the journal in place of its former one.
func (w *writer) record(name string, gone bool) error {
	journal, seqs := w.cal.Bucket(inJournal), w.cal.Bucket(inSeqs)
	if old := seqs.Get([]byte(name)); old != nil {
		if err := journal.Delete(old); err != nil {
			return err
		}
	}
	w.rec.Point.Seq++
	w.rec.Changed, w.moved = w.now, true
	key := seqKey(w.rec.Point.Seq)
	entry := journalEntry{Name: name, Gone: gone, At: w.now.Unix()}
	return cmp.Or(journal.Put(key, entry.encode()), seqs.Put([]byte(name), key))
}

func (w *writer) count(n int) {
	if !w.round.Full {
		w.rec.Objects += n
		w.moved = true
	}
}

func (w *writer) row(gen *bolt.Bucket, name string) (*row, error) {
	data := gen.Bucket(inRows).Get([]byte(name))
	if data == nil {
		return nil, nil
	}
	return decodeRow(name, data)
}

func (w *writer) series(gen *bolt.Bucket, name string) (*bridge.Series, error) {
	return decodeSeries(gen.Bucket(inSeries).Get([]byte(name)))
}
