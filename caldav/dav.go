package caldav

import (
	"context"
	"net/http"
	"strings"

	"calbridge/bridge"
)

// compliance is what OPTIONS and every answer say of the server (RFC 4918
// §10.1). The first token is "1", since Thunderbird drops it unread. Locks,
// scheduling and sharing are missing because they are not there.
const compliance = "1, 3, access-control, calendar-access, extended-mkcol, " +
	"calendarserver-principal-property-search, calendarserver-principal-search, calendar-no-timezone"

// resource is what a request is about.
type resource struct {
	target
	reader   string // the user who asks
	readOnly bool   // the reader's app password may change nothing
	href     string
	cal      *bridge.Calendar // of a calendar or an object
	obj      *bridge.Object   // of an object; nil where its name is free
}

// dav answers a WebDAV request at t; ok tells whether anything can be there.
func (h *Handler) dav(w http.ResponseWriter, r *http.Request, t target, ok bool) {
	device, err := h.Enter(r)
	if err != nil {
		h.stay(w, r, err)
		return
	}
	w.Header().Set("DAV", compliance)
	res := &resource{target: t, reader: device.User, readOnly: device.ReadOnly, href: h.path(t)}
	err = h.find(r.Context(), res, ok)
	if r.Method == "MKCALENDAR" || r.Method == "MKCOL" {
		err = h.refuseCollection(res, err)
	}
	if err == nil {
		err = h.method(w, r, res)
	}
	if err != nil {
		h.fail(w, r, err)
	}
}

// stay answers those who did not get in.
func (h *Handler) stay(w http.ResponseWriter, r *http.Request, err error) {
	f := bridge.AsFault(err)
	switch f.Kind {
	case bridge.SignIn:
		h.Challenge(w.Header())
		send(w, http.StatusUnauthorized, "text/plain; charset=utf-8", []byte(f.What+"\n"))
	case bridge.Retry:
		(&refusal{status: http.StatusTooManyRequests, header: retryAfter(f.After), text: f.What}).write(w)
	default:
		h.fail(w, r, err)
	}
}

// find looks up what the target names. What belongs to someone else is not
// there.
func (h *Handler) find(ctx context.Context, res *resource, ok bool) error {
	if !ok || res.user != "" && res.user != res.reader {
		return errNotFound
	}
	if res.user == "" {
		res.user = res.reader
	}
	if res.kind != calendar && res.kind != object {
		return nil
	}
	cal, err := h.calendar(ctx, res.calendar, res.reader)
	if err != nil {
		return err
	}
	res.cal = cal
	if res.kind == object && res.name != "" {
		return h.findObject(ctx, res)
	}
	return nil
}

// calendar returns a calendar of user that readers may see. One that is still
// being fetched is trouble of ours, not absence.
func (h *Handler) calendar(ctx context.Context, id bridge.CalendarID, user string) (*bridge.Calendar, error) {
	cal, err := h.Library.Calendar(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case cal.User != user || cal.Hidden:
		return nil, errNotFound
	case !cal.Complete:
		return nil, &bridge.Fault{Kind: bridge.Retry, What: "The calendar is still being fetched for the first time."}
	}
	return &cal, nil
}

func (h *Handler) findObject(ctx context.Context, res *resource) error {
	for obj, err := range h.Library.Objects(ctx, res.calendar, []string{res.name}) {
		if err != nil {
			return err
		}
		if obj.Body != nil {
			res.obj = &obj
		}
	}
	return nil
}

// exists reports whether the resource is there.
func (res *resource) exists() bool { return res.kind != object || res.obj != nil }

// allow lists the methods that do something on a kind of resource (RFC 9110
// §10.2.1). Evolution takes a calendar for writable when PUT is among them.
func (k kind) allow() string {
	switch k {
	case calendar, object:
		return "OPTIONS, GET, HEAD, PROPFIND, PROPPATCH, REPORT"
	}
	return "OPTIONS, PROPFIND, PROPPATCH, REPORT"
}

// method does what the request asks.
func (h *Handler) method(w http.ResponseWriter, r *http.Request, res *resource) error {
	switch r.Method {
	case http.MethodOptions:
		return options(w, res)
	case "PUT", "DELETE", "MOVE", "COPY", "POST", "LOCK":
		return h.refuseWrite(r.Method, res)
	}
	if !res.exists() {
		return errNotFound
	}
	switch r.Method {
	case "PROPFIND":
		return h.propfind(w, r, res)
	case "PROPPATCH":
		return h.proppatch(w, r, res)
	case "REPORT":
		return h.report(w, r, res)
	case http.MethodGet, http.MethodHead:
		switch res.kind {
		case calendar:
			return h.getCalendar(w, r, res)
		case object:
			return h.getObject(w, r, res)
		}
	}
	return notAllowed(res.kind.allow())
}

// options answers with 200: Thunderbird accepts nothing else.
func options(w http.ResponseWriter, res *resource) error {
	w.Header().Set("Allow", res.kind.allow())
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// minimal reports whether the client wants no more than needed (RFC 8144 §2.1),
// also in Microsoft's older spelling, which Apple sends beside it.
func minimal(r *http.Request) bool {
	if strings.EqualFold(strings.TrimSpace(r.Header.Get("Brief")), "t") {
		return true
	}
	for _, value := range r.Header.Values("Prefer") {
		for part := range strings.SplitSeq(value, ",") {
			switch strings.ToLower(strings.ReplaceAll(strings.TrimSpace(part), `"`, "")) {
			case "return=minimal", "return-minimal":
				return true
			}
		}
	}
	return false
}
