// Package boltdb keeps a bridge in one bbolt file: users, accounts, calendars,
// feeds, and of each calendar the objects that readers get.
//
// The layout, top-level buckets first:
//
//	meta                schema version, key check
//	users devices feeds addresses accounts secrets overlays calendars
//	                    one record per key; of calendars also the generations
//	retired             records of calendars that their source no longer has
//	cal/<calendar>/
//	  gen/<number>/     one generation of the calendar's objects:
//	    rows            name → ETag, size, span, source … (what listings need)
//	    bodies          name → the iCalendar bytes that readers get
//	    series          name → the Series, so that it can be rendered again
//	    parts           changed instance's source id → its master's
//	    times           length, start and name → the same as rows (to find a range)
//	    claims          claimed UID and source id (to find duplicates)
//	    listed          name → days of a series that is served by its instances
//	    remarks         name → what of it is not served just as the source has it
//	  names             source id → name and UID, kept for good
//	  uids              UID → source id that holds it
//	  journal           sequence number → name that changed last then
//	  seqs              name → its entry in the journal
//	  dirty             source ids noted and not yet settled
//	  bad               source ids kept aside, with their cause
//	  audits            stretch → what comparing it with the source came to
//	  doubts            source id → the rule of its that is not to be trusted
//	  cursor            the source's resume point
//
// Rounds write to the served generation, full rounds to one beside it that
// Finish swaps in. The journal holds one entry per name, its latest; names that
// have none are as they were when the history began.
//
// Every method is one transaction or a few short ones, safe for concurrent use.
// Iterators copy rows out in chunks: a slow reader holds no pages.
package boltdb
