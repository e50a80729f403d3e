package caldav

import (
	"net/http"
	"slices"
	"strings"

	"calbridge/caldav/davxml"
)

// reports lists the reports that a kind of resource answers (RFC 3253 §3.1.5).
func (k kind) reports() []davxml.Name {
	switch k {
	case calendar:
		return []davxml.Name{davxml.CalDAV("calendar-query"), davxml.CalDAV("calendar-multiget"), davxml.CalDAV("free-busy-query"),
			davxml.DAV("sync-collection"), davxml.DAV("expand-property"), davxml.DAV("acl-principal-prop-set"), davxml.DAV("principal-match")}
	case object:
		return []davxml.Name{davxml.CalDAV("calendar-query"), davxml.CalDAV("calendar-multiget"), davxml.DAV("expand-property"), davxml.DAV("acl-principal-prop-set")}
	case home:
		return []davxml.Name{davxml.CalDAV("calendar-query"), davxml.CalDAV("calendar-multiget"), davxml.CalDAV("free-busy-query"),
			davxml.DAV("expand-property"), davxml.DAV("acl-principal-prop-set"), davxml.DAV("principal-match")}
	}
	return []davxml.Name{davxml.DAV("expand-property"), davxml.DAV("principal-search-property-set"), davxml.DAV("principal-property-search"),
		davxml.DAV("principal-match"), davxml.CalendarServer("calendarserver-principal-search")}
}

// report answers RFC 3253 §3.6. Of a calendar the Depth header is not looked at:
// Thunderbird sends 1 where RFC 6578 wants 0, Evolution searches with 0 where RFC
// 4791 wants 1, and each means the report's only sensible depth.
func (h *Handler) report(w http.ResponseWriter, r *http.Request, res *resource) error {
	body, err := davxml.ReadReport(r.Body)
	if err != nil {
		return err
	}
	has := func(name davxml.Name) bool { return slices.Contains(res.kind.reports(), name) }
	switch report := body.(type) {
	case *davxml.CalendarQuery:
		report.Data = zoned(r, report.Data)
		if has(davxml.CalDAV("calendar-query")) {
			return h.calendarQuery(w, r, res, report)
		}
	case *davxml.CalendarMultiget:
		report.Data = zoned(r, report.Data)
		if has(davxml.CalDAV("calendar-multiget")) {
			return h.multiget(w, r, res, report)
		}
	case *davxml.SyncCollection:
		if has(davxml.DAV("sync-collection")) {
			return h.syncCollection(w, r, res, report)
		}
	case *davxml.FreeBusyQuery:
		if has(davxml.CalDAV("free-busy-query")) {
			return h.freeBusy(w, r, res, report)
		}
	case *davxml.ExpandProperty:
		return h.expandProperty(w, r, res, report)
	default:
		return h.principalReport(w, r, res, body)
	}
	return errReport
}

// zoned takes in whether the client wants zones described (RFC 7809 §7.1): one
// that has them all says so. Nothing else depends on it, ETags least of all.
func zoned(r *http.Request, d *davxml.CalendarData) *davxml.CalendarData {
	if d == nil || !strings.EqualFold(strings.TrimSpace(r.Header.Get("CalDAV-Timezones")), "F") {
		return d
	}
	without := *d
	without.Zoneless = true
	return &without
}

// errReport is a report that the resource does not answer (RFC 3253 §3.6).
var errReport = refuse(http.StatusForbidden, davxml.DAV("supported-report"))
