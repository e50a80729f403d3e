package graphfake

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// authCode is an authorisation code that waits to be redeemed.
type authCode struct {
	grant     *grant
	redirect  string
	challenge string
	ends      time.Time
	redeemed  bool
}

// authLife is how long an authorisation code lives.
const authLife = 10 * time.Minute

// signPage is what the sign-in pages show.
type signPage struct {
	Mailboxes []Person
	Code      string            // of a device
	Fields    map[string]string // of the authorisation request
	App       string
	Message   string
	Done      bool
}

func (s *Server) people() []Person {
	var out []Person
	for _, m := range s.Mailboxes() {
		out = append(out, m.info.Person)
	}
	return out
}

// serveAuthorize shows the page on which a person approves an app, and takes
// the decision.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	target, err := url.Parse(r.Form.Get("redirect_uri"))
	if err != nil || target.Host == "" || r.Form.Get("client_id") == "" || r.Form.Get("response_type") != "code" {
		http.Error(w, "AADSTS900144: the request lacks client_id, redirect_uri or response_type=code", http.StatusBadRequest)
		return
	}
	if r.Method == http.MethodGet {
		fields := map[string]string{}
		for name := range r.Form {
			fields[name] = r.Form.Get(name)
		}
		render(w, "authorize.html", signPage{Mailboxes: s.people(), Fields: fields, App: r.Form.Get("client_id")})
		return
	}
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		http.Error(w, "cross-origin request", http.StatusForbidden)
		return
	}
	answer := target.Query()
	answer.Set("state", r.Form.Get("state"))
	m := s.Mailbox(r.PostForm.Get("address"))
	if m == nil || r.PostForm.Get("decision") != "accept" {
		answer.Set("error", "access_denied")
		answer.Set("error_description", "AADSTS65004: User declined to consent to access the app.")
	} else {
		answer.Set("code", s.newAuthCode(m, r.Form))
	}
	target.RawQuery = answer.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

func (s *Server) newAuthCode(m *Mailbox, form url.Values) string {
	code := "M.C547_BAY.2." + randomText(40)
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	s.sign.codes[code] = &authCode{
		grant:     &grant{mb: m, client: form.Get("client_id"), scopes: strings.Fields(form.Get("scope"))},
		redirect:  form.Get("redirect_uri"),
		challenge: form.Get("code_challenge"),
		ends:      s.opt.Now().Add(authLife),
	}
	return code
}

// redeemCode redeems an authorisation code. The caller holds the lock.
func (s *Server) redeemCode(r *http.Request) (*grant, int) {
	a := s.sign.codes[r.PostFormValue("code")]
	switch {
	case a == nil || a.grant.client != r.PostFormValue("client_id") || a.redirect != r.PostFormValue("redirect_uri"):
		return nil, codeBadGrant
	case a.redeemed:
		return nil, codeRedeemed
	case s.opt.Now().After(a.ends):
		return nil, codeInactive
	case a.challenge != "" && !proves(r.PostFormValue("code_verifier"), a.challenge):
		return nil, codeBadVerifier
	}
	a.redeemed = true
	return a.grant, 0
}

// proves checks a PKCE verifier against an S256 challenge (RFC 7636 4.6).
func proves(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	made := base64.RawURLEncoding.EncodeToString(sum[:])
	return subtle.ConstantTimeCompare([]byte(made), []byte(challenge)) == 1
}

// serveDeviceLogin shows the page on which a person enters the code of a
// device, and takes it.
func (s *Server) serveDeviceLogin(w http.ResponseWriter, r *http.Request) {
	page := signPage{Mailboxes: s.people(), Code: r.FormValue("code")}
	if r.Method == http.MethodPost {
		var err error
		if r.PostFormValue("decision") == "decline" {
			err = s.DeclineDevice(page.Code)
		} else {
			err = s.ApproveDevice(page.Code, r.PostFormValue("address"))
		}
		page.Done = err == nil
		page.Message = "You have signed in on your device. You may close this window."
		if err != nil {
			page.Message = "That code did not work. Check the code and try again."
		} else if r.PostFormValue("decision") == "decline" {
			page.Message = "You declined the sign-in. You may close this window."
		}
	}
	render(w, "devicelogin.html", page)
}
