package graphsync

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"calbridge/bridge"
)

// browserTime is how long a person may take in the browser.
const browserTime = 15 * time.Minute

// SignInBrowser signs a person in through a browser: authorization code with
// PKCE and a redirect to this machine (RFC 8252 §7.3, RFC 7636). show gets the
// address to open. The browser comes back to listener, which has to be on
// loopback; where it runs on another machine, the address at which it ends is
// taken from pasted. The rest is as with [SignIn]. The listener is closed.
func SignInBrowser(ctx context.Context, r bridge.Registration, hc *http.Client, listener net.Listener,
	show func(address string), pasted <-chan string) (bridge.Account, []byte, error) {
	ctx, cancel := context.WithTimeout(asking(ctx, hc), browserTime)
	defer cancel()
	b := newBrowser(r, listener)
	server := &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	show(b.address())
	answer, err := b.wait(ctx, pasted)
	if err != nil {
		return bridge.Account{}, nil, err
	}
	token, err := b.cfg.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(b.verifier))
	if err != nil {
		return bridge.Account{}, nil, signInFault(r, err)
	}
	return identify(ctx, r, hc, token)
}

// browser is one sign-in that waits for its answer.
type browser struct {
	registration    bridge.Registration
	cfg             *oauth2.Config
	state, verifier string
	answers         chan url.Values
}

// newBrowser prepares the redirect. Microsoft compares its path with the
// registered http://localhost and leaves out the port.
func newBrowser(r bridge.Registration, l net.Listener) *browser {
	b := &browser{registration: r, cfg: config(r), state: rand.Text(), verifier: oauth2.GenerateVerifier(), answers: make(chan url.Values, 1)}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	b.cfg.RedirectURL = "http://localhost:" + port
	return b
}

// address is what the person opens. Without select_account a browser that is
// signed in already would connect that account without asking.
func (b *browser) address() string {
	return b.cfg.AuthCodeURL(b.state, oauth2.S256ChallengeOption(b.verifier),
		oauth2.SetAuthURLParam("response_mode", "query"), oauth2.SetAuthURLParam("prompt", "select_account"))
}

// ours reports whether an answer belongs to this sign-in.
func (b *browser) ours(answer url.Values) bool {
	return subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(b.state)) == 1 &&
		(answer.Get("code") != "" || answer.Get("error") != "")
}

// ServeHTTP takes the browser's answer.
func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	answer := r.URL.Query()
	if r.Method != http.MethodGet || !b.ours(answer) {
		http.Error(w, "This is not the answer that calbridge waits for.", http.StatusBadRequest)
		return
	}
	select {
	case b.answers <- answer:
	default: // told again: the first counts
	}
	fmt.Fprintln(w, "calbridge has the answer. You may close this window.")
}

// wait returns the answer, from the browser or pasted.
func (b *browser) wait(ctx context.Context, pasted <-chan string) (answer url.Values, err error) {
	for answer == nil {
		select {
		case answer = <-b.answers:
		case text := <-pasted:
			if answer, err = b.read(text); err != nil {
				return nil, err
			}
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, &bridge.Fault{Kind: bridge.SignIn, What: "nobody signed in within 15 minutes", Fix: "run  calbridge login  again"}
			}
			return nil, ctx.Err()
		}
	}
	if name := answer.Get("error"); name != "" {
		return nil, refusal(b.registration, name, numberIn(answer.Get("error_description")))
	}
	return answer, nil
}

// read takes the address at which the browser ended, or its query alone.
func (b *browser) read(text string) (url.Values, error) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[i+1:]
	}
	text, _, _ = strings.Cut(text, "#")
	answer, err := url.ParseQuery(text)
	if err != nil || !b.ours(answer) {
		return nil, &bridge.Fault{Kind: bridge.SignIn, What: "that is not the address at which this sign-in ends",
			Why: "it begins with http://localhost and holds code and state", Fix: "run  calbridge login --browser  again and copy the whole address"}
	}
	return answer, nil
}
