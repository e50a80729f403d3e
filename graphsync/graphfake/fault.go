package graphfake

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Fault is trouble to come: what answers which requests, how often, and what
// happens to them. Parts of a batch are matched one by one, as if each had
// come alone.
type Fault struct {
	// Method and Path choose the requests: an HTTP method, empty for all, and
	// a regular expression for path and query as sent, "/v1.0" included. A nil
	// Path matches all.
	Method string
	Path   *regexp.Regexp
	// Skip lets the first matches pass.
	Skip int
	// Times is how many matches are hit, one if 0, all that come if negative.
	Times int

	// Delay passes before anything else; it ends with the request. Until does
	// the same up to the moment at which the channel is closed.
	Delay time.Duration
	Until <-chan struct{}

	// Status replaces the answer, with Header and Body. 0 lets the request
	// through, and Header is added to its answer.
	Status int
	Header http.Header
	Body   string
	// Empty takes the body of the answer away, Cut ends the connection after
	// that many bytes of it. Cut does nothing to a part of a batch.
	Empty bool
	Cut   int
}

// HTMLPage is a Body for a Fault: what a proxy in trouble answers.
const HTMLPage = "<!DOCTYPE html>\r\n<html><head><title>502 Bad Gateway</title></head>" +
	"<body><h2>Our services aren't available right now</h2></body></html>\r\n"

// faults are the faults that are waiting, oldest first.
type faults struct {
	mu      sync.Mutex
	waiting []*pendingFault
}

type pendingFault struct {
	Fault
	skip, left int
}

// Inject adds a fault. Of several that match a request the oldest hits it. The
// function returned takes the fault away.
func (s *Server) Inject(f Fault) (remove func()) {
	p := &pendingFault{Fault: f, skip: f.Skip, left: orDefault(f.Times, 1)}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.waiting = append(s.faults.waiting, p)
	return func() { s.faults.remove(p) }
}

// ClearFaults takes all faults away.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.waiting = nil
}

func (f *faults) remove(p *pendingFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = slices.DeleteFunc(f.waiting, func(o *pendingFault) bool { return o == p })
}

type pathKey struct{}

// withPath remembers the path that faults are matched with, for requests whose
// path is changed on the way.
func withPath(ctx context.Context, path string) context.Context {
	return context.WithValue(ctx, pathKey{}, path)
}

// claim finds the fault that hits a request and counts it down.
func (f *faults) claim(r *http.Request) *Fault {
	path, ok := r.Context().Value(pathKey{}).(string)
	if !ok {
		path = r.URL.RequestURI()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, p := range f.waiting {
		if p.Method != "" && p.Method != r.Method || p.Path != nil && !p.Path.MatchString(path) {
			continue
		}
		if p.skip > 0 {
			p.skip--
			continue
		}
		if p.left--; p.left == 0 {
			f.waiting = slices.Delete(f.waiting, i, i+1)
		}
		return &p.Fault
	}
	return nil
}

// apply runs a request through the fault that hits it, if there is one.
func (f *faults) apply(w http.ResponseWriter, r *http.Request, next http.Handler) {
	hit := f.claim(r)
	if hit == nil {
		next.ServeHTTP(w, r)
		return
	}
	hit.hold(r.Context())
	if hit.Status == 0 && !hit.Empty && hit.Cut == 0 {
		addHeader(w.Header(), hit.Header)
		next.ServeHTTP(w, r)
		return
	}
	answer := hit.answer(r, next)
	addHeader(w.Header(), answer.header)
	body := answer.body.Bytes()
	if hit.Empty {
		body = nil
	}
	hit.send(w, answer.status, body)
}

func (f *Fault) hold(ctx context.Context) {
	pause(ctx, f.Delay)
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-ctx.Done():
		}
	}
}

// answer makes the answer that is to be sent, or spoilt.
func (f *Fault) answer(r *http.Request, next http.Handler) *recorder {
	rec := newRecorder()
	if f.Status == 0 {
		next.ServeHTTP(rec, r)
	} else {
		rec.status = f.Status
		rec.body.WriteString(f.Body)
		if f.Body != "" && f.Body[0] == '{' {
			rec.header.Set("Content-Type", "application/json")
		}
	}
	addHeader(rec.header, f.Header)
	return rec
}

// send writes the answer. One that is cut announces its whole length: the
// server then drops the connection because the rest never comes.
func (f *Fault) send(w http.ResponseWriter, status int, body []byte) {
	if f.Cut > 0 && f.Cut < len(body) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		body = body[:f.Cut]
	}
	w.WriteHeader(status)
	w.Write(body) // a reader that left is not our trouble
}

func addHeader(dst, src http.Header) {
	for name, values := range src {
		dst[http.CanonicalHeaderKey(name)] = values
	}
}
