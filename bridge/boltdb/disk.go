package boltdb

import (
	"errors"
	"sync"
	"syscall"
	"time"

	"calbridge/bridge"
)

// disk remembers whether the last transaction could be written.
type disk struct {
	mu      sync.Mutex
	trouble *bridge.Trouble
}

// Trouble returns what keeps the store from being written since when, nil where
// nothing does. What it holds can be read all the same.
func (s *Store) Trouble() *bridge.Trouble {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	return s.disk.trouble
}

// judge returns the outcome of a transaction in words for people where the disk
// is to blame, and remembers it.
func (d *disk) judge(err error, now func() time.Time) error {
	fault := diskFault(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err == nil:
		d.trouble = nil
	case fault != nil:
		if d.trouble == nil || d.trouble.What != fault.What {
			d.trouble = fault.Trouble(now().UTC())
		}
		return fault
	}
	return err
}

// diskFault tells what is wrong with the disk, nil where it is not to blame.
func diskFault(err error) *bridge.Fault {
	f := &bridge.Fault{Kind: bridge.Internal, Why: "nothing new can be stored; what is there is still served", Err: err}
	is := func(any ...error) bool {
		for _, e := range any {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
	switch {
	case is(syscall.ENOSPC, syscall.EDQUOT):
		f.What, f.Fix = "the disk with the data folder is full", "free some space on it; calbridge goes on by itself then"
	case is(syscall.EROFS):
		f.What, f.Fix = "the disk with the data folder has become read-only", "look into the system's log for the reason, and make it writable again"
	case is(syscall.EIO):
		f.What, f.Fix = "the disk with the data folder does not work", "look into the system's log, and have a backup at hand"
	default:
		return nil
	}
	return f
}
