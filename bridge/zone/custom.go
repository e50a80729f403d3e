package zone

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// customTree begins the names of zones that somebody made up: there is no such
// tree in the IANA database.
const customTree = "Custom/"

// Rules are the clocks of a zone as Exchange describes one that has no name
// ([MS-OXOCAL] §2.2.1.39): two offsets, in minutes east of UTC, and when the
// clocks go from one to the other each year. Without a change both offsets are
// the same.
type Rules struct {
	Standard, Daylight     int
	ToStandard, ToDaylight Onset
}

// Onset is the n-th weekday of a month at a wall time, the fifth meaning the
// last. Minute counts from midnight, on the clocks that are in force until then;
// 24:00 is allowed.
type Onset struct {
	Month   time.Month
	Week    int
	Weekday time.Weekday
	Minute  int
}

// Changes reports whether the clocks are ever set.
func (r Rules) Changes() bool { return r.Standard != r.Daylight }

// Valid reports whether there can be such clocks.
func (r Rules) Valid() bool {
	const widest = 18 * 60
	if max(r.Standard, r.Daylight) > widest || min(r.Standard, r.Daylight) < -widest {
		return false
	}
	return !r.Changes() || r.ToStandard.valid() && r.ToDaylight.valid() && r.ToStandard.Month != r.ToDaylight.Month
}

func (o Onset) valid() bool {
	return o.Month >= time.January && o.Month <= time.December && o.Week >= 1 && o.Week <= 5 &&
		o.Weekday >= time.Sunday && o.Weekday <= time.Saturday && o.Minute >= 0 && o.Minute <= 24*60
}

// Custom returns a name under which [Resolve], [Load] and [VTimezone] know these
// clocks: the rules themselves, in characters that every reader takes in a TZID.
// ok is false where the rules make no sense.
func Custom(r Rules) (name string, ok bool) {
	if !r.Valid() {
		return "", false
	}
	name = customTree + utcOffset(r.Standard*60)
	if r.Changes() {
		name += "/" + utcOffset(r.Daylight*60) + "/" + r.ToDaylight.name() + "/" + r.ToStandard.name()
	}
	return name, true
}

// IsCustom reports whether a name is one that Custom makes, and no other program
// knows.
func IsCustom(name string) bool { return strings.HasPrefix(name, customTree) }

// name writes an onset as month, week, weekday and time: 3-5-0-0200.
func (o Onset) name() string {
	return fmt.Sprintf("%d-%d-%d-%02d%02d", o.Month, o.Week, o.Weekday, o.Minute/60, o.Minute%60)
}

// parseCustom reads a name that Custom made, and no other.
func parseCustom(name string) (r Rules, ok bool) {
	parts := strings.Split(strings.TrimPrefix(name, customTree), "/")
	if r.Standard, ok = parseName(parts[0]); !ok {
		return r, false
	}
	r.Daylight = r.Standard
	if len(parts) == 4 {
		var a, b, c bool
		r.Daylight, a = parseName(parts[1])
		r.ToDaylight, b = parseOnset(parts[2])
		r.ToStandard, c = parseOnset(parts[3])
		ok = a && b && c
	}
	again, valid := Custom(r)
	return r, ok && valid && again == name
}

func parseName(s string) (minutes int, ok bool) {
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 16)
	minutes = int(n/100*60 + n%100)
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, err == nil
}

func parseOnset(s string) (o Onset, ok bool) {
	var n [4]int
	parts := strings.Split(s, "-")
	if len(parts) != len(n) {
		return o, false
	}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return o, false
		}
		n[i] = int(v)
	}
	return Onset{time.Month(n[0]), n[1], time.Weekday(n[2]), n[3]/100*60 + n[3]%100}, true
}

// customLocation makes the zone of a name that Custom made.
func customLocation(name string) (*time.Location, error) {
	r, ok := parseCustom(name)
	if !ok {
		return nil, fmt.Errorf("load %q: %w", name, ErrUnknown)
	}
	return time.LoadLocationFromTZData(name, r.tzif())
}

