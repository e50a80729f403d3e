package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Page is one page of a listing. Its items are not decoded yet, so that one
// that cannot be read harms itself alone.
type Page struct {
	Items []json.RawMessage `json:"value"`
	Next  string            `json:"@odata.nextLink"`
	Delta string            `json:"@odata.deltaLink"`
}

// whole refuses an answer that is JSON and no page: it would read as a listing
// of nothing.
func (p *Page) whole() error {
	if p.Items == nil {
		return errors.New("it is no listing")
	}
	return nil
}

func (p *Page) links() []string { return []string{p.Next, p.Delta} }

// deltaPage is a page that leads on in any case.
type deltaPage Page

func (p *deltaPage) whole() error {
	if p.Next == "" && p.Delta == "" {
		return errors.New("a list of changes breaks off")
	}
	return (*Page)(p).whole()
}

func (p *deltaPage) links() []string { return (*Page)(p).links() }

// typedPage is a page whose items are decoded at once.
type typedPage[T any] struct {
	Items []T    `json:"value"`
	Next  string `json:"@odata.nextLink"`
}

func (p *typedPage[T]) whole() error {
	if p.Items == nil {
		return errors.New("it is no listing")
	}
	return nil
}

func (p *typedPage[T]) links() []string { return []string{p.Next} }

// maxPages bounds a listing whose links never end: the longest one that is read
// this way, in the smallest pages, takes half of that.
const maxPages = 2 * maxGathered / smallest

// pages reads a listing to its end.
func pages[T any](ctx context.Context, c *Client, link string, size int, each func([]T) error) error {
	seen := map[string]bool{}
	for link != "" {
		if seen[link] || len(seen) == maxPages {
			return &Error{Status: http.StatusOK, class: Broken, cause: fmt.Errorf("a listing does not end after %d pages", len(seen))}
		}
		p := typedPage[T]{}
		if err := c.page(ctx, link, size, &p); err != nil {
			return err
		}
		if err := each(p.Items); err != nil {
			return err
		}
		seen[link] = true
		link = p.Next
	}
	return nil
}

// maxGathered bounds a listing that is held as a whole: a daily series has 1825
// instances in the longest range that Graph takes.
const maxGathered = 10_000

// gather returns all items of a listing.
func gather[T any](ctx context.Context, c *Client, link string, size int) (list []T, err error) {
	err = pages(ctx, c, link, size, func(p []T) error {
		if list = append(list, p...); len(list) > maxGathered {
			return &Error{Status: http.StatusOK, class: Broken, cause: fmt.Errorf("a listing has over %d items", maxGathered)}
		}
		return nil
	})
	return list, err
}

// page reads one page of at most size items, of fewer where the server cannot
// make so many. Links to another host are refused before anyone keeps them.
func (c *Client) page(ctx context.Context, link string, size int, p interface{ links() []string }) error {
	for {
		small := c.shrink.size(size)
		err := c.fetch(ctx, link, prefer(small), p, func(e *Error) int {
			if e.Class() == Large && small > smallest {
				return 2
			}
			return tries(e)
		})
		var e *Error
		switch {
		case err == nil:
			c.shrink.worked()
			return c.checkLinks(p.links())
		case small > smallest && errors.As(err, &e) && (e.Class() == Large || e.large):
			c.shrink.more()
		default:
			return err
		}
	}
}

func (c *Client) checkLinks(links []string) error {
	for _, link := range links {
		if link == "" {
			continue
		}
		if _, err := c.resolve(link); err != nil || strings.HasPrefix(link, "/") {
			return &Error{Status: http.StatusOK, Code: "ForeignLink", class: Foreign, cause: errors.New("an answer leads to another host")}
		}
	}
	return nil
}

const (
	// smallest is the page that a server in trouble is asked for at last.
	smallest = 10
	// easier is what each step down divides by.
	easier = 10
	// regained is how many pages have to work before larger ones are asked for.
	regained = 50
)

// shrink remembers how large the pages of a mailbox can be.
type shrink struct {
	mu   sync.Mutex
	down int // steps
	good int // pages in a row that worked at this step
}

func (s *shrink) size(wanted int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range s.down {
		wanted = min(wanted, max(wanted/easier, smallest))
	}
	return wanted
}

func (s *shrink) more() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.good = s.down+1, 0
}

func (s *shrink) worked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.good++; s.good >= regained && s.down > 0 {
		s.down, s.good = s.down-1, 0
	}
}
