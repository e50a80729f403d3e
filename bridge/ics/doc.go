// Package ics turns a bridge.Series into iCalendar (RFC 5545) and iCalendar
// into instances.
//
// [Render] is pure: the same series and env give the same bytes, so that an
// ETag moves only with the calendar. One series is one VCALENDAR: its zones,
// then its VEVENTs, the master first and its overrides by RECURRENCE-ID.
// [Expand] is the only expander of the product; it reads stored bytes, as
// readers do, and so judges what Render wrote.
// [Writer] joins the VEVENTs of many objects into one calendar file.
//
// go-ical is the object model and the codec. Around it stand what it leaves
// open: text from strangers is cleaned before, lines are folded after, and
// input is bounded in size, depth and line length before its decoder sees it.
package ics
