package davxml

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"sync"
)

// Nearly all requests are plain: ASCII, with no more than elements, attributes
// and text in them. Those are read by a scanner that does nothing else, many
// times faster than encoding/xml. Whatever it does not know at once, errors of
// every kind among it, it leaves to encoding/xml.

// readPlain reads a plain document; ok is false where it is not one.
func readPlain(body []byte) (root *Element, ok bool) {
	p := scanner{rest: string(body), reader: reader{in: &bounded{}, grant: usual}}
	if !p.declaration() {
		return nil, false
	}
	for p.rest != "" {
		if !p.token() {
			return nil, false
		}
	}
	return p.root, p.root != nil && len(p.open) == 0
}

// scanner takes a plain document apart. Its methods report whether it still is
// one.
type scanner struct {
	reader
	rest string
}

// declarationsOfXML are the first lines that clients send.
var declarationsOfXML = []string{`<?xml version="1.0" encoding="utf-8"?>`, `<?xml version="1.0" encoding="utf-8" ?>`, `<?xml version="1.0"?>`,
	`<?xml version='1.0' encoding='utf-8'?>`, `<?xml version='1.0' encoding='utf-8' ?>`, `<?xml version="1.0" encoding="utf-8" standalone="yes"?>`}

func (p *scanner) declaration() bool {
	if !strings.HasPrefix(p.rest, "<?") {
		return true
	}
	for _, d := range declarationsOfXML {
		if len(p.rest) >= len(d) && strings.EqualFold(p.rest[:len(d)], d) && strings.HasPrefix(p.rest, "<?xml version=") {
			p.rest = p.rest[len(d):]
			return true
		}
	}
	return false
}

func (p *scanner) token() bool {
	at := strings.IndexByte(p.rest, '<')
	if at < 0 {
		at = len(p.rest)
	}
	if at > 0 {
		return p.chars(at)
	}
	end := strings.IndexByte(p.rest, '>')
	if end < 2 || end > maxTag {
		return false
	}
	tag := p.rest[1:end]
	p.rest = p.rest[end+1:]
	switch {
	case tag[0] == '/':
		name, ok := nameIn(strings.TrimRight(tag[1:], " \t\n"))
		return ok && p.end(name) == nil
	case tag[len(tag)-1] == '/':
		name, ok := p.startTag(tag[:len(tag)-1])
		return ok && p.end(name) == nil
	}
	_, ok := p.startTag(tag)
	return ok
}

// chars takes in n octets of text.
func (p *scanner) chars(n int) bool {
	text := p.rest[:n]
	p.rest = p.rest[n:]
	if n > maxTag {
		return false
	}
	blank := true
	for i := range len(text) {
		if kinds[text[i]]&inText == 0 {
			return false
		}
		blank = blank && kinds[text[i]]&space != 0
	}
	if len(p.open) == 0 {
		return blank
	}
	p.text(text)
	return true
}

// startTag reads what stands between "<" and ">" or "/>".
func (p *scanner) startTag(tag string) (Name, bool) {
	n := 0
	for n < len(tag) && kinds[tag[n]]&inName != 0 {
		n++
	}
	name, ok := nameIn(tag[:n])
	if !ok {
		return name, false
	}
	attrs, ok := attributes(tag[n:])
	return name, ok && p.start(xml.StartElement{Name: name, Attr: attrs}) == nil
}

func attributes(text string) (attrs []xml.Attr, ok bool) {
	for {
		trimmed := strings.TrimLeft(text, " \t\n")
		if trimmed == "" {
			return attrs, true
		}
		at := strings.IndexByte(trimmed, '=')
		if len(trimmed) == len(text) || at < 0 || at+1 == len(trimmed) {
			return nil, false
		}
		name, ok := nameIn(trimmed[:at])
		quote := trimmed[at+1]
		if !ok || quote != '"' && quote != '\'' {
			return nil, false
		}
		value, rest, ok := strings.Cut(trimmed[at+2:], string(quote))
		if !ok || !allOf(value, inText) {
			return nil, false
		}
		attrs = append(attrs, xml.Attr{Name: name, Value: value})
		text = rest
	}
}

// nameIn splits a name at its colon, as encoding/xml does.
func nameIn(s string) (Name, bool) {
	if s == "" || kinds[s[0]]&beginsName == 0 || !allOf(s, inName) {
		return Name{}, false
	}
	prefix, local, ok := strings.Cut(s, ":")
	if !ok {
		return Name{Local: s}, true
	}
	return Name{Space: prefix, Local: local}, prefix != "" && local != "" && strings.IndexByte(local, ':') < 0
}

func allOf(s string, kind byte) bool {
	for i := range len(s) {
		if kinds[s[i]]&kind == 0 {
			return false
		}
	}
	return true
}

// Kinds of octets in a plain document.
const (
	beginsName = 1 << iota
	inName
	inText
	space
)

var kinds = func() (t [256]byte) {
	for c := byte(' '); c < 0x7f; c++ {
		t[c] = inText
	}
	for _, c := range []byte(" \t\n") {
		t[c] = inText | space
	}
	for _, c := range []byte("<>&]") { // "]]>" is no text
		t[c] = 0
	}
	for c := range byte(26) {
		t['a'+c] |= beginsName | inName
		t['A'+c] |= beginsName | inName
	}
	t['_'] |= beginsName | inName
	for _, c := range []byte("0123456789.-:") {
		t[c] |= inName
	}
	return t
}()

// Clients that poll send the same octets all day: what they read to is kept, of
// small documents and not many. Elements do not change once they are read.
const (
	keptDocuments = 256
	keptOctets    = 1 << 10
)

var kept struct {
	sync.RWMutex
	roots map[string]*Element
}

func recall(body []byte) *Element {
	kept.RLock()
	defer kept.RUnlock()
	return kept.roots[string(body)]
}

func keep(body []byte, root *Element) {
	if len(body) > keptOctets {
		return
	}
	kept.Lock()
	defer kept.Unlock()
	if kept.roots == nil || len(kept.roots) == keptDocuments {
		kept.roots = map[string]*Element{}
	}
	kept.roots[string(body)] = root
}

// read reads one document, nil where the body is empty. A body may be larger
// than MaxBody where grant says so of its root.
func read(body io.Reader, grant func(root Name) int) (*Element, error) {
	begin := bodies.Get().(*bytes.Buffer)
	defer giveBack(begin)
	_, err := begin.ReadFrom(io.LimitReader(body, MaxBody+1))
	if err == nil && begin.Len() <= MaxBody {
		if root := recall(begin.Bytes()); root != nil {
			return root, nil
		}
		if root, ok := readPlain(begin.Bytes()); ok {
			keep(begin.Bytes(), root)
			return root, nil
		}
		if text, ok := fromUTF16(begin.Bytes()); ok {
			return readAny(bytes.NewReader(text), grant, "utf-16", "utf-16le", "utf-16be")
		}
	}
	return readAny(io.MultiReader(begin, body), grant)
}

// bodies are kept from one request to the next.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func giveBack(body *bytes.Buffer) {
	if body.Cap() <= keepAtMost {
		body.Reset()
		bodies.Put(body)
	}
}
