package graphfake

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const allScopes = "offline_access openid User.Read Calendars.Read MailboxSettings.Read"

// form posts a form to the sign-in host.
func (f *fixture) form(endpoint string, pairs ...string) reply {
	f.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return f.do("POST", f.web.URL+"/common/oauth2/v2.0/"+endpoint, v.Encode(),
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

func (f *fixture) poll(deviceCode string) reply {
	f.t.Helper()
	return f.form("token", "grant_type", deviceGrant, "client_id", "app", "device_code", deviceCode)
}

// wantSign checks error and code of a sign-in answer; 0 is success.
func (r reply) wantSign(t *testing.T, name string, code string) reply {
	t.Helper()
	if name == "" {
		if r.status != 200 {
			t.Fatalf("got %d: %s", r.status, r.text)
		}
		return r
	}
	if r.status != 400 || r.body.text("error") != name || !strings.HasPrefix(r.body.text("error_description"), "AADSTS"+code+":") ||
		!strings.Contains(r.text, `"error_codes":[`+code+`]`) {
		t.Fatalf("got %d %s, want %s %s", r.status, r.text, name, code)
	}
	return r
}

func TestDeviceCode(t *testing.T) {
	f := start(t, Options{})
	begun := f.form("devicecode", "client_id", "app", "scope", allScopes).wantSign(t, "", "")
	if intOf(begun.body, "expires_in") != 900 || intOf(begun.body, "interval") != 5 || begun.body.text("verification_uri") != f.web.URL+"/devicelogin" {
		t.Errorf("answer: %s", begun.text)
	}
	secret, user := begun.body.text("device_code"), begun.body.text("user_code")
	if !strings.Contains(begun.body.text("message"), user) {
		t.Errorf("message: %s", begun.body.text("message"))
	}
	f.poll(secret).wantSign(t, "authorization_pending", "70016")
	f.clock.advance(time.Second)
	f.poll(secret).wantSign(t, "slow_down", "70036")
	f.clock.advance(5 * time.Second)
	f.poll(secret).wantSign(t, "authorization_pending", "70016")
	f.poll("nonsense").wantSign(t, "bad_verification_code", "70019")

	if got := f.srv.DeviceRequests(); len(got) != 1 || got[0].UserCode != user || got[0].ClientID != "app" {
		t.Errorf("requests: %+v", got)
	}
	f.noError(f.srv.ApproveDevice(" "+strings.ToLower(user[:4])+" "+user[4:], anna))
	f.clock.advance(5 * time.Second)
	got := f.poll(secret).wantSign(t, "", "").body
	if got.text("token_type") != "Bearer" || got.text("scope") != "User.Read Calendars.Read MailboxSettings.Read" || intOf(got, "expires_in") != 3599 {
		t.Errorf("tokens: %s", appendValue(nil, got))
	}
	if got.text("refresh_token") == "" || strings.Count(got.text("id_token"), ".") != 2 || strings.Contains(got.text("access_token"), ".") {
		t.Errorf("tokens: %s", appendValue(nil, got))
	}
	f.token = got.text("access_token")
	if me := f.ok(f.get("/me")).body; me.text("mail") != anna {
		t.Errorf("me: %s", appendValue(nil, me))
	}
	f.clock.advance(5 * time.Second)
	f.poll(secret).wantSign(t, "bad_verification_code", "70019")
}

func TestDeviceCodeEnds(t *testing.T) {
	f := start(t, Options{Sign: SignOptions{DeviceLife: 5 * time.Minute}})
	declined := f.form("devicecode", "client_id", "app", "scope", allScopes).body
	f.noError(f.srv.DeclineDevice(declined.text("user_code")))
	f.poll(declined.text("device_code")).wantSign(t, "authorization_declined", "70018")

	late := f.form("devicecode", "client_id", "app", "scope", allScopes).body
	if intOf(late, "expires_in") != 900 {
		t.Errorf("announced life: %v", late)
	}
	f.clock.advance(5*time.Minute + time.Second)
	f.poll(late.text("device_code")).wantSign(t, "expired_token", "70020")
	if err := f.srv.ApproveDevice(late.text("user_code"), anna); err == nil {
		t.Error("a dead code was approved")
	}
	if err := f.srv.ApproveDevice(late.text("user_code"), "nobody@contoso.example"); err == nil {
		t.Error("a stranger approved")
	}
}

func TestRefresh(t *testing.T) {
	f := start(t, Options{})
	first := f.srv.SignIn(anna, "app")
	refresh := func(token string) reply {
		return f.form("token", "grant_type", "refresh_token", "client_id", "app", "refresh_token", token)
	}
	second := refresh(first.Refresh).wantSign(t, "", "").body
	if second.text("refresh_token") == first.Refresh || second.text("access_token") == first.Access {
		t.Error("the tokens were not rotated")
	}
	refresh(first.Refresh).wantSign(t, "", "")
	refresh("nonsense").wantSign(t, "invalid_grant", "9002313")

	f.clock.advance(91 * 24 * time.Hour)
	refresh(second.text("refresh_token")).wantSign(t, "invalid_grant", "700082")

	third := f.srv.SignIn(anna, "app")
	f.srv.RevokeGrants(anna)
	r := refresh(third.Refresh).wantSign(t, "invalid_grant", "50173")
	for _, name := range []string{"timestamp", "trace_id", "correlation_id", "error_uri"} {
		if r.body.text(name) == "" {
			t.Errorf("the error has no %s: %s", name, r.text)
		}
	}
	f.token = third.Access
	f.ok(f.get("/me/calendars"))

	f.srv.FailSignIn(90094)
	refresh(f.srv.SignIn(anna, "app").Refresh).wantSign(t, "invalid_grant", "90094")
	f.srv.FailSignIn(0)
	refresh(f.srv.SignIn(anna, "app").Refresh).wantSign(t, "", "")
}

func TestRefreshNeedsOfflineAccess(t *testing.T) {
	f := start(t, Options{})
	if got := f.srv.SignIn(anna, "app", "Calendars.Read"); got.Refresh != "" || got.Access == "" {
		t.Errorf("tokens: %+v", got)
	}
	if got := f.srv.SignIn("nobody@contoso.example", "app"); got != (Tokens{}) {
		t.Errorf("tokens of nobody: %+v", got)
	}
}

func TestClients(t *testing.T) {
	ask := []string{"grant_type", "client_credentials", "scope", "https://graph.microsoft.com/.default"}
	with := func(more ...string) []string { return append(slices.Clone(ask), more...) }
	for _, c := range []struct {
		name       string
		sign       SignOptions
		form       []string
		want, code string
	}{
		{"no client", SignOptions{}, ask, "invalid_request", "900144"},
		{"unknown client", SignOptions{ClientIDs: []string{"app"}}, with("client_id", "other"), "unauthorized_client", "700016"},
		{"public flows off", SignOptions{PublicFlowsOff: true}, with("client_id", "app"), "invalid_client", "7000218"},
		{"wrong secret", SignOptions{ClientSecret: "s"}, with("client_id", "app", "client_secret", "t"), "invalid_client", "7000215"},
		{"right secret", SignOptions{ClientSecret: "s", PublicFlowsOff: true}, with("client_id", "app", "client_secret", "s"), "", ""},
		{"no secret set up", SignOptions{}, with("client_id", "app"), "invalid_client", "7000218"},
		{"unknown grant", SignOptions{}, []string{"client_id", "app", "grant_type", "password"}, "unsupported_grant_type", "70003"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{Sign: c.sign})
			r := f.form("token", c.form...).wantSign(t, c.want, c.code)
			if c.want != "" {
				return
			}
			if r.body.text("refresh_token") != "" {
				t.Error("an app got a refresh token")
			}
			f.token = r.body.text("access_token")
			f.get("/me/calendars").want(t, 400, "BadRequest")
			f.ok(f.get("/users/" + anna + "/calendars"))
		})
	}
}

