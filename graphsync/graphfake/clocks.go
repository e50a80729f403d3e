package graphfake

import (
	"encoding/base64"
	"encoding/binary"
	"time"
	"unicode/utf16"
)

// customLabel is what Graph answers for a zone that somebody defined in desktop
// Outlook.
const customLabel = "tzone://Microsoft/Custom"

// disguise hides the name of an event's zone, as Graph does for a zone of
// somebody's own making; only the MAPI properties tell its clocks.
func (r *record) disguise() {
	r.startLabel, r.endLabel = customLabel, customLabel
	if r.series != nil {
		r.series.label = customLabel
	}
}

// clocksOf returns the zone behind an event and the name that its MAPI
// properties have for it.
func (r *record) clocksOf() (zone *time.Location, name string) {
	m := r
	if r.master != nil {
		m = r.master
	}
	name = m.startLabel
	if name == customLabel {
		name = "Customized Time Zone"
	}
	if m.series != nil {
		return m.series.zone, name
	}
	return orDefault(findZone(m.startLabel), m.cal.mb.zone), name
}

// onset is when the clocks of a zone are set in a year.
type onset struct {
	wall   time.Time // by the clocks until then
	offset int64     // seconds east of UTC from then on
}

// onsets finds the changes of a year by looking at every hour.
func onsets(zone *time.Location, year int) (list []onset) {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	before := offsetAt(zone, from)
	for t := from; t < from+366*secondsPerDay; t += 15 * 60 {
		if now := offsetAt(zone, t); now != before {
			list = append(list, onset{time.Unix(t+before, 0).UTC(), now})
			before = now
		}
	}
	return list
}

// clocks are a TZREG's members (MS-OXOCAL 2.2.1.39): biases in minutes to be
// added to local time, and two SYSTEMTIMEs.
func clocks(zone *time.Location, year int) (biases, standard, daylight []byte) {
	list := onsets(zone, year)
	low := offsetAt(zone, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	high := low
	standard, daylight = make([]byte, 16), make([]byte, 16)
	if len(list) == 2 {
		low, high = min(list[0].offset, list[1].offset), max(list[0].offset, list[1].offset)
		for _, o := range list {
			if o.offset == low {
				standard = systemTime(o.wall)
			} else {
				daylight = systemTime(o.wall)
			}
		}
	}
	for _, minutes := range []int64{-low / 60, 0, -(high - low) / 60} {
		biases = binary.LittleEndian.AppendUint32(biases, uint32(int32(minutes)))
	}
	return biases, standard, daylight
}

// systemTime writes the n-th weekday of a month, 5 for the last.
func systemTime(t time.Time) []byte {
	nth := (t.Day() + 6) / 7
	if t.AddDate(0, 0, 7).Month() != t.Month() {
		nth = 5
	}
	var b []byte
	for _, v := range []int{0, int(t.Month()), int(t.Weekday()), nth, t.Hour(), t.Minute(), 0, 0} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}

// zoneStruct writes PidLidTimeZoneStruct.
func zoneStruct(zone *time.Location, year int) string {
	biases, standard, daylight := clocks(zone, year)
	b := append(append(biases, 0, 0), standard...)
	b = append(append(b, 0, 0), daylight...)
	return base64.StdEncoding.EncodeToString(b)
}

// zoneDefinition writes PidLidAppointmentTimeZoneDefinitionRecur (MS-OXOCAL
// 2.2.1.41): a name, and rules, of which the first was in force once and the
// second is now.
func zoneDefinition(zone *time.Location, name string, year int) string {
	wide := utf16.Encode([]rune(name))
	b := []byte{2, 1}
	for _, v := range append([]uint16{uint16(6 + 2*len(wide)), 2, uint16(len(wide))}, wide...) {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, 2, 0)
	for i, rule := range []struct{ flags, year uint16 }{{0, 1601}, {3, uint16(year)}} {
		biases, standard, daylight := clocks(zone, year)
		if i == 0 { // no daylight time then
			standard, daylight = make([]byte, 16), make([]byte, 16)
		}
		b = append(b, 2, 1, 0x3E, 0)
		b = binary.LittleEndian.AppendUint16(b, rule.flags)
		b = binary.LittleEndian.AppendUint16(b, rule.year)
		b = append(b, make([]byte, 14)...)
		b = append(append(append(b, biases...), standard...), daylight...)
	}
	return base64.StdEncoding.EncodeToString(b)
}
