package graphsync

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"calbridge/bridge"
)

// grant is what an account's access tokens come from. One request for one is under
// way at a time.
type grant struct {
	account      bridge.AccountID
	registration bridge.Registration
	hc           *http.Client
	secrets      Secrets
	now          func() time.Time

	mu   sync.Mutex
	last *oauth2.Token
	dead string // a secret or refresh token that was refused, with
	why  error  // what was said then
}

// good reports whether the last token can still be shown.
func (g *grant) good(refused string) bool { return usable(g.last, refused, g.now()) }

// refused says what a refusal of a secret means, and remembers a final one.
func (g *grant) refused(secret string, err error) error {
	err = signInFault(g.registration, err)
	if final(err) {
		g.dead, g.why = secret, err
	}
	return err
}

// tokens gives the access token of an account that a person signed in to. The
// refresh token that comes with a new one is on disk before anything is done with
// it: a rotation that is lost signs the account out.
type tokens struct{ *grant }

// margin is how long before its end a token is no longer used; of one that
// lives for minutes only, a quarter of its life.
const margin = 2 * time.Minute

// Token returns an access token other than refused.
func (t *tokens) Token(ctx context.Context, refused string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.good(refused) {
		if err := t.load(ctx); err != nil {
			return "", err
		}
	}
	if t.good(refused) {
		return t.last.AccessToken, nil
	}
	if err := t.renew(ctx); err != nil {
		return "", err
	}
	return t.last.AccessToken, nil
}

// usable reports whether a token can still be shown.
func usable(t *oauth2.Token, refused string, now time.Time) bool {
	if t == nil || t.AccessToken == "" || t.AccessToken == refused {
		return false
	}
	early := margin
	if life := time.Duration(t.ExpiresIn) * time.Second; life > 0 {
		early = min(early, life/4)
	}
	return t.Expiry.IsZero() || now.Add(early).Before(t.Expiry)
}

// dated sets when a new token ends by the clock that decides whether it has.
func dated(t *oauth2.Token, now time.Time) *oauth2.Token {
	if t.ExpiresIn > 0 {
		t.Expiry = now.Add(time.Duration(t.ExpiresIn) * time.Second)
	}
	return t
}

// final reports whether asking again with the same secret is of no use.
func final(err error) bool {
	kind := bridge.KindOf(err)
	return kind == bridge.SignIn || kind == bridge.Consent
}

// load reads the stored token: someone may have signed in again meanwhile.
func (t *tokens) load(ctx context.Context) error {
	text, err := t.secrets.Load(ctx, t.account)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return &bridge.Fault{Kind: bridge.SignIn, What: "the account is not signed in", Fix: "run  calbridge login"}
	}
	token := new(oauth2.Token)
	if err := json.Unmarshal(text, token); err != nil {
		return fmt.Errorf("graphsync: the stored token is damaged: %w", err)
	}
	t.last = token
	return nil
}

func (t *tokens) renew(ctx context.Context) error {
	if t.dead != "" && t.dead == t.last.RefreshToken {
		return t.why
	}
	token, err := config(t.registration).TokenSource(asking(ctx, t.hc), &oauth2.Token{RefreshToken: t.last.RefreshToken}).Token()
	if err != nil {
		return t.refused(t.last.RefreshToken, err)
	}
	text, err := json.Marshal(dated(token, t.now()))
	if err != nil {
		return fmt.Errorf("graphsync: encode token: %w", err)
	}
	if err := t.secrets.Save(ctx, t.account, text); err != nil {
		return fmt.Errorf("graphsync: the renewed sign-in cannot be kept: %w", err)
	}
	t.last = token
	return nil
}
