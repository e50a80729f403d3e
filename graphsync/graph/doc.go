// Package graph is a thin client of Microsoft Graph's calendar API: typed GETs
// over one method that authorises, waits, retries and reads errors. It knows
// Graph's wire and nothing of what calbridge makes of it.
//
// A [Client] belongs to one mailbox. Its [Gate] keeps to what Graph allows a
// mailbox: three requests at a time, and none before a Retry-After has passed,
// whichever request was told so. Links that Graph hands out are followed as they
// are, and only to the host that the client was made for.
//
// Batches are not used: Graph counts their parts one by one, in quota and in
// concurrency, so three plain requests side by side do as much.
package graph
