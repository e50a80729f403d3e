// Package graphsync mirrors Outlook calendars into a bridge.
//
// A [Syncer] runs one goroutine per account. A round of an account lists its
// calendars and then follows each: it notes which items may have changed,
// durably and together with the cursor, and hydrates them from that durable
// set. Cursor and work move in one transaction, so a round that is killed goes
// on where it was.
//
// How a calendar is followed is its rung: "delta", Graph's events/delta with
// ids only; "view", calendarView/delta over a rolling window, read only as
// "series dirty", with a listing of ids for what lies outside; or "listing", all
// ids and change keys compared with the mirror. Each is tried out, and given up
// where a mailbox refuses it: see ladder.go. A full round opens the cursor first
// and then reads bodies in bulk, so nothing that changes meanwhile is missed;
// masters are hydrated one by one, since only a single GET tells their
// exceptions and cancelled dates. What such a GET leaves out is unknown, never
// empty.
//
// Nothing is taken away on one answer's word: see losses.go. Once a night the
// whole calendar is compared: see reconcile.go.
//
// Conversion from Graph's wire to bridge.Series is pure and lives here too:
// convert.go and the files that it names. What an older version of it made is
// read again along with ordinary rounds: see outdated.go.
package graphsync
