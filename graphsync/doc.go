// Package graphsync mirrors Outlook calendars into a bridge.
//
// A [Syncer] runs one goroutine per account. A round of an account lists its
// calendars and then follows each: it notes which items may have changed,
// durably and together with the cursor, and hydrates them from that durable
// set. Cursor and work move in one transaction, so a round that is killed goes
// on where it was.
//
// How a calendar is followed is its rung: "delta", Graph's events/delta with
// ids only; or "listing", all ids and change keys compared with the mirror,
// where an account refuses delta. A full round opens the cursor first and then
// reads bodies in bulk, so nothing that changes meanwhile is missed; masters
// are hydrated one by one, since only a single GET tells their exceptions and
// cancelled dates. What such a GET leaves out is unknown, never empty.
//
// Conversion from Graph's wire to bridge.Series is pure and lives here too:
// convert.go and the files that it names.
package graphsync
