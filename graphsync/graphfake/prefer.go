package graphfake

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// preferences are the Prefer headers of a request.
type preferences struct {
	immutable bool
	zone      *time.Location
	label     string
	numeric   bool // the zone is not UTC
	textBody  bool
	pageSize  int // 0 if none was asked for
	accepted  []string
}

// readPreferences reads all Prefer headers, each of which may be a list.
// Names that Graph does not know are ignored.
func readPreferences(headers []string) (preferences, error) {
	p := preferences{zone: time.UTC, label: "UTC"}
	for _, header := range headers {
		for _, item := range splitOutside(header, ',') {
			if err := p.read(strings.TrimSpace(item)); err != nil {
				return preferences{zone: time.UTC, label: "UTC"}, err
			}
		}
	}
	return p, nil
}

func (p *preferences) read(item string) error {
	name, value, _ := strings.Cut(item, "=")
	value = strings.Trim(strings.TrimSpace(value), `"`)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "outlook.timezone":
		if !knownLabel(value) {
			return unknownZone(value)
		}
		p.zone, p.label = findZone(value), value
		p.numeric = p.zone != time.UTC
	case "outlook.body-content-type":
		p.textBody = strings.EqualFold(value, "text")
	case "idtype":
		p.immutable = strings.EqualFold(value, "ImmutableId")
	case "odata.maxpagesize":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return invalidQuery("The value '%s' of the preference 'odata.maxpagesize' is invalid.", value)
		}
		p.pageSize = n
	case "odata.track-changes", "outlook.allow-unsafe-html":
	default:
		return nil
	}
	p.accepted = append(p.accepted, item)
	return nil
}

// applied writes the Preference-Applied header.
func (p *preferences) applied() string { return strings.Join(p.accepted, ", ") }

func unknownZone(label string) *problem {
	return refuse(http.StatusBadRequest, "TimeZoneNotSupportedException",
		"A valid TimeZone value must be specified. The following TimeZone value is not supported: '%s'.", label)
}

// splitOutside splits a text at a separator that stands neither in double or
// single quotes nor in parentheses.
func splitOutside(text string, sep byte) []string {
	var parts []string
	var quote byte
	depth, from := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == sep && depth == 0:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}
