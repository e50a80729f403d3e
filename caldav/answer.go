package caldav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

const xmlType = "application/xml; charset=utf-8"

// refusal is an answer other than what was asked for, as an error.
type refusal struct {
	status  int
	content func(*davxml.Writer) // of a DAV:error; nil for none
	header  http.Header
	text    string // where there is no content
}

func (r *refusal) Error() string {
	return fmt.Sprintf("caldav: %d %s", r.status, http.StatusText(r.status))
}

// refuse answers with a precondition (RFC 4918 §16).
func refuse(status int, condition davxml.Name) error {
	return &refusal{status: status, content: func(w *davxml.Writer) { w.Empty(condition) }}
}

// notAllowed is a method that the resource does not have (RFC 9110 §15.5.6).
func notAllowed(allow string) *refusal {
	return &refusal{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {allow}},
		text: "This is an address for calendar programs: enter it there, with your user name and an app password."}
}

var errNotFound = &refusal{status: http.StatusNotFound, text: "There is nothing here."}

// needPrivilege refuses for want of a right on a resource (RFC 3744 §7.1.1).
// DAVx5 takes its change back when it reads this, and gets stuck on any other
// 403.
func needPrivilege(href string, privilege davxml.Name) error {
	return &refusal{status: http.StatusForbidden, content: func(w *davxml.Writer) {
		w.Start(davxml.DAV("need-privileges"))
		w.Start(davxml.DAV("resource"))
		w.Href(href)
		w.Start(davxml.DAV("privilege"))
		w.Empty(privilege)
		w.End(davxml.DAV("privilege"))
		w.End(davxml.DAV("resource"))
		w.End(davxml.DAV("need-privileges"))
	}}
}

// fail turns an error into an answer. Trouble of our own is never a 4xx:
// Thunderbird disables a calendar for one.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused *refusal
	var violation *davxml.Violation
	switch {
	case errors.As(err, &refused):
	case errors.As(err, &violation):
		refused = &refusal{status: http.StatusForbidden, content: func(w *davxml.Writer) { w.Empty(violation.Condition) }}
	case errors.Is(err, davxml.ErrTooLarge):
		refused = &refusal{status: http.StatusRequestEntityTooLarge, text: "The request is too large."}
	case errors.Is(err, davxml.ErrMalformed):
		refused = &refusal{status: http.StatusBadRequest, text: "The request is not XML that this address understands."}
	default:
		refused = h.fault(r, err)
	}
	refused.write(w)
}

func (h *Handler) fault(r *http.Request, err error) *refusal {
	f := bridge.AsFault(err)
	switch f.Kind {
	case bridge.Absent, bridge.Gone:
		return errNotFound
	case bridge.Retry:
		return &refusal{status: http.StatusServiceUnavailable, header: retryAfter(f.After), text: f.What}
	}
	if errors.Is(err, context.Canceled) {
		if context.Cause(r.Context()) != errTooLong { // the client has gone
			panic(http.ErrAbortHandler)
		}
		h.warn(r.Context(), "a request was ended, it worked too long", slog.String("method", method(r)), slog.Duration("limit", patience))
		return &refusal{status: http.StatusServiceUnavailable, header: retryAfter(0), text: "This request takes more work than one request may. Ask for a shorter time or for less."}
	}
	h.log().LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("method", method(r)), slog.Any("cause", err))
	return &refusal{status: http.StatusInternalServerError, text: "Something in calbridge itself went wrong; its log tells more."}
}

// retryAfter is RFC 9110 §10.2.3, a minute where the fault does not know.
func retryAfter(after time.Duration) http.Header {
	if after <= 0 {
		after = time.Minute
	}
	return http.Header{"Retry-After": {strconv.Itoa(int((after + time.Second - 1) / time.Second))}}
}

// ofBody are headers of the body that there would have been.
var ofBody = []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Etag", "Last-Modified"}

func (r *refusal) write(w http.ResponseWriter) {
	for _, name := range ofBody {
		w.Header().Del(name)
	}
	for name, values := range r.header {
		w.Header()[name] = values
	}
	body, contentType := []byte(r.text+"\n"), "text/plain; charset=utf-8"
	if r.content != nil {
		body, contentType = davxml.ErrorBody(r.content), xmlType
	}
	send(w, r.status, contentType, body)
}

// send writes a whole answer in one go.
func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) // an error here means that the client has gone
}

// stream is the body of a successful answer. Until its first Write nothing has
// been sent and any other answer is still possible.
type stream struct {
	w      http.ResponseWriter
	status int
	begun  bool
}

var _ io.Writer = (*stream)(nil)

func (s *stream) Write(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.WriteHeader(s.status)
	}
	return s.w.Write(p)
}

// finish writes the rest; where that is all, it has a length.
func (s *stream) finish(rest []byte) error {
	if !s.begun {
		s.w.Header().Set("Content-Length", strconv.Itoa(len(rest)))
	}
	_, err := s.Write(rest)
	return err
}

// fill runs f, which fills the stream. An error of f is returned where nothing
// has been sent yet; later on it cuts the connection, so that no client takes a
// part for the whole.
func (h *Handler) fill(r *http.Request, s *stream, f func() error) error {
	err := f()
	if err == nil || !s.begun {
		return err
	}
	if r.Context().Err() == nil || context.Cause(r.Context()) == errTooLong {
		h.warn(r.Context(), "an answer was cut off", slog.String("method", method(r)), slog.Any("cause", err))
	}
	panic(http.ErrAbortHandler)
}

// multistatus answers 207 with the rows that f writes.
func (h *Handler) multistatus(w http.ResponseWriter, r *http.Request, f func(*davxml.Multistatus) error) error {
	w.Header().Set("Content-Type", xmlType)
	w.Header().Set("Vary", "Prefer, Brief")
	if minimal(r) {
		w.Header().Set("Preference-Applied", "return=minimal")
	}
	s := &stream{w: w, status: http.StatusMultiStatus}
	return h.fill(r, s, func() error {
		m := davxml.NewMultistatus(s)
		defer m.Release()
		if err := f(m); err != nil {
			return err
		}
		rest, err := m.Finish()
		if err != nil {
			return err
		}
		return s.finish(rest)
	})
}
