package boltdb

import (
	"cmp"
	"context"
	"slices"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

func noUser(name string) error {
	return &bridge.Fault{Kind: bridge.Absent, What: "there is no user named " + name,
		Fix: "calbridge user list shows the users, calbridge user add makes one"}
}

// Users returns all users, the owner first.
func (s *Store) Users(ctx context.Context) (users []bridge.User, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		users, err = all[bridge.User](tx.Bucket(inUsers))
		return err
	})
	slices.SortStableFunc(users, func(a, b bridge.User) int {
		if a.Owner != b.Owner {
			return map[bool]int{true: -1, false: 1}[a.Owner]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return users, err
}

// User returns the user of that name; the fault is Absent where there is none.
func (s *Store) User(ctx context.Context, name string) (user bridge.User, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		u, ok, err := get[bridge.User](tx.Bucket(inUsers), name)
		if err == nil && !ok {
			err = noUser(name)
		}
		user = u
		return err
	})
	return user, err
}

// AddUser makes a user; the first one is the owner.
func (s *Store) AddUser(ctx context.Context, name string) (user bridge.User, err error) {
	err = s.update(ctx, func(tx *bolt.Tx) error {
		users := tx.Bucket(inUsers)
		if users.Get([]byte(name)) != nil {
			return &bridge.Fault{Kind: bridge.Invalid, What: "there is a user named " + name + " already",
				Fix: "choose another name"}
		}
		first, _ := users.Cursor().First()
		user = bridge.User{Name: name, Owner: first == nil, Created: s.now().UTC()}
		return put(users, name, user)
	})
	return user, err
}

// SetPassword keeps the hash of a user's page password.
func (s *Store) SetPassword(ctx context.Context, name, hash string) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		users := tx.Bucket(inUsers)
		u, ok, err := get[bridge.User](users, name)
		if err != nil || !ok {
			return cmp.Or(err, noUser(name))
		}
		u.Password = hash
		return put(users, name, u)
	})
}

// RemoveUser takes away a user with all that is theirs: devices, feeds,
// accounts, calendars. The owner can only go last.
func (s *Store) RemoveUser(ctx context.Context, name string) error {
	var doomed []bridge.CalendarID
	err := s.update(ctx, func(tx *bolt.Tx) error {
		accounts, err := all[bridge.Account](tx.Bucket(inAccounts))
		if err = cmp.Or(err, removeUser(tx, name)); err != nil {
			return err
		}
		for _, a := range accounts {
			if a.User == name {
				list, err := removeAccount(tx, a.ID)
				if err != nil {
					return err
				}
				doomed = append(doomed, list...)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.dropAll(ctx, doomed)
}

func removeUser(tx *bolt.Tx, name string) error {
	users := tx.Bucket(inUsers)
	u, ok, err := get[bridge.User](users, name)
	switch {
	case err != nil || !ok:
		return cmp.Or(err, noUser(name))
	case u.Owner && users.Stats().KeyN > 1:
		return &bridge.Fault{Kind: bridge.Invalid, What: name + " is the owner of this server",
			Why: "the owner sees its problems and settings", Fix: "remove the other users first"}
	}
	if err := removeWhere(tx.Bucket(inDevices), func(d bridge.Device) bool { return d.User == name }); err != nil {
		return err
	}
	if err := removeWhere(tx.Bucket(inFeeds), func(f bridge.Feed) bool { return f.User == name }); err != nil {
		return err
	}
	if err := dropOverlays(tx, func(user string, _ bridge.Place) bool { return user == name }); err != nil {
		return err
	}
	return users.Delete([]byte(name))
}

// removeWhere deletes the records that match.
func removeWhere[T any](b *bolt.Bucket, match func(T) bool) error {
	var doomed [][]byte
	err := b.ForEach(func(k, data []byte) error {
		var v T
		err := decode(data, &v)
		if err == nil && match(v) {
			doomed = append(doomed, clone(k))
		}
		return err
	})
	for _, k := range doomed {
		err = cmp.Or(err, b.Delete(k))
	}
	return err
}
