package ics

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/emersion/go-ical"
)

// Limits of what is handed to the decoder. It recurses once per BEGIN and
// reads parameters in quadratic time, so both are bounded before it starts.
const (
	maxDepth     = 8
	maxHeadOfRow = 16 << 10 // octets of a property's name and parameters
)

// parse decodes one VCALENDAR. It survives anything: the decoder's panics come
// back as errors.
func parse(text []byte) (cal *ical.Calendar, err error) {
	if len(text) > MaxObject {
		return nil, fmt.Errorf("ics: %d MiB are more than an object may have", len(text)>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	if err := guard(text); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			cal, err = nil, fmt.Errorf("ics: decode: %v", p)
		}
	}()
	if cal, err = ical.NewDecoder(bytes.NewReader(text)).Decode(); err != nil {
		return nil, fmt.Errorf("ics: decode: %w", err)
	}
	return cal, nil
}

// guard checks nesting and the length of parameters, unfolding as it goes.
func guard(text []byte) error {
	depth, head, inValue := 0, 0, false
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		if line = bytes.TrimSuffix(line, []byte("\r")); len(line) == 0 {
			continue
		}
		if line[0] != ' ' && line[0] != '\t' {
			head, inValue = 0, false
			switch {
			case hasPrefixFold(line, "BEGIN:"):
				depth++
			case hasPrefixFold(line, "END:"):
				depth--
			}
		}
		if depth > maxDepth {
			return errors.New("ics: components are nested too deeply")
		}
		if !inValue {
			// A colon ends the parameters, but for quoted ones: counting on past
			// one of those only errs on the safe side.
			i := bytes.IndexByte(line, ':')
			inValue = i >= 0 && !bytes.ContainsRune(line[:i], '"')
			head += len(line)
			if inValue {
				head += i - len(line)
			}
		}
		if head > maxHeadOfRow {
			return errors.New("ics: a property has too many parameters")
		}
	}
	return nil
}

func hasPrefixFold(line []byte, prefix string) bool {
	return len(line) >= len(prefix) && bytes.EqualFold(line[:len(prefix)], []byte(prefix))
}
