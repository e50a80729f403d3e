package zone

import "strings"

// maxLabel bounds what Resolve looks at; the longest display name of a Windows
// zone has 70 octets.
const maxLabel = 128

// Resolve returns the modern IANA name of the zone that name means, "UTC" for
// UTC. It reads, in this order and without regard to case: Windows names (CLDR
// 48 windowsZones, default territory, and names added or dropped since), IANA
// names, also behind the prefix that some clients give their TZIDs
// ("/mozilla.org/20050126_1/Europe/Berlin") and with a note behind them
// ("Europe/Kyiv (Kiev)"), bare offsets ("UTC+05", "+01:00"), and the names by
// which Windows shows its zones ("(UTC+01:00) Amsterdam, Berlin, Bern").
//
// An offset is always a fixed one. Whole hours become Etc/GMT zones, whose sign
// is reversed; other offsets become the zone of a country that has kept this
// offset since 1990, if there is one ("+05:30" is Asia/Kolkata), so that the
// result is a name all clients know. The offset in a display name only tells
// places apart: without a place that is known, such a name is not read.
//
// ok is false for empty and unknown names and for zones that a user defined
// ("tzone://Microsoft/Custom", "Customized Time Zone"). Whatever Resolve
// returns, [Load] opens. It may be called concurrently.
func Resolve(name string) (iana string, ok bool) {
	if len(name) > maxLabel {
		return "", false
	}
	name = strings.Trim(name, " \t\r\n\x00\"'")
	key := strings.ToLower(name)
	switch key {
	case "z", "tzone://microsoft/utc":
		return "UTC", true
	}
	if iana, ok := windowsDefault[key]; ok {
		return modern(iana)
	}
	if iana, ok := database(name); ok {
		return iana, true
	}
	if seconds, ok := parseOffset(key); ok {
		return fixed(seconds)
	}
	return display(key)
}

// database reads an IANA name, however it is cased or wrapped. Names that are
// not in the table must have a slash: without one, any file in the zoneinfo
// folder would do.
func database(name string) (string, bool) {
	name, _, _ = strings.Cut(name, " (")
	if strings.HasPrefix(name, "/") {
		return unprefixed(name)
	}
	if iana, ok := spelling[strings.ToLower(name)]; ok {
		return modern(iana)
	}
	if !strings.Contains(name, "/") {
		return "", false
	}
	return modern(name)
}

// unprefixed reads a globally unique TZID (RFC 5545 §3.8.3.1) made of a
// vendor's prefix and an IANA name, by the longest tail that is in the table.
func unprefixed(name string) (string, bool) {
	for rest := strings.ToLower(name); ; {
		_, tail, ok := strings.Cut(rest, "/")
		if !ok {
			return "", false
		}
		if iana, ok := spelling[tail]; ok {
			return modern(iana)
		}
		rest = tail
	}
}

// modern gives the present spelling of an exactly spelled name, if the zone
// data in use have it: an old machine may know only the old one.
func modern(iana string) (string, bool) {
	if now, ok := renamed[iana]; ok {
		if _, err := Load(now); err == nil {
			return now, true
		}
	}
	if _, err := Load(iana); err != nil {
		return "", false
	}
	return iana, true
}

// Windows returns the Windows name of an IANA zone, as Exchange wants it for
// writing (CLDR 48 windowsZones, all territories). Old and new spellings find
// the same name, in any case. ok is false for a zone without a Windows name,
// such as Antarctica/Troll. Windows may be called concurrently.
//
// Where Microsoft has split a zone since CLDR 48, the newer name is given:
// America/Edmonton is "Alberta Standard Time".
func Windows(iana string) (name string, ok bool) {
	if len(iana) > maxName {
		return "", false
	}
	iana, ok = spelling[strings.ToLower(iana)]
	if !ok {
		return "", false
	}
	if now, ok := renamed[iana]; ok {
		iana = now
	}
	if near, ok := nearby[iana]; ok {
		iana = near
	}
	name, ok = windowsName[iana]
	return name, ok
}
