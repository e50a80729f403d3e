package caldav

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"calbridge/bridge"
)

// Enter signs a request in by HTTP Basic (RFC 7617) with an app password. The
// fault is SignIn where none or a wrong one came, and Retry after too many
// wrong ones; a right one is never refused.
//
// Requests without credentials are never counted: macOS begins each connection
// with one.
func (h *Handler) Enter(r *http.Request) (bridge.Device, error) {
	name, password, ok := r.BasicAuth()
	if !ok {
		return bridge.Device{}, &bridge.Fault{Kind: bridge.SignIn, What: "sign in with your user name and an app password"}
	}
	user, err := bridge.UserName(name)
	if err != nil {
		return bridge.Device{}, h.wrong(r, "")
	}
	device, err := h.Gate.Verify(r.Context(), user, password)
	switch {
	case err == nil && device.User == user:
		if h.Seen != nil {
			h.Seen(user)
		}
		return device, nil
	case err == nil || bridge.KindOf(err) == bridge.Absent:
		return bridge.Device{}, h.wrong(r, user)
	}
	return bridge.Device{}, err
}

// wrong counts a wrong password.
func (h *Handler) wrong(r *http.Request, user string) error {
	from := neighbourhood(r.RemoteAddr)
	wait, first := h.failures.fail(from+"\x00"+user, h.now())
	if wait > 0 {
		if first {
			h.warn(r.Context(), "too many wrong passwords", slog.String("from", from))
		}
		return &bridge.Fault{Kind: bridge.Retry, What: "too many wrong passwords came from this address", After: wait}
	}
	return &bridge.Fault{Kind: bridge.SignIn, What: "the user name or the app password is wrong",
		Fix: "calbridge password new makes an app password"}
}

// neighbourhood is what one guesser can have of the address space: an address,
// or the /64 of IPv6 that every household gets.
func neighbourhood(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	addr := at.Addr().Unmap()
	if addr.Is6() {
		if prefix, err := addr.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}

// Challenge asks for Basic and nothing else: clients that know Digest prefer it
// where it is offered (RFC 7617 §2.1 for the charset).
func (h *Handler) Challenge(header http.Header) {
	realm := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(cmp.Or(h.Realm, "calbridge"))
	header.Set("WWW-Authenticate", `Basic realm="`+realm+`", charset="UTF-8"`)
}
