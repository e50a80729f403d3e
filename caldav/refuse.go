package caldav

import (
	"errors"
	"net/http"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// Rights that a read-only calendar does not give (RFC 3744 §3).
var (
	bind         = davxml.DAV("bind")
	unbind       = davxml.DAV("unbind")
	writeContent = davxml.DAV("write-content")
)

// refuseWrite refuses what would change an event or a calendar: nothing can be
// written yet. The answer names the right that is missing and where, because
// clients decide by it what becomes of their change.
func (h *Handler) refuseWrite(method string, res *resource) error {
	switch {
	case method == "POST" && res.kind == calendar: // add-member, RFC 5995 §3.2
		return needPrivilege(res.href, bind)
	case method == "POST", res.kind != object && (method == "PUT" || method == "LOCK"):
		return notAllowed(res.kind.allow())
	case (method == "PUT" || method == "LOCK") && res.exists():
		return needPrivilege(res.href, writeContent)
	case method == "PUT" || method == "LOCK":
		return needPrivilege(h.parent(res), bind)
	case !res.exists():
		return errNotFound
	case method == "COPY":
		return needPrivilege(h.parent(res), bind)
	}
	return needPrivilege(h.parent(res), unbind)
}

// refuseCollection refuses MKCALENDAR and MKCOL. macOS sends them as long as it
// knows no calendar to write to, and shows any other status than 403 as an
// error at each start. found is what looking for the place gave.
func (h *Handler) refuseCollection(res *resource, found error) error {
	switch kind := bridge.KindOf(found); {
	case res.kind == object || res.kind == unknown:
		return refuse(http.StatusForbidden, davxml.CalDAV("calendar-collection-location-ok")) // RFC 4791 §5.3.1.2
	case found == nil:
		return refuse(http.StatusForbidden, davxml.DAV("resource-must-be-null"))
	case res.kind == calendar && res.user == res.reader && (errors.Is(found, errNotFound) || kind == bridge.Absent):
		return needPrivilege(h.parent(res), bind)
	}
	return found
}

// parent is the address of the collection that holds the resource.
func (h *Handler) parent(res *resource) string {
	if res.kind == object {
		return h.path(target{kind: calendar, user: res.user, calendar: res.calendar})
	}
	return h.path(target{kind: home, user: res.reader})
}
