package zone

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+12", "EST5EDT", "GB-Eire"} {
		loc, err := Load(name)
		if err != nil || loc.String() != name {
			t.Errorf("Load(%q) = %v, %v", name, loc, err)
		}
	}
	if loc, err := Load("UTC"); err != nil || loc != time.UTC {
		t.Errorf("Load(UTC) = %v, %v", loc, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, name := range []string{
		"", "Local", "local", "localtime", "posixrules", "posix/Europe/Berlin", "right/UTC",
		"..", "../zoneinfo/UTC", "Europe/../UTC", "/usr/share/zoneinfo/UTC", `\UTC`, "./UTC",
		"Europe/Berlin\x00", "Europe/Berlin\r\nX-A:b", "Europe/München", "tzdata.zi", "+VERSION",
		"Europe", "Europe/", "Europe//Berlin/", "Mars/Phobos", "W. Europe Standard Time",
		strings.Repeat("a", 1<<20),
	} {
		loc, err := Load(name)
		if loc != nil || !errors.Is(err, ErrUnknown) {
			t.Errorf("Load(%.80q) = %v, %v", name, loc, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("Load(%.80q): error of %d bytes", name, len(err.Error()))
		}
	}
}

// Goroutines that load zones at the same time get the same ones.
func TestLoadConcurrently(t *testing.T) {
	names := []string{"Europe/Paris", "Asia/Tokyo", "Africa/Casablanca", "America/Nuuk"}
	var mu sync.Mutex
	seen := make(map[string]*time.Location)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			name := names[i%len(names)]
			loc, err := Load(name)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if other := seen[name]; other != nil && other != loc {
				t.Errorf("two zones for %s", name)
			}
			seen[name] = loc
		})
	}
	wg.Wait()
}

func TestLocationsAreBounded(t *testing.T) {
	for i := range maxLocations + 10 {
		remember("x"+strings.Repeat("y", i%7)+time.Duration(i).String(), time.UTC)
	}
	locations.RLock()
	n := len(locations.byName)
	locations.RUnlock()
	if n > maxLocations {
		t.Errorf("%d zones kept", n)
	}
	clear(locations.byName)
}
