package caldav

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/zone"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// Overlays keeps how users want to see their things. It may be called
// concurrently.
type Overlays interface {
	// Overlays returns all overlays of a user by what they lie on.
	Overlays(ctx context.Context, user string) (map[bridge.Place]bridge.Overlay, error)
	// EditOverlay changes one overlay; an error of edit leaves it as it was.
	EditOverlay(ctx context.Context, user string, p bridge.Place, edit func(*bridge.Overlay) error) error
}

// place is where the overlay of a resource lies, "" where it can have none.
func (t target) place() bridge.Place {
	switch t.kind {
	case principal:
		return bridge.OnUser
	case home:
		return bridge.OnHome
	case calendar:
		return bridge.OnCalendar(t.calendar)
	}
	return ""
}

// clark is the name under which an overlay keeps a property.
func clark(n davxml.Name) string { return "{" + n.Space + "}" + n.Local }

// named reads what clark wrote.
func named(s string) davxml.Name {
	space, local, _ := strings.Cut(strings.TrimPrefix(s, "{"), "}")
	return davxml.Name{Space: space, Local: local}
}

// dead returns the names that the reader keeps something under and that this
// server has no property of its own for, in order.
func (v *view) dead() (names []davxml.Name) {
	for _, key := range slices.Sorted(maps.Keys(v.overlay.Kept)) {
		name := named(key)
		if p := byName[name]; p == nil || p.on&v.kind == 0 {
			names = append(names, name)
		}
	}
	return names
}

// verdict is what becomes of one property of a PROPPATCH: the zero verdict is
// that it can be done.
type verdict struct {
	status    int
	condition davxml.Name
}

var (
	protected  = verdict{http.StatusForbidden, davxml.DAV("cannot-modify-protected-property")}
	noRight    = verdict{http.StatusForbidden, davxml.DAV("need-privileges")}
	unfit      = verdict{status: http.StatusConflict}            // RFC 4918 §9.2.1: not a value of this property
	noRoom     = verdict{status: http.StatusInsufficientStorage} // likewise
	unfitZone  = verdict{http.StatusForbidden, davxml.CalDAV("valid-calendar-data")}
	noSuchZone = verdict{http.StatusForbidden, davxml.CalDAV("valid-timezone")}
)

// setter takes a value into an overlay; nil removes what was set.
type setter func(o *bridge.Overlay, value *davxml.Element) verdict

func setName(o *bridge.Overlay, value *davxml.Element) verdict {
	o.Name = ""
	if value != nil && strings.TrimSpace(value.Text) != "" {
		o.Name = value.Text
	}
	return verdict{}
}

var colors = regexp.MustCompile(`^#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$`)

// setColor keeps the spelling: vdirsyncer compares it with what it wrote.
func setColor(o *bridge.Overlay, value *davxml.Element) verdict {
	o.Color = ""
	if value == nil {
		return verdict{}
	}
	if o.Color = strings.TrimSpace(value.Text); !colors.MatchString(o.Color) {
		return unfit
	}
	return verdict{}
}

func setOrder(o *bridge.Overlay, value *davxml.Element) verdict {
	o.Order = nil
	if value == nil {
		return verdict{}
	}
	n, err := strconv.Atoi(strings.TrimSpace(value.Text))
	if err != nil {
		return unfit
	}
	o.Order = &n
	return verdict{}
}

var (
	timezoneText = davxml.CalDAV("calendar-timezone")
	transparency = davxml.CalDAV("schedule-calendar-transp")
)

// setTimezone takes a calendar with one VTIMEZONE (RFC 4791 §5.2.2). One that
// follows no rule is kept as it is and moves no day.
func setTimezone(o *bridge.Overlay, value *davxml.Element) verdict {
	o.Zone = ""
	delete(o.Kept, clark(timezoneText))
	if value == nil {
		return verdict{}
	}
	name, ok := component.OnlyZone(value.Text)
	if !ok {
		return unfitZone
	}
	o.Zone = name
	o.Keep(clark(timezoneText), davxml.Inner(value))
	return verdict{}
}

// setTimezoneID takes the name of a zone (RFC 7809 §5.2), in place of one that
// was described.
func setTimezoneID(o *bridge.Overlay, value *davxml.Element) (v verdict) {
	o.Zone = ""
	delete(o.Kept, clark(timezoneText))
	if value == nil {
		return v
	}
	name, ok := zone.Resolve(strings.TrimSpace(value.Text))
	if !ok {
		return noSuchZone
	}
	o.Zone = name
	return v
}

// setTransparency takes RFC 6638 §9.1's two values.
func setTransparency(o *bridge.Overlay, value *davxml.Element) verdict {
	if value != nil && value.Child(davxml.CalDAV("opaque")) == nil && value.Child(davxml.CalDAV("transparent")) == nil {
		return unfit
	}
	return keep(transparency)(o, value)
}

// keep takes any value and hands it back as it came.
func keep(name davxml.Name) setter {
	return func(o *bridge.Overlay, value *davxml.Element) verdict {
		if value == nil {
			delete(o.Kept, clark(name))
		} else {
			o.Keep(clark(name), davxml.Inner(value))
		}
		return verdict{}
	}
}

// keepable are the names in the protocol's own namespaces that clients keep
// something under, though this server knows nothing of them. What other
// namespaces have may be kept without being known.
var keepable = map[davxml.Name]bool{
	davxml.CalDAV("default-alarm-vevent-date"):     true,
	davxml.CalDAV("default-alarm-vevent-datetime"): true,
	davxml.CalDAV("default-alarm-vtodo-date"):      true,
	davxml.CalDAV("default-alarm-vtodo-datetime"):  true,
	davxml.CalDAV("calendar-alarm"):                true,
	davxml.CalDAV("calendar-availability"):         true,
	davxml.CalDAV("calendar-free-busy-set"):        true,
}

// setterOf returns what takes a value of that name on a kind of resource, nil
// where the property is protected.
func (k kind) setterOf(name davxml.Name) setter {
	if p := byName[name]; p != nil {
		if p.set != nil && p.on&k == 0 { // macOS gives calendar homes an order too
			return keep(name)
		}
		return p.set
	}
	switch name.Space {
	case davxml.NamespaceDAV, davxml.NamespaceCalDAV, davxml.NamespaceCalendarServer:
		if !keepable[name] {
			return nil
		}
	}
	return keep(name)
}

// zoneOf is where days without a zone begin and end for the reader of a
// calendar: as the reader has set it, else as the mailbox has it.
func (h *Handler) zoneOf(ctx context.Context, res *resource) (*time.Location, error) {
	overlays, err := h.Overlays.Overlays(ctx, res.reader)
	if err != nil {
		return nil, err
	}
	if name := overlays[bridge.OnCalendar(res.calendar)].Zone; name != "" {
		if loc, err := zone.Load(name); err == nil {
			return loc, nil
		}
	}
	return mailboxZone(res.cal), nil
}
