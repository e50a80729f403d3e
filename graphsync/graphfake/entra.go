package graphfake

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Codes of Entra ID's errors that the emulator gives by itself.
const (
	codePending      = 70016
	codeSlowDown     = 70036
	codeExpired      = 70020
	codeDeclined     = 70018
	codeBadDevice    = 70019
	codeInactive     = 700082
	codePassword     = 50173
	codeBadGrant     = 9002313
	codeUnknownApp   = 700016
	codeNoSecret     = 7000218
	codeWrongSecret  = 7000215
	codeRedeemed     = 54005
	codeBadVerifier  = 501481
	codeUnknownGrant = 70003
	codeMissingParam = 900144
	codeAdminConsent = 90094
)

// signErrors gives error and text to AADSTS codes.
var signErrors = map[int]struct{ name, text string }{
	codePending:      {"authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
	codeSlowDown:     {"slow_down", "OAuth 2.0 device flow error. The client polls too fast."},
	codeExpired:      {"expired_token", "OAuth 2.0 device flow error. The device_code expired. Start a new flow."},
	codeDeclined:     {"authorization_declined", "OAuth 2.0 device flow error. The end user denied the request."},
	codeBadDevice:    {"bad_verification_code", "OAuth 2.0 device flow error. The device_code is not recognised."},
	codeInactive:     {"invalid_grant", "The refresh token has expired due to inactivity."},
	codePassword:     {"invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password."},
	50076:            {"invalid_grant", "Due to a configuration change made by your administrator, you must use multi-factor authentication to access the resource."},
	53003:            {"invalid_grant", "Access has been blocked by Conditional Access policies."},
	65001:            {"invalid_grant", "The user or administrator has not consented to use the application."},
	codeAdminConsent: {"invalid_grant", "An administrator must grant this application permissions before you can use it."},
	codeBadGrant:     {"invalid_grant", "Invalid request. The refresh token or code is malformed or not valid."},
	codeUnknownApp:   {"unauthorized_client", "Application was not found in the directory."},
	codeNoSecret:     {"invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
	codeWrongSecret:  {"invalid_client", "Invalid client secret provided."},
	codeRedeemed:     {"invalid_grant", "OAuth2 Authorization code was already redeemed."},
	codeBadVerifier:  {"invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
	codeUnknownGrant: {"unsupported_grant_type", "The app returned an unsupported grant type."},
	codeMissingParam: {"invalid_request", "The request body must contain a required parameter that is missing."},
	90033:            {"temporarily_unavailable", "A transient error has occurred. Please try again."},
}

// FailSignIn makes the token endpoint answer every request with an AADSTS
// code, until it is called with 0. Codes that it does not know are
// invalid_grant.
func (s *Server) FailSignIn(code int) {
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	s.sign.failing = code
}

// serveSignIn answers /{tenant}/oauth2/v2.0/….
func (s *Server) serveSignIn(w http.ResponseWriter, r *http.Request) {
	endpoint := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	w.Header().Set("Cache-Control", "no-store, no-cache")
	switch {
	case endpoint == "authorize" && (r.Method == http.MethodGet || r.Method == http.MethodPost):
		s.serveAuthorize(w, r)
	case r.Method != http.MethodPost:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case endpoint == "devicecode":
		s.serveDeviceCode(w, r)
	case endpoint == "token":
		s.serveToken(w, r)
	default:
		http.NotFound(w, r)
	}
}

// checkClient returns the code of what is wrong with the app, 0 for nothing.
func (s *Server) checkClient(r *http.Request) int {
	id, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	opt := &s.opt.Sign
	switch {
	case id == "":
		return codeMissingParam
	case len(opt.ClientIDs) > 0 && !slices.Contains(opt.ClientIDs, id):
		return codeUnknownApp
	case secret != "" && secret != opt.ClientSecret:
		return codeWrongSecret
	case secret == "" && opt.PublicFlowsOff:
		return codeNoSecret
	}
	return 0
}

// serveToken answers the token endpoint.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	code := s.sign.failing
	if code == 0 {
		code = s.checkClient(r)
	}
	var g *grant
	if code == 0 {
		g, code = s.redeem(r)
	}
	if code != 0 {
		s.signError(w, code)
		return
	}
	s.signAnswer(w, http.StatusOK, s.tokenAnswer(g, s.issue(g)))
}

// redeem turns what the request brings into a grant. The caller holds the lock.
func (s *Server) redeem(r *http.Request) (*grant, int) {
	switch r.PostFormValue("grant_type") {
	case "urn:ietf:params:oauth:grant-type:device_code", "device_code":
		return s.redeemDevice(r)
	case "refresh_token":
		return s.redeemRefresh(r)
	case "authorization_code":
		return s.redeemCode(r)
	case "client_credentials":
		if s.opt.Sign.ClientSecret == "" || r.PostFormValue("client_secret") == "" {
			return nil, codeNoSecret
		}
		return &grant{client: r.PostFormValue("client_id"), scopes: []string{".default"}}, 0
	}
	return nil, codeUnknownGrant
}

// redeemRefresh takes a refresh token, which stays good beside the new one.
func (s *Server) redeemRefresh(r *http.Request) (*grant, int) {
	g := s.sign.refresh[r.PostFormValue("refresh_token")]
	now := s.opt.Now()
	switch {
	case g == nil || g.client != r.PostFormValue("client_id"):
		return nil, codeBadGrant
	case g.revoked:
		return nil, codePassword
	case now.After(g.used.Add(s.opt.Sign.RefreshLife)):
		return nil, codeInactive
	}
	g.used = now
	narrowed := *g
	if scope := strings.Fields(r.PostFormValue("scope")); len(scope) > 0 {
		narrowed.scopes = scope
		if !slices.Contains(scope, "offline_access") {
			narrowed.scopes = append(scope, "offline_access")
		}
	}
	return &narrowed, 0
}

// tokenAnswer writes the body of a token answer.
func (s *Server) tokenAnswer(g *grant, t Tokens) object {
	var echoed []string
	for _, name := range g.scopes {
		if name != "offline_access" && name != "openid" && name != "profile" {
			echoed = append(echoed, name)
		}
	}
	life := int(s.opt.Sign.AccessLife / time.Second)
	o := object{
		{"token_type", "Bearer"},
		{"scope", strings.Join(echoed, " ")},
		{"expires_in", life},
		{"ext_expires_in", life},
		{"access_token", t.Access},
	}
	if t.Refresh != "" {
		o.set("refresh_token", t.Refresh)
	}
	if g.mb != nil && slices.Contains(g.scopes, "openid") {
		o.set("id_token", s.idToken(g))
	}
	return o
}

// idToken writes a JWT with the claims of a work account and no signature.
func (s *Server) idToken(g *grant) string {
	now := int(s.opt.Now().Unix())
	part := func(o object) string { return base64.RawURLEncoding.EncodeToString(appendValue(nil, o)) }
	return part(object{{"typ", "JWT"}, {"alg", "none"}}) + "." + part(object{
		{"aud", g.client},
		{"iss", "https://login.microsoftonline.com/" + tenantID + "/v2.0"},
		{"iat", now}, {"nbf", now}, {"exp", now + 3600},
		{"name", g.mb.info.Name},
		{"oid", g.mb.guid},
		{"preferred_username", g.mb.info.Address},
		{"sub", g.mb.guid},
		{"tid", tenantID},
		{"ver", "2.0"},
	}) + "."
}

// tenantID is the directory of everybody here.
const tenantID = "84bd8158-6d4d-4958-8b9f-9d6445542f95"

// signError answers with an AADSTS code.
func (s *Server) signError(w http.ResponseWriter, code int) {
	e, ok := signErrors[code]
	if !ok {
		e.name, e.text = "invalid_grant", "The sign-in failed."
	}
	stamp := s.opt.Now().UTC().Format("2006-01-02 15:04:05Z")
	trace, correlation := newGUID(), newGUID()
	s.signAnswer(w, http.StatusBadRequest, object{
		{"error", e.name},
		{"error_description", fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", code, e.text, trace, correlation, stamp)},
		{"error_codes", list{code}},
		{"timestamp", stamp},
		{"trace_id", trace},
		{"correlation_id", correlation},
		{"error_uri", fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", code)},
	})
}

func (s *Server) signAnswer(w http.ResponseWriter, status int, v object) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(appendValue(nil, v)) // a reader that left is not our trouble
}
