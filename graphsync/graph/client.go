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
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// requestTime bounds one request; delta pages can take over 20 s.
	requestTime = 90 * time.Second
	// maxAnswer bounds one answer, in octets.
	maxAnswer = 64 << 20
	// maxTries bounds how often one request is sent; fewTries where more would
	// only keep others waiting: nobody answers, or one item cannot be read out.
	maxTries = 6
	fewTries = 3
)

func tries(e *Error) int {
	if e.Status == 0 || e.Status == http.StatusInternalServerError {
		return fewTries
	}
	return maxTries
}

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

	// Count is told of every request that was sent; nil is allowed.
	Count func(status int, throttled bool)
}

// get reads the JSON at link into v. It waits for the mailbox's gate, retries
// what passes by itself, and renews a token that was refused, once.
func (c *Client) get(ctx context.Context, link string, prefer []string, v any) error {
	link, err := c.resolve(link)
	if err != nil {
		return err
	}
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.Multiplier, waits.MaxInterval = time.Second, 2, 2*time.Minute
	refused, renewed := "", false
	for try := 1; ; try++ {
		token, err := c.Token(ctx, refused)
		if err != nil {
			return err
		}
		err = c.once(ctx, link, token, prefer, v)
		var e *Error
		switch {
		case err == nil || !errors.As(err, &e):
			return err
		case e.Status == http.StatusUnauthorized && !renewed:
			refused, renewed = token, true
			continue
		case !e.Passing() || try == tries(e):
			return err
		}
		c.Gate.Hold(cmp.Or(e.RetryAfter, waits.NextBackOff()))
	}
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
	res, err := cmp.Or(c.HTTP, http.DefaultClient).Do(req)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	c.count(res.StatusCode)
	switch {
	case res.StatusCode != http.StatusOK:
		return readError(res, body)
	case err != nil:
		return &Error{Status: res.StatusCode, RequestID: requestID(res), cause: fmt.Errorf("the answer broke off: %w", err)}
	case len(body) > maxAnswer:
		return fmt.Errorf("graph: an answer is over %d MiB", maxAnswer>>20)
	}
	return decode(res, body, v)
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
	return &Error{cause: err}
}

func decode(res *http.Response, body []byte, v any) error {
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "application/json" {
		return &Error{Status: res.StatusCode, RequestID: requestID(res), cause: fmt.Errorf("the answer is %q, not JSON", kind)}
	}
	if err := json.Unmarshal(body, v); err != nil {
		return &Error{Status: res.StatusCode, RequestID: requestID(res), cause: fmt.Errorf("the answer cannot be read: %w", err)}
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
	want, err := url.Parse(root)
	if err != nil {
		return "", fmt.Errorf("graph: %w", err)
	}
	got, err := url.Parse(link)
	if err != nil || got.Scheme != want.Scheme || got.Host != want.Host {
		return "", &Error{Code: "ForeignLink", cause: fmt.Errorf("a link leads to another host than %s", want.Host)}
	}
	return link, nil
}
