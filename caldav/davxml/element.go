package davxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits of a request body. A tag is bounded because the decoder holds all of
// its attributes at once.
const (
	MaxBody     = 1 << 20  // octets of a request
	MaxMultiget = 16 << 20 // octets of a calendar-multiget
	maxDepth    = 64
	maxHrefs    = 50_000    // elements that are addresses,
	maxElements = 2_000     // and all others: some are looked for in every object
	maxTag      = 256 << 10 // octets between two ">"
	maxBindings = 256       // prefixes in force: each name is looked for among them
)

// Errors of reading. A body that breaks a rule of the protocol beyond XML is a
// [Violation].
var (
	ErrMalformed = errors.New("davxml: the request is not the XML that it should be")
	ErrTooLarge  = errors.New("davxml: the request is too large")
)

// Violation is a precondition that a request does not meet (RFC 4918 §16).
type Violation struct {
	Condition Name
	Reason    string // for people
}

// Error returns the condition and the reason.
func (v *Violation) Error() string { return "davxml: " + v.Condition.Local + ": " + v.Reason }

// Element is a piece of a request.
type Element struct {
	Name     Name
	Attrs    []xml.Attr
	Text     string // of all text directly below it
	Children []*Element
}

// Attr returns the value of an attribute without a namespace, "" where it has
// none.
func (e *Element) Attr(local string) string {
	for _, a := range e.Attrs {
		if a.Name.Space == "" && a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// Child returns the first child of that name, nil where there is none.
func (e *Element) Child(n Name) *Element {
	for _, c := range e.Children {
		if c.Name == n {
			return c
		}
	}
	return nil
}

// readAny is read for documents of every kind. They are UTF-8 by now, though
// they may call it by one of the other names.
func readAny(body io.Reader, grant func(root Name) int, others ...string) (*Element, error) {
	in := &bounded{in: body, left: MaxBody}
	r := reader{dec: xml.NewDecoder(in), in: in, grant: grant}
	r.dec.CharsetReader = readsAs(append(others, "utf8", "us-ascii", "ascii"))
	root, err := r.document()
	if in.over {
		return nil, ErrTooLarge
	}
	return root, err
}

// readsAs admits names of encodings for what is UTF-8.
func readsAs(names []string) func(string, io.Reader) (io.Reader, error) {
	return func(charset string, in io.Reader) (io.Reader, error) {
		if slices.Contains(names, strings.ToLower(charset)) {
			return in, nil
		}
		return nil, fmt.Errorf("charset %.20q", charset)
	}
}

// bounded passes on a body up to its limits.
type bounded struct {
	in      io.Reader
	left    int
	sinceGT int
	over    bool
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.left -= n
	first, last := bytes.IndexByte(p[:n], '>'), bytes.LastIndexByte(p[:n], '>')
	if first < 0 {
		first = n
	}
	if b.sinceGT += first; b.left < 0 || b.sinceGT > maxTag {
		b.over = true
		return 0, ErrTooLarge
	}
	if last >= 0 {
		b.sinceGT = n - last
	}
	return n, err
}

// reader resolves namespaces itself: encoding/xml takes a prefix that nobody
// declared for a namespace.
type reader struct {
	dec      *xml.Decoder
	in       *bounded
	grant    func(Name) int
	bindings []binding
	open     []frame
	elements int // but addresses
	hrefs    int
	root     *Element
	unused   []Element // allocated together: a multiget has thousands
}

type binding struct{ prefix, space string }

type frame struct {
	element  *Element
	tag      Name   // as it was spelled
	bindings int    // how many were in force outside
	text     []byte // all of it, where it has several pieces
}

func (r *reader) document() (*Element, error) {
	for {
		token, err := r.dec.RawToken()
		if errors.Is(err, io.EOF) {
			if len(r.open) > 0 {
				return nil, fmt.Errorf("%w: it ends too early", ErrMalformed)
			}
			return r.root, nil
		}
		if err == nil {
			err = r.token(token)
		}
		if err != nil && !errors.Is(err, ErrTooLarge) {
			err = fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (r *reader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		return r.end(t.Name)
	case xml.CharData:
		if len(r.open) > 0 {
			r.text(string(t))
		} else if len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\uFEFF")))) > 0 {
			return errors.New("text outside of the root")
		}
	case xml.Directive:
		return errors.New("document types and entities are not read")
	}
	return nil
}

// text takes in a piece of text below the element that is open. Most elements
// have one piece.
func (r *reader) text(s string) {
	top := &r.open[len(r.open)-1]
	if top.element.Text == "" && top.text == nil {
		top.element.Text = s
		return
	}
	if top.text == nil {
		top.text = []byte(top.element.Text)
	}
	top.text = append(top.text, s...)
}

func (r *reader) start(t xml.StartElement) error {
	if r.root != nil && len(r.open) == 0 {
		return errors.New("a second root")
	}
	if len(r.open) >= maxDepth {
		return ErrTooLarge
	}
	outside := len(r.bindings)
	e, err := r.element(t)
	if err != nil {
		return err
	}
	if e.Name == href {
		r.hrefs++
	} else {
		r.elements++
	}
	if r.elements > maxElements || r.hrefs > maxHrefs {
		return ErrTooLarge
	}
	if len(r.open) == 0 {
		r.root = e
		r.in.left += r.grant(e.Name) - MaxBody
	} else {
		parent := r.open[len(r.open)-1].element
		parent.Children = append(parent.Children, e)
	}
	r.open = append(r.open, frame{element: e, tag: t.Name, bindings: outside})
	return nil
}

// element takes in the declarations of a start tag, then resolves its names.
func (r *reader) element(t xml.StartElement) (*Element, error) {
	e := r.allocate()
	if !unqualified(t.Name.Local) {
		return nil, fmt.Errorf("<%.20s> is not a name", t.Name.Local)
	}
	for _, a := range t.Attr {
		switch {
		case !unqualified(a.Name.Local):
			return nil, fmt.Errorf("%.20q is not the name of an attribute", a.Name.Local)
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			r.bindings = append(r.bindings, binding{"", a.Value})
		case a.Name.Space == "xmlns" && a.Value == "": // Namespaces in XML §2.2
			return nil, fmt.Errorf("prefix %.20q is bound to nothing", a.Name.Local)
		case a.Name.Space == "xmlns":
			r.bindings = append(r.bindings, binding{a.Name.Local, a.Value})
		default:
			e.Attrs = append(e.Attrs, xml.Attr{Name: a.Name, Value: a.Value})
		}
	}
	if len(r.bindings) > maxBindings {
		return nil, ErrTooLarge
	}
	space, ok := r.space(t.Name.Space)
	if !ok {
		return nil, fmt.Errorf("prefix %.20q is not declared", t.Name.Space)
	}
	e.Name = Name{Space: space, Local: t.Name.Local}
	for i := range e.Attrs {
		if p := &e.Attrs[i].Name.Space; *p != "" {
			if *p, ok = r.space(*p); !ok {
				return nil, errors.New("an attribute's prefix is not declared")
			}
		}
	}
	return e, nil
}

func (r *reader) allocate() *Element {
	if len(r.unused) == 0 {
		r.unused = make([]Element, min(max(r.hrefs, 1), 128))
	}
	e := &r.unused[0]
	r.unused = r.unused[1:]
	return e
}

// unqualified reports whether a name that XML allows is one without a prefix
// (Namespaces in XML §3): the decoder lets ":" and "a:1" pass.
func unqualified(local string) bool {
	return local != "" && !strings.ContainsRune(local, ':') && !strings.ContainsRune("-.0123456789\u00B7", []rune(local)[0])
}

func (r *reader) space(prefix string) (string, bool) {
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == prefix {
			return r.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return namespaceXML, true
	}
	return "", prefix == ""
}

func (r *reader) end(tag Name) error {
	if len(r.open) == 0 || r.open[len(r.open)-1].tag != tag {
		return fmt.Errorf("</%.20s> ends nothing", tag.Local)
	}
	top := &r.open[len(r.open)-1]
	if top.text != nil {
		top.element.Text = string(top.text)
	}
	r.bindings = r.bindings[:top.bindings]
	r.open = r.open[:len(r.open)-1]
	return nil
}
