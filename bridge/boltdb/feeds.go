package boltdb

import (
	"cmp"
	"context"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// addressRef says which feed a secret's digest leads to.
type addressRef struct{ Feed, Address string }

// AddFeed makes a feed with one address, found by digest.
func (s *Store) AddFeed(ctx context.Context, digest []byte, f bridge.Feed, label string) (bridge.Feed, error) {
	f.ID, f.Created = newID(), s.now().UTC()
	f.Addresses = []bridge.Address{{ID: newID(), Label: label, Created: f.Created}}
	err := s.update(ctx, func(tx *bolt.Tx) error {
		if tx.Bucket(inUsers).Get([]byte(f.User)) == nil {
			return noUser(f.User)
		}
		ref := addressRef{Feed: f.ID, Address: f.Addresses[0].ID}
		return cmp.Or(put(tx.Bucket(inAddresses), string(digest), ref), put(tx.Bucket(inFeeds), f.ID, f))
	})
	return f, err
}

// Feeds returns a user's feeds, oldest first; of all users where user is empty.
func (s *Store) Feeds(ctx context.Context, user string) (feeds []bridge.Feed, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		list, err := all[bridge.Feed](tx.Bucket(inFeeds))
		feeds = slices.DeleteFunc(list, func(f bridge.Feed) bool { return user != "" && f.User != user })
		if err != nil {
			return err
		}
		return s.fillUse(tx, feeds)
	})
	slices.SortFunc(feeds, func(a, b bridge.Feed) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return feeds, err
}

// fillUse adds the times of use that are not saved yet.
func (s *Store) fillUse(tx *bolt.Tx, feeds []bridge.Feed) error {
	at := map[addressRef]time.Time{}
	err := tx.Bucket(inAddresses).ForEach(func(digest, data []byte) error {
		var ref addressRef
		err := decode(data, &ref)
		at[ref] = s.lastUsed(string(digest), time.Time{})
		return err
	})
	for _, f := range feeds {
		for i := range f.Addresses {
			a := &f.Addresses[i]
			if t := at[addressRef{f.ID, a.ID}]; t.After(a.LastUsed) {
				a.LastUsed = t
			}
		}
	}
	return err
}

// FeedAt returns the feed that a secret's digest leads to, with the address
// used; a revoked address is returned as it is. The fault is Absent where the
// digest is unknown.
func (s *Store) FeedAt(ctx context.Context, digest []byte) (feed bridge.Feed, address bridge.Address, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		ref, ok, err := get[addressRef](tx.Bucket(inAddresses), string(digest))
		if err != nil {
			return err
		}
		feed, _, err = get[bridge.Feed](tx.Bucket(inFeeds), ref.Feed)
		i := slices.IndexFunc(feed.Addresses, func(a bridge.Address) bool { return a.ID == ref.Address })
		if err == nil && (!ok || i < 0) {
			return &bridge.Fault{Kind: bridge.Absent, What: "no such feed"}
		}
		if err == nil {
			address = feed.Addresses[i]
		}
		return err
	})
	if err == nil && address.Revoked.IsZero() {
		err = s.used(ctx, digest)
	}
	return feed, address, err
}

// RevokeFeed ends all addresses of the feed of that id: they answer 410 from
// then on, so that readers stop asking.
func (s *Store) RevokeFeed(ctx context.Context, user, id string) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		feeds := tx.Bucket(inFeeds)
		f, ok, err := get[bridge.Feed](feeds, id)
		if err != nil {
			return err
		}
		if !ok || user != "" && f.User != user {
			return &bridge.Fault{Kind: bridge.Absent, What: "there is no feed with the id " + bridge.Excerpt(id),
				Fix: "calbridge feed list shows them"}
		}
		for i := range f.Addresses {
			f.Addresses[i].Revoked = s.now().UTC()
		}
		return put(feeds, id, f)
	})
}

func touchAddress(tx *bolt.Tx, digest string, t time.Time) error {
	ref, ok, err := get[addressRef](tx.Bucket(inAddresses), digest)
	if err != nil || !ok {
		return err
	}
	feeds := tx.Bucket(inFeeds)
	f, ok, err := get[bridge.Feed](feeds, ref.Feed)
	if err != nil || !ok {
		return err
	}
	for i := range f.Addresses {
		if f.Addresses[i].ID == ref.Address {
			f.Addresses[i].LastUsed = t
		}
	}
	return put(feeds, ref.Feed, f)
}
