package graphfake

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// windowsZoneData maps the Windows names to IANA names: CLDR 48 windowsZones
// (territory 001), the three Canadian names of 2026, and legacy names.
//
//go:embed windows_zones.json
var windowsZoneData []byte

// windowsZones is the table, read once.
var windowsZones = sync.OnceValues(func() (map[string]string, error) {
	table := map[string]string{}
	if err := json.Unmarshal(windowsZoneData, &table); err != nil {
		return nil, fmt.Errorf("read windows zones: %w", err)
	}
	return table, nil
})

// foldedZones is the table by lower-case name: labels are compared without case.
var foldedZones = sync.OnceValue(func() map[string]string {
	table, err := windowsZones()
	folded := make(map[string]string, len(table))
	if err != nil {
		return folded
	}
	for name, iana := range table {
		folded[strings.ToLower(name)] = iana
	}
	return folded
})

// windowsNames lists the Windows names in order, as supportedTimeZones does.
func windowsNames() []string {
	table, err := windowsZones()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(table))
}

// zoneCache keeps loaded locations: time.LoadLocation reads a file each time.
var zoneCache sync.Map // lower-case label -> *time.Location, nil for an unknown one

// findZone resolves a Windows or IANA name, nil if there is no such zone or
// if it is one of the labels that name none ("", tzone://Microsoft/Custom).
func findZone(label string) *time.Location {
	folded := strings.ToLower(strings.TrimSpace(label))
	if loc, ok := zoneCache.Load(folded); ok {
		return loc.(*time.Location)
	}
	loc := loadZone(folded, strings.TrimSpace(label))
	if loc != nil {
		zoneCache.Store(folded, loc)
	}
	return loc
}

func loadZone(folded, label string) *time.Location {
	switch folded {
	case "", "local":
		return nil
	case "utc", "tzone://microsoft/utc", "etc/utc", "etc/gmt", "gmt", "z":
		return time.UTC
	}
	if iana, ok := foldedZones()[folded]; ok {
		label = iana
	}
	loc, err := time.LoadLocation(label)
	if err != nil {
		return nil
	}
	return loc
}

// knownLabel tells whether Graph would take the name in a request: a zone it
// knows, and not one of the labels that it only writes.
func knownLabel(label string) bool {
	return !strings.HasPrefix(strings.ToLower(label), "tzone:") && findZone(label) != nil
}

// offsetAt returns the offset from UTC, in seconds, in force at an instant.
func offsetAt(loc *time.Location, unix int64) int64 {
	if loc == time.UTC {
		return 0
	}
	_, offset := time.Unix(unix, 0).In(loc).Zone()
	return int64(offset)
}

// toWall returns the wall time of an instant, as seconds read as UTC.
func toWall(unix int64, loc *time.Location) int64 { return unix + offsetAt(loc, unix) }

// toInstant returns the instant of a wall time. A time that exists twice is
// the first, one that does not exist is read with the offset before the gap
// (RFC 5545 3.3.5). time.Date promises neither, so the offsets on both sides
// of a change are tried in order; no zone changes twice within 52 hours.
func toInstant(wall int64, loc *time.Location) int64 {
	if loc == time.UTC {
		return wall
	}
	const reach = 26 * 60 * 60
	before := wall - offsetAt(loc, wall-reach)
	if toWall(before, loc) == wall {
		return before
	}
	after := wall - offsetAt(loc, wall+reach)
	if toWall(after, loc) == wall {
		return after
	}
	return before
}
