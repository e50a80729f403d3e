package boltdb

import (
	"cmp"
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// SetBanner shows an account's banner in one of its served calendars, the
// default one where there is that; nil takes it down. It is journalled like any
// event, and lasts over full rounds.
func (s *Store) SetBanner(ctx context.Context, account bridge.AccountID, banner *bridge.Series) error {
	var moved []bridge.CalendarID
	err := s.update(ctx, func(tx *bolt.Tx) error {
		list, err := calendarsOf(tx, account)
		if err != nil {
			return err
		}
		home := bannerHome(list)
		for _, rec := range list {
			w, err := s.rewriter(tx, rec.ID)
			if err != nil {
				return err
			}
			if w.gen == nil {
				continue
			}
			before := w.rec.Point
			if rec == home && banner != nil {
				err = w.place(banner, identity{Name: bannerName(account), UID: banner.Claim})
			} else {
				err = w.takeDown(bannerName(account))
			}
			if err = cmp.Or(err, w.closeBanner(before)); err != nil {
				return err
			}
			if w.rec.Point != before {
				moved = append(moved, rec.ID)
			}
		}
		return nil
	})
	for _, id := range moved {
		s.Hub.Tell(id)
	}
	return err
}

// bannerHome is the calendar that readers look at first.
func bannerHome(list []*calendarRecord) (home *calendarRecord) {
	for _, rec := range list {
		if rec.Served() && (home == nil || rec.Default && !home.Default) {
			home = rec
		}
	}
	return home
}

func bannerName(id bridge.AccountID) string { return bridge.ObjectName(bridge.BannerSource(id)) }

func (w *writer) takeDown(name string) error {
	if r, err := w.row(w.gen, name); err != nil || r == nil {
		return err
	}
	return cmp.Or(w.dropObject(name), w.journal(name, true))
}

// closeBanner stores the calendar's record. Entries of banners are counted, so
// that what shows none of them need not move with them.
func (w *writer) closeBanner(before bridge.Point) error {
	w.rec.Banners += w.rec.Point.Seq - before.Seq
	return w.close()
}

// keepBanner takes the banner over into the generation that a full round built.
func (s *Store) keepBanner(ctx context.Context, r bridge.Round) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		w, err := s.writer(tx, r)
		if err != nil || w.rec.Gen == 0 {
			return err
		}
		served := w.generation(w.rec.Gen)
		name := bannerName(w.rec.Account)
		if row, err := w.row(served, name); err != nil || row == nil {
			return err
		}
		banner, err := w.series(served, name)
		if err != nil {
			return err
		}
		return cmp.Or(w.place(banner, identity{Name: name, UID: banner.Claim}), w.close())
	})
}

// banners is how many of the generation's objects no source knows of.
func (w *writer) banners() int {
	if w.gen.Bucket(inRows).Get([]byte(bannerName(w.rec.Account))) == nil {
		return 0
	}
	return 1
}
