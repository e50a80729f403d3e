package caldav

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"calbridge/caldav/component"
)

// Handler serves CalDAV and feeds. Library, Overlays, Gate and Feeds have to be
// set; a Handler is safe for concurrent use and must not be copied once used.
type Handler struct {
	Library  Library
	Overlays Overlays
	Gate     Gate
	Feeds    Feeds

	// Visitors knows the page passwords, for [Handler.Visit]; nil where there
	// are none.
	Visitors Gate
	// Pages gets what is neither CalDAV nor a feed; 404 where nil.
	Pages http.Handler
	// BasePath is the path below which the server is reached from outside: ""
	// or such as "/calendar", percent-encoded.
	// Requests may come with it or, from a proxy that strips it, without; so it
	// must not begin like an address of our own.
	BasePath string
	// Cache is a folder for whole calendars as files. It is made where it is
	// missing and may vanish at any time; without one, and where it cannot be
	// written, they are put together for each reader.
	Cache string
	// Realm is what a client shows when it asks for a password.
	Realm string
	// Log gets a Debug line per request and a warning for what is degraded;
	// nil discards them.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Seen is called with the user after each sign-in of a reader.
	Seen func(user string)

	failures limiter
	series   component.Memory
	ready    ready
	files    cache
}

var _ http.Handler = (*Handler)(nil)

// ServeHTTP answers one request. The remote address of r has to be the
// reader's own: where proxies are trusted, the server puts it there.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.now()
	rec := &recorder{ResponseWriter: w, route: "pages"}
	defer func() {
		h.log().LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("method", method(r)), slog.String("route", rec.route),
			slog.Int("status", rec.status), slog.Int64("ms", h.now().Sub(start).Milliseconds()))
	}()
	defer func() {
		if cause := recover(); cause != nil {
			h.recovered(rec, r, cause)
		}
	}()
	h.route(rec, r)
}

// recovered turns a panic into a 500 and a log line. An answer that has begun
// is cut instead, which is also what [http.ErrAbortHandler] asks for.
func (h *Handler) recovered(rec *recorder, r *http.Request, cause any) {
	if err, ok := cause.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		h.log().LogAttrs(r.Context(), slog.LevelError, "request panicked", slog.String("method", method(r)),
			slog.String("route", rec.route), slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
		if rec.status == 0 {
			http.Error(rec, "Something in calbridge itself went wrong; its log tells more.", http.StatusInternalServerError)
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// method keeps a stranger's text out of the log.
func method(r *http.Request) string {
	if len(r.Method) > 20 {
		return "other"
	}
	return r.Method
}

// base is BasePath without a slash at its end.
func (h *Handler) base() string { return strings.TrimSuffix(h.BasePath, "/") }

func (h *Handler) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}

func (h *Handler) log() *slog.Logger {
	if h.Log != nil {
		return h.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (h *Handler) warn(ctx context.Context, what string, attrs ...slog.Attr) {
	h.log().LogAttrs(ctx, slog.LevelWarn, what, attrs...)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	route  string
	status int
	pace   *pace // nil for pages
}

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	if rec.pace != nil {
		return rec.pace.write(rec.ResponseWriter, p)
	}
	return rec.ResponseWriter.Write(p)
}

// ReadFrom lets the system send a file by itself.
func (rec *recorder) ReadFrom(in io.Reader) (int64, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	if rec.pace != nil {
		return rec.pace.send(rec.ResponseWriter, in)
	}
	return io.Copy(rec.ResponseWriter, in)
}

// Unwrap serves [http.ResponseController].
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// route sends a request where it belongs by the beginning of its path.
func (h *Handler) route(rec *recorder, r *http.Request) {
	segments := h.segments(r.URL.EscapedPath())
	switch first, last := segments[0], len(segments)-1; {
	case first == ".well-known":
		rec.route = "/.well-known/"
		h.wellKnown(rec, r, segments[1:])
	case first == "feeds":
		rec.route = "/feeds/{secret}/{name}"
		paced(rec, r, func(w http.ResponseWriter, r *http.Request) { h.feed(w, r, segments[1:]) })
	case first == "robots.txt" && last == 0:
		rec.route = "/robots.txt"
		robots(rec, r)
	default:
		h.routeDAV(rec, r, segments)
	}
}

// routeDAV takes what is below /dav/, what clients guess, and every method that
// no page has.
func (h *Handler) routeDAV(rec *recorder, r *http.Request, segments []string) {
	t, ok := locate(segments)
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		if !ok || t.kind == root {
			h.page(rec, r)
			return
		}
	}
	rec.route = t.kind.route()
	paced(rec, r, func(w http.ResponseWriter, r *http.Request) { h.dav(w, r, t, ok) })
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	if h.Pages == nil {
		http.NotFound(w, r)
		return
	}
	h.Pages.ServeHTTP(w, r)
}

// wellKnown leads clients that know the host alone to the right path (RFC 6764
// §5), whatever they ask and before they have signed in.
func (h *Handler) wellKnown(w http.ResponseWriter, r *http.Request, rest []string) {
	if name := strings.TrimSuffix(strings.Join(rest, "/"), "/"); name != "caldav" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Location", h.base()+"/dav/")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusMovedPermanently)
}
