package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// requestTime bounds one request; delta pages can take over 20 s.
	requestTime = 90 * time.Second
	// maxAnswer bounds one answer, in octets.
	maxAnswer = 64 << 20
	// maxRefusal bounds what is read of an answer that is none.
	maxRefusal = 1 << 20
	// patience is the longest pause that is waited out with a request under way.
	// A longer one ends the request; the gate stays closed for its time.
	patience = 30 * time.Second
	// atLeast is the shortest pause after trouble on Graph's side that names none.
	atLeast = 5 * time.Second
)

// tries bounds how often a request is sent. One item that Graph stumbles over
// must not keep the others waiting for long.
func tries(e *Error) int {
	switch {
	case e.Status == http.StatusInternalServerError:
		return 3
	case e.large:
		return 1
	}
	return e.Class().tries()
}

type onceKey struct{}

// Once returns a context in which a request that Graph fails at is not sent
// again: it has failed before.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// Client makes requests for one mailbox. It is safe for concurrent use.
type Client struct {
	Root string       // such as https://graph.microsoft.com, without a version
	HTTP *http.Client // http.DefaultClient where nil
	Gate *Gate

	// User is whose mailbox is read: an address or an object id. It is empty for
	// that of who signed in; an app without a user has to name one.
	User string

	// Token returns an access token. refused is one that Graph did not accept,
	// so that the same is not returned again; "" otherwise.
	Token func(ctx context.Context, refused string) (string, error)

	// Paused is told until when Graph asked to be left alone, each time that it
	// does; nil is allowed.
	Paused func(ctx context.Context, until time.Time)

	// LeftOut is told why groups were left out of a listing of calendars, where
	// Graph may tell of them another time; nil is allowed.
	LeftOut func(error)

	// Count is told of every request that was sent; nil is allowed.
	Count func(status int, throttled bool)

	shrink  shrink
	covered sync.Map // ids of groups that add nothing to the own list of calendars
}

// get reads the JSON at link into v; see fetch.
func (c *Client) get(ctx context.Context, link string, prefer []string, v any) error {
	return c.fetch(ctx, link, prefer, v, tries)
}

// fetch reads the JSON at link into v. It waits for the mailbox's gate, retries
// what passes by itself, as often as tries says, and renews a token that was
// refused, once.
func (c *Client) fetch(ctx context.Context, link string, prefer []string, v any, tries func(*Error) int) error {
	link, err := c.resolve(link)
	if err != nil {
		return err
	}
	waits := newWaits()
	refused, renewed := "", false
	for try := 1; ; try++ {
		token, err := c.Token(ctx, refused)
		if err != nil {
			return err
		}
		err = c.once(ctx, link, token, prefer, v)
		var e *Error
		switch {
		case err == nil || !errors.As(err, &e) || e.held:
			return err
		case e.Status == http.StatusUnauthorized && (e.Class() == SignIn || e.Class() == Claims) && !renewed:
			refused, renewed = token, true
			continue
		}
		last := try >= tries(e) || e.Status == http.StatusInternalServerError && ctx.Value(onceKey{}) != nil
		if e.Class().waits() && !last && e.RetryAfter == 0 {
			c.Gate.Hold(ownPause(e, waits.NextBackOff()))
		}
		if last || time.Until(c.Gate.Held()) > patience {
			return err
		}
	}
}

func newWaits() *backoff.ExponentialBackOff {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.Multiplier, waits.MaxInterval = time.Second, 2, 2*time.Minute
	return waits
}

// ownPause is how long the mailbox rests where Graph names no pause: longer from
// time to time.
func ownPause(e *Error, next time.Duration) time.Duration {
	if e.Status >= http.StatusInternalServerError {
		return max(next, atLeast)
	}
	return next
}

// once sends one request.
func (c *Client) once(ctx context.Context, link, token string, prefer []string, v any) error {
	leave, err := c.Gate.Enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return fmt.Errorf("graph: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	req.Header["Prefer"] = prefer
	res, err := c.http().Do(req)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		// Before the body, which may take its time, and before the slot is free.
		c.hold(ctx, retryAfter(res.Header))
	}
	limit := maxAnswer
	if res.StatusCode != http.StatusOK {
		limit = maxRefusal
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(limit)+1))
	c.count(res.StatusCode)
	switch {
	case res.StatusCode != http.StatusOK:
		return readError(res, body)
	case err != nil:
		return broken(res, fmt.Errorf("the answer broke off: %w", err))
	case len(body) > maxAnswer:
		return tooMuch(res, fmt.Errorf("the answer is over %d MiB", maxAnswer>>20))
	}
	return decode(res, body, v)
}

// hold keeps the mailbox closed for as long as Graph asked.
func (c *Client) hold(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	c.Gate.Hold(d)
	if c.Paused != nil {
		c.Paused(context.WithoutCancel(ctx), c.Gate.Held()) // it was asked for, whatever becomes of the round
	}
}

func (c *Client) count(status int) {
	if c.Count != nil {
		c.Count(status, status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable)
	}
}

// unreachable is the error of a request that got no answer. The cause's text
// holds the address, and so perhaps ids, but never a token.
func (c *Client) unreachable(ctx context.Context, err error) error {
	c.count(0)
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return &Error{class: classOf(err), cause: err}
}

// http returns the client without redirects: Graph sends none, so where one
// comes, something else has answered.
func (c *Client) http() *http.Client {
	hc := *cmp.Or(c.HTTP, http.DefaultClient)
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &hc
}

// broken is a good answer of which nothing can be made.
func broken(res *http.Response, cause error) error {
	return &Error{Status: res.StatusCode, RequestID: requestID(res), class: Broken, cause: cause}
}

// tooMuch is an answer that is larger than anything of Graph's: another one of
// the same request is not smaller, but one for a smaller page is.
func tooMuch(res *http.Response, cause error) error {
	return &Error{Status: res.StatusCode, RequestID: requestID(res), class: Broken, large: true, cause: cause}
}

func decode(res *http.Response, body []byte, v any) error {
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "application/json" {
		return &Error{Status: res.StatusCode, RequestID: requestID(res), class: Stranger, cause: fmt.Errorf("the answer is %q, not JSON", short(kind))}
	}
	if err := crowded(body); err != nil {
		return tooMuch(res, err)
	}
	err := json.Unmarshal(body, v)
	if whole, ok := v.(interface{ whole() error }); ok && err == nil {
		err = whole.whole()
	}
	if err != nil {
		return broken(res, fmt.Errorf("the answer cannot be read: %w", err))
	}
	return nil
}

// resolve makes link absolute, and refuses one to another host: the token must
// not go there.
func (c *Client) resolve(link string) (string, error) {
	root := strings.TrimSuffix(strings.TrimSuffix(c.Root, "/"), "/v1.0")
	if strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") {
		return root + "/v1.0" + link, nil
	}
	if err := sameHost(root, link); err != nil {
		return "", err
	}
	return link, nil
}

// Ours reports whether a link that was kept leads to where this client asks.
func (c *Client) Ours(link string) bool {
	_, err := c.resolve(link)
	return err == nil
}

// sameHost refuses a link to another host than root's.
func sameHost(root, link string) error {
	want, err := url.Parse(root)
	if err != nil {
		return fmt.Errorf("graph: %w", err)
	}
	got, err := url.Parse(link)
	if err != nil || got.User != nil || got.Scheme != want.Scheme || hostPort(got) != hostPort(want) {
		return &Error{Code: "ForeignLink", class: Foreign, cause: fmt.Errorf("a link leads to another host than %s", want.Host)}
	}
	return nil
}

// hostPort spells a host as it compares: without case, with its port.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}
