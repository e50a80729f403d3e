package graphfake

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// session is what an access token stands for.
type session struct {
	mb     *Mailbox // nil for an app without a user
	client string
	scopes []string // bare names; nil allows everything
	ends   time.Time
}

// grant is what a refresh token stands for.
type grant struct {
	mb      *Mailbox
	client  string
	scopes  []string // as asked for, offline_access included
	used    time.Time
	revoked bool
}

// signing is the state of the emulated Entra ID.
type signing struct {
	mu       sync.Mutex
	access   map[string]*session
	refresh  map[string]*grant
	devices  map[string]*deviceCode // by device code
	codes    map[string]*authCode   // authorisation codes
	failing  int                    // AADSTS code of every answer, 0 for none
	sweeping int                    // tokens issued since the last sweep
}

func (s *signing) init() {
	s.access = map[string]*session{}
	s.refresh = map[string]*grant{}
	s.devices = map[string]*deviceCode{}
	s.codes = map[string]*authCode{}
}

// Tokens is the outcome of a sign-in.
type Tokens struct {
	Access  string
	Refresh string // empty without the scope offline_access
}

// SignIn signs a user in without any page, as after a device code flow. Without
// scopes everything is allowed, offline_access included. It returns zero
// Tokens if there is no such mailbox.
func (s *Server) SignIn(address, clientID string, scopes ...string) Tokens {
	m := s.Mailbox(address)
	if m == nil {
		return Tokens{}
	}
	if scopes == nil {
		scopes = []string{"offline_access", "User.Read", "Calendars.ReadWrite", "Calendars.ReadWrite.Shared", "MailboxSettings.Read"}
	}
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	return s.issue(&grant{mb: m, client: clientID, scopes: scopes})
}

// issue makes tokens for a grant. The caller holds the lock.
func (s *Server) issue(g *grant) Tokens {
	now := s.opt.Now()
	s.sign.sweep(now)
	t := Tokens{Access: "EwB" + randomText(90)}
	s.sign.access[t.Access] = &session{mb: g.mb, client: g.client, scopes: bareScopes(g.scopes), ends: now.Add(s.opt.Sign.AccessLife)}
	if slices.Contains(g.scopes, "offline_access") {
		t.Refresh = "M.C5" + randomText(60)
		s.sign.refresh[t.Refresh] = &grant{mb: g.mb, client: g.client, scopes: g.scopes, used: now}
	}
	return t
}

// sweep forgets dead access tokens now and then.
func (s *signing) sweep(now time.Time) {
	if s.sweeping++; s.sweeping < 256 {
		return
	}
	s.sweeping = 0
	for token, sess := range s.access {
		if now.After(sess.ends.Add(time.Hour)) {
			delete(s.access, token)
		}
	}
}

// RevokeGrants ends every refresh token of a user, as a changed password does.
// Access tokens live on until they expire.
func (s *Server) RevokeGrants(address string) {
	m := s.Mailbox(address)
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	for _, g := range s.sign.refresh {
		if g.mb == m {
			g.revoked = true
		}
	}
}

// ExpireAccess ends every access token of a user.
func (s *Server) ExpireAccess(address string) {
	m := s.Mailbox(address)
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	for _, sess := range s.sign.access {
		if sess.mb == m {
			sess.ends = time.Time{}
		}
	}
}

// authenticate finds the session of a request.
func (s *Server) authenticate(r *http.Request) (*session, *problem) {
	header := r.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(header, " ")
	if header == "" || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, unauthorized("Access token is empty.")
	}
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	sess := s.sign.access[token]
	if sess == nil {
		return nil, unauthorized("CompactToken parsing failed with error code: 80049217")
	}
	if !s.opt.Now().Before(sess.ends) {
		return nil, unauthorized("Lifetime validation failed, the token is expired.")
	}
	return sess, nil
}

func unauthorized(message string) *problem {
	p := refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", "%s", message)
	p.header = http.Header{"Www-Authenticate": {
		`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`,
	}}
	return p
}

// may tells whether the session has one of the scopes.
func (s *session) may(scopes ...string) bool {
	if s.scopes == nil {
		return true
	}
	return slices.ContainsFunc(scopes, func(name string) bool {
		return slices.ContainsFunc(s.scopes, func(own string) bool { return strings.EqualFold(own, name) })
	})
}

// bareScopes drops the resource in front of scope names. The scope .default
// stands for all that an app was given, here everything.
func bareScopes(scopes []string) []string {
	bare := []string{}
	for _, name := range scopes {
		name = name[strings.LastIndexByte(name, '/')+1:]
		if name == ".default" {
			return nil
		}
		bare = append(bare, name)
	}
	return bare
}

// randomText makes a token part of n random bytes.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails, says its documentation
	return base64.RawURLEncoding.EncodeToString(b)
}
