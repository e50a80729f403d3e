package main

import (
	"context"
	"sync"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/vault"
)

// gate lets devices in by their app passwords.
type gate struct {
	store *boltdb.Store
	vault *vault.Vault
}

// Verify returns the device whose app password this is, if it is user's. The
// fault is Absent where it is not.
func (g gate) Verify(ctx context.Context, user, password string) (bridge.Device, error) {
	d, err := g.store.Device(ctx, passwordDigest(g.vault, password))
	if err != nil {
		return bridge.Device{}, err
	}
	if name, err := bridge.UserName(user); err != nil || name != d.User {
		return bridge.Device{}, &bridge.Fault{Kind: bridge.Absent, What: "no such app password"}
	}
	return d, nil
}

// visitors lets people in to the pages by their page passwords. Matching one
// takes 19 MiB: one at a time. Few may wait for it, since nobody counts a guess
// against its guesser before it was tried.
type visitors struct {
	store *boltdb.Store
	turn  chan struct{}
	queue chan struct{}
	// nobody's password takes as long to try as anybody's.
	nobody func() string
}

// maxVisitors is how many page passwords are tried or wait for it.
const maxVisitors = 8

func newVisitors(store *boltdb.Store) *visitors {
	return &visitors{store: store, turn: make(chan struct{}, 1), queue: make(chan struct{}, maxVisitors),
		nobody: sync.OnceValue(func() string { return vault.HashPage(vault.NewSecret()) })}
}

// Verify lets user in, as a device that may only read, if this is the page
// password. The fault is Absent where it is not.
func (v *visitors) Verify(ctx context.Context, user, password string) (bridge.Device, error) {
	u, err := v.store.User(ctx, user)
	if err != nil && bridge.KindOf(err) != bridge.Absent {
		return bridge.Device{}, err
	}
	select {
	case v.queue <- struct{}{}:
		defer func() { <-v.queue }()
	default:
		return bridge.Device{}, &bridge.Fault{Kind: bridge.Retry, What: "too many people sign in at once", After: time.Second}
	}
	select {
	case v.turn <- struct{}{}:
		defer func() { <-v.turn }()
	case <-ctx.Done():
		return bridge.Device{}, ctx.Err()
	}
	hash := u.Password
	if hash == "" {
		hash = v.nobody()
	}
	if !vault.MatchPage(hash, password) || u.Password == "" {
		return bridge.Device{}, &bridge.Fault{Kind: bridge.Absent, What: "no such page password"}
	}
	return bridge.Device{User: u.Name, Label: "pages", ReadOnly: true}, nil
}

func passwordDigest(v *vault.Vault, password string) []byte {
	return v.Digest("app password", vault.Typed(password))
}

func feedDigest(v *vault.Vault, secret string) []byte { return v.Digest("feed", secret) }

// Feed returns the feed that a secret address leads to.
func (g gate) Feed(ctx context.Context, secret string) (bridge.Feed, bridge.Address, error) {
	return g.store.FeedAt(ctx, feedDigest(g.vault, secret))
}
