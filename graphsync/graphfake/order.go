package graphfake

import (
	"cmp"
	"slices"
	"strings"
)

// orderKeys are the members that a listing may be ordered by.
var orderKeys = map[string]func(a, b instance) int{
	"start/dateTime":       func(a, b instance) int { return cmp.Compare(a.span.start, b.span.start) },
	"end/dateTime":         func(a, b instance) int { return cmp.Compare(a.span.end, b.span.end) },
	"lastModifiedDateTime": func(a, b instance) int { return cmp.Compare(a.rec.modified, b.rec.modified) },
	"createdDateTime":      func(a, b instance) int { return cmp.Compare(a.rec.created, b.rec.created) },
	"subject":              func(a, b instance) int { return cmp.Compare(a.rec.subject(), b.rec.subject()) },
}

// order sorts a listing by an $orderby.
func order(items []instance, text string) error {
	var keys []func(a, b instance) int
	for term := range strings.SplitSeq(text, ",") {
		words := strings.Fields(term)
		if len(words) == 0 || len(words) > 2 {
			return invalidQuery("The $orderby expression '%s' is invalid.", text)
		}
		key, ok := orderKeys[words[0]]
		if !ok || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return invalidQuery("The $orderby expression '%s' is not supported.", text)
		}
		if len(words) == 2 && words[1] == "desc" {
			up := key
			key = func(a, b instance) int { return up(b, a) }
		}
		keys = append(keys, key)
	}
	slices.SortStableFunc(items, func(a, b instance) int {
		for _, key := range keys {
			if n := key(a, b); n != 0 {
				return n
			}
		}
		return 0
	})
	return nil
}
