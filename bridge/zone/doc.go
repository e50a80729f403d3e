// Package zone turns the names of time zones into clocks: which IANA zone a
// name means, which instant a wall time in it is, and the VTIMEZONE that tells
// a calendar client the same.
//
// # Names
//
// Exchange says "W. Europe Standard Time", other mail systems say
// "Europe/Berlin", old ones "US/Eastern", and people's clients wrap all of them
// in quotes, prefixes and explanations; some write what Windows shows to people,
// "(UTC+01:00) Amsterdam, Berlin, Bern". [Resolve] reads them and answers with
// one IANA name in its modern spelling, [Windows] goes back. The table behind
// both is CLDR's windowsZones, with the names that Microsoft added since and
// the older spellings that the IANA database still accepts; data/ holds its
// sources, CLDR's own file among them, and gen.go writes it to table.go:
//
//	go generate ./bridge/zone
//
// Only respellings are replaced (Asia/Calcutta becomes Asia/Kolkata). Where the
// database has merged one place into another, as it did with Europe/Amsterdam
// and Europe/Brussels, the place keeps its name: people know where they live.
//
// Zones that somebody made up in Outlook have no name, only rules: [Rules.Match]
// finds an IANA zone that keeps them, and [Custom] makes a name of the rules
// themselves where there is none. [Load] and [VTimezone] know such names.
//
// # Clocks
//
// The rules come from the machine's zoneinfo, and from a copy inside the
// program where there is none; the environment variable ZONEINFO names another
// source, as for every Go program. [Load] opens a zone, [Version] says how old
// the rules are. Governments change them at short notice, so that matters.
//
// [At] reads a wall time as RFC 5545 §3.3.5 wants it, also in the hour that a
// change of clocks skips or repeats, where [time.Date] takes either side.
//
// # VTIMEZONE
//
// [VTimezone] writes the clocks of a zone from a year on: a yearly rule for
// every change that keeps to an n-th or last weekday of a month, a list of
// dates for the others (Ramadan in Hebron, "the Saturday before the last
// Sunday" in Greenland). Common readers know less than the RFC, so the text
// keeps to what they agree on:
//
//   - Every RDATE has one value: libical and ical.js take no more of a list.
//   - An observance with RDATEs names its DTSTART among them: ical.js does not
//     count it otherwise.
//   - UNTIL lies a day behind the last onset. It is in UTC, as it must be, but
//     dateutil reads it as local time and would lose that onset east of
//     Greenwich. The next candidate is a year away.
//
// Everything here may be called from any goroutine. The same zone data gives
// the same bytes.
//
//go:generate go run gen.go
package zone
