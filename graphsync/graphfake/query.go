package graphfake

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are the query options of a request by lower-case name. They are cut
// apart here because net/url refuses the semicolons of nested options.
type options map[string]string

func readOptions(raw string) (options, error) {
	o := options{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil {
			return nil, badQuery(key)
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return nil, badQuery(key)
		}
		name = strings.ToLower(name)
		if _, twice := o[name]; twice {
			return nil, badRequest("BadRequest", "Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
		o[name] = text
	}
	return o, nil
}

func badQuery(name string) *problem {
	return badRequest("BadRequest", "The query option '%s' could not be decoded.", name)
}

// allow refuses system options that the request does not take.
func (o options) allow(names ...string) error {
	for name := range o {
		if strings.HasPrefix(name, "$") && !slices.Contains(names, name) {
			return invalidQuery("The query parameter '%s' is not supported on this resource.", name)
		}
	}
	return nil
}

// number reads an option that is a count.
func (o options) number(name string, unset, least, most int) (int, error) {
	text, ok := o[name]
	if !ok {
		return unset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		return 0, invalidQuery("Invalid value '%s' for query option '%s'.", text, name)
	}
	if n > most {
		return 0, invalidQuery("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", n, most)
	}
	return n, nil
}

// moment reads a parameter that is an instant.
func (o options) moment(name string) (time.Time, error) {
	text := o[strings.ToLower(name)]
	t, err := parseInstant(text)
	if err != nil {
		return t, badRequest("ErrorInvalidParameter", "The value '%s' of parameter '%s' is invalid.", text, name)
	}
	return t, nil
}

// selection reads the $select of events.
func (o options) selection(beta, national bool) (selection, error) {
	text, ok := o["$select"]
	if !ok {
		return selection{}, nil
	}
	return readSelection(text, beta, national)
}

func readSelection(text string, beta, national bool) (selection, error) {
	sel := selection{names: map[string]bool{}}
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "*":
			sel.all = true
		case !knownMember(name, beta, national):
			return sel, unknownMember(name, "event")
		}
		sel.names[name] = true
	}
	return sel, nil
}

// knownMember tells whether the schema of the request has a member.
func knownMember(name string, beta, national bool) bool {
	if national && (name == "cancelledOccurrences" || name == "exceptionOccurrences") {
		return false
	}
	if i, ok := memberIndex[name]; ok {
		return beta || eventMembers[i].traits&betaOnly == 0
	}
	return slices.Contains(relations, name)
}

// narrow applies a $select to a small resource whose members it names.
func narrow(o object, text, resource string, known []string) (object, error) {
	if text == "" {
		return o, nil
	}
	out := object{}
	names := strings.Split(text, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if names[i] != "*" && !slices.Contains(known, names[i]) {
			return nil, unknownMember(names[i], resource)
		}
	}
	for _, m := range o {
		if strings.HasPrefix(m.name, "@") || m.name == "id" || slices.Contains(names, "*") || slices.Contains(names, m.name) {
			out = append(out, m)
		}
	}
	return out, nil
}

// link writes the address of this call with other query options. Options that
// are empty are taken away.
func (c *call) link(set map[string]string) string {
	var pairs []string
	for pair := range strings.SplitSeq(c.r.URL.RawQuery, "&") {
		key, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if _, replaced := set[strings.ToLower(name)]; err == nil && pair != "" && !replaced {
			pairs = append(pairs, pair)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if set[name] != "" {
			pairs = append(pairs, name+"="+url.QueryEscape(set[name]))
		}
	}
	return c.base + c.r.URL.EscapedPath() + "?" + strings.Join(pairs, "&")
}
