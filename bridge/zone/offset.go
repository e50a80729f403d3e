package zone

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	offsetForm  = regexp.MustCompile(`^(?:utc|gmt)?([+-])([0-9]{1,2})(?:[:.]?([0-9]{2}))?$`)
	displayForm = regexp.MustCompile(`^\(((?:utc|gmt)[^()]*)\)(?: coordinated universal time.*)?$`)
)

// parseOffset reads a lower-case name that is nothing but an offset from UTC,
// in seconds east: "utc+05", "gmt-0800", "+01:00", and the display names
// without a place, "(utc+02:00)" and "(utc-11:00) coordinated universal
// time-11".
func parseOffset(s string) (seconds int, ok bool) {
	if m := displayForm.FindStringSubmatch(s); m != nil {
		s = strings.TrimSpace(m[1])
		if s == "utc" || s == "gmt" {
			return 0, true
		}
	}
	m := offsetForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	hours, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi("0" + m[3])
	seconds = hours*3600 + minutes*60
	if m[1] == "-" {
		seconds = -seconds
	}
	return seconds, minutes < 60
}

// steadyZones are the places that have kept an offset of broken hours for long.
// Those of Tehran, Eucla or Chatham would not do: they had summer time.
var steadyZones = map[int]string{
	-9*3600 - 1800: "Pacific/Marquesas",
	4*3600 + 1800:  "Asia/Kabul",
	5*3600 + 1800:  "Asia/Kolkata",
	5*3600 + 2700:  "Asia/Kathmandu",
	6*3600 + 1800:  "Asia/Yangon",
	9*3600 + 1800:  "Australia/Darwin",
}

// fixed returns the zone that is always seconds east of UTC.
func fixed(seconds int) (string, bool) {
	if seconds == 0 {
		return "UTC", true
	}
	if seconds%3600 == 0 {
		sign := map[bool]string{true: "-", false: "+"}[seconds > 0]
		return modern("Etc/GMT" + sign + strconv.Itoa(max(seconds, -seconds)/3600))
	}
	name, ok := steadyZones[seconds]
	if !ok || !steady(name, seconds) {
		return "", false
	}
	return name, true
}

// steady tells whether the zone has kept the offset since 1990 and has no end
// of it in sight: newer zone data may know of one.
func steady(name string, seconds int) bool {
	loc, err := Load(name)
	if err != nil {
		return false
	}
	since := yearStart(1990)
	return offsetAt(loc, since) == int64(seconds) &&
		!slices.ContainsFunc(changes(loc, maxYear), func(c change) bool { return c.at > since })
}
