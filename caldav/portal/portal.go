package portal

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge"
)

// Handler serves the pages. Source and Door have to be set; a Handler is safe
// for concurrent use.
type Handler struct {
	Source Source
	Door   Door
	// PublicURL is how readers reach the server; it may have a path.
	PublicURL string
	// Demo opens the page to everyone; nil but for the demo.
	Demo *Demo
	// Version is shown at the foot of the page.
	Version string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log gets what went wrong; nil discards it.
	Log *slog.Logger
}

// Demo is what the page of the demo shows beside the status: there it is no
// secret.
type Demo struct {
	User, Password string
	Feed           string // address of a feed
	Outlook        string // address of the made-up mailbox's page
}

var _ http.Handler = (*Handler)(nil)

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		say(w, http.StatusMethodNotAllowed, "This page can be read, not written.")
		return
	}
	switch h.path(r) {
	case "/":
		h.home(w, r)
	case "/healthz":
		say(w, http.StatusOK, "ok")
	case "/readyz":
		h.ready(w, r)
	default:
		h.render(w, r, http.StatusNotFound, "notfound", nil)
	}
}

// path returns the request's path below the public one; a proxy may have taken
// that off already.
func (h *Handler) path(r *http.Request) string {
	path := r.URL.Path
	if u, err := url.Parse(h.PublicURL); err == nil && u.Path != "" {
		if rest, ok := strings.CutPrefix(path, strings.TrimSuffix(u.Path, "/")); ok && (rest == "" || rest[0] == '/') {
			path = rest
		}
	}
	return "/" + strings.TrimPrefix(path, "/")
}

// say answers machines with a sentence.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)+1))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // an error means that nobody listens any more
}

func (h *Handler) ready(w http.ResponseWriter, r *http.Request) {
	reason, err := h.Source.Ready(r.Context())
	if err != nil {
		h.failed("readiness", err)
		reason = "The store does not answer."
	}
	if reason != "" {
		w.Header().Set("Retry-After", "10")
		say(w, http.StatusServiceUnavailable, reason)
		return
	}
	say(w, http.StatusOK, "ready")
}

func (h *Handler) home(w http.ResponseWriter, r *http.Request) {
	var user string
	if h.Demo != nil {
		user = h.Demo.User
	} else {
		device, err := h.Door.Visit(r)
		if err != nil {
			h.stay(w, r, err)
			return
		}
		user = device.User
	}
	status, err := h.Source.Status(r.Context(), user)
	if err != nil {
		h.failed("status page", err)
		h.render(w, r, http.StatusInternalServerError, "broken", nil)
		return
	}
	h.render(w, r, http.StatusOK, "status", h.pageOf(user, status))
}

// stay answers those who have not signed in.
func (h *Handler) stay(w http.ResponseWriter, r *http.Request, err error) {
	fault := bridge.AsFault(err)
	switch fault.Kind {
	case bridge.SignIn:
		h.Door.Challenge(w.Header())
		h.render(w, r, http.StatusUnauthorized, "signin", nil)
	case bridge.Retry:
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(fault.After.Seconds()+0.5))))
		h.render(w, r, http.StatusTooManyRequests, "wait", nil)
	default:
		h.failed("sign-in", err)
		h.render(w, r, http.StatusInternalServerError, "broken", nil)
	}
}

func (h *Handler) failed(what string, err error) {
	if h.Log != nil {
		h.Log.Error("page failed", "page", what, "cause", err)
	}
}

// render answers with a page. It is made whole before anything is sent.
func (h *Handler) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, data); err != nil {
		h.failed(name, err)
		say(w, http.StatusInternalServerError, "Something in calbridge itself went wrong; its log tells more.")
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // an error means that nobody listens any more
	}
}

func (h *Handler) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}
