package graphfake

import (
	"cmp"
	"strings"
	"time"
)

// predicate is a $filter that was read.
type predicate func(instance) bool

// filterParser reads the part of OData's filter language that calendar clients
// use: comparisons, and, or, not, parentheses, startswith, and any() on
// categories and extended properties.
type filterParser struct {
	tokens []string
	at     int
}

// readFilter reads a $filter.
func readFilter(text string) (predicate, error) {
	tokens, ok := filterTokens(text)
	p := &filterParser{tokens: tokens}
	if !ok {
		return nil, p.bad()
	}
	f, err := p.or()
	if err == nil && p.at < len(p.tokens) {
		err = p.bad()
	}
	return f, err
}

// filterTokens cuts a filter into words, strings (kept with their first
// quote) and punctuation.
func filterTokens(text string) ([]string, bool) {
	var tokens []string
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ':
			i++
		case strings.IndexByte("(),", c) >= 0:
			tokens = append(tokens, text[i:i+1])
			i++
		case c == '\'':
			s, n, ok := filterString(text[i:])
			if !ok {
				return nil, false
			}
			tokens = append(tokens, "'"+s)
			i += n
		default:
			n := strings.IndexAny(text[i:], " (),'")
			if n < 0 {
				n = len(text) - i
			}
			tokens = append(tokens, text[i:i+n])
			i += n
		}
	}
	return tokens, true
}

