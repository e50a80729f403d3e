package zone

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for containers without zoneinfo; the host's comes first
)

// ErrUnknown is wrapped by the errors of [Load] and [VTimezone] for a name that
// is no zone of the database.
var ErrUnknown = errors.New("unknown time zone")

// Names longer than maxName would break the 75 octets of an X-LIC-LOCATION line
// (RFC 5545 §3.1); the longest of the database has 32.
const maxName = 60

// The database has some 600 names. The bound only matters where a file system
// ignores case and so has many spellings for each.
const maxLocations = 2048

var locations struct {
	sync.RWMutex
	byName map[string]*time.Location
}

// Load returns the zone of an IANA name, such as [Resolve] gives, or of one that
// [Custom] made. Zones are
// kept once loaded, so that calls are cheap and their results comparable.
//
// "Local", "localtime" and the trees "posix/" and "right/" are refused, because
// their meaning depends on the machine, as are names that no zone can have:
// empty, overlong, absolute, or with a character other than letters, digits and
// "+-_/". Errors wrap [ErrUnknown]. Load may be called concurrently.
func Load(iana string) (*time.Location, error) {
	locations.RLock()
	loc := locations.byName[iana]
	locations.RUnlock()
	if loc != nil {
		return loc, nil
	}
	if !legal(iana) {
		return nil, fmt.Errorf("load %.*q: %w", maxName, iana, ErrUnknown)
	}
	open := time.LoadLocation
	if strings.HasPrefix(iana, customTree) {
		open = customLocation
	}
	loc, err := open(iana)
	if err != nil {
		return nil, fmt.Errorf("load %q: %w: %w", iana, ErrUnknown, err)
	}
	return remember(iana, loc), nil
}

// remember keeps loc unless another goroutine was first, and returns the one
// that is kept.
func remember(iana string, loc *time.Location) *time.Location {
	locations.Lock()
	defer locations.Unlock()
	if kept := locations.byName[iana]; kept != nil {
		return kept
	}
	if locations.byName == nil || len(locations.byName) >= maxLocations {
		locations.byName = make(map[string]*time.Location)
	}
	locations.byName[iana] = loc
	return loc
}

// legal tells whether s may be given to [time.LoadLocation], which opens files.
func legal(s string) bool {
	if s == "" || len(s) > maxName || !letter(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && (c < '0' || c > '9') && !strings.ContainsRune("+-_/", rune(c)) {
			return false
		}
	}
	switch head, _, _ := strings.Cut(strings.ToLower(s), "/"); head {
	case "local", "localtime", "posix", "posixrules", "right":
		return false
	}
	return true
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
