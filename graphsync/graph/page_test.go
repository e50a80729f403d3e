package graph

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPagesShrink: a server that cannot make a page of the size wanted is asked
// for smaller ones, and for larger ones again when they have worked for long.
func TestPagesShrink(t *testing.T) {
	for _, trouble := range []struct {
		status int
		body   string
	}{{503, ""}, {504, `{"error":{"code":"UnknownError","message":""}}`}, {500, `{"error":{"code":"ErrorTimeoutExpired"}}`}} {
		synctest.Test(t, func(t *testing.T) {
			limit, sizes := 20, []int{}
			cl := client(func(r *http.Request) (*http.Response, error) {
				size := 0
				for part := range strings.SplitSeq(r.Header.Get("Prefer"), ", ") {
					fmt.Sscanf(part, "odata.maxpagesize=%d", &size)
				}
				sizes = append(sizes, size)
				if size > limit {
					return answer(trouble.status, trouble.body), nil
				}
				return answer(200, `{"value":[],"@odata.nextLink":"https://graph.example/n"}`), nil
			})
			if _, err := cl.Delta(t.Context(), "A", ""); err != nil {
				t.Fatal(err)
			}
			if want := []int{500, 500, 50, 50, 10}; !slices.Equal(sizes, want) {
				t.Errorf("%d: sizes %v, want %v", trouble.status, sizes, want)
			}
			limit = 1000
			for range 2*regained + 1 {
				if _, err := cl.Delta(t.Context(), "A", ""); err != nil {
					t.Fatal(err)
				}
			}
			if last := sizes[len(sizes)-1]; last != 500 {
				t.Errorf("%d: pages stay at %d", trouble.status, last)
			}
		})
	}
}

func TestServersThatCannotMakeAnyPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		cl := client(func(*http.Request) (*http.Response, error) { tries++; return answer(503, ""), nil })
		start := time.Now()
		var e *Error
		if _, err := cl.Revisions(t.Context(), "A", "", false, time.Time{}); !errors.As(err, &e) || e.Class() != Large || tries != 10 {
			t.Errorf("%v after %d tries", err, tries)
		}
		if took := time.Since(start); took < 30*time.Second || took > 5*time.Minute {
			t.Errorf("gave up after %v", took)
		}
	})
}

// TestListingsOfNothing: JSON that is no listing is not an empty one.
func TestListingsOfNothing(t *testing.T) {
	for _, body := range []string{`{}`, `null`, `[]`, `{"value":null}`, `{"error":{"code":"x"}}`, `{"value":[`, ``} {
		synctest.Test(t, func(t *testing.T) {
			cl := client(func(*http.Request) (*http.Response, error) { return answer(200, body), nil })
			var e *Error
			if list, err := cl.Calendars(t.Context(), true); !errors.As(err, &e) || e.Class() != Broken || len(list) > 0 {
				t.Errorf("calendars from %q: %v, %v", body, list, err)
			}
			if p, err := cl.Revisions(t.Context(), "A", "", false, time.Time{}); !errors.As(err, &e) || e.Class() != Broken {
				t.Errorf("revisions from %q: %v, %v", body, p, err)
			}
			if p, err := cl.Delta(t.Context(), "A", ""); !errors.As(err, &e) || e.Class() != Broken {
				t.Errorf("changes from %q: %v, %v", body, p, err)
			}
			if raw, err := cl.Event(t.Context(), "A", "B", Exceptions); !errors.As(err, &e) || e.Class() != Broken {
				t.Errorf("event from %q: %s, %v", body, raw, err)
			}
		})
	}
}

func TestLinksThatNeverEnd(t *testing.T) {
	n := 0
	cl := client(func(*http.Request) (*http.Response, error) {
		n++
		return answer(200, fmt.Sprintf(`{"value":[],"@odata.nextLink":"https://graph.example/%d"}`, n%7)), nil
	})
	if _, err := cl.Calendars(t.Context(), true); err == nil || n > 8 {
		t.Errorf("%v after %d pages", err, n)
	}
}

// TestListingsAreBounded: a server that goes on listing calendars does not take
// the memory.
func TestListingsAreBounded(t *testing.T) {
	n := 0
	cl := client(func(r *http.Request) (*http.Response, error) {
		n++
		items := strings.Repeat(`{"id":"a"},`, 999) + `{"id":"a"}`
		return answer(200, fmt.Sprintf(`{"value":[%s],"@odata.nextLink":"https://graph.example/v1.0/me/calendars?$skip=%d"}`, items, n)), nil
	})
	var e *Error
	if _, err := cl.Calendars(t.Context(), true); !errors.As(err, &e) || e.Class() != Broken || n > 11 {
		t.Errorf("after %d pages: %v", n, err)
	}
}

// TestForeignLinksAreNotHandedOn: a page with one is refused whole, so that
// nobody keeps the link.
func TestForeignLinksAreNotHandedOn(t *testing.T) {
	for _, member := range []string{"@odata.nextLink", "@odata.deltaLink"} {
		for _, link := range []string{"https://evil.example/v1.0/x", "http://graph.example/v1.0/x", "/v1.0/x", "//graph.example/x", "https://a@graph.example/x"} {
			cl := client(func(*http.Request) (*http.Response, error) {
				return answer(200, fmt.Sprintf(`{"value":[],%q:%q}`, member, link)), nil
			})
			var e *Error
			if _, err := cl.Delta(t.Context(), "A", ""); !errors.As(err, &e) || e.Class() != Foreign {
				t.Errorf("%s %s: %v", member, link, err)
			}
		}
		cl := client(func(*http.Request) (*http.Response, error) {
			return answer(200, fmt.Sprintf(`{"value":[],%q:"https://GRAPH.example:443/v1.0/x"}`, member)), nil
		})
		if _, err := cl.Delta(t.Context(), "A", ""); err != nil {
			t.Errorf("the same host, spelled otherwise: %v", err)
		}
	}
}