func TestAccessTokens(t *testing.T) {
	f := start(t, Options{Sign: SignOptions{AccessLife: time.Hour}})
	f.ok(f.get("/me/calendars"))
	f.clock.advance(time.Hour)
	r := f.get("/me/calendars").want(t, 401, "InvalidAuthenticationToken")
	if !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("header: %q", r.header.Get("WWW-Authenticate"))
	}
	f.token = f.srv.SignIn(anna, "app").Access
	f.ok(f.get("/me/calendars"))
	f.srv.ExpireAccess(anna)
	f.get("/me/calendars").want(t, 401, "InvalidAuthenticationToken")
	f.token = ""
	f.get("/me/calendars").want(t, 401, "InvalidAuthenticationToken")
	f.token = "eyJ.made.up"
	f.get("/me/calendars").want(t, 401, "InvalidAuthenticationToken")
}

func TestScopes(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	for _, c := range []struct {
		scope, method, path, body string
		status                    int
	}{
		{"Calendars.Read", "GET", "/me/calendars", "", 200},
		{"https://graph.microsoft.com/Calendars.Read", "GET", "/me/events", "", 200},
		{"Calendars.Read", "GET", "/me", "", 403},
		{"User.Read", "GET", "/me", "", 200},
		{"User.Read", "GET", "/me/calendars", "", 403},
		{"Calendars.Read", "GET", "/me/mailboxSettings", "", 403},
		{"Calendars.Read", "GET", "/me/mailboxSettings/timeZone", "", 403},
		{"MailboxSettings.Read", "GET", "/me/mailboxSettings/timeZone", "", 200},
		{"Calendars.Read", "PATCH", "/me/events/" + id.Classic, `{"subject":"x"}`, 403},
		{"Calendars.ReadWrite", "PATCH", "/me/events/" + id.Classic, `{"subject":"x"}`, 200},
		{"Calendars.Read", "DELETE", "/me/events/" + id.Classic, "", 403},
	} {
		t.Run(c.scope+" "+c.method+" "+c.path, func(t *testing.T) {
			f.token = f.srv.SignIn(anna, "app", c.scope).Access
			if r := f.call(c.method, c.path, c.body); r.status != c.status {
				t.Errorf("got %d, want %d: %s", r.status, c.status, r.text)
			}
		})
	}
}

