package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wire answers requests inside a bubble of virtual time, where real sockets
// cannot be waited for.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

func answer(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json; odata.metadata=minimal; charset=utf-8"}}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func client(w wire) *Client {
	return &Client{Root: "https://graph.example", HTTP: &http.Client{Transport: w}, Gate: NewGate(),
		Token: func(_ context.Context, refused string) (string, error) { return refused + "token", nil }}
}

// TestRetryAfter holds every shape of the header, for the whole mailbox.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header string
		wait   time.Duration
	}{
		{"seconds", 429, "7", 7 * time.Second},
		{"broken seconds", 429, "2.128", 2128 * time.Millisecond},
		{"a date", 503, "Mon, 05 Jan 2026 10:00:30 GMT", 30 * time.Second},
		{"a date that is past", 429, "Mon, 05 Jan 2026 09:00:00 GMT", 0},
		{"negative", 429, "-5", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				cl := client(func(*http.Request) (*http.Response, error) {
					if tries++; tries == 1 {
						return answer(c.status, `{"error":{"code":"TooManyRequests"}}`, "Retry-After", c.header, "Date", "Mon, 05 Jan 2026 10:00:00 GMT"), nil
					}
					return answer(200, `{"displayName":"Anna"}`), nil
				})
				start := time.Now()
				if _, err := cl.Me(t.Context()); err != nil {
					t.Fatal(err)
				}
				waited := time.Since(start)
				if c.wait == 0 { // then the client's own pause
					if waited <= 0 || waited > 5*time.Second {
						t.Errorf("waited %v, want a pause of its own", waited)
					}
				} else if waited != c.wait {
					t.Errorf("waited %v, want %v", waited, c.wait)
				}
			})
		})
	}
}

func TestRetryAfterHoldsTheWholeMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first atomic.Bool
		var mu sync.Mutex
		var at []time.Duration
		start := time.Now()
		cl := client(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			at = append(at, time.Since(start))
			mu.Unlock()
			if first.CompareAndSwap(false, true) {
				return answer(429, ``, "Retry-After", "20"), nil
			}
			return answer(200, `{}`), nil
		})
		var group sync.WaitGroup
		group.Go(func() { _, _ = cl.Me(t.Context()) })
		synctest.Wait()
		for range 5 {
			group.Go(func() { _, _ = cl.Me(t.Context()) })
		}
		group.Wait()
		for i, d := range at[1:] {
			if d < 20*time.Second {
				t.Errorf("request %d went out after %v, inside the pause", i+1, d)
			}
		}
	})
}

// slowBody takes its time before it ends.
type slowBody struct {
	io.ReadCloser
	pause time.Duration
}

func (b slowBody) Read(p []byte) (int, error) {
	time.Sleep(b.pause)
	return b.ReadCloser.Read(p)
}

// TestAPauseBeginsWithItsHeader lets the refusal's body dawdle: what is asked
// meanwhile is held all the same, and no longer than was named.
func TestAPauseBeginsWithItsHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Duration
		start := time.Now()
		cl := client(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(start))
			if len(at) > 1 {
				return answer(200, `{}`), nil
			}
			refusal := answer(429, ``, "Retry-After", "20")
			refusal.Body = slowBody{refusal.Body, 5 * time.Second}
			return refusal, nil
		})
		var group sync.WaitGroup
		group.Go(func() { _, _ = cl.Me(t.Context()) })
		synctest.Wait()
		_, _ = cl.Me(t.Context())
		group.Wait()
		for _, d := range at[1:] {
			if d != 20*time.Second {
				t.Errorf("a request went out after %v, want 20s", d)
			}
		}
	})
}

func TestThreeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		cl := client(func(*http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return answer(200, `{}`), nil
		})
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() { _, _ = cl.Me(t.Context()) })
		}
		group.Wait()
		if most.Load() != 3 {
			t.Errorf("%d requests at a time, want 3", most.Load())
		}
	})
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		first func() (*http.Response, error)
	}{
		{"cut off", func() (*http.Response, error) { return answer(200, `{"displayName":"An`), nil }},
		{"a web page", func() (*http.Response, error) {
			return answer(200, `<html>sign in to the network</html>`, "Content-Type", "text/html"), nil
		}},
		{"no answer", func() (*http.Response, error) { return nil, errors.New("connection refused") }},
		{"an empty 503", func() (*http.Response, error) { return answer(503, ""), nil }},
		{"504", func() (*http.Response, error) { return answer(504, `{"error":{"code":"UnknownError"}}`), nil }},
		{"500", func() (*http.Response, error) {
			return answer(500, `{"error":{"code":"ErrorInternalServerError"}}`), nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				cl := client(func(*http.Request) (*http.Response, error) {
					if tries++; tries == 1 {
						return c.first()
					}
					return answer(200, `{"displayName":"Anna"}`), nil
				})
				if me, err := cl.Me(t.Context()); err != nil || me.Name != "Anna" || tries != 2 {
					t.Errorf("%+v, %v after %d tries", me, err, tries)
				}
			})
		})
	}
}

func TestWhatStaysIsNotTriedAgain(t *testing.T) {
	for status, code := range map[int]string{400: "ErrorInvalidRequest", 403: "ErrorAccessDenied", 404: "ErrorItemNotFound", 410: "SyncStateNotFound", 501: "NotImplemented"} {
		tries := 0
		cl := client(func(*http.Request) (*http.Response, error) {
			tries++
			return answer(status, fmt.Sprintf(`{"error":{"code":"%s","message":"secret words","innerError":{"request-id":"x"}}}`, code), "Request-Id", "r1"), nil
		})
		_, err := cl.Me(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Status != status || !e.HasCode(strings.ToUpper(code)) || e.RequestID != "r1" || tries != 1 {
			t.Errorf("%d: %v after %d tries", status, err, tries)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: the error quotes Graph's message: %v", status, err)
		}
	}
}

func TestEndlessTroubleEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		cl := client(func(*http.Request) (*http.Response, error) { tries++; return answer(503, ""), nil })
		if _, err := cl.Me(t.Context()); err == nil || tries != 6 {
			t.Errorf("%v after %d tries", err, tries)
		}
	})
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	var tokens []string
	cl := client(func(r *http.Request) (*http.Response, error) {
		tokens = append(tokens, r.Header.Get("Authorization"))
		if len(tokens) == 1 {
			return answer(401, `{"error":{"code":"InvalidAuthenticationToken"}}`), nil
		}
		return answer(200, `{}`), nil
	})
	if _, err := cl.Me(t.Context()); err != nil || len(tokens) != 2 || tokens[1] != "Bearer tokentoken" {
		t.Errorf("%v with %v", err, tokens)
	}
	always := client(func(*http.Request) (*http.Response, error) { return answer(401, ``), nil })
	var e *Error
	if _, err := always.Me(t.Context()); !errors.As(err, &e) || e.Status != 401 {
		t.Errorf("refused twice: %v", err)
	}
}

func TestTokensStayWithTheirHost(t *testing.T) {
	for _, link := range []string{"https://evil.example/v1.0/me", "http://graph.example/v1.0/me", "https://graph.example.evil.example/", "//evil.example/", "https://graph.example@evil.example/"} {
		asked := false
		cl := client(func(*http.Request) (*http.Response, error) { asked = true; return answer(200, `{}`), nil })
		if _, err := cl.Delta(t.Context(), "cal", link); err == nil || asked {
			t.Errorf("%s: followed (%v)", link, err)
		}
	}
}

func TestLinksAreFollowedAsTheyAre(t *testing.T) {
	const link = "https://graph.example/v1.0/me/calendars/A%3D/events/delta?$skiptoken=R0usm+cC%2BM&x=%20y"
	var got string
	cl := client(func(r *http.Request) (*http.Response, error) {
		got = r.URL.String()
		return answer(200, `{"value":[],"@odata.deltaLink":"https://graph.example/d"}`), nil
	})
	if p, err := cl.Delta(t.Context(), "A=", link); err != nil || got != link || p.Delta != "https://graph.example/d" {
		t.Errorf("%+v, %v from %s", p, err, got)
	}
}

