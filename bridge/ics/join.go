package ics

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// FileVersion is the version of what a file of many objects has beside what
// Render wrote: its head, and what subscriptions leave out. It is to be raised
// with every change of these.
const FileVersion = 1

// Head is what a file that joins many objects says of itself. The zero value
// writes what RFC 5545 asks for and no more.
type Head struct {
	Name    string         // NAME (RFC 7986 §5.1), and X-WR-CALNAME for older readers
	Zone    string         // X-WR-TIMEZONE: IANA name of the calendar's own zone
	Color   string         // #RRGGBB
	Publish bool           // METHOD:PUBLISH: a subscription, not a CalDAV resource
	Refresh time.Duration  // how often readers should come back; 0 leaves that to them
	Zones   map[string]int // the zones that the events name, with the first year of each
	Horizon int            // see bridge.Env
}

// Begin returns the lines of a calendar file up to its first event. End has to
// follow the events.
func (h *Head) Begin() ([]byte, error) {
	var lines strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&lines, format+"\r\n", args...) }
	if h.Publish {
		line("METHOD:PUBLISH")
	}
	if h.Name != "" {
		name := escape(clean(h.Name, maxSummary))
		line("NAME:%s", name)
		line("X-WR-CALNAME:%s", name)
	}
	if h.Zone != "" {
		line("X-WR-TIMEZONE:%s", h.Zone)
	}
	if h.Color != "" {
		line("COLOR:%s", colorName(h.Color))
		line("X-APPLE-CALENDAR-COLOR:%s", h.Color)
	}
	if h.Refresh > 0 {
		minutes := int(h.Refresh.Minutes())
		line("REFRESH-INTERVAL;VALUE=DURATION:PT%dM", minutes)
		line("X-PUBLISHED-TTL:PT%dM", minutes)
	}
	text := fold([]byte(head), []byte(lines.String()))
	for _, name := range slices.Sorted(maps.Keys(h.Zones)) {
		z, err := zone.VTimezone(name, h.Zones[name], h.Horizon)
		if err != nil {
			return nil, fmt.Errorf("ics: zone %s: %w", name, err)
		}
		text = append(text, z...)
	}
	return text, nil
}

// End ends a calendar file.
const End = tail

// Events returns the VEVENTs of an object.
func Events(o *bridge.Object) []byte {
	if o.EventsAt[0] < 0 || o.EventsAt[1] > len(o.Body) || o.EventsAt[0] > o.EventsAt[1] {
		return nil
	}
	return o.Body[o.EventsAt[0]:o.EventsAt[1]]
}

// escape writes text as a TEXT value (RFC 5545 §3.3.11).
func escape(s string) string { return escaper.Replace(s) }

var escaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// named are the CSS3 names that COLOR may use (RFC 7986 §5.9): enough of them to
// come near any colour of Outlook's.
var named = map[string][3]int{
	"darkcyan": {0, 139, 139}, "deepskyblue": {0, 191, 255}, "dodgerblue": {30, 144, 255}, "steelblue": {70, 130, 180},
	"royalblue": {65, 105, 225}, "navy": {0, 0, 128}, "mediumseagreen": {60, 179, 113}, "limegreen": {50, 205, 50},
	"green": {0, 128, 0}, "olive": {128, 128, 0}, "gold": {255, 215, 0}, "yellow": {255, 255, 0}, "orange": {255, 165, 0},
	"orangered": {255, 69, 0}, "chocolate": {210, 105, 30}, "saddlebrown": {139, 69, 19}, "red": {255, 0, 0},
	"firebrick": {178, 34, 34}, "crimson": {220, 20, 60}, "hotpink": {255, 105, 180}, "mediumvioletred": {199, 21, 133},
	"purple": {128, 0, 128}, "mediumpurple": {147, 112, 219}, "slategray": {112, 128, 144}, "gray": {128, 128, 128},
	"silver": {192, 192, 192}, "black": {0, 0, 0}, "teal": {0, 128, 128}, "turquoise": {64, 224, 208},
}

// colorName returns the name that comes nearest to #RRGGBB.
func colorName(hex string) string {
	n, err := strconv.ParseInt(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		return "steelblue"
	}
	rgb := [3]int{int(n >> 16 & 255), int(n >> 8 & 255), int(n & 255)}
	distance := func(name string) (sum int) {
		for i, c := range named[name] {
			sum += (c - rgb[i]) * (c - rgb[i])
		}
		return sum
	}
	return slices.MinFunc(slices.Sorted(maps.Keys(named)), func(a, b string) int { return cmp.Compare(distance(a), distance(b)) })
}
