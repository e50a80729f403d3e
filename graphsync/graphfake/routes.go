package graphfake

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one address of Graph below the mailbox.
type route struct {
	method string
	path   string
	handle handler
}

// mailboxRoutes are valid under /me and /users/{user}.
var mailboxRoutes = []route{
	{"GET", "", (*call).getUser},
	{"GET", "/mailboxSettings", (*call).getSettings},
	{"GET", "/mailboxSettings/timeZone", (*call).getTimeZone},
	{"GET", "/outlook/masterCategories", (*call).listCategories},
	{"GET", "/outlook/{function}", (*call).listTimeZones},
	{"POST", "/translateExchangeIds", (*call).translateIDs},
	{"GET", "/calendars", (*call).listCalendars},
	{"POST", "/calendars", (*call).postCalendar},
	{"GET", "/calendarGroups", (*call).listGroups},
	{"GET", "/calendarGroups/{gid}/calendars", (*call).listCalendars},
}

// calendarRoutes are valid below every path of a calendar.
var calendarRoutes = []route{
	{"GET", "", (*call).getCalendar},
	{"PATCH", "", (*call).patchCalendar},
	{"DELETE", "", (*call).deleteCalendar},
}

// viewRoutes are valid below a calendar and below the mailbox itself.
var viewRoutes = []route{
	{"GET", "/calendarView", (*call).calendarView},
	{"GET", "/calendarView/$count", (*call).calendarView},
	{"GET", "/calendarView/delta", (*call).viewDelta},
}

// calendarPaths lead to a calendar.
var calendarPaths = []string{"/calendar", "/calendars/{cid}", "/calendarGroups/{gid}/calendars/{cid}"}

// eventRoutes are valid below a calendar and below the mailbox itself.
var eventRoutes = []route{
	{"GET", "/events", (*call).listEvents},
	{"POST", "/events", (*call).postEvent},
	{"GET", "/events/$count", (*call).listEvents},
	{"GET", "/events/delta", (*call).eventsDelta},
	{"GET", "/events/{id}", (*call).getEvent},
	{"PATCH", "/events/{id}", (*call).patchEvent},
	{"DELETE", "/events/{id}", (*call).deleteEvent},
	{"GET", "/events/{id}/instances", (*call).listInstances},
	{"GET", "/events/{id}/instances/$count", (*call).listInstances},
	{"GET", "/events/{id}/attachments", (*call).listAttachments},
	{"GET", "/events/{id}/attachments/{aid}", (*call).getAttachment},
	{"POST", "/events/{id}/{action}", (*call).act},
}

// graphRoutes spreads the tables over all prefixes.
func (s *Server) graphRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	add := func(prefix string, routes []route) {
		for _, r := range routes {
			mux.Handle(r.method+" "+prefix+r.path, r.handle)
		}
	}
	for _, user := range []string{"/me", "/users/{user}"} {
		add(user, mailboxRoutes)
		add(user, eventRoutes)
		add(user, viewRoutes)
		for _, path := range calendarPaths {
			add(user+path, calendarRoutes)
			add(user+path, viewRoutes)
			add(user+path, eventRoutes)
		}
	}
	return mux
}

// segments are the fixed parts of addresses; Graph takes them in any case.
var segments = func() map[string]string {
	known := map[string]string{"me": "me", "users": "users", "$batch": "$batch"}
	for _, table := range [][]route{mailboxRoutes, calendarRoutes, viewRoutes, eventRoutes} {
		for _, r := range table {
			for part := range strings.SplitSeq(r.path, "/") {
				known[strings.ToLower(part)] = part
			}
		}
	}
	for _, path := range calendarPaths {
		for part := range strings.SplitSeq(path, "/") {
			known[strings.ToLower(part)] = part
		}
	}
	return known
}()

// canonicalPath writes the fixed parts of an escaped path as the tables do.
func canonicalPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if name, ok := segments[strings.ToLower(plain)]; ok && err == nil {
			parts[i] = name
		}
	}
	return strings.Join(parts, "/")
}

// serveGraph answers a request to Graph.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(w, r)
	if c.r.URL.Path == "/$batch" {
		c.serveBatch()
		return
	}
	c.serve(nil)
}

// serve runs a call: quota first, then faults, then the route. slot is the
// quota that a batch took for its part already, nil for none.
func (c *call) serve(slot *slot) {
	sess, denied := c.srv.authenticate(c.r)
	c.sess = sess
	if sess != nil && slot == nil {
		taken, refused := c.srv.enter(sess, c.target())
		if refused != nil {
			c.fail(refused)
			return
		}
		defer taken.leave()
	}
	c.srv.faults.apply(c.w, c.r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.w = w
		if denied != nil {
			c.fail(denied)
			return
		}
		if _, pattern := c.srv.graph.Handler(r); pattern == "" {
			c.fail(c.unknownPath(r))
			return
		}
		c.srv.graph.ServeHTTP(w, r)
	}))
}

// target is the mailbox whose quota a call uses, nil if there is none such.
func (c *call) target() *Mailbox {
	parts := strings.SplitN(c.r.URL.Path, "/", 4)
	if len(parts) > 2 && parts[1] == "users" {
		return c.srv.Mailbox(parts[2])
	}
	return c.sess.mb
}

// unknownPath is the answer to an address that Graph does not have, or not
// with this method.
func (c *call) unknownPath(r *http.Request) error {
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := c.srv.graph.Handler(other); pattern != "" {
			return refuse(http.StatusMethodNotAllowed, "ErrorMethodNotAllowed", "The OData request is not supported.")
		}
	}
	last := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	return badRequest("BadRequest", "Resource not found for the segment '%s'.", last)
}
