package boltdb

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// lastUse collects when devices and feed addresses were used, so that reading
// costs no commit; it is saved now and then and on Close.
type lastUse struct {
	mu    sync.Mutex
	at    map[string]time.Time // digest of the secret → time
	saved time.Time
}

// saveEvery is how much of "last used" a crash may cost.
const saveEvery = 10 * time.Minute

// AddDevice makes a device that is found by digest.
func (s *Store) AddDevice(ctx context.Context, digest []byte, d bridge.Device) (bridge.Device, error) {
	d.ID, d.Created = newID(), s.now().UTC()
	err := s.update(ctx, func(tx *bolt.Tx) error {
		if tx.Bucket(inUsers).Get([]byte(d.User)) == nil {
			return noUser(d.User)
		}
		return put(tx.Bucket(inDevices), string(digest), d)
	})
	return d, err
}

// Device returns the device that digest belongs to, and marks it as used. The
// fault is Absent where there is none.
func (s *Store) Device(ctx context.Context, digest []byte) (device bridge.Device, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		d, ok, err := s.devices.get(tx.Bucket(inDevices), string(digest))
		switch {
		case err != nil:
			return err
		case !ok:
			return &bridge.Fault{Kind: bridge.Absent, What: "no such app password"}
		}
		device = *d
		return nil
	})
	if err == nil {
		err = s.used(ctx, digest)
	}
	return device, err
}

// Devices returns a user's devices, oldest first; of all users where user is
// empty.
func (s *Store) Devices(ctx context.Context, user string) (devices []bridge.Device, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		return tx.Bucket(inDevices).ForEach(func(k, data []byte) error {
			var d bridge.Device
			if err := decode(data, &d); err != nil {
				return err
			}
			d.LastUsed = s.lastUsed(string(k), d.LastUsed)
			if user == "" || d.User == user {
				devices = append(devices, d)
			}
			return nil
		})
	})
	slices.SortFunc(devices, func(a, b bridge.Device) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return devices, err
}

// RevokeDevice takes away a device of user; it bites at the next request.
func (s *Store) RevokeDevice(ctx context.Context, user, id string) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		found := false
		err := removeWhere(tx.Bucket(inDevices), func(d bridge.Device) bool {
			hit := d.ID == id && (user == "" || d.User == user)
			found = found || hit
			return hit
		})
		if err == nil && !found {
			err = &bridge.Fault{Kind: bridge.Absent, What: "there is no app password with the id " + bridge.Excerpt(id),
				Fix: "calbridge password list shows them"}
		}
		return err
	})
}

func (s *Store) used(ctx context.Context, digest []byte) error {
	now := s.now().UTC()
	s.seen.mu.Lock()
	if s.seen.at == nil {
		s.seen.at, s.seen.saved = map[string]time.Time{}, now
	}
	s.seen.at[string(digest)] = now
	due := now.Sub(s.seen.saved) > saveEvery
	s.seen.mu.Unlock()
	if due {
		return s.saveUse(ctx)
	}
	return nil
}

func (s *Store) lastUsed(digest string, stored time.Time) time.Time {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	if at := s.seen.at[digest]; at.After(stored) {
		return at
	}
	return stored
}

// saveUse writes the collected times of use, in one transaction.
func (s *Store) saveUse(ctx context.Context) error {
	s.seen.mu.Lock()
	at := s.seen.at
	s.seen.at, s.seen.saved = map[string]time.Time{}, s.now().UTC()
	s.seen.mu.Unlock()
	if len(at) == 0 {
		return nil
	}
	return s.update(ctx, func(tx *bolt.Tx) error {
		for digest, t := range at {
			if err := saveUseOf(tx, digest, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func saveUseOf(tx *bolt.Tx, digest string, t time.Time) error {
	devices := tx.Bucket(inDevices)
	d, ok, err := get[bridge.Device](devices, digest)
	if err != nil {
		return err
	}
	if ok {
		d.LastUsed = t
		return put(devices, digest, d)
	}
	return touchAddress(tx, digest, t)
}
