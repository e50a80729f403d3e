package graph

import (
	"bytes"
	"fmt"
)

const (
	// maxSiblings bounds the elements of one array or object of an answer: Graph's
	// pages have up to a thousand, a daily series that was cancelled day by day
	// for fifty years has 18,000.
	maxSiblings = 20_000
	// maxNesting bounds how deep an answer nests; Graph's do so some ten levels.
	maxNesting = 100
	// spareValues are values that any answer may have, and usualValue is how many
	// octets each beyond those has to take: a small answer must not unfold to
	// very much memory. Attendees, the densest of what Graph sends, take 20.
	spareValues, usualValue = 1 << 18, 16
)

// crowded refuses JSON that has too many values for its size. It looks at the
// structure only; what is no JSON at all, decoding tells.
func crowded(body []byte) error {
	total, most := 0, max(spareValues, len(body)/usualValue)
	var siblings []int
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i += quoted(body[i+1:])
		case '[', '{':
			total++
			if siblings = append(siblings, 1); len(siblings) > maxNesting {
				return fmt.Errorf("the answer nests over %d levels deep", maxNesting)
			}
		case ']', '}':
			siblings = siblings[:max(len(siblings)-1, 0)]
		case ',':
			total++
			if n := len(siblings) - 1; n >= 0 {
				if siblings[n]++; siblings[n] > maxSiblings {
					return fmt.Errorf("a list in the answer has over %d entries", maxSiblings)
				}
			}
		}
		if total > most {
			return fmt.Errorf("the answer has over %d values in %d octets", most, len(body))
		}
	}
	return nil
}

// quoted returns how far a string goes, its closing quote included.
func quoted(text []byte) int {
	for n := 0; ; {
		end := bytes.IndexByte(text[n:], '"')
		if end < 0 {
			return len(text)
		}
		n += end + 1
		escapes := 0
		for i := n - 2; i >= 0 && text[i] == '\\'; i-- {
			escapes++
		}
		if escapes%2 == 0 {
			return n
		}
	}
}
