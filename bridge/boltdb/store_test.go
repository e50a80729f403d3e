package boltdb_test

import (
	"path/filepath"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		path := filepath.Join(t.TempDir(), "calbridge.db")
		return func(r bridge.Renderer, now func() time.Time) (storetest.Store, error) {
			return boltdb.Open(path, r, boltdb.Options{Now: now})
		}
	})
}
