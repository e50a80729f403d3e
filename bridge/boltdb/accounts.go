package boltdb

import (
	"cmp"
	"context"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// Accounts returns all accounts, oldest first.
func (s *Store) Accounts(ctx context.Context) (accounts []bridge.Account, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		accounts, err = all[bridge.Account](tx.Bucket(inAccounts))
		return err
	})
	slices.SortFunc(accounts, func(a, b bridge.Account) int {
		return cmp.Or(a.Added.Compare(b.Added), cmp.Compare(a.ID, b.ID))
	})
	return accounts, err
}

// SaveAccount stores an account together with its sealed secret. An account of
// the same user, kind and address is replaced and keeps its id and calendars:
// that is what signing in again means.
func (s *Store) SaveAccount(ctx context.Context, a bridge.Account, seal func(bridge.AccountID) ([]byte, error)) (bridge.Account, error) {
	err := s.update(ctx, func(tx *bolt.Tx) error {
		accounts := tx.Bucket(inAccounts)
		list, err := all[bridge.Account](accounts)
		if err != nil {
			return err
		}
		a.ID, a.Added = bridge.AccountID(newID()), s.now().UTC()
		for _, old := range list {
			if old.User == a.User && old.Kind == a.Kind && strings.EqualFold(old.Address, a.Address) {
				a.ID, a.Added, a.LastSync = old.ID, old.Added, old.LastSync
				if a.Others == nil {
					a.Others = old.Others
				}
			}
		}
		sealed, err := seal(a.ID)
		if err != nil {
			return err
		}
		return cmp.Or(tx.Bucket(inSecrets).Put([]byte(a.ID), sealed), put(accounts, string(a.ID), a))
	})
	return a, err
}

// UpdateAccount changes an account's record in place.
func (s *Store) UpdateAccount(ctx context.Context, id bridge.AccountID, change func(*bridge.Account)) error {
	return s.update(ctx, func(tx *bolt.Tx) error { return updateAccount(tx, id, change) })
}

func updateAccount(tx *bolt.Tx, id bridge.AccountID, change func(*bridge.Account)) error {
	accounts := tx.Bucket(inAccounts)
	a, ok, err := get[bridge.Account](accounts, string(id))
	if err != nil || !ok {
		return cmp.Or(err, noAccount(id))
	}
	change(&a)
	return put(accounts, string(id), a)
}

func noAccount(id bridge.AccountID) error {
	return &bridge.Fault{Kind: bridge.Absent, What: "there is no account " + string(id)}
}

// Secret returns the sealed secret of an account, nil where there is none.
func (s *Store) Secret(ctx context.Context, id bridge.AccountID) (sealed []byte, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		sealed = clone(tx.Bucket(inSecrets).Get([]byte(id)))
		return nil
	})
	return sealed, err
}

// SaveSecret replaces the sealed secret of an account. When it returns nil the
// secret is on disk.
func (s *Store) SaveSecret(ctx context.Context, id bridge.AccountID, sealed []byte) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		if tx.Bucket(inAccounts).Get([]byte(id)) == nil {
			return noAccount(id)
		}
		return tx.Bucket(inSecrets).Put([]byte(id), sealed)
	})
}