// filterString reads a string literal, in which a quote is written twice.
func filterString(text string) (value string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

func (p *filterParser) bad() error {
	return badRequest("ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
}

func (p *filterParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *filterParser) next() string {
	t := p.peek()
	p.at++
	return t
}

func (p *filterParser) expect(token string) error {
	if p.next() != token {
		return p.bad()
	}
	return nil
}

func (p *filterParser) or() (predicate, error) {
	left, err := p.and()
	for err == nil && p.peek() == "or" {
		p.next()
		var right predicate
		a := left
		right, err = p.and()
		left = func(it instance) bool { return a(it) || right(it) }
	}
	return left, err
}

func (p *filterParser) and() (predicate, error) {
	left, err := p.unary()
	for err == nil && p.peek() == "and" {
		p.next()
		var right predicate
		a := left
		right, err = p.unary()
		left = func(it instance) bool { return a(it) && right(it) }
	}
	return left, err
}

func (p *filterParser) unary() (predicate, error) {
	switch p.peek() {
	case "not":
		p.next()
		f, err := p.unary()
		return func(it instance) bool { return !f(it) }, err
	case "(":
		p.next()
		f, err := p.or()
		if err == nil {
			err = p.expect(")")
		}
		return f, err
	case "startswith":
		return p.startsWith()
	case "categories/any":
		return p.anyCategory()
	case "singleValueExtendedProperties/any":
		return p.anyProperty()
	}
	return p.comparison()
}

// filterFields gives the text of the members that may be compared. Times are
// compared as texts too: both sides have the same form.
var filterFields = map[string]func(instance) string{
	"start/dateTime":          func(it instance) string { return formatWall(it.span.start) },
	"end/dateTime":            func(it instance) string { return formatWall(it.span.end) },
	"lastModifiedDateTime":    func(it instance) string { return formatStamp(it.rec.modified) },
	"createdDateTime":         func(it instance) string { return formatStamp(it.rec.created) },
	"iCalUId":                 func(it instance) string { uid, _ := it.rec.cal.mb.uidOf(it).(string); return uid },
	"type":                    instance.typeName,
	"isAllDay":                func(it instance) string { return truth(it.span.allDay) },
	"responseStatus/response": func(it instance) string { o, _ := it.rec.lookup("responseStatus").(object); return o.text("response") },
}

// plainFields are members that are compared as they are stored.
var plainFields = []string{"subject", "showAs", "sensitivity", "importance", "transactionId",
	"isCancelled", "isOrganizer", "isReminderOn", "isOnlineMeeting"}

func truth(v bool) string {
	if v {
		return "true"
	}
	return "false"
}

func (p *filterParser) field(name string) (func(instance) string, error) {
	if f, ok := filterFields[name]; ok {
		return f, nil
	}
	for _, plain := range plainFields {
		if plain == name {
			return func(it instance) string { return storedText(it.rec, name) }, nil
		}
	}
	return nil, p.bad()
}

func storedText(rec *record, name string) string {
	switch v := rec.lookup(name).(type) {
	case string:
		return v
	case bool:
		return truth(v)
	}
	return ""
}

// comparison reads a member, an operator and a literal.
func (p *filterParser) comparison() (predicate, error) {
	name := p.next()
	get, err := p.field(name)
	if err != nil {
		return nil, err
	}
	op, want := p.next(), p.next()
	if want, err = p.literal(name, want); err != nil {
		return nil, err
	}
	holds, ok := comparisons[op]
	if !ok {
		return nil, p.bad()
	}
	return func(it instance) bool { return holds(cmp.Compare(get(it), want)) }, nil
}

var comparisons = map[string]func(int) bool{
	"eq": func(n int) bool { return n == 0 },
	"ne": func(n int) bool { return n != 0 },
	"lt": func(n int) bool { return n < 0 },
	"le": func(n int) bool { return n <= 0 },
	"gt": func(n int) bool { return n > 0 },
	"ge": func(n int) bool { return n >= 0 },
}

// literal reads what a member is compared with: a bare time for the two
// stamps, a bare word for truth values, a string for all others.
func (p *filterParser) literal(name, token string) (string, error) {
	if name == "lastModifiedDateTime" || name == "createdDateTime" {
		t, err := time.Parse(time.RFC3339, token)
		if err != nil {
			return "", p.bad()
		}
		return formatStamp(t.UnixMicro()), nil
	}
	if token == "true" || token == "false" {
		return token, nil
	}
	if !strings.HasPrefix(token, "'") {
		return "", p.bad()
	}
	return token[1:], nil
}

func (p *filterParser) startsWith() (predicate, error) {
	p.next()
	if err := p.expect("("); err != nil {
		return nil, err
	}
	get, err := p.field(p.next())
	if err != nil || p.expect(",") != nil {
		return nil, p.bad()
	}
	want, err := p.literal("", p.next())
	if err != nil || p.expect(")") != nil {
		return nil, p.bad()
	}
	return func(it instance) bool { return strings.HasPrefix(strings.ToLower(get(it)), strings.ToLower(want)) }, nil
}

// lambda reads "(x: body)" and returns the tokens of the body, with "x/" taken
// away from its names.
func (p *filterParser) lambda() ([]string, error) {
	p.next()
	if p.expect("(") != nil {
		return nil, p.bad()
	}
	var body []string
	for p.peek() != ")" {
		if p.at >= len(p.tokens) {
			return nil, p.bad()
		}
		body = append(body, p.next())
	}
	p.next()
	if len(body) == 0 {
		return nil, p.bad()
	}
	name, rest, ok := strings.Cut(body[0], ":")
	if !ok {
		return nil, p.bad()
	}
	if body = body[1:]; rest != "" {
		body = append([]string{rest}, body...)
	}
	for i, t := range body {
		body[i] = strings.TrimPrefix(t, name+"/")
	}
	return body, nil
}

func (p *filterParser) anyCategory() (predicate, error) {
	body, err := p.lambda()
	if err != nil || len(body) != 3 || body[1] != "eq" || !strings.HasPrefix(body[2], "'") {
		return nil, p.bad()
	}
	want := body[2][1:]
	return func(it instance) bool {
		names, _ := it.rec.lookup("categories").(list)
		for _, n := range names {
			if n == want {
				return true
			}
		}
		return false
	}, nil
}

// anyProperty reads ep: ep/id eq '…' and ep/value eq '…'.
func (p *filterParser) anyProperty() (predicate, error) {
	body, err := p.lambda()
	if err != nil || len(body) != 7 || body[0] != "id" || body[3] != "and" || body[4] != "value" {
		return nil, p.bad()
	}
	id, value := strings.TrimPrefix(body[2], "'"), strings.TrimPrefix(body[6], "'")
	return func(it instance) bool {
		got, ok := extendedValue(it.rec, normalProperty(id))
		return ok && got == value
	}, nil
}
