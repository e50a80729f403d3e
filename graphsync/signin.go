package graphsync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// Scopes are what calbridge asks for: to read the user's calendars, to know
// whose they are and in which zone, and to go on doing so.
var Scopes = []string{"offline_access", "User.Read", "Calendars.Read", "MailboxSettings.Read"}

// config returns the OAuth endpoints of a registration.
func config(r bridge.Registration) *oauth2.Config {
	base := strings.TrimSuffix(r.LoginURL, "/") + "/" + r.Tenant + "/oauth2/v2.0/"
	return &oauth2.Config{ClientID: r.ClientID, Scopes: scopes(r), Endpoint: oauth2.Endpoint{
		AuthURL: base + "authorize", TokenURL: base + "token", DeviceAuthURL: base + "devicecode",
		AuthStyle: oauth2.AuthStyleInParams, // a public client has nothing to put in a header
	}}
}

// signInTime bounds one request to the sign-in service. All of an account's
// requests wait for the one that renews its token.
const signInTime = time.Minute

// asking is the context of a request to the sign-in service, made with hc.
// Redirects are not followed: Microsoft sends none, and one would take codes and
// tokens along to wherever it leads.
func asking(ctx context.Context, hc *http.Client) context.Context {
	bounded := *cmp.Or(hc, http.DefaultClient)
	bounded.Timeout = signInTime
	bounded.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return context.WithValue(ctx, oauth2.HTTPClient, &bounded)
}

// SharedScope is what reading in another person's mailbox takes besides.
const SharedScope = "Calendars.Read.Shared"

// scopes spells the scopes for a cloud: a bare name means global Graph.
func scopes(r bridge.Registration) []string {
	list := slices.Clone(Scopes)
	if r.Shared {
		list = append(list, SharedScope)
	}
	if r.Cloud == "" || r.Cloud == "global" {
		return list
	}
	for i, s := range list {
		if s != "offline_access" {
			list[i] = strings.TrimSuffix(r.GraphURL, "/") + "/" + s
		}
	}
	return list
}

// Code is what a person enters at Address to sign in.
type Code struct {
	Text    string
	Address string
	Expires time.Time
}

// SignIn signs a person in by device code (RFC 8628): show gets the code, then
// SignIn waits until it was entered. It returns the account, without user and
// id, and its token to be sealed.
func SignIn(ctx context.Context, r bridge.Registration, hc *http.Client, show func(Code)) (bridge.Account, []byte, error) {
	ctx = asking(ctx, hc)
	cfg := config(r)
	code, err := cfg.DeviceAuth(ctx)
	if err != nil {
		return bridge.Account{}, nil, signInFault(r, err)
	}
	show(Code{Text: code.UserCode, Address: code.VerificationURI, Expires: code.Expiry})
	token, err := cfg.DeviceAccessToken(ctx, code)
	if err != nil {
		return bridge.Account{}, nil, signInFault(r, err)
	}
	return identify(ctx, r, hc, token)
}

// identify asks whose token it is.
func identify(ctx context.Context, r bridge.Registration, hc *http.Client, token *oauth2.Token) (bridge.Account, []byte, error) {
	if token.RefreshToken == "" {
		return bridge.Account{}, nil, &bridge.Fault{Kind: bridge.Consent, What: "Microsoft gave no lasting sign-in",
			Why: "the permission offline_access was not granted", Fix: "add it to the app registration and sign in again"}
	}
	client := &graph.Client{Root: r.GraphURL, HTTP: hc, Gate: graph.NewGate(),
		Token: func(context.Context, string) (string, error) { return token.AccessToken, nil }}
	me, err := client.Me(ctx)
	if err != nil {
		return bridge.Account{}, nil, faultOf(err)
	}
	secret, err := json.Marshal(token)
	if err != nil {
		return bridge.Account{}, nil, fmt.Errorf("graphsync: encode token: %w", err)
	}
	return bridge.Account{Kind: "graph", Address: me.Address(), Name: me.Name, Registration: r}, secret, nil
}
