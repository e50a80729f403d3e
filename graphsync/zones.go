package graphsync

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf16"

	"calbridge/bridge/zone"
	"calbridge/graphsync/graph"
)

// seriesZone is the zone in which a series' pattern lives (mapping R2.2 and
// §8.4): the first name that means one, in the order in which they are told; at
// a name that stands for clocks of somebody's own making, what the item says of
// those.
func seriesZone(it item) string {
	e := it.event
	for _, name := range []string{e.Recurrence.Range.RecurrenceTimeZone, e.OriginalStartZone, e.OriginalEndZone} {
		if z, ok := zone.Resolve(name); ok {
			return z
		}
		if isCustom(name) {
			if z, ok := it.customZone(); ok {
				return z
			}
		}
	}
	if z, ok := it.customZone(); ok {
		return z
	}
	if z, ok := zone.Resolve(e.Start.TimeZone); ok && z != "UTC" {
		return z
	}
	return it.seen
}

// sightRange is how much of a series is looked at to find its zone: both changes
// of the clocks.
const sightRange = 400 * 24 * time.Hour

// zoneBySight finds the zone of a timed series that tells none by its instances:
// the one in which they all keep their hour, the mailbox's own before others
// (mapping §8.4). Where they are not to be had, or keep it nowhere, it is "".
func (p *pull) zoneBySight(ctx context.Context, it item) (string, error) {
	e := it.event
	if e.Recurrence == nil || e.IsAllDay || e.Start == nil || seriesZone(it) != "" {
		return "", nil
	}
	wall, err := readWall(e.Start.DateTime)
	if err != nil {
		return "", nil
	}
	start, err := instant(wall, e.Start.TimeZone, e)
	if err != nil {
		return "", nil
	}
	list, err := p.client.Instances(ctx, string(p.cal.Source), string(it.id), start.Add(-48*time.Hour), start.Add(sightRange))
	if err != nil {
		if refused(err) || hopeless(err) || p.trips(it.id, err) {
			return "", nil
		}
		return "", err
	}
	starts := []time.Time{start}
	for _, raw := range list {
		x, err := readItem(raw)
		if err != nil || x.kind != typeOccurrence {
			continue // a changed one has an hour of its own
		}
		if event, err := convertEvent(x.event); err == nil {
			starts = append(starts, event.Start)
		}
	}
	found, _ := zone.Alike(starts, e.Recurrence.Range.StartDate, it.home)
	return found, nil
}

// isCustom reports whether a label stands for clocks that have no name.
func isCustom(label string) bool {
	label = strings.ToLower(strings.TrimSpace(label))
	return strings.HasPrefix(label, "tzone://") || label == "customized time zone"
}

// customZone reads the zone from the item's MAPI properties: by a name that
// stands there, else by its rules. An IANA zone that keeps the same rules is
// what other calendars understand, the mailbox's own before all others; where
// there is none the rules make a zone of their own.
func (it item) customZone() (string, bool) {
	key, rules, ok := readDefinition(it.event.Property(graph.ZoneDefinition))
	for _, name := range []string{it.event.Property(graph.ZoneDescription), key} {
		if z, ok := zone.Resolve(name); ok {
			return z, true
		}
	}
	if !ok {
		if rules, ok = readZoneStruct(it.event.Property(graph.ZoneStruct)); !ok {
			return "", false
		}
	}
	if start, err := readWall(it.event.Start.DateTime); err == nil {
		if z, ok := rules.Match(start.Year(), it.home); ok {
			return z, true
		}
	}
	return zone.Custom(rules)
}

// readDefinition reads PidLidAppointmentTimeZoneDefinitionRecur ([MS-OXOCAL]
// §2.2.1.41): the name of the zone, and of its rules those in force.
func readDefinition(text string) (key string, rules zone.Rules, ok bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	const head, size = 8, 66 // up to the name; a rule
	if err != nil || len(b) < head {
		return "", rules, false
	}
	n := 2 * int(binary.LittleEndian.Uint16(b[6:]))
	if len(b) < head+n+2 {
		return "", rules, false
	}
	key = fromUTF16(b[head : head+n])
	list := b[head+n+2:]
	for i := range int(binary.LittleEndian.Uint16(b[head+n:])) {
		if len(list) < (i+1)*size {
			break
		}
		rule := list[i*size : (i+1)*size]
		const effective = 2
		if flags := binary.LittleEndian.Uint16(rule[4:]); !ok || flags&effective != 0 {
			rules, ok = readRule(rule[22:34], rule[34:50], rule[50:66])
		}
	}
	return key, rules, ok
}

// readZoneStruct reads PidLidTimeZoneStruct ([MS-OXOCAL] §2.2.1.39).
func readZoneStruct(text string) (zone.Rules, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < 48 {
		return zone.Rules{}, false
	}
	return readRule(b[:12], b[14:30], b[32:48])
}

// readRule reads three biases, in minutes to be added to local time, and when
// standard and daylight time begin. A month of 0 means never.
func readRule(biases, standard, daylight []byte) (r zone.Rules, ok bool) {
	minutes := func(i int) int { return int(int32(binary.LittleEndian.Uint32(biases[4*i:]))) }
	r.Standard = -(minutes(0) + minutes(1))
	r.Daylight = r.Standard
	if binary.LittleEndian.Uint16(standard[2:]) == 0 || binary.LittleEndian.Uint16(daylight[2:]) == 0 {
		return r, r.Valid()
	}
	r.Daylight = -(minutes(0) + minutes(2))
	r.ToStandard, r.ToDaylight = readOnset(standard), readOnset(daylight)
	return r, r.Valid()
}

// readOnset reads a SYSTEMTIME: year, month, weekday, n-th of the month, hour,
// minute, second, millisecond. With a year it would be one day of that year,
// which is no rule.
func readOnset(b []byte) (o zone.Onset) {
	field := func(i int) int { return int(binary.LittleEndian.Uint16(b[2*i:])) }
	if field(0) != 0 {
		return o
	}
	o = zone.Onset{Month: time.Month(field(1)), Weekday: time.Weekday(field(2)), Week: field(3), Minute: field(4)*60 + field(5)}
	if field(6) == 59 { // Windows writes 24:00 as 23:59:59.999
		o.Minute++
	}
	return o
}

func fromUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}
