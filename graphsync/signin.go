package graphsync

import (
	"context"
	"encoding/json"
	"errors"
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

// scopes spells the scopes for a cloud: a bare name means global Graph.
func scopes(r bridge.Registration) []string {
	if r.Cloud == "" || r.Cloud == "global" {
		return Scopes
	}
	list := slices.Clone(Scopes)
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
	ctx = context.WithValue(ctx, oauth2.HTTPClient, hc)
	cfg := config(r)
	code, err := cfg.DeviceAuth(ctx)
	if err != nil {
		return bridge.Account{}, nil, signInFault(err)
	}
	show(Code{Text: code.UserCode, Address: code.VerificationURI, Expires: code.Expiry})
	token, err := cfg.DeviceAccessToken(ctx, code)
	if err != nil {
		return bridge.Account{}, nil, signInFault(err)
	}
	if token.RefreshToken == "" {
		return bridge.Account{}, nil, &bridge.Fault{Kind: bridge.Consent, What: "Microsoft gave no lasting sign-in",
			Why: "the permission offline_access was not granted", Fix: "add it to the app registration and sign in again"}
	}
	return identify(ctx, r, hc, token)
}

func identify(ctx context.Context, r bridge.Registration, hc *http.Client, token *oauth2.Token) (bridge.Account, []byte, error) {
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

// signInFault tells what a refusal of the sign-in service means. What is to be
// done follows from the error's name; its number only chooses the words.
func signInFault(err error) error {
	var e *oauth2.RetrieveError
	if errors.Is(err, context.Canceled) {
		return err
	}
	if !errors.As(err, &e) {
		return &bridge.Fault{Kind: bridge.Retry, What: "Microsoft's sign-in cannot be reached", Why: "no usable answer came over the network",
			Fix: "check the network and try again", Err: err}
	}
	number := aadsts(e)
	f := refusal(e.ErrorCode, number)
	f.Code = strings.TrimSpace(e.ErrorCode + " " + number)
	f.Err = fmt.Errorf("graphsync: token: HTTP %d", statusOf(e))
	return f
}

func statusOf(e *oauth2.RetrieveError) int {
	if e.Response == nil {
		return 0
	}
	return e.Response.StatusCode
}

// aadsts returns the number of an error of Microsoft's, as AADSTS50076.
func aadsts(e *oauth2.RetrieveError) string {
	var body struct {
		Codes []int `json:"error_codes"`
	}
	if json.Unmarshal(e.Body, &body) == nil && len(body.Codes) > 0 {
		return fmt.Sprintf("AADSTS%d", body.Codes[0])
	}
	if i := strings.Index(e.ErrorDescription, "AADSTS"); i >= 0 {
		number := strings.FieldsFunc(e.ErrorDescription[i:], func(r rune) bool { return r == ':' || r == ' ' || r == '\n' })
		return bridge.Excerpt(number[0])
	}
	return ""
}

// registrationFixes are the usual mistakes in a registration.
var registrationFixes = map[string][2]string{
	"AADSTS7000218": {"the app registration does not allow sign-in by code", `in the registration, under Authentication, set "Allow public client flows" to Yes`},
	"AADSTS700016":  {"Microsoft does not know this app in that directory", "check the client id, and the tenant that belongs to it"},
	"AADSTS50194":   {"the app is registered for one directory only", "run calbridge login with --tenant and the directory (tenant) id"},
	"AADSTS9002331": {"the app is registered for personal accounts only", "run calbridge login with --tenant consumers"},
	"AADSTS9002346": {"the app is registered for personal accounts only", "run calbridge login with --tenant consumers"},
	"AADSTS90094":   {"an administrator must allow the app", "ask the administrator of your organisation to grant consent to it"},
	"AADSTS90095":   {"an administrator must allow the app", "ask the administrator of your organisation to grant consent to it"},
	"AADSTS65001":   {"the permission was not given, or was taken back", "sign in again and accept what is asked; otherwise ask your administrator"},
	"AADSTS53003":   {"a policy of your organisation forbids this sign-in", "ask the administrator of your organisation"},
	"AADSTS50173":   {"the password was changed", "run  calbridge login"},
	"AADSTS700082":  {"the sign-in was not used for too long", "run  calbridge login"},
	"AADSTS50076":   {"a second factor is now asked for", "run  calbridge login"},
}

func refusal(code, number string) *bridge.Fault {
	f := &bridge.Fault{Kind: bridge.SignIn, What: "Microsoft no longer accepts the sign-in", Fix: "run  calbridge login"}
	switch code {
	case "authorization_declined", "access_denied":
		f.What, f.Fix = "the sign-in was declined", "run calbridge login again and accept it"
	case "expired_token", "code_expired":
		f.What, f.Fix = "the code was not entered in time", "run calbridge login again"
	case "invalid_client", "unauthorized_client", "invalid_request", "bad_verification_code":
		f.Kind, f.What, f.Fix = bridge.Consent, "Microsoft does not accept this app registration", "check client id and tenant"
	case "consent_required":
		f.Kind = bridge.Consent
	case "invalid_grant", "interaction_required", "login_required":
	default:
		f.Kind, f.What, f.Fix = bridge.Retry, "Microsoft's sign-in has trouble at the moment", "nothing to do; calbridge tries again"
	}
	if fix, ok := registrationFixes[number]; ok {
		f.Why, f.Fix = fix[0], fix[1]
		if strings.Contains(fix[0], "administrator") || strings.Contains(fix[0], "policy") {
			f.Kind = bridge.Consent
		}
	}
	return f
}
