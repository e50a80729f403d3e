package main

import (
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how many hops of a header are looked at.
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
// X-Forwarded-For and Forwarded, anybody may have written.
func (c *Config) behindProxies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, ok := c.sender(r); ok {
			r = r.Clone(r.Context())
			r.RemoteAddr = net.JoinHostPort(from.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}

// sender tells who sent a request that came from a proxy that is trusted. Most
// proxies write one of the two headers and hand the other on as it came. So
// where they name two senders, or one of them none that can be read, neither
// counts: either may be made up.
func (c *Config) sender(r *http.Request) (from netip.Addr, ok bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !c.trusts(peer.Addr()) {
		return from, false
	}
	forwarded, older := r.Header.Values("Forwarded"), r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 {
		return c.walk(strings.Split(strings.Join(older, ","), ","))
	}
	from, ok = c.walk(forwardedFor(forwarded))
	if len(older) == 0 || !ok {
		return from, ok
	}
	a, ok := c.walk(strings.Split(strings.Join(older, ","), ","))
	switch {
	case ok && c.trusts(from):
		return a, true
	case ok && (a == from || c.trusts(a)):
		return from, true
	}
	return netip.Addr{}, false
}

// walk goes from the last hop outwards as long as it meets proxies that are
// trusted.
func (c *Config) walk(hops []string) (from netip.Addr, ok bool) {
	for i := len(hops) - 1; i >= max(0, len(hops)-maxHops); i-- {
		a, err := nodeAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return from, ok
		}
		if from, ok = a.Unmap(), true; !c.trusts(a) {
			return from, true
		}
	}
	return from, ok
}

// nodeAddr reads the address of a node, with or without a port (RFC 7239 §6).
func nodeAddr(s string) (netip.Addr, error) {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr(), nil
	}
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		s = strings.TrimSuffix(inner, "]")
	}
	return netip.ParseAddr(s)
}

// forwardedFor returns for whom each hop of Forwarded says that it speaks (RFC
// 7239 §4); "" where one does not say, or says it twice. Of a header that ends
// within quotes it returns nothing: a client may have opened them, so that they
// swallow what the proxy wrote.
func forwardedFor(values []string) (hops []string) {
	header := strings.Join(values, ",")
	if !closed(header) {
		return nil
	}
	for element := range split(header, ',') {
		node, times := "", 0
		for pair := range split(element, ';') {
			if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); strings.EqualFold(name, "for") {
				node, times = unquoted(value), times+1
			}
		}
		if times > 1 {
			node = ""
		}
		hops = append(hops, node)
	}
	return hops
}

// bare yields where the octets of s stand that are not in quotes (RFC 9110
// §5.6.4), and at the end len(s) if no quotes are open.
func bare(s string) iter.Seq[int] {
	return func(yield func(int) bool) {
		quoted := false
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case !quoted && !yield(i):
				return
			}
		}
		if !quoted {
			yield(len(s))
		}
	}
}

func closed(s string) bool {
	last := -1
	for i := range bare(s) {
		last = i
	}
	return last == len(s)
}

// split cuts at a separator that does not stand in quotes.
func split(s string, at byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := 0
		for i := range bare(s) {
			if i == len(s) || s[i] == at {
				if !yield(s[from:i]) {
					return
				}
				from = i + 1
			}
		}
	}
}

// unquoted takes the quotes off a value. Addresses hold nothing to escape.
func unquoted(s string) string {
	if inner, ok := strings.CutPrefix(s, `"`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSuffix(inner, `"`)
	}
	return s
}

func (c *Config) trusts(a netip.Addr) bool {
	for _, p := range c.TrustedProxies {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
