package graphfake

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// deviceCode is one device code flow.
type deviceCode struct {
	user     string // what the person enters
	client   string
	scopes   []string
	ends     time.Time
	polled   time.Time
	mb       *Mailbox // who approved it
	declined bool
}

// DeviceRequest is a device code flow that waits for a person.
type DeviceRequest struct {
	UserCode string
	ClientID string
	Scopes   []string
	Expires  time.Time
}

// codeLetters are the characters of user codes: none that look alike.
const codeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

func newUserCode() string {
	var b [9]byte
	rand.Read(b[:]) // never fails, says its documentation
	for i, v := range b {
		b[i] = codeLetters[int(v)%len(codeLetters)]
	}
	return string(b[:])
}

// serveDeviceCode begins a device code flow.
func (s *Server) serveDeviceCode(w http.ResponseWriter, r *http.Request) {
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	code := s.checkClient(r)
	if code == codeNoSecret {
		code = 0 // Entra ID says so only at the token endpoint
	}
	scopes := strings.Fields(r.PostFormValue("scope"))
	if code == 0 && len(scopes) == 0 {
		code = codeMissingParam
	}
	if code != 0 {
		s.signError(w, code)
		return
	}
	now := s.opt.Now()
	d := &deviceCode{
		user: newUserCode(), client: r.PostFormValue("client_id"), scopes: scopes,
		ends: now.Add(s.opt.Sign.DeviceLife),
	}
	secret := "HAQABAAEAAAD--" + randomText(120)
	s.sign.devices[secret] = d
	page := s.baseURL(r) + "/devicelogin"
	s.signAnswer(w, http.StatusOK, object{
		{"user_code", d.user},
		{"device_code", secret},
		{"verification_uri", page},
		{"expires_in", 900},
		{"interval", int(s.opt.Sign.DeviceInterval / time.Second)},
		{"message", fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, d.user)},
	})
}

// redeemDevice answers a poll. The caller holds the lock.
func (s *Server) redeemDevice(r *http.Request) (*grant, int) {
	secret := r.PostFormValue("device_code")
	d := s.sign.devices[secret]
	now := s.opt.Now()
	switch {
	case d == nil || d.client != r.PostFormValue("client_id"):
		return nil, codeBadDevice
	case d.declined:
		return nil, codeDeclined
	case now.After(d.ends):
		return nil, codeExpired
	}
	early := !d.polled.IsZero() && now.Sub(d.polled) < s.opt.Sign.DeviceInterval/2
	d.polled = now
	switch {
	case early:
		return nil, codeSlowDown
	case d.mb == nil:
		return nil, codePending
	}
	delete(s.sign.devices, secret)
	return &grant{mb: d.mb, client: d.client, scopes: d.scopes}, 0
}

// DeviceRequests lists the flows that wait for a person, oldest first.
func (s *Server) DeviceRequests() []DeviceRequest {
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	var out []DeviceRequest
	for _, d := range s.sign.devices {
		if d.mb == nil && !d.declined && !s.opt.Now().After(d.ends) {
			out = append(out, DeviceRequest{d.user, d.client, slices.Clone(d.scopes), d.ends})
		}
	}
	slices.SortFunc(out, func(a, b DeviceRequest) int {
		if n := a.Expires.Compare(b.Expires); n != 0 {
			return n
		}
		return strings.Compare(a.UserCode, b.UserCode)
	})
	return out
}

// ApproveDevice lets a user sign in with the code that a device shows. Case
// and blanks of the code do not count.
func (s *Server) ApproveDevice(userCode, address string) error {
	m := s.Mailbox(address)
	if m == nil {
		return fmt.Errorf("approve device: no mailbox %q", address)
	}
	return s.settleDevice(userCode, func(d *deviceCode) { d.mb = m })
}

// DeclineDevice refuses the sign-in of a device.
func (s *Server) DeclineDevice(userCode string) error {
	return s.settleDevice(userCode, func(d *deviceCode) { d.declined = true })
}

func (s *Server) settleDevice(userCode string, settle func(*deviceCode)) error {
	wanted := strings.ToUpper(strings.Join(strings.Fields(userCode), ""))
	s.sign.mu.Lock()
	defer s.sign.mu.Unlock()
	for _, d := range s.sign.devices {
		if d.user == wanted && !s.opt.Now().After(d.ends) {
			settle(d)
			return nil
		}
	}
	return fmt.Errorf("settle device: the code is unknown or has expired")
}
