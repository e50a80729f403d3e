package boltdb

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"calbridge/bridge"
)

// overlayKey orders overlays by their users, whose names hold no zero octet.
func overlayKey(user string, p bridge.Place) []byte { return []byte(user + "\x00" + string(p)) }

// Overlays returns all overlays of a user by what they lie on.
func (s *Store) Overlays(ctx context.Context, user string) (overlays map[bridge.Place]bridge.Overlay, err error) {
	overlays = map[bridge.Place]bridge.Overlay{}
	prefix := overlayKey(user, "")
	err = s.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket(inOverlays).Cursor()
		for k, data := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, data = c.Next() {
			var o bridge.Overlay
			if err := decode(data, &o); err != nil {
				return err
			}
			overlays[bridge.Place(k[len(prefix):])] = o
		}
		return nil
	})
	return overlays, err
}

// EditOverlay changes one overlay of a user in one transaction. An error of
// edit is returned and leaves everything as it was.
func (s *Store) EditOverlay(ctx context.Context, user string, p bridge.Place, edit func(*bridge.Overlay) error) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		if tx.Bucket(inUsers).Get([]byte(user)) == nil {
			return noUser(user)
		}
		b, key := tx.Bucket(inOverlays), string(overlayKey(user, p))
		o, _, err := get[bridge.Overlay](b, key)
		if err != nil {
			return err
		}
		if err := edit(&o); err != nil {
			return err
		}
		if o.Empty() {
			return b.Delete([]byte(key))
		}
		return put(b, key, o)
	})
}

// dropOverlays takes away the overlays whose user and place match.
func dropOverlays(tx *bolt.Tx, match func(user string, p bridge.Place) bool) error {
	b := tx.Bucket(inOverlays)
	var doomed [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if user, place, _ := bytes.Cut(k, []byte{0}); match(string(user), bridge.Place(place)) {
			doomed = append(doomed, clone(k))
		}
	}
	for _, k := range doomed {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