// tzif writes the rules as a file of zone data (RFC 9636) that has no list of
// changes, only the rule behind it.
func (r Rules) tzif() []byte {
	name := utcOffset(r.Standard * 60)
	header := func(version byte) []byte {
		b := append([]byte("TZif"), version)
		b = append(b, make([]byte, 15)...)
		// Numbers of UT and standard marks, leap seconds, changes, types, and
		// characters of names.
		for _, n := range []byte{0, 0, 0, 0, 1, byte(len(name) + 1)} {
			b = append(b, 0, 0, 0, n)
		}
		seconds := uint32(int32(r.Standard * 60))
		b = append(b, byte(seconds>>24), byte(seconds>>16), byte(seconds>>8), byte(seconds), 0, 0)
		return append(append(b, name...), 0)
	}
	return append(append(header('2'), header('2')...), "\n"+r.posix()+"\n"...)
}

// posix writes the rules as POSIX's TZ does, where offsets count west.
func (r Rules) posix() string {
	text := "<" + utcOffset(r.Standard*60) + ">" + west(r.Standard)
	if !r.Changes() {
		return text
	}
	return text + "<" + utcOffset(r.Daylight*60) + ">" + west(r.Daylight) + "," + r.ToDaylight.posix() + "," + r.ToStandard.posix()
}

func west(minutes int) string {
	sign := "-"
	if minutes < 0 {
		sign, minutes = "", -minutes
	}
	return fmt.Sprintf("%s%d:%02d", sign, minutes/60, minutes%60)
}

func (o Onset) posix() string {
	return fmt.Sprintf("M%d.%d.%d/%d:%02d", o.Month, o.Week, o.Weekday, o.Minute/60, o.Minute%60)
}

// Match returns an IANA zone that keeps these clocks in the given year and the
// one after it: the preferred one if it does, else one that a Windows name
// stands for. Clocks that are never set are a fixed offset.
func (r Rules) Match(year int, preferred string) (iana string, ok bool) {
	name, ok := Custom(r)
	if !ok {
		return "", false
	}
	loc, err := Load(name)
	if err != nil {
		return "", false
	}
	probes := probes(loc, year)
	if preferred != "" && keeps(preferred, loc, probes) {
		return preferred, true
	}
	if !r.Changes() {
		return fixed(r.Standard * 60)
	}
	for _, windows := range windowsKeys() {
		if iana, ok := modern(windowsDefault[windows]); ok && keeps(iana, loc, probes) {
			return iana, true
		}
	}
	return "", false
}

// windowsKeys are the keys of windowsDefault in order.
var windowsKeys = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(windowsDefault)) })

// Alike returns an IANA zone in which all the given moments have the same time
// of day, and the first of them falls on the given date (as [time.DateOnly]): the
// preferred one if it does, else one that a Windows name stands for. Zones whose
// clocks change together are alike; which of them it is does not matter for when
// things take place.
func Alike(moments []time.Time, date, preferred string) (iana string, ok bool) {
	if alike(preferred, moments, date) {
		return preferred, true
	}
	for _, windows := range windowsKeys() {
		if iana, ok := modern(windowsDefault[windows]); ok && alike(iana, moments, date) {
			return iana, true
		}
	}
	return "", false
}

func alike(iana string, moments []time.Time, date string) bool {
	loc, err := Load(iana)
	if err != nil || len(moments) == 0 || moments[0].In(loc).Format(time.DateOnly) != date {
		return false
	}
	const day = 24 * 60 * 60
	clock := func(t time.Time) int64 { return ((t.Unix()+offsetAt(loc, t.Unix()))%day + day) % day }
	return !slices.ContainsFunc(moments, func(t time.Time) bool { return clock(t) != clock(moments[0]) })
}

// probes are moments in two years at which clocks can tell themselves apart:
// around each change, and in the middle of each month.
func probes(loc *time.Location, year int) (list []int64) {
	for m := time.January; m <= 24; m++ {
		list = append(list, time.Date(year, m, 15, 12, 0, 0, 0, time.UTC).Unix())
	}
	for t := yearStart(year); ; {
		next, ok := nextBound(loc, t)
		if !ok || next > yearStart(year+2) {
			return list
		}
		list = append(list, next-1, next)
		t = next
	}
}

func keeps(iana string, like *time.Location, probes []int64) bool {
	loc, err := Load(iana)
	if err != nil {
		return false
	}
	for _, t := range probes {
		if offsetAt(loc, t) != offsetAt(like, t) {
			return false
		}
	}
	return true
}
