package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how many addresses of X-Forwarded-For are read.
const maxHops = 20

// setProxies reads networks or addresses, separated by commas or spaces; a list
// of the configuration file arrives here in brackets. "loopback" is this
// computer, "none" nobody.
func setProxies(c *Config, v string) error {
	c.TrustedProxies = nil
	for _, word := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(", []", r) }) {
		switch word {
		case "loopback":
			c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
			continue
		case "none":
			continue
		}
		p, err := netip.ParsePrefix(word)
		if a, err2 := netip.ParseAddr(word); err != nil && err2 == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return fmt.Errorf("%q is no address or network such as 10.0.0.0/8", word)
		}
		c.TrustedProxies = append(c.TrustedProxies, p)
	}
	return nil
}

// behindProxies gives each request the address of who sent it to the first of
// the trusted proxies: guesses are counted by it. What stands further left in
// X-Forwarded-For, anybody may have written.
func (c *Config) behindProxies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, ok := c.sender(r); ok {
			r = r.Clone(r.Context())
			r.RemoteAddr = net.JoinHostPort(from.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}

// sender walks from the connection outwards as long as it meets proxies that
// are trusted.
func (c *Config) sender(r *http.Request) (from netip.Addr, ok bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !c.trusts(peer.Addr()) {
		return from, false
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-maxHops); i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return from, ok
		}
		if from, ok = a.Unmap(), true; !c.trusts(a) {
			return from, true
		}
	}
	return from, ok
}

func (c *Config) trusts(a netip.Addr) bool {
	for _, p := range c.TrustedProxies {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
