package davxml

import (
	"io"
	"strconv"
	"sync"
)

// Statuses that rows and propstats have.
const (
	StatusOK                  = 200
	StatusForbidden           = 403
	StatusNotFound            = 404
	StatusConflict            = 409
	StatusFailedDependency    = 424
	StatusInsufficientStorage = 507
)

var reasons = map[int]string{StatusOK: "OK", StatusForbidden: "Forbidden", StatusNotFound: "Not Found", StatusConflict: "Conflict",
	StatusFailedDependency: "Failed Dependency", StatusInsufficientStorage: "Insufficient Storage"}

// flushAt is how many octets are gathered before they are passed on.
const flushAt = 128 << 10

// keepAtMost is the largest buffer that is used again.
const keepAtMost = 512 << 10

// Multistatus writes an answer of many rows (RFC 4918 §13). Rows begin with
// Response and end with EndResponse, or are one call of Status. The first error
// of the output stays and is returned by every later call.
type Multistatus struct {
	Writer
	out     io.Writer
	err     error
	missing []Name
	opened  bool // the row has a propstat for what was found
	inProp  int  // where the property being written begins, and
	inValue int  // where its value does
}

// buffers are kept from one multistatus to the next.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// NewMultistatus begins a multistatus that is passed on to out in big pieces.
// Release has to be called at its end.
func NewMultistatus(out io.Writer) *Multistatus {
	m := &Multistatus{out: out}
	m.buf = (*buffers.Get().(*[]byte))[:0]
	m.begin(multistatus)
	return m
}

// Release gives the memory of a multistatus back. What Finish returned must not
// be used after it.
func (m *Multistatus) Release() {
	buf := m.buf
	m.Writer = Writer{}
	if cap(buf) <= keepAtMost {
		buffers.Put(&buf)
	}
}

// Names of the multistatus itself.
var (
	multistatus = DAV("multistatus")
	propstat    = DAV("propstat")
	prop        = DAV("prop")
	status      = DAV("status")
	davError    = DAV("error")
	syncToken   = DAV("sync-token")
)

// What most rows are made of, spelled with the prefixes of declarations.
const (
	beginRow  = "<D:response><D:href>"
	endHref   = "</D:href>"
	beginProp = "<D:propstat><D:prop>"
	endFound  = "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
	endRow    = "</D:response>"
)

// Response begins a row for the resource whose path is the joined parts.
func (m *Multistatus) Response(path ...string) {
	m.missing, m.opened = m.missing[:0], false
	m.buf = append(m.buf, beginRow...)
	for _, p := range path {
		m.Text(p)
	}
	m.buf = append(m.buf, endHref...)
}

// Members makes rows of what lies in the collection at href.
type Members struct{ begin, end string }

// MembersOf returns what makes rows of the members at href whose names end in
// suffix.
func MembersOf(href, suffix string) Members {
	var w Writer
	w.Text(href)
	from := len(w.buf)
	w.Text(suffix)
	return Members{beginRow + string(w.buf[:from]), string(w.buf[from:]) + endHref}
}

// Member begins a row for a member.
func (m *Multistatus) Member(in *Members, name string) {
	m.missing, m.opened = m.missing[:0], false
	m.buf = append(m.buf, in.begin...)
	m.Text(name)
	m.buf = append(m.buf, in.end...)
}

// Prop begins a property; its value is written next, then comes EndProp.
func (m *Multistatus) Prop(n Name) {
	if !m.opened {
		m.opened = true
		m.buf = append(m.buf, beginProp...)
	}
	m.inProp = len(m.buf)
	if n.Space == NamespaceDAV {
		m.buf = append(append(append(m.buf, "<D:"...), n.Local...), '>')
	} else {
		m.Start(n)
	}
	m.inValue = len(m.buf)
}

// EndProp ends a property. One that was not found is taken back and goes into
// the row's second propstat.
func (m *Multistatus) EndProp(n Name, found bool) {
	switch {
	case !found:
		m.buf = m.buf[:m.inProp]
		m.missing = append(m.missing, n)
	case len(m.buf) == m.inValue:
		m.buf = append(m.buf[:m.inValue-1], '/', '>')
	default:
		m.End(n)
	}
}

// Missing notes a property that the resource does not have.
func (m *Multistatus) Missing(n Name) { m.missing = append(m.missing, n) }

// EndResponse ends a row. With minimal, missing properties are not told
// (RFC 8144 §2.1); a row that would have nothing left gets an empty propstat,
// since it must have one.
func (m *Multistatus) EndResponse(minimal bool) error {
	m.finishRow(minimal)
	return m.pass(flushAt)
}

func (m *Multistatus) finishRow(minimal bool) {
	if !m.opened && (minimal || len(m.missing) == 0) {
		m.opened = true
		m.buf = append(m.buf, beginProp...)
	}
	if m.opened {
		m.buf = append(m.buf, endFound...)
	}
	if !minimal && len(m.missing) > 0 {
		m.Propstat(StatusNotFound, m.missing, Name{})
	}
	m.buf = append(m.buf, endRow...)
}

// Propstat writes a propstat of properties without values, with the
// precondition that they failed where there is one.
func (m *Multistatus) Propstat(code int, names []Name, condition Name) {
	m.Start(propstat)
	m.Start(prop)
	for _, n := range names {
		m.Empty(n)
	}
	m.End(prop)
	m.status(code)
	if condition.Local != "" {
		m.condition(condition)
	}
	m.End(propstat)
}

// EndRow ends a row that was written propstat by propstat.
func (m *Multistatus) EndRow() error {
	m.buf = append(m.buf, endRow...)
	return m.pass(flushAt)
}

// Status writes a row that is a status alone, with the condition that explains
// it where there is one.
func (m *Multistatus) Status(code int, condition Name, path ...string) error {
	m.Response(path...)
	m.status(code)
	if condition.Local != "" {
		m.condition(condition)
	}
	return m.EndRow()
}

func (m *Multistatus) condition(n Name) {
	m.Start(davError)
	m.Empty(n)
	m.End(davError)
}

func (m *Multistatus) status(code int) {
	m.Start(status)
	m.buf = append(m.buf, "HTTP/1.1 "...)
	m.buf = strconv.AppendInt(m.buf, int64(code), 10)
	m.buf = append(append(m.buf, ' '), reasons[code]...)
	m.End(status)
}

// SyncToken writes the token that ends an answer of RFC 6578 §6.2.
func (m *Multistatus) SyncToken(token string) { m.Element(syncToken, token) }

// Finish ends the document and returns what has not been passed on yet.
func (m *Multistatus) Finish() (rest []byte, err error) {
	m.End(multistatus)
	return m.buf, m.err
}

// pass hands the buffer on once it is large enough.
func (m *Multistatus) pass(at int) error {
	if m.err != nil || len(m.buf) < at {
		return m.err
	}
	_, m.err = m.out.Write(m.buf)
	if m.buf = m.buf[:0]; cap(m.buf) > keepAtMost {
		m.buf = nil
	}
	return m.err
}
