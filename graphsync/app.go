package graphsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// appSecret is what is sealed of an account that no person signed in to.
type appSecret struct {
	Secret string `json:"client_secret"`
}

// SignInApp connects a mailbox by the app's own permission, which an
// administrator gave (OAuth 2.0 client credentials, RFC 6749 §4.4). It returns
// the account, without user and id, and the secret to be sealed.
func SignInApp(ctx context.Context, r bridge.Registration, hc *http.Client, address, secret string) (bridge.Account, []byte, error) {
	token, err := appConfig(r, secret).Token(asking(ctx, hc))
	if err != nil {
		return bridge.Account{}, nil, signInFault(r, err)
	}
	a := bridge.Account{Kind: "graph", Address: address, Mailbox: address, Registration: r}
	client := &graph.Client{Root: r.GraphURL, HTTP: hc, Gate: graph.NewGate(), User: address,
		Token: func(context.Context, string) (string, error) { return token.AccessToken, nil }}
	switch me, err := client.Me(ctx); {
	case err == nil:
		// Addresses change, ids do not.
		a.Mailbox, a.Name, a.Address = me.ID, me.Name, me.Address()
	case bridge.KindOf(faultOf(err)) == bridge.Denied: // User.Read.All is not needed
		if _, err := client.Calendars(ctx, true); err != nil {
			return bridge.Account{}, nil, appFault(err, address)
		}
	default:
		return bridge.Account{}, nil, appFault(err, address)
	}
	text, err := json.Marshal(appSecret{secret})
	if err != nil {
		return bridge.Account{}, nil, fmt.Errorf("graphsync: encode secret: %w", err)
	}
	return a, text, nil
}

// appFault says what an app that may not read a mailbox lacks.
func appFault(err error, address string) error {
	var e *graph.Error
	if !errors.As(err, &e) {
		return faultOf(err)
	}
	switch e.Status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return &bridge.Fault{Kind: bridge.Consent, What: "the app may not read the calendars of " + address, Code: e.Describe(), Err: e,
			Why: "it lacks the application permission Calendars.Read, or a policy keeps it from this mailbox",
			Fix: "in the registration add Calendars.Read under Application permissions, have an administrator grant consent, and check the application access policies"}
	case http.StatusNotFound:
		return &bridge.Fault{Kind: bridge.Absent, What: "the directory has no mailbox " + address, Code: e.Describe(), Err: e,
			Fix: "check the address, and --tenant"}
	}
	return faultOf(err)
}

func appConfig(r bridge.Registration, secret string) *clientcredentials.Config {
	return &clientcredentials.Config{ClientID: r.ClientID, ClientSecret: secret, TokenURL: config(r).Endpoint.TokenURL,
		Scopes: []string{strings.TrimSuffix(r.GraphURL, "/") + "/.default"}, AuthStyle: oauth2.AuthStyleInParams}
}

// appTokens gives the access token of an account that no person signed in to.
type appTokens struct{ *grant }

// Token returns an access token other than refused.
func (t *appTokens) Token(ctx context.Context, refused string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.good(refused) {
		return t.last.AccessToken, nil
	}
	text, err := t.secrets.Load(ctx, t.account)
	if err != nil {
		return "", err
	}
	var kept appSecret
	if err := json.Unmarshal(text, &kept); err != nil || kept.Secret == "" {
		return "", &bridge.Fault{Kind: bridge.SignIn, What: "the client secret of the account is missing", Fix: again, Err: err}
	}
	if t.dead == kept.Secret {
		return "", t.why
	}
	token, err := appConfig(t.registration, kept.Secret).Token(asking(ctx, t.hc))
	if err != nil {
		return "", t.refused(kept.Secret, err)
	}
	t.last = dated(token, t.now())
	return token.AccessToken, nil
}
