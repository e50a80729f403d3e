package boltdb

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// calendarRecord is a calendar with what only the store needs to know of it.
type calendarRecord struct {
	bridge.Calendar
	Gen      uint32     // the served generation; 0 where none is complete
	Building uint32     // the generation that a full round fills; 0 where none does
	LastGen  uint32     // the highest number given
	Floor    bridge.Seq // points before it are no longer answerable

	Renderer uint16   // version of the renderer that objects are written with now
	Pass     uint32   // counts the reasons to render again, so that one under way notices the next
	Behind   []string `json:",omitempty"` // what changed since the generation being built was begun
}

// SetCalendars takes in a complete listing of an account's calendars. Known
// ones are updated and keep id and history, and so do those that Listed.Was
// names. One without events that vanished while another of the same owner and
// name came up is taken to be that one: there is nothing to tell them apart by.
// What is left is returned as missing: its absence is no proof yet. What env
// says of the mailbox is stored with all of them, see [bridge.Env.Renewed].
func (s *Store) SetCalendars(ctx context.Context, account bridge.AccountID, listed []bridge.Listed, env bridge.Env) (missing []bridge.Calendar, err error) {
	var stale []bridge.CalendarID
	err = s.update(ctx, func(tx *bolt.Tx) error {
		a, ok, err := get[bridge.Account](tx.Bucket(inAccounts), string(account))
		if err != nil || !ok {
			return cmp.Or(err, noAccount(account))
		}
		known, err := calendarsOf(tx, account)
		if err != nil {
			return err
		}
		for _, rec := range known {
			if s.renew(rec, env) {
				stale = append(stale, rec.ID)
			}
		}
		missing, err = s.mergeCalendars(tx, a, known, listed, env)
		return err
	})
	if err == nil {
		s.tellStale(stale...)
		err = s.sweepRetired(ctx)
	}
	return missing, err
}

func (s *Store) mergeCalendars(tx *bolt.Tx, a bridge.Account, known []*calendarRecord, listed []bridge.Listed, env bridge.Env) (missing []bridge.Calendar, err error) {
	bySource := map[bridge.SourceID]*calendarRecord{}
	for _, rec := range known {
		bySource[rec.Source] = rec
	}
	current := map[*calendarRecord]bool{}
	for _, l := range listed {
		if rec := bySource[l.Source]; rec != nil {
			current[rec] = true
		}
	}
	for order, l := range listed {
		rec := cmp.Or(bySource[l.Source], sameCalendar(known, current, l))
		if rec == nil {
			if rec, err = s.recall(tx, a.ID, l); err != nil {
				return nil, err
			}
		}
		if rec == nil {
			rec = &calendarRecord{Calendar: newCalendar(a, l, env), Renderer: s.renderer.Version}
			if err := makeCalendar(tx, rec.ID); err != nil {
				return nil, err
			}
		}
		current[rec], bySource[l.Source] = true, rec // pages that shift tell a calendar twice
		if err := relist(tx, rec, l, order); err != nil {
			return nil, err
		}
	}
	for _, rec := range known {
		if !current[rec] {
			missing = append(missing, rec.Calendar)
			if err := putCalendar(tx, rec); err != nil {
				return nil, err
			}
		}
	}
	return missing, nil
}

// relist takes in what the source says of a calendar now. Under another source
// id the resume point means nothing: the calendar is read again.
func relist(tx *bolt.Tx, rec *calendarRecord, l bridge.Listed, order int) error {
	reissued := rec.Source != l.Source
	rec.Listed, rec.Order = l, order
	if reissued {
		return beginFull(tx, tx.Bucket(inCal).Bucket([]byte(rec.ID)), rec)
	}
	return putCalendar(tx, rec)
}

// sameCalendar finds the calendar that is no longer listed under its old source
// id and that l is: by its events, or by owner and name where it has none.
func sameCalendar(known []*calendarRecord, current map[*calendarRecord]bool, l bridge.Listed) *calendarRecord {
	for _, rec := range known {
		if !current[rec] && rec.sameAs(l) && (rec.ID == l.Was || l.Was == "" && rec.Objects == 0) {
			return rec
		}
	}
	return nil
}

// sameAs reports whether owner, name and mailbox are those of l.
func (rec *calendarRecord) sameAs(l bridge.Listed) bool {
	return rec.Name == l.Name && strings.EqualFold(rec.Owner.Address, l.Owner.Address) && strings.EqualFold(rec.Mailbox, l.Mailbox)
}

func newCalendar(a bridge.Account, l bridge.Listed, env bridge.Env) bridge.Calendar {
	return bridge.Calendar{
		ID: bridge.CalendarID(newID()), Account: a.ID, User: a.User, Listed: l, Env: env,
		Hidden: l.Peripheral, Point: bridge.Point{History: newID()},
	}
}

func makeCalendar(tx *bolt.Tx, id bridge.CalendarID) error {
	b, err := tx.Bucket(inCal).CreateBucket([]byte(id))
	for _, name := range [][]byte{inGen, inNames, inUIDs, inJournal, inSeqs, inDirty, inBad} {
		if err == nil {
			_, err = b.CreateBucket(name)
		}
	}
	return err
}

func putCalendar(tx *bolt.Tx, rec *calendarRecord) error {
	return put(tx.Bucket(inCalendars), string(rec.ID), rec)
}

