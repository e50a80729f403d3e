// Package bridge is the domain of calbridge: what a calendar, a series and a
// change are, before anyone speaks HTTP, Graph JSON, CalDAV or Bolt.
//
// A [User] is a person with a local name. A user owns [Account]s (one mailbox
// each), [Device]s (app passwords) and [Feed]s (secret .ics addresses). An
// account has [Calendar]s; a calendar holds [Series].
//
// A Series is everything that shares one UID: a single event, or a master with
// its changed instances and its cancelled dates. The source (package
// graphsync) makes Series; a store (package boltdb) settles each one's UID and
// name, has it rendered to an [Object] by the [Renderer] it was opened with,
// and keeps both. What readers get are the stored bytes of the Object.
//
// A [Round] is one pass over a source calendar. It first notes which items may
// have changed ([Page]), durably and with the source's resume point
// ([Cursor]), then applies what became of them ([Change]). A full round fills a
// new generation beside the served one and swaps at its end, so that readers
// see either the old calendar or the new one, and only differences reach the
// journal.
//
// The journal gives each calendar a [Point]: a history and a sequence number,
// which CalDAV hands out as ctag and sync-token. It moves if and only if the
// bytes that readers get have changed.
//
// The package does no I/O. Whatever depends on the day, the machine or the
// mailbox comes in through [Env], which is stored data.
package bridge
