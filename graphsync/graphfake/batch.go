package graphfake

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxParts is how many requests a batch may have.
const maxParts = 20

// part is one request of a batch.
type part struct {
	id        string
	dependsOn []string
	request   *http.Request
	answer    object // nil until it ran
	status    int
}

// serveBatch answers POST /$batch. The batch itself uses no quota of a
// mailbox; its parts do, each for itself.
func (c *call) serveBatch() {
	c.srv.counts.route("POST /$batch")
	c.srv.faults.apply(c.w, c.r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.w, c.r = w, r
		if err := c.batch(); err != nil {
			c.fail(err)
			return
		}
		c.send()
	}))
}

func (c *call) batch() error {
	sess, denied := c.srv.authenticate(c.r)
	if denied != nil {
		return denied
	}
	c.sess = sess
	if c.r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "ErrorMethodNotAllowed", "The OData request is not supported.")
	}
	body, err := c.body()
	if err != nil {
		return err
	}
	parts, err := c.parts(body)
	if err != nil {
		return err
	}
	c.runParts(parts)
	answers := list{}
	for i := len(parts) - 1; i >= 0; i-- { // in another order than asked, as it happens
		answers = append(answers, parts[i].answer)
	}
	return c.reply(http.StatusOK, object{{"responses", answers}})
}

// parts reads the requests of a batch.
func (c *call) parts(body object) ([]*part, error) {
	v, _ := body.get("requests")
	requests, ok := v.(list)
	if !ok || len(requests) == 0 {
		return nil, badRequest("BadRequest", "Invalid batch payload format.")
	}
	if len(requests) > maxParts {
		return nil, badRequest("BadRequest", "Number of batch request steps exceeds the maximum value of %d.", maxParts)
	}
	var parts []*part
	seen := map[string]bool{}
	for _, v := range requests {
		p, err := c.readPart(v)
		if err != nil {
			return nil, err
		}
		for _, id := range p.dependsOn {
			if !seen[id] {
				return nil, badRequest("BadRequest", "Invalid batch payload format: '%s' depends on '%s', which is not before it.", p.id, id)
			}
		}
		if p.id == "" || seen[p.id] {
			return nil, badRequest("BadRequest", "Invalid batch payload format: request ids must be unique.")
		}
		seen[p.id] = true
		parts = append(parts, p)
	}
	return parts, nil
}

func (c *call) readPart(v any) (*part, error) {
	o, _ := v.(object)
	address, err := url.Parse("/" + strings.TrimPrefix(o.text("url"), "/"))
	method := strings.ToUpper(o.text("method"))
	if err != nil || o.text("url") == "" || method == "" || address.Path == "/$batch" {
		return nil, badRequest("BadRequest", "Invalid batch payload format.")
	}
	p := &part{id: o.text("id")}
	deps, _ := o.get("dependsOn")
	l, _ := deps.(list)
	for _, d := range l {
		p.dependsOn = append(p.dependsOn, fmt.Sprint(d))
	}
	p.request = c.r.Clone(c.r.Context())
	p.request.Method, p.request.URL = method, address
	p.request.Header = http.Header{"Authorization": c.r.Header["Authorization"]}
	for _, h := range o.child("headers") {
		p.request.Header.Add(h.name, fmt.Sprint(h.value))
	}
	p.request.Body = http.NoBody
	if content, ok := o.get("body"); ok {
		p.request.Body = io.NopCloser(bytes.NewReader(appendValue(nil, content)))
	}
	return p, nil
}

// runParts runs the parts in waves: those that depend on nothing run at the
// same time, and so do those that wait for the same ones.
func (c *call) runParts(parts []*part) {
	byID := map[string]*part{}
	for _, p := range parts {
		byID[p.id] = p
	}
	for left := len(parts); left > 0; {
		var wave []*part
		for _, p := range parts {
			if p.answer == nil && ready(p, byID) {
				wave = append(wave, p)
			}
		}
		c.runWave(wave, byID)
		left -= len(wave)
	}
}

func ready(p *part, byID map[string]*part) bool {
	for _, id := range p.dependsOn {
		if byID[id].answer == nil {
			return false
		}
	}
	return true
}

// runWave takes a quota slot for every part of a wave before any of them
// runs, so that it counts them as running at the same time.
func (c *call) runWave(wave []*part, byID map[string]*part) {
	calls := make([]*call, len(wave))
	slots := make([]*slot, len(wave))
	answers := make([]*recorder, len(wave))
	for i, p := range wave {
		answers[i] = newRecorder()
		calls[i] = c.partCall(p, answers[i])
		if failed(p, byID) {
			calls[i].fail(refuse(http.StatusFailedDependency, "FailedDependency", "The request was not executed because a request that it depends on failed."))
			continue
		}
		taken, refused := c.srv.enter(c.sess, calls[i].target())
		if refused != nil {
			calls[i].fail(refused)
			continue
		}
		slots[i] = taken
	}
	for i, p := range wave {
		if slots[i] != nil {
			calls[i].serve(slots[i])
		}
		p.keep(answers[i])
	}
	for _, taken := range slots {
		taken.leave()
	}
}

func failed(p *part, byID map[string]*part) bool {
	for _, id := range p.dependsOn {
		if byID[id].status >= 400 {
			return true
		}
	}
	return false
}

// partCall begins the call of a part.
func (c *call) partCall(p *part, answer *recorder) *call {
	version := "/v1.0"
	if c.beta {
		version = "/beta"
	}
	p.request.URL.RawPath = version + p.request.URL.EscapedPath()
	p.request.URL.Path = version + p.request.URL.Path
	p.request.RequestURI = ""
	pc := c.srv.newCall(answer, p.request)
	pc.sess, pc.part = c.sess, true
	return pc
}

// keep turns a recorded answer into an entry of the batch answer.
func (p *part) keep(rec *recorder) {
	p.status = rec.status
	headers := object{}
	for _, name := range []string{"Location", "Retry-After", "Content-Type", "Preference-Applied"} {
		if v := rec.header.Get(name); v != "" {
			headers = append(headers, member{name, v})
		}
	}
	p.answer = object{{"id", p.id}, {"status", rec.status}, {"headers", headers}}
	if rec.body.Len() == 0 {
		return
	}
	body, err := parseValue(rec.body.Bytes())
	if err != nil {
		body = rec.body.String()
	}
	p.answer = append(p.answer, member{"body", body})
}
