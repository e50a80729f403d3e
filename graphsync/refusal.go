package graphsync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"calbridge/bridge"
)

// again is what to do where only the sign-in itself is over.
const again = "run  calbridge login"

// signInFault tells what a refusal of the sign-in service means. What kind it
// is follows from the error's name, as Microsoft wants it; its number only
// chooses the words, but for those that no new sign-in can help.
func signInFault(r bridge.Registration, err error) error {
	var e *oauth2.RetrieveError
	if errors.Is(err, context.Canceled) {
		return err
	}
	if !errors.As(err, &e) {
		return &bridge.Fault{Kind: bridge.Retry, What: "Microsoft's sign-in cannot be reached", Why: "no usable answer came over the network",
			Fix: "check the network and try again", Err: err}
	}
	f := refusal(r, e.ErrorCode, aadsts(e))
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
	return numberIn(e.ErrorDescription)
}

// numberIn finds the number in a description, which begins with it.
func numberIn(text string) string {
	i := strings.Index(text, "AADSTS")
	if i < 0 {
		return ""
	}
	end := i + len("AADSTS")
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	return bridge.Excerpt(text[i:end])
}

// refusal puts a refusal into words.
func refusal(r bridge.Registration, name, number string) *bridge.Fault {
	f := byName(name)
	f.Code = strings.TrimSpace(bridge.Excerpt(name) + " " + number)
	n, known := numbers[number]
	if !known {
		return f
	}
	f.Kind = cmp.Or(n.kind, f.Kind)
	f.Why, f.Fix = n.why, n.fix
	if n.kind == bridge.Consent {
		f.What = "Microsoft does not let calbridge in"
	}
	f.Fix = strings.ReplaceAll(f.Fix, "{link}", adminConsent(r))
	return f
}

// byName is what an error's name alone tells (RFC 6749 §5.2, RFC 8628 §3.5).
func byName(name string) *bridge.Fault {
	f := &bridge.Fault{Kind: bridge.SignIn, What: "Microsoft no longer accepts the sign-in", Fix: again}
	switch name {
	case "authorization_declined", "access_denied":
		f.What, f.Fix = "the sign-in was declined", "run  calbridge login  again and accept it"
	case "expired_token", "code_expired":
		f.What, f.Fix = "the code was not entered in time", "run  calbridge login  again"
	case "invalid_client", "unauthorized_client", "invalid_request", "bad_verification_code", "invalid_scope", "unsupported_grant_type":
		f.Kind, f.What, f.Fix = bridge.Consent, "Microsoft does not accept this app registration", "check client id and tenant; docs/microsoft.md leads through it"
	case "consent_required":
		f.Kind = bridge.Consent
	case "invalid_grant", "interaction_required", "login_required":
	default:
		f.Kind, f.What, f.Fix = bridge.Retry, "Microsoft's sign-in has trouble at the moment", "nothing to do; calbridge tries again"
	}
	return f
}

// number is what Microsoft's number of an error adds.
type number struct {
	kind bridge.Kind // "" leaves what the name told
	why  string
	fix  string
}

const (
	askAdmin = "send this address to an administrator of your organisation, who allows calbridge for you:  {link}"
	policy   = "ask the administrator of your organisation; signing in with  calbridge login --browser  on a computer of theirs may be allowed"
	consumer = "run  calbridge login --tenant consumers"
)

// numbers are the refusals that people meet (graph.md §1.6). Which of them a
// new sign-in helps, and which only somebody else, is their kind.
var numbers = map[string]number{
	"AADSTS7000218": {bridge.Consent, "the app registration does not allow sign-in without a secret", `in the registration, under Authentication, set "Allow public client flows" to Yes`},
	"AADSTS700016":  {bridge.Consent, "Microsoft does not know this app in that directory", "check the client id, and with --tenant the directory that it is registered in"},
	"AADSTS50194":   {bridge.Consent, "the app is registered for one directory only", "run  calbridge login --tenant ID  with the directory (tenant) id of the registration"},
	"AADSTS9002331": {bridge.Consent, "the app is registered for personal accounts only", consumer},
	"AADSTS9002346": {bridge.Consent, "the app is registered for personal accounts only", consumer},
	"AADSTS50020":   {bridge.Consent, "the account belongs to another directory than the app", "register the app for accounts in any directory, or sign in with an account of its own"},
	"AADSTS90002":   {bridge.Consent, "there is no such directory", "check --tenant"},
	"AADSTS7000215": {bridge.Consent, "the client secret is wrong", "copy the secret's value (not its id) from the registration into the secret file and run  calbridge login  again"},
	"AADSTS7000222": {bridge.Consent, "the client secret has expired", "make a new one in the registration, put it into the secret file and run  calbridge login  again"},
	"AADSTS700025":  {bridge.Consent, "the app is a public one and must not send a secret", "leave out microsoft.client_secret_file"},
	"AADSTS90094":   {bridge.Consent, "an administrator has to allow the app first", askAdmin},
	"AADSTS90095":   {bridge.Consent, "an administrator has to allow the app first", askAdmin},
	"AADSTS90008":   {bridge.Consent, "an administrator has to allow the app first", askAdmin},
	"AADSTS65001":   {bridge.Consent, "the permission was not given, or was taken back", "run  calbridge login  again and accept what is asked; where that is not offered, " + askAdmin},
	"AADSTS65004":   {bridge.SignIn, "what calbridge asks for was not accepted", "run  calbridge login  again and accept it: it asks to read calendars, nothing else"},
	"AADSTS50105":   {bridge.Consent, "the account is not assigned to the app", "ask the administrator of your organisation to assign it to you"},
	"AADSTS53000":   {bridge.Consent, "a policy of your organisation wants a managed device", policy},
	"AADSTS53001":   {bridge.Consent, "a policy of your organisation wants a device that is joined to it", policy},
	"AADSTS53002":   {bridge.Consent, "a policy of your organisation allows approved apps only", policy},
	"AADSTS53003":   {bridge.Consent, "a policy of your organisation forbids this sign-in", policy},
	"AADSTS53004":   {bridge.Consent, "a second factor has to be set up first", "sign in to Outlook in a browser, follow what it asks, then run  calbridge login"},
	"AADSTS530033":  {bridge.Consent, "a policy of your organisation forbids sign-in by code", "run  calbridge login --browser"},
	"AADSTS50173":   {bridge.SignIn, "the password was changed", again},
	"AADSTS50133":   {bridge.SignIn, "the password was changed", again},
	"AADSTS700082":  {bridge.SignIn, "the sign-in was not used for 90 days", again},
	"AADSTS70008":   {bridge.SignIn, "the sign-in was not used for too long", again},
	"AADSTS50076":   {bridge.SignIn, "a second factor is now asked for", again},
	"AADSTS50078":   {bridge.SignIn, "the second factor has to be given again", again},
	"AADSTS50079":   {bridge.SignIn, "a second factor has to be set up now", again},
	"AADSTS54005":   {bridge.SignIn, "the answer of the browser was used already", "run  calbridge login  again"},
}

// adminConsent is where an administrator allows the app for everybody.
func adminConsent(r bridge.Registration) string {
	tenant := r.Tenant
	if tenant == "common" || tenant == "consumers" {
		tenant = "organizations"
	}
	q := url.Values{"client_id": {r.ClientID}, "redirect_uri": {"http://localhost"},
		"scope": {strings.TrimSuffix(r.GraphURL, "/") + "/Calendars.Read"}}
	return strings.TrimSuffix(r.LoginURL, "/") + "/" + tenant + "/v2.0/adminconsent?" + q.Encode()
}
