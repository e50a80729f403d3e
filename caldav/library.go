package caldav

import (
	"context"
	"iter"
	"time"

	"calbridge/bridge"
)

// Library is what readers see of the mirror. Its methods may be called
// concurrently; its iterators copy rows out in chunks and hold nothing while
// the caller works. An error ends a sequence. Faults are Absent for a calendar
// that is not there, and Retry for one that cannot be served yet.
type Library interface {
	// UserCalendars returns the calendars that user may see, in a stable order.
	UserCalendars(ctx context.Context, user string) ([]bridge.Calendar, error)
	// Calendar returns one calendar, whoever owns it.
	Calendar(ctx context.Context, id bridge.CalendarID) (bridge.Calendar, error)
	// Answerable reports whether Changes can tell what changed since p.
	Answerable(ctx context.Context, id bridge.CalendarID, p bridge.Point) (bool, error)
	// Changes yields each name that changed after since, in the order of its
	// latest change.
	Changes(ctx context.Context, id bridge.CalendarID, since bridge.Seq) iter.Seq2[bridge.Changed, error]
	// Tags yields names and ETags of all objects in name order.
	Tags(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Tag, error]
	// Rows yields all objects in name order.
	Rows(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Row, error]
	// Within yields the rows that may touch the half-open range [from, to), in
	// no order.
	Within(ctx context.Context, id bridge.CalendarID, from, to time.Time) iter.Seq2[bridge.Row, error]
	// Objects yields the objects of the given names in that order, without a
	// Body where there is none.
	Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error]
	// All yields all objects in name order.
	All(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Object, error]
	// Zones returns the zones that a calendar's objects name, each with the
	// first year in which it is used.
	Zones(ctx context.Context, id bridge.CalendarID) (map[string]int, error)
}

// Gate knows who may come in. It may be called concurrently.
type Gate interface {
	// Verify returns the device that an app password of user belongs to. The
	// fault is Absent where it is not one.
	Verify(ctx context.Context, user, password string) (bridge.Device, error)
}

// Feeds knows secret addresses. It may be called concurrently, and takes the
// same time for every secret that is not one.
type Feeds interface {
	// Feed returns the feed that a secret leads to, with the address used; a
	// revoked address is returned as it is. The fault is Absent where the secret
	// leads nowhere.
	Feed(ctx context.Context, secret string) (bridge.Feed, bridge.Address, error)
}
