// Package caldav is the front of calbridge that calendar programs speak to: a
// CalDAV server (RFC 4791, with RFC 3744 and RFC 6578 as far as its clients use
// them) and secret .ics addresses.
//
// [Handler] is an [http.Handler] over three things that it needs: a [Library]
// that knows the calendars, a [Gate] that knows app passwords and [Feeds] that
// know secret addresses. It never waits for Microsoft: what it serves is stored.
//
//	/.well-known/caldav                                  → /dav/ (RFC 6764)
//	/dav/                                                where clients begin
//	/dav/principals/<user>/                              the user (RFC 3744)
//	/dav/calendars/<user>/                               the calendar home
//	/dav/calendars/<user>/<calendar>/                    a calendar
//	/dav/calendars/<user>/<calendar>/<object>.ics        a calendar object
//	/feeds/<secret>/<name>.ics                           a subscription
//
// Everything else goes to Pages.
//
// What holds throughout:
//
//   - One property table (props.go) answers PROPFIND, every report and
//     propname. A property is in it once, with where it lives and how its value
//     is written.
//   - A calendar's sync token is read before its rows. What changes meanwhile
//     has a higher sequence number and is told again at the next sync. Rows come
//     from iterators that hold no transaction while a slow reader reads. When one
//     fails after the first octet has gone, the connection is cut: a multistatus
//     is never closed over a hole.
//   - Whole calendars are files in a cache folder, made anew when the journal
//     has moved; who is reading one reads it to its end.
//   - Calendar data that reports gave lately are kept in memory as they went out,
//     8 MB at most; the journal tells what to drop of them. Rows that differ in
//     name, ETag and data alone are made from a template.
//   - Bodies are handed on as they were stored. Package component looks inside
//     where a report asks for parts, for an expansion or for more than the time
//     of single events.
//   - For now everything is read-only, and says so: privileges, Allow and the
//     calendars' descriptions leave no room for another belief, and a write is
//     refused with the DAV:need-privileges that makes clients take it back.
//   - What clients set to see a calendar their way (name, colour, order, zone,
//     defaults of alarms) is kept here for their user, and goes nowhere else.
//   - One user cannot learn what another has: their paths answer 404 like
//     anything that does not exist. A right password is never refused, however
//     many wrong ones came before it.
//   - Logs carry methods, route patterns and ids; never names, passwords, tokens
//     or feed addresses.
package caldav