func TestRequestsOfACursorAreAlike(t *testing.T) {
	var prefers []string
	var paths []string
	cl := client(func(r *http.Request) (*http.Response, error) {
		prefers = append(prefers, strings.Join(r.Header.Values("Prefer"), "|"))
		paths = append(paths, r.URL.EscapedPath())
		return answer(200, `{"value":[],"@odata.deltaLink":"https://graph.example/x"}`), nil
	})
	for _, link := range []string{"", "https://graph.example/v1.0/next", "https://graph.example/v1.0/delta"} {
		if _, err := cl.Delta(t.Context(), "A/B+C=", link); err != nil {
			t.Fatal(err)
		}
	}
	if prefers[0] != prefers[1] || prefers[1] != prefers[2] || !strings.Contains(prefers[0], `outlook.timezone="UTC"`) || !strings.Contains(prefers[0], `IdType="ImmutableId"`) {
		t.Errorf("Prefer differs: %v", prefers)
	}
	if paths[0] != "/v1.0/me/calendars/A%2FB+C=/events/delta" {
		t.Errorf("path %s", paths[0])
	}
}

func TestHeldGatesLetGoOfCancelledRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate()
		g.Hold(20 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := g.Enter(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		g.Hold(time.Second) // a shorter hold does not open it
		if time.Until(g.Held()) < 9*time.Second {
			t.Error("a shorter pause replaced a longer one")
		}
	})
}

// TestLongPausesAreNotWaitedOut: who asked is told at once; the mailbox rests
// all the same, to the second, and nothing is sent meanwhile.
func TestLongPausesAreNotWaitedOut(t *testing.T) {
	for header, want := range map[string]time.Duration{"300": 5 * time.Minute, "7200.5": 2*time.Hour + 500*time.Millisecond, "99999999": 6 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			cl := client(func(*http.Request) (*http.Response, error) {
				if sent++; sent == 1 {
					return answer(429, ``, "Retry-After", header), nil
				}
				return answer(200, `{}`), nil
			})
			start := time.Now()
			var e *Error
			for range 3 {
				if _, err := cl.Me(t.Context()); !errors.As(err, &e) || e.Class() != Throttled || e.RetryAfter != want {
					t.Errorf("%s: %v", header, err)
				}
			}
			if waited := time.Since(start); waited != 0 || sent != 1 {
				t.Errorf("%s: waited %v, sent %d requests", header, waited, sent)
			}
			time.Sleep(want)
			if _, err := cl.Me(t.Context()); err != nil || sent != 2 {
				t.Errorf("%s: after the pause %v, %d requests", header, err, sent)
			}
		})
	}
}

// TestMailboxes: a named mailbox is read below its own path, with the name as
// one segment of it.
func TestMailboxes(t *testing.T) {
	for user, want := range map[string]string{
		"":                        "/v1.0/me/calendars/A%2FB/events/delta",
		"o'hara@contoso.example":  "/v1.0/users/o%27hara@contoso.example/calendars/A%2FB/events/delta",
		"../me?$select=secret#%2": "/v1.0/users/..%2Fme%3F$select=secret%23%252/calendars/A%2FB/events/delta",
	} {
		var got string
		cl := client(func(r *http.Request) (*http.Response, error) {
			got = r.URL.EscapedPath()
			return answer(200, `{"value":[],"@odata.deltaLink":"https://graph.example/x"}`), nil
		})
		cl.User = user
		if _, err := cl.Delta(t.Context(), "A/B", ""); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("mailbox of %q is read at %s, want %s", user, got, want)
		}
	}
}

// TestGroupsThatFail: a server that cannot tell of groups of calendars takes
// nothing from the mailbox's own list; one that is busy is waited for.
func TestGroupsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		groups := answerTo{500, `{"error":{"code":"ErrorInternalServerError","message":"no"}}`}
		cl := client(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.URL.Path, "calendarGroups") {
				return answer(groups.status, groups.body), nil
			}
			return answer(200, `{"value":[{"id":"A","name":"Calendar"}]}`), nil
		})
		if list, err := cl.Calendars(t.Context(), true); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
		groups = answerTo{503, ""}
		if list, err := cl.Calendars(t.Context(), true); err == nil {
			t.Errorf("a busy server's silence passes for no groups: %v", list)
		}
	})
}

type answerTo struct {
	status int
	body   string
}
