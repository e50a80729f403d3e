package zone

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// placesForm is how Windows shows a zone to people: the offset of its standard
// time, and places or a region.
var placesForm = regexp.MustCompile(`^\((?:utc|gmt)(?:([+-])([0-9]{1,2})[:.]([0-9]{2}))?\) (.+)$`)

// display reads a lower-case display name of a Windows zone, such as "(utc+01:00)
// amsterdam, berlin, bern, rome, stockholm, vienna", by the first of its places
// that is known and has had that standard time. The offset alone would lose the
// summer time, and Windows keeps offsets that governments have long given up.
func display(key string) (iana string, ok bool) {
	m := placesForm.FindStringSubmatch(key)
	if m == nil {
		return "", false
	}
	hours, _ := strconv.Atoi("0" + m[2])
	minutes, _ := strconv.Atoi("0" + m[3])
	seconds := int64(hours*3600 + minutes*60)
	if m[1] == "-" {
		seconds = -seconds
	}
	for place := range strings.SplitSeq(m[4], ",") {
		if iana, ok := zoneOfPlace(strings.TrimSpace(place)); ok && hadStandard(iana, seconds) {
			return iana, true
		}
	}
	return "", false
}

// zoneOfPlace returns the zone that Windows keeps for a region, a city of the
// IANA database, or another city.
func zoneOfPlace(place string) (string, bool) {
	if windows, ok := regions[place]; ok {
		return modern(windowsDefault[windows])
	}
	city, _, _ := strings.Cut(place, " (")
	iana, ok := cities()[city]
	if !ok {
		return "", false
	}
	if windows, ok := Windows(iana); ok { // one display name for all zones of the Windows name
		iana = windowsDefault[strings.ToLower(windows)]
	}
	return modern(iana)
}

// cities are the zones of the database by the last part of their names, in
// lower case and with spaces.
var cities = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for _, iana := range spelling {
		area := strings.LastIndexByte(iana, '/')
		if area < 0 || strings.HasPrefix(iana, "Etc/") || strings.HasPrefix(iana, "US/") {
			continue
		}
		city := strings.ToLower(strings.ReplaceAll(iana[area+1:], "_", " "))
		if old, ok := all[city]; !ok || renamed[old] != "" || renamed[iana] == "" && iana < old {
			all[city] = iana
		}
	}
	return all
})

// hadStandard reports whether clocks in a zone have stood at an offset in a
// winter since 1990.
func hadStandard(iana string, seconds int64) bool {
	loc, err := Load(iana)
	if err != nil {
		return false
	}
	for year := 1990; year <= 2037; year++ {
		january := offsetAt(loc, yearStart(year))
		july := offsetAt(loc, time.Date(year, time.July, 1, 0, 0, 0, 0, time.UTC).Unix())
		if min(january, july) == seconds {
			return true
		}
	}
	return false
}

// regions are what display names say instead of a city of the database, with
// the Windows names behind them.
var regions = map[string]string{
	"international date line west": "dateline standard time", "aleutian islands": "aleutian standard time", "hawaii": "hawaiian standard time",
	"marquesas islands": "marquesas standard time", "alaska": "alaskan standard time", "baja california": "pacific standard time (mexico)",
	"pacific time (us & canada)": "pacific standard time", "arizona": "us mountain standard time", "yukon": "yukon standard time",
	"la paz": "sa western standard time", "guadalajara": "central standard time (mexico)",
	"mountain time (us & canada)": "mountain standard time", "central america": "central america standard time",
	"central time (us & canada)": "central standard time", "easter island": "easter island standard time", "saskatchewan": "canada central standard time",
	"chetumal": "eastern standard time (mexico)", "eastern time (us & canada)": "eastern standard time", "haiti": "haiti standard time",
	"indiana (east)": "us eastern standard time", "turks and caicos": "turks and caicos standard time", "atlantic time (canada)": "atlantic standard time",
	"georgetown": "sa western standard time", "newfoundland": "newfoundland standard time", "brasilia": "e. south america standard time",
	"city of buenos aires": "argentina standard time", "greenland": "greenland standard time",
	"saint pierre and miquelon": "saint pierre standard time", "salvador": "bahia standard time", "azores": "azores standard time",
	"cabo verde is.": "cape verde standard time", "cape verde is.": "cape verde standard time", "edinburgh": "gmt standard time",
	"west central africa": "w. central africa standard time", "pretoria": "south africa standard time", "st. petersburg": "russian standard time",
	"abu dhabi": "arabian standard time", "izhevsk": "russia time zone 3", "port louis": "mauritius standard time",
	"ekaterinburg": "ekaterinburg standard time", "islamabad": "pakistan standard time", "astana": "central asia standard time",
	"chennai": "india standard time", "sri jayawardenepura": "sri lanka standard time", "beijing": "china standard time",
	"osaka": "tokyo standard time", "guam": "west pacific standard time", "lord howe island": "lord howe standard time",
	"bougainville island": "bougainville standard time", "chokurdakh": "russia time zone 10", "norfolk island": "norfolk standard time",
	"solomon is.": "central pacific standard time", "new caledonia": "central pacific standard time", "petropavlovsk-kamchatsky": "russia time zone 11",
	"chatham islands": "chatham islands standard time", "nuku'alofa": "tonga standard time", "samoa": "samoa standard time",
	"kiritimati island": "line islands standard time",
}
