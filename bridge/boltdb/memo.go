package boltdb

import (
	"bytes"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// memo keeps what was decoded last of each record of a bucket, with the octets
// that it was decoded from: records are read far more often than they change.
// What it hands out is shared and must not be changed.
type memo[T any] struct{ known sync.Map } // key → *remembered[T]

type remembered[T any] struct {
	data  []byte
	value T
}

// get is the function get without decoding what was decoded before.
func (m *memo[T]) get(b *bolt.Bucket, key string) (v *T, ok bool, err error) {
	data := b.Get([]byte(key))
	if data == nil {
		m.known.Delete(key)
		return nil, false, nil
	}
	v, err = m.decode(key, data)
	return v, true, err
}

func (m *memo[T]) decode(key string, data []byte) (*T, error) {
	if old, ok := m.known.Load(key); ok {
		if r := old.(*remembered[T]); bytes.Equal(r.data, data) {
			return &r.value, nil
		}
	}
	r := &remembered[T]{data: clone(data)}
	if err := decode(data, &r.value); err != nil {
		return nil, err
	}
	m.known.Store(key, r)
	return &r.value, nil
}