func TestOtherMailboxes(t *testing.T) {
	f := start(t, Options{})
	ben := f.mailbox("ben@contoso.example", "UTC")
	id, err := ben.Default().Add(Event{Subject: "Ben's", Start: berlin("2026-01-06 10:00")})
	f.noError(err)
	f.ok(f.get("/users/" + ben.Address() + "/events/" + id.Classic))
	f.ok(f.get("/users/" + f.mb.guid + "/calendars"))
	f.get("/me/events/"+id.Classic).want(t, 404, "ErrorItemNotFound")
	f.get("/users/nobody@contoso.example/events").want(t, 404, "ErrorInvalidUser")
	f.token = f.srv.SignIn(anna, "app", "Calendars.Read").Access
	f.get("/users/"+ben.Address()+"/events").want(t, 403, "ErrorAccessDenied")
	f.ok(f.get("/users/ANNA@contoso.example/events"))
}

func TestAuthorisationCode(t *testing.T) {
	f := start(t, Options{})
	sum := sha256.Sum256([]byte("verifier"))
	ask := url.Values{
		"client_id": {"app"}, "response_type": {"code"}, "redirect_uri": {"http://localhost:8765/cb"}, "state": {"s1"},
		"scope": {allScopes}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	page := f.web.URL + "/common/oauth2/v2.0/authorize?" + ask.Encode()
	if r := f.do("GET", page, "", nil); r.status != 200 || !strings.Contains(r.text, anna) {
		t.Fatalf("page: %d %s", r.status, r.text)
	}
	decide := func(decision string) url.Values {
		r := f.do("POST", page, url.Values{"address": {anna}, "decision": {decision}}.Encode(),
			http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		to, err := url.Parse(r.header.Get("Location"))
		if r.status != http.StatusFound || err != nil || to.Host != "localhost:8765" || to.Query().Get("state") != "s1" {
			t.Fatalf("decision: %d %q", r.status, r.header.Get("Location"))
		}
		return to.Query()
	}
	if got := decide("decline"); got.Get("error") != "access_denied" || got.Get("code") != "" {
		t.Errorf("declined: %v", got)
	}
	code := decide("accept").Get("code")
	redeem := func(verifier string) reply {
		return f.form("token", "grant_type", "authorization_code", "client_id", "app", "code", code,
			"redirect_uri", "http://localhost:8765/cb", "code_verifier", verifier)
	}
	redeem("wrong").wantSign(t, "invalid_grant", "501481")
	if got := redeem("verifier").wantSign(t, "", "").body; got.text("refresh_token") == "" {
		t.Errorf("tokens: %v", got)
	}
	redeem("verifier").wantSign(t, "invalid_grant", "54005")

	if r := f.do("GET", f.web.URL+"/common/oauth2/v2.0/authorize?client_id=app", "", nil); r.status != 400 {
		t.Errorf("incomplete request: %d", r.status)
	}
	r := f.do("POST", page, "decision=accept", http.Header{"Origin": {"https://example.org"}, "Content-Type": {"application/x-www-form-urlencoded"}})
	if r.status != 403 {
		t.Errorf("foreign form: %d", r.status)
	}
}

func TestSignInMethods(t *testing.T) {
	f := start(t, Options{})
	for _, c := range []struct {
		method, endpoint string
		status           int
	}{{"GET", "token", 405}, {"GET", "devicecode", 405}, {"POST", "logout", 404}} {
		if r := f.do(c.method, f.web.URL+"/common/oauth2/v2.0/"+c.endpoint, "", nil); r.status != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.endpoint, r.status, c.status)
		}
	}
}
