package caldav

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"unicode/utf8"

	"calbridge/bridge"
)

// Enter signs a request in by HTTP Basic (RFC 7617) with an app password. The
// fault is SignIn where none or a wrong one came, and Retry after too many
// wrong ones; a right one is never refused.
//
// Requests without credentials are never counted: macOS begins each connection
// with one.
func (h *Handler) Enter(r *http.Request) (bridge.Device, error) {
	device, err := h.enter(r, h.Gate.Verify)
	if err == nil && h.Seen != nil {
		h.Seen(device.User)
	}
	return device, err
}

// Visit signs a request for a page in, as Enter does, and by the page password
// too. That one a person chose: who has guessed wrong too often has to wait
// even with the right one, and each guess costs us more than an app password.
func (h *Handler) Visit(r *http.Request) (bridge.Device, error) {
	return h.enter(r, func(ctx context.Context, user, password string) (bridge.Device, error) {
		device, err := h.Gate.Verify(ctx, user, password)
		if h.Visitors == nil || bridge.KindOf(err) != bridge.Absent || h.failures.wait(guesser(r, user), h.now()) > 0 {
			return device, err
		}
		return h.Visitors.Verify(ctx, user, password)
	})
}

func (h *Handler) enter(r *http.Request, verify func(ctx context.Context, user, password string) (bridge.Device, error)) (bridge.Device, error) {
	name, password, ok := r.BasicAuth()
	if !ok {
		return bridge.Device{}, &bridge.Fault{Kind: bridge.SignIn, What: "sign in with your user name and an app password"}
	}
	name, password = fromLatin1(name), fromLatin1(password)
	user, err := bridge.UserName(name)
	if err != nil {
		return bridge.Device{}, h.wrong(r, "")
	}
	device, err := verify(r.Context(), user, password)
	switch {
	case err == nil && device.User == user:
		return device, nil
	case err == nil || bridge.KindOf(err) == bridge.Absent:
		return bridge.Device{}, h.wrong(r, user)
	}
	return bridge.Device{}, err
}

// fromLatin1 reads what is not UTF-8 as ISO 8859-1: so write many clients that
// pay no heed to the charset of the challenge (RFC 7617 §3), such as those that
// are made with Python's requests.
func fromLatin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range runes {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// wrong counts a wrong password.
func (h *Handler) wrong(r *http.Request, user string) error {
	wait, first := h.failures.fail(guesser(r, user), h.now())
	if wait > 0 {
		if first {
			h.warn(r.Context(), "too many wrong passwords", slog.String("from", neighbourhood(r.RemoteAddr)))
		}
		return &bridge.Fault{Kind: bridge.Retry, What: "too many wrong passwords came from this address", After: wait}
	}
	return &bridge.Fault{Kind: bridge.SignIn, What: "the user name or the app password is wrong",
		Fix: "calbridge password new makes an app password"}
}

// guesser is who is counted together.
func guesser(r *http.Request, user string) string { return neighbourhood(r.RemoteAddr) + "\x00" + user }

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
