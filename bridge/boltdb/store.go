package boltdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"calbridge/bridge"
)

// schema is the version of the layout that doc.go describes.
const schema = 2

// ErrHeld is returned by Open when another process has the file.
var ErrHeld = errors.New("another process holds the store")

// Store is a bridge in one file.
type Store struct {
	// Hub tells which calendars' journals have moved, after the commit.
	Hub bridge.Hub
	// Stale tells which calendars have objects to be rendered again.
	Stale bridge.Hub

	db       *bolt.DB
	renderer bridge.Renderer
	now      func() time.Time
	seen     lastUse

	disk disk

	maxWithin int // the constant, but for tests

	records memo[calendarRecord]
	devices memo[bridge.Device]
}

// Options are what Open needs beside the path and the renderer.
type Options struct {
	Now  func() time.Time // time.Now where nil
	Wait time.Duration    // how long to wait for the file's lock; Open then fails with ErrHeld
}

// Open opens the store at path, and makes it where there is none. The store
// renders what is applied to it with r. Objects that r did not render, or in
// another version, are to be rendered again: see [Store.Rerender].
func Open(path string, r bridge.Renderer, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	db, err := openWhole(path, &bolt.Options{Timeout: max(o.Wait, time.Millisecond), FreelistType: bolt.FreelistMapType})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, ErrHeld
	case err != nil:
		return nil, openFault(path, err)
	}
	s := &Store{db: db, renderer: r, now: o.Now, maxWithin: maxWithin}
	if err := s.judgeLayout(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, step := range []func() error{s.prepare, s.dropOrphans, s.adopt} {
		if err := step(); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return s, nil
}

// errCut means that the file's end is missing. Pages there are mapped, and
// reading them would kill the process.
var errCut = errors.New("the file is shorter than what it says of itself: its end is missing")

// openWhole opens a file that has all its pages.
func openWhole(path string, o *bolt.Options) (db *bolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil { // Bolt reads the list of free pages, wherever it is
			db, err = nil, errCut
		}
	}()
	if db, err = bolt.Open(path, 0o600, o); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err == nil {
		err = db.View(func(tx *bolt.Tx) error {
			if tx.Size() > info.Size() {
				return errCut
			}
			return nil
		})
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openFault(path string, err error) error {
	f := &bridge.Fault{Kind: bridge.Internal, What: "the store " + path + " cannot be opened", Err: err}
	switch {
	case errors.Is(err, os.ErrPermission):
		f.Fix = "run calbridge as the user who owns the data folder, and let that user read and write what is in it"
	case errors.Is(err, syscall.EROFS):
		f.Why, f.Fix = "its disk is read-only", "make the disk writable, or name a data folder elsewhere with --data"
	case errors.Is(err, os.ErrNotExist):
		f.Fix = "make the data folder, or name another one with --data"
	default:
		f.Fix = "check the disk; if the file is damaged, restore it from a backup"
	}
	return f
}

// ready reports whether the store is one of this layout.
func (s *Store) ready() (ready bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, name := range topLevel {
			if tx.Bucket([]byte(name)) == nil {
				return nil
			}
		}
		found, _, err := get[int](tx.Bucket(inMeta), "schema")
		ready = found == schema
		return err
	})
	return ready, err
}

// prepare makes the top-level buckets and brings an older schema up to date. A
// store that has all is not written to: a commit writes the list of free pages,
// which may be long.
func (s *Store) prepare() error {
	if ready, err := s.ready(); ready || err != nil {
		return err
	}
	return s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range topLevel {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return fmt.Errorf("boltdb: make bucket %s: %w", name, err)
			}
		}
		meta := tx.Bucket(inMeta)
		found, ok, err := get[int](meta, "schema")
		switch {
		case err != nil:
			return err
		case !ok:
			return put(meta, "schema", schema)
		case found < schema:
			return migrate(tx, found)
		}
		return nil
	})
}

// Close waits for transactions to end and closes the file.
func (s *Store) Close() error {
	return errors.Join(s.saveUse(context.Background()), s.db.Close())
}

// Check returns the value kept under "check", after storing value there when
// there was none: a way to know one's key again. A nil value is not stored.
func (s *Store) Check(ctx context.Context, value []byte) (kept []byte, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		kept = clone(tx.Bucket(inMeta).Get([]byte("check")))
		return nil
	})
	if err != nil || kept != nil || value == nil {
		return kept, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		meta := tx.Bucket(inMeta)
		if kept = clone(meta.Get([]byte("check"))); kept != nil {
			return nil
		}
		kept = value
		return meta.Put([]byte("check"), value)
	})
	return kept, err
}

// update runs one read-write transaction.
func (s *Store) update(ctx context.Context, f func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.disk.judge(s.db.Update(f), s.now)
}

// view runs one read-only transaction. Nothing that Bolt owns may leave f.
func (s *Store) view(ctx context.Context, f func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.View(f)
}