func calendar(tx *bolt.Tx, id bridge.CalendarID) (*calendarRecord, error) {
	rec, ok, err := get[calendarRecord](tx.Bucket(inCalendars), string(id))
	if err == nil && !ok {
		err = noCalendar(id)
	}
	return &rec, err
}

// calendar returns a calendar's record, which must not be changed.
func (s *Store) calendar(tx *bolt.Tx, id bridge.CalendarID) (*calendarRecord, error) {
	rec, ok, err := s.records.get(tx.Bucket(inCalendars), string(id))
	if err == nil && !ok {
		err = noCalendar(id)
	}
	return rec, err
}

func noCalendar(id bridge.CalendarID) error {
	return &bridge.Fault{Kind: bridge.Absent, What: "there is no calendar " + bridge.Excerpt(string(id)), Fix: "calbridge calendars shows them"}
}

func calendarsOf(tx *bolt.Tx, account bridge.AccountID) ([]*calendarRecord, error) {
	list, err := all[*calendarRecord](tx.Bucket(inCalendars))
	return slices.DeleteFunc(list, func(rec *calendarRecord) bool { return account != "" && rec.Account != account }), err
}

// Calendars returns the calendars of an account in the source's order; of all
// accounts where account is empty.
func (s *Store) Calendars(ctx context.Context, account bridge.AccountID) (list []bridge.Calendar, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		return tx.Bucket(inCalendars).ForEach(func(key, data []byte) error {
			rec, err := s.records.decode(string(key), data)
			if err == nil && (account == "" || rec.Account == account) {
				list = append(list, rec.Calendar)
			}
			return err
		})
	})
	slices.SortFunc(list, func(a, b bridge.Calendar) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// UserCalendars returns the calendars that readers of user may see, in a
// stable order.
func (s *Store) UserCalendars(ctx context.Context, user string) ([]bridge.Calendar, error) {
	list, err := s.Calendars(ctx, "")
	return slices.DeleteFunc(list, func(c bridge.Calendar) bool { return c.User != user || !c.Served() }), err
}

// Calendar returns one calendar; the fault is Absent where there is none.
func (s *Store) Calendar(ctx context.Context, id bridge.CalendarID) (cal bridge.Calendar, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		rec, err := s.calendar(tx, id)
		if err == nil {
			cal = rec.Calendar
		}
		return err
	})
	return cal, err
}

// Show makes a calendar mirrored and served, or neither. What was mirrored of
// a hidden one stays until it is shown again.
func (s *Store) Show(ctx context.Context, id bridge.CalendarID, show bool) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		rec, err := calendar(tx, id)
		if err != nil {
			return err
		}
		rec.Hidden = !show
		return putCalendar(tx, rec)
	})
}

// Report keeps how a calendar is followed and what is wrong with it.
func (s *Store) Report(ctx context.Context, id bridge.CalendarID, rung string, trouble *bridge.Trouble) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		rec, err := calendar(tx, id)
		if err != nil {
			return err
		}
		rec.Rung, rec.Trouble = rung, trouble
		return putCalendar(tx, rec)
	})
}

// Checked keeps what comparing a whole calendar with its source came to.
func (s *Store) Checked(ctx context.Context, id bridge.CalendarID, c bridge.Check) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		rec, err := calendar(tx, id)
		if err != nil {
			return err
		}
		c.Total = rec.Check.Total + c.Repaired
		rec.Check = c
		return putCalendar(tx, rec)
	})
}

// EndAccountRound stores where an account's idle calendars stand and how the
// account is, all in one transaction. A zero at leaves the times as they are:
// the round did not complete.
func (s *Store) EndAccountRound(ctx context.Context, id bridge.AccountID, marks []bridge.Mark, trouble *bridge.Trouble, at time.Time) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		for _, m := range marks {
			rec, err := calendar(tx, m.Calendar)
			if err != nil {
				return err
			}
			rec.SyncedAt, rec.Trouble = s.now().UTC(), nil
			b := tx.Bucket(inCal).Bucket([]byte(m.Calendar))
			if err := cmp.Or(b.Put(cursorKey, m.Next), putCalendar(tx, rec)); err != nil {
				return err
			}
		}
		return updateAccount(tx, id, func(a *bridge.Account) {
			a.Trouble = trouble
			if !at.IsZero() {
				a.LastSync = at.UTC()
			}
		})
	})
}

// Bad returns the items of a calendar that are kept aside, with their causes.
func (s *Store) Bad(ctx context.Context, id bridge.CalendarID) (items []bridge.BadItem, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(inCal).Bucket([]byte(id))
		if b == nil {
			return nil
		}
		records, err := all[badRecord](b.Bucket(inBad))
		for _, r := range records {
			items = append(items, r.BadItem)
		}
		return err
	})
	return items, err
}

// DropCalendar takes away a calendar with all that was mirrored of it.
func (s *Store) DropCalendar(ctx context.Context, id bridge.CalendarID) error {
	if err := s.update(ctx, func(tx *bolt.Tx) error { return removeCalendar(tx, id) }); err != nil {
		return err
	}
	return s.update(ctx, func(tx *bolt.Tx) error {
		cals := tx.Bucket(inCal)
		if cals.Bucket([]byte(id)) == nil {
			return nil
		}
		return cals.DeleteBucket([]byte(id))
	})
}
