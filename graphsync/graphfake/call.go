package graphfake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// call is one Graph request, alone or a part of a batch.
type call struct {
	srv      *Server
	w        http.ResponseWriter
	r        *http.Request // its path is without the version
	base     string        // scheme, host and version: what links begin with
	beta     bool
	part     bool   // of a batch
	id       string // request-id
	clientID string // client-request-id
	sess     *session
	mb       *Mailbox // that the path or the token names
	prefs    preferences
	query    options
	habits   *Habits
	answer   answer
}

type callKey struct{}

// handler answers a call or returns an error for it to be answered with.
type handler func(*call) error

// ServeHTTP runs the handler on the call that travels in the context.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, _ := r.Context().Value(callKey{}).(*call)
	c.r = r
	c.srv.counts.route(r.Pattern)
	if err := c.run(h); err != nil {
		c.fail(err)
		return
	}
	c.send()
}

// run prepares what every handler needs.
func (c *call) run(h handler) (err error) {
	if c.mb, err = c.mailbox(); err != nil {
		return err
	}
	if c.prefs, err = readPreferences(c.r.Header.Values("Prefer")); err != nil {
		return err
	}
	if c.query, err = readOptions(c.r.URL.RawQuery); err != nil {
		return err
	}
	return h(c)
}

// newCall begins a call for a request whose path still has its version.
func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	version, path, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	c := &call{srv: s, w: w, base: s.baseURL(r) + "/" + version, beta: version == "beta", id: newGUID(), habits: s.habits()}
	c.clientID = orDefault(r.Header.Get("client-request-id"), c.id)
	ctx := withPath(context.WithValue(r.Context(), callKey{}, c), r.URL.RequestURI())
	c.r = r.Clone(ctx)
	raw := canonicalPath("/" + path)
	c.r.URL.RawPath = raw
	if plain, err := url.PathUnescape(raw); err == nil {
		c.r.URL.Path = plain
	}
	return c
}

// mailbox finds the mailbox that the path names and checks that the token
// opens it.
func (c *call) mailbox() (*Mailbox, error) {
	name := c.r.PathValue("user")
	if name == "" {
		if c.sess.mb == nil {
			return nil, badRequest("BadRequest", "/me request is only valid with delegated authentication flow.")
		}
		return c.sess.mb, nil
	}
	m := c.srv.Mailbox(name)
	switch {
	case m == nil:
		return nil, refuse(http.StatusNotFound, "ErrorInvalidUser", "The requested user '%s' is invalid.", name)
	case c.sess.mb != nil && c.sess.mb != m && !c.sess.may("Calendars.Read.Shared", "Calendars.ReadWrite.Shared"):
		return nil, accessDenied()
	}
	return m, nil
}

// need refuses a token that has none of the scopes.
func (c *call) need(scopes ...string) error {
	if c.sess.may(scopes...) {
		return nil
	}
	return accessDenied()
}

func (c *call) needRead() error {
	return c.need("Calendars.Read", "Calendars.ReadWrite", "Calendars.ReadBasic", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared")
}

// reads answers a request that reads, by reply, while nobody writes. Where
// options are named, the query may hold no others.
func (c *call) reads(reply func() error, options ...string) error {
	if err := c.needRead(); err != nil {
		return err
	}
	if len(options) > 0 {
		if err := c.query.allow(options...); err != nil {
			return err
		}
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return reply()
}

func (c *call) needWrite() error { return c.need("Calendars.ReadWrite", "Calendars.ReadWrite.Shared") }

// calendar returns the calendar that the path names: by id, or the default
// one. The mailbox is locked by the caller.
func (c *call) calendar() (*Calendar, error) {
	id := c.r.PathValue("cid")
	if id == "" {
		return c.mb.defaultCalendar(), nil
	}
	cal := c.mb.findCalendar(id)
	if cal != nil {
		return cal, nil
	}
	if _, ok := c.mb.decode(id); !ok && !looksClassic(id) && !looksImmutable(id) {
		return nil, malformedID()
	}
	return nil, itemNotFound()
}

// event returns the event that the path names, as far as its calendar shows
// it. The mailbox is locked by the caller.
func (c *call) event() (instance, error) {
	it, err := c.mb.find(c.r.PathValue("id"), c.prefs.immutable)
	if err != nil {
		return it, err
	}
	if !c.scoped() {
		if it.rec.cal.shared() {
			return it, itemNotFound()
		}
		return it, nil
	}
	cal, err := c.calendar()
	if err == nil && it.rec.cal != cal && !c.habits.LooseScope {
		err = itemNotFound()
	}
	return it, err
}

// scoped tells whether the path goes through a calendar.
func (c *call) scoped() bool { return strings.Contains(c.r.Pattern, "/calendar") }

// body reads the JSON object of a request.
func (c *call) body() (object, error) {
	text, err := io.ReadAll(io.LimitReader(c.r.Body, 4<<20))
	if err != nil {
		return nil, badRequest("RequestBodyRead", "The request body could not be read.")
	}
	o, err := parseObject(text)
	if err != nil {
		return nil, badRequest("BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return o, nil
}

// view says how this call wants its events.
func (c *call) view(sel selection) *view {
	return &view{
		habits: c.habits, immutable: c.prefs.immutable, beta: c.beta, sel: sel,
		zone: c.prefs.zone, label: c.prefs.label, numeric: c.prefs.numeric, textBody: c.prefs.textBody,
	}
}

// fail answers with an error.
func (c *call) fail(err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = refuse(http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. %v", err)
	}
	for name, values := range p.header {
		c.w.Header()[name] = values
	}
	date := c.srv.opt.Now().UTC().Format("2006-01-02T15:04:05")
	c.answer = answer{p.status, "application/json", appendValue(nil, p.object(date, c.id, c.clientID))}
	c.send()
}

// contentType is the type of every good answer.
const contentType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// answer is what a call will send. Handlers make it while they hold the lock
// of a mailbox; it is sent when they have let it go.
type answer struct {
	status      int
	contentType string // empty without a body
	body        []byte
}

// reply answers with a JSON value.
func (c *call) reply(status int, v object) error {
	c.answer = answer{status, contentType, appendValue(nil, v)}
	return nil
}

// replyEmpty answers without a body.
func (c *call) replyEmpty(status int) error {
	c.answer = answer{status: status}
	return nil
}

func (c *call) send() {
	c.head()
	if c.answer.contentType != "" {
		c.w.Header().Set("Content-Type", c.answer.contentType)
	}
	c.w.WriteHeader(c.answer.status)
	c.w.Write(c.answer.body) // a reader that left is not our trouble
}

// head sets the headers that every answer has.
func (c *call) head() {
	h := c.w.Header()
	h.Set("request-id", c.id)
	h.Set("client-request-id", c.clientID)
	if applied := c.prefs.applied(); applied != "" {
		h.Set("Preference-Applied", applied)
	}
}

// context returns an @odata.context for a path below the version.
func (c *call) context(path string) member {
	return member{"@odata.context", c.base + "/$metadata#" + path}
}

// userPath writes the beginning of a context path.
func (c *call) userPath() string { return "users('" + url.QueryEscape(c.mb.guid) + "')" }
