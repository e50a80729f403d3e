package graph

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestCrowdedAnswers: what would unfold to very much memory is refused before it
// is taken apart; what only looks like it, in texts, is not.
func TestCrowdedAnswers(t *testing.T) {
	many := func(one string, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]"
	}
	attendee := `{"type":"required","status":{"response":"none","time":"0001-01-01T00:00:00Z"},"emailAddress":{"name":"A","address":"a@contoso.example"}}`
	for name, c := range map[string]struct {
		body string
		bad  bool
	}{
		"no JSON":                    {"]]}},,,\"", false},
		"a page of Graph's":          {many(`{"id":"x","attendees":`+many(attendee, 500)+`}`, 100), false},
		"a series with exceptions":   {`{"exceptionOccurrences":` + many(`{"attendees":`+many(attendee, 200)+`}`, 1000) + `}`, false},
		"years of cancelled days":    {many(`"OID.AAMk.2020-01-01"`, 18_000), false},
		"brackets and commas quoted": {`["` + strings.Repeat(`[,{\",\\\",`, 200_000) + `\\"]`, false},
		"empty items":                {many(`{}`, 1_000_000), true},
		"a list that is too long":    {many(`0`, maxSiblings+1), true},
		"many lists":                 {many(many(`0`, 1000), 1000), true},
		"deep":                       {strings.Repeat("[", 1000) + strings.Repeat("]", 1000), true},
		"after an escaped quote":     {`["\\",` + many(`{}`, 30_000) + `]`, true},
	} {
		if err := crowded([]byte(c.body)); err != nil != c.bad {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTooMuch: a page that is too much is asked for again, smaller; an item that
// is has no smaller form, and is not asked for twice.
func TestTooMuch(t *testing.T) {
	for name, body := range map[string]string{
		"crowded": `{"value":[` + strings.Repeat("{},", maxSiblings) + `{}]}`,
		"long":    `{"value":[],"x":"` + strings.Repeat("x", maxAnswer) + `"}`,
	} {
		asked := 0
		cl := client(func(r *http.Request) (*http.Response, error) {
			if asked++; strings.Contains(r.Header.Get("Prefer"), "maxpagesize=10") && !strings.Contains(r.Header.Get("Prefer"), "maxpagesize=100") {
				return answer(200, `{"value":[{"id":"x"}]}`), nil
			}
			return answer(200, body), nil
		})
		if p, err := cl.Bodies(t.Context(), "A", "", Alone); err != nil || len(p.Items) != 1 || asked != 2 {
			t.Errorf("%s: %v after %d requests", name, err, asked)
		}
		asked = 0
		var e *Error
		if _, err := cl.Event(t.Context(), "A", "x", Alone); !errors.As(err, &e) || e.Class() != Broken || asked != 1 {
			t.Errorf("%s: an item: %v after %d requests", name, err, asked)
		}
	}
}
