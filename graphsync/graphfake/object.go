package graphfake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object that keeps the order of its members, as Graph
// writes them. Its values are nil, bool, string, int, json.Number, object or
// list. A value is never changed once it is inside an object: edits replace
// it, so that what was read under a lock may be written after it.
type object []member

// member is one name and value of an object.
type member struct {
	name  string
	value any
}

// list is a JSON array.
type list []any

// get returns the value of a member and whether it is there.
func (o object) get(name string) (any, bool) {
	for i := range o {
		if o[i].name == name {
			return o[i].value, true
		}
	}
	return nil, false
}

// text returns a member that is a string, "" for anything else.
func (o object) text(name string) string {
	v, _ := o.get(name)
	s, _ := v.(string)
	return s
}

// child returns a member that is an object, nil for anything else.
func (o object) child(name string) object {
	v, _ := o.get(name)
	c, _ := v.(object)
	return c
}

// set replaces a member or appends it.
func (o *object) set(name string, value any) {
	for i := range *o {
		if (*o)[i].name == name {
			(*o)[i].value = value
			return
		}
	}
	*o = append(*o, member{name, value})
}

// drop takes a member away.
func (o *object) drop(name string) {
	*o = slices.DeleteFunc(*o, func(m member) bool { return m.name == name })
}

// clone copies the members; the values are shared.
func (o object) clone() object { return slices.Clone(o) }

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) { return appendValue(nil, o), nil }

// appendValue appends the JSON text of v. A value of a foreign type is
// written as its quoted Go form: it cannot come from this package.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return appendText(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case json.Number:
		return append(dst, v...)
	case object:
		return appendObject(dst, v)
	case list:
		return appendList(dst, v)
	}
	return appendText(dst, fmt.Sprint(v))
}

func appendObject(dst []byte, o object) []byte {
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, m.name)
		dst = append(dst, ':')
		dst = appendValue(dst, m.value)
	}
	return append(dst, '}')
}

func appendList(dst []byte, l list) []byte {
	dst = append(dst, '[')
	for i, v := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, v)
	}
	return append(dst, ']')
}

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string, valid UTF-8 whatever s holds.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[from:i]...)
			dst = appendEscape(dst, c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[from:i]...)
			dst = append(dst, "\ufffd"...)
			from = i + 1
		}
		i += size
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// parseValue reads one JSON text and refuses anything behind it.
func parseValue(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := readValue(dec)
	if err != nil {
		return nil, fmt.Errorf("read json: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read json: more than one value")
	}
	return v, nil
}

// parseObject reads one JSON object.
func parseObject(text []byte) (object, error) {
	v, err := parseValue(text)
	if err != nil {
		return nil, err
	}
	o, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("read json: not an object")
	}
	return o, nil
}

func readValue(dec *json.Decoder) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return readObject(dec)
	case json.Delim('['):
		return readList(dec)
	}
	return t, nil
}

func readObject(dec *json.Decoder) (object, error) {
	o := object{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := readValue(dec)
		if err != nil {
			return nil, err
		}
		o.set(name.(string), v)
	}
	_, err := dec.Token()
	return o, err
}

func readList(dec *json.Decoder) (list, error) {
	l := list{}
	for dec.More() {
		v, err := readValue(dec)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := dec.Token()
	return l, err
}
