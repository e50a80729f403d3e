package component

import (
	"bytes"
	"errors"
	"strings"
)

// Component is a component of an object (RFC 5545 §3.6).
type Component struct {
	Name     string // upper case
	Props    []Property
	Children []*Component
}

// Property is one property of a component.
type Property struct {
	Name string // upper case
	raw  []byte // its lines as they are stored, with folds and line breaks
}

const maxDepth = 8

var errNested = errors.New("component: BEGIN and END do not match")

// Parse splits an object into its components. The result shares the text.
func Parse(text []byte) (*Component, error) {
	var open []*Component
	for len(text) > 0 {
		line := firstLine(text)
		text = text[len(line):]
		p := propertyOf(line)
		switch p.Name {
		case "BEGIN":
			c := &Component{Name: strings.ToUpper(p.Value())}
			if len(open) == maxDepth {
				return nil, errNested
			}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.Children = append(parent.Children, c)
			}
			open = append(open, c)
		case "END":
			if len(open) == 0 || !strings.EqualFold(open[len(open)-1].Name, p.Value()) {
				return nil, errNested
			}
			if len(open) == 1 {
				return open[0], nil
			}
			open = open[:len(open)-1]
		default:
			if len(open) == 0 {
				return nil, errNested
			}
			c := open[len(open)-1]
			c.Props = append(c.Props, p)
		}
	}
	return nil, errNested
}

// firstLine returns the first content line of text, unfolded lines and breaks
// included (RFC 5545 §3.1).
func firstLine(text []byte) []byte {
	n := 0
	for {
		i := bytes.IndexByte(text[n:], '\n')
		if i < 0 {
			return text
		}
		n += i + 1
		if n == len(text) || text[n] != ' ' && text[n] != '\t' {
			return text[:n]
		}
	}
}

func propertyOf(line []byte) Property {
	n := bytes.IndexAny(line, ";:\r\n")
	if n < 0 {
		n = len(line)
	}
	return Property{Name: strings.ToUpper(string(line[:n])), raw: line}
}

// newProperty makes a property that needs no folding.
func newProperty(name, params, value string) Property {
	return Property{Name: name, raw: []byte(name + params + ":" + value + "\r\n")}
}

// line returns the property unfolded.
func (p *Property) line() string {
	s := strings.ReplaceAll(strings.TrimRight(string(p.raw), "\r\n"), "\r\n", "\n")
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n ", ""), "\n\t", "")
}

// split returns the parameters, with the semicolon before each, and the value.
func (p *Property) split() (params, value string) {
	line := p.line()
	quoted := false
	for i := min(len(p.Name), len(line)); i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			return line[len(p.Name):i], line[i+1:]
		}
	}
	return "", ""
}

// Value returns the value as it is written.
func (p *Property) Value() string {
	_, value := p.split()
	return value
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n")

// Text returns the value as a person reads it (RFC 5545 §3.3.11).
func (p *Property) Text() string { return unescaper.Replace(p.Value()) }

var unquoter = strings.NewReplacer("^^", "^", "^'", `"`, "^n", "\n")

// Param returns the value of a parameter, its list joined by commas, without
// quotes and escapes (RFC 6868).
func (p *Property) Param(name string) (value string, ok bool) {
	params, _ := p.split()
	for _, param := range splitParams(params) {
		if n, v, _ := strings.Cut(param, "="); strings.EqualFold(n, name) {
			return unquoter.Replace(strings.ReplaceAll(v, `"`, "")), true
		}
	}
	return "", false
}

func splitParams(s string) (list []string) {
	quoted, from := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			list = append(list, s[from:i])
			from = i + 1
		}
	}
	return append(list, s[from:])
}

// Prop returns the first property of that name, nil where there is none.
func (c *Component) Prop(name string) *Property {
	for i := range c.Props {
		if c.Props[i].Name == name {
			return &c.Props[i]
		}
	}
	return nil
}

// Value returns the value of the first property of that name.
func (c *Component) Value(name string) string {
	if p := c.Prop(name); p != nil {
		return p.Value()
	}
	return ""
}

// Append writes the component.
func (c *Component) Append(dst []byte) []byte {
	dst = append(append(append(dst, "BEGIN:"...), c.Name...), "\r\n"...)
	for _, p := range c.Props {
		dst = append(dst, p.raw...)
	}
	for _, sub := range c.Children {
		dst = sub.Append(dst)
	}
	return append(append(append(dst, "END:"...), c.Name...), "\r\n"...)
}
