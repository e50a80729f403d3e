// Package graphfake emulates Microsoft Graph's calendar API and Microsoft
// Entra ID's sign-in as one http.Handler, for tests and for demonstrations.
// It is made from Microsoft's documentation and from what observers report, and
// from nothing that a client of it does: it imports no package of this module,
// writes its own JSON and expands recurrences by its own scan of days, so that
// it can be the judge of both.
//
//	srv := graphfake.New(graphfake.Options{})
//	mb, err := srv.Seed(time.Now())          // or AddMailbox, Add, AddRaw, LoadDir, Generate
//	web := httptest.NewServer(srv)           // or any listener: login and Graph share it
//	token := srv.SignIn(mb.Address(), "app").Access
//
// # What it emulates
//
// Sign-in: device codes (with a page at /devicelogin, or ApproveDevice),
// authorisation code with PKCE, refresh with rotation, client credentials, the
// documented errors. Access tokens are opaque.
//
// Reading, under /v1.0 and /beta, /me and /users/{id}: the user, mailbox
// settings, time zones, categories, calendars and their groups; events of a
// calendar, single events, instances, calendarView, events/delta,
// calendarView/delta, $batch. Query options $select, $expand, $filter, $orderby,
// $top, $skip, $skiptoken, $count; Prefer for time zone, body type, page size and
// immutable ids. Each calendar keeps a journal, so a delta page costs what it
// holds and an idle poll nothing.
//
// Writing, through Graph, the Go methods or the page at /: events, single
// instances (which become exceptions or cancelled dates), calendars. Every
// write shows in delta as Graph would show it, and is told to Options.OnEdit.
//
// Limits: requests per window and at the same time, for each app and mailbox.
//
// # What it does not
//
// There are no subscriptions, free/busy queries, group calendars or
// mails; a shared calendar is a calendar of the mailbox that it is shared with.
// Nothing is kept after the process.
//
// ListDates makes a series whose rule has no words in Graph's schema, or whose
// instances are others than its rule says.
//
// # Raw events
//
// AddRaw and LoadDir store events as they are given, nonsense included, and
// serve them back so. They are still expanded and placed in a calendarView
// when they can be understood.
//
// # Switches
//
// What Graph does undocumented is a switch in [Habits]; its zero value follows
// documentation and observers: [Habits.DeltaStatus] and ViewDeltaStatus refuse
// delta; HideMasters, FullOccurrences, QuietOutside and SplitSeries shape
// calendarView/delta; DeltaFull, DeltaExceptions, RemovedReason, UnknownRemovals,
// WedgeDelta, ReuseDeltaLink and NoResetLocation shape its answers; ListExceptions,
// SkipTokens, TopIsTotal, DuplicateInPage, DuplicateAcrossPages and Idless
// shape listings; NoCancelledOccurrences, NoExceptionOccurrences,
// NationalCloud, NoAppointmentRecur, NoOriginalStart, ExpandCap, QuietInstances and SilentInstances
// concern series; MixedIDs, StableCalendarIDs, LooseScope and ConvertRaw
// concern ids and paths; RetryAfter is the form of that header. Fault injects
// trouble into chosen requests. FailSignIn, RevokeGrants, ExpireAccess,
// ExpireCursors and ReissueIDs make the days on which things go wrong.
//
// All methods may be called at any time from any goroutine.
package graphfake
