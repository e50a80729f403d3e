package boltdb

import (
	"cmp"
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// RemoveAccount takes away an account, its secret and its calendars. What readers
// and syncers see of them goes at once; what was mirrored goes by and by, the
// rest, where that is cut off, when the store is opened next.
func (s *Store) RemoveAccount(ctx context.Context, id bridge.AccountID) error {
	var doomed []bridge.CalendarID
	err := s.update(ctx, func(tx *bolt.Tx) (err error) {
		doomed, err = removeAccount(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	return s.dropAll(ctx, doomed)
}

// removeAccount takes an account's records away, and returns the calendars that
// they were of.
func removeAccount(tx *bolt.Tx, id bridge.AccountID) (doomed []bridge.CalendarID, err error) {
	shown, err := all[calendarRecord](tx.Bucket(inCalendars))
	retired, err2 := all[retiredRecord](tx.Bucket(inRetired))
	for _, r := range retired {
		shown = append(shown, r.calendarRecord)
	}
	for _, c := range shown {
		if c.Account == id {
			doomed = append(doomed, c.ID)
			err = cmp.Or(err, removeCalendar(tx, c.ID))
		}
	}
	return doomed, cmp.Or(err, err2, tx.Bucket(inSecrets).Delete([]byte(id)), tx.Bucket(inAccounts).Delete([]byte(id)))
}

// removeCalendar takes a calendar's records away: nobody sees it any more.
func removeCalendar(tx *bolt.Tx, id bridge.CalendarID) error {
	return cmp.Or(tx.Bucket(inCalendars).Delete([]byte(id)), tx.Bucket(inRetired).Delete([]byte(id)),
		dropOverlays(tx, func(_ string, p bridge.Place) bool { return p == bridge.OnCalendar(id) }))
}

func (s *Store) dropAll(ctx context.Context, list []bridge.CalendarID) (err error) {
	for _, id := range list {
		err = cmp.Or(err, s.DropCalendar(ctx, id))
	}
	return err
}

// dropOrphans takes away what a removal that was cut off left: calendars that no
// record names any more, or one of an account that is gone.
func (s *Store) dropOrphans() error {
	ctx := context.Background()
	var doomed []bridge.CalendarID
	err := s.view(ctx, func(tx *bolt.Tx) error {
		return tx.Bucket(inCal).ForEachBucket(func(id []byte) error {
			rec, shown, err := get[calendarRecord](tx.Bucket(inCalendars), string(id))
			if !shown && err == nil {
				var r retiredRecord
				r, shown, err = get[retiredRecord](tx.Bucket(inRetired), string(id))
				rec = r.calendarRecord
			}
			if err == nil && (!shown || tx.Bucket(inAccounts).Get([]byte(rec.Account)) == nil) {
				doomed = append(doomed, bridge.CalendarID(id))
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	return s.dropAll(ctx, doomed)
}
