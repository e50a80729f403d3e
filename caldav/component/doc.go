// Package component reads stored calendar objects for the reports of RFC 4791.
//
// An object is bytes that the store rendered once; most requests hand them on
// as they are. Only what a report asks beyond that comes here: whether an
// object passes a filter ([Filter], RFC 4791 §9.7), what is left of it when
// only parts are wanted or a series is to be expanded ([Cut], §9.6), and how
// busy it makes its owner ([FreeBusy], §7.10).
//
// [Parse] splits an object into components and properties whose text stays as
// it was, folds and all, so that what is not asked to change does not. Which
// days a series has is always [ics.Expand]'s judgement; [Memory] keeps it, per
// object and ETag, in bounded space.
package component
