package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWhoSentIt: only proxies that are trusted may say for whom they speak.
func TestWhoSentIt(t *testing.T) {
	for _, c := range []struct{ name, trusted, peer, forwarded, want string }{
		{"straight", "loopback", "203.0.113.9:4711", "", "203.0.113.9:4711"},
		{"a stranger's word", "loopback", "203.0.113.9:4711", "198.51.100.1", "203.0.113.9:4711"},
		{"this computer's proxy", "loopback", "127.0.0.1:4711", "203.0.113.9", "203.0.113.9:0"},
		{"over IPv6", "loopback", "[::1]:4711", "2001:db8::5", "[2001:db8::5]:0"},
		{"mapped", "loopback", "[::ffff:127.0.0.1]:4711", "203.0.113.9", "203.0.113.9:0"},
		{"a client that writes the header itself", "loopback", "127.0.0.1:4711", "127.0.0.1, 10.1.2.3, 203.0.113.9", "203.0.113.9:0"},
		{"two proxies", "loopback, 10.0.0.0/8", "127.0.0.1:4711", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9:0"},
		{"one named by its address", "10.1.2.3", "10.1.2.3:4711", "203.0.113.9", "203.0.113.9:0"},
		{"nonsense", "loopback", "127.0.0.1:4711", "unknown", "127.0.0.1:4711"},
		{"nonsense further left", "loopback,10.0.0.0/8", "127.0.0.1:4711", "evil, 10.1.2.3", "10.1.2.3:0"},
		{"a list of the file", "[10.0.0.0/8 127.0.0.1]", "127.0.0.1:4711", "203.0.113.9", "203.0.113.9:0"},
		{"nobody", "none", "127.0.0.1:4711", "203.0.113.9", "127.0.0.1:4711"},
	} {
		cfg := new(Config)
		if err := setProxies(cfg, c.trusted); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		var got string
		cfg.behindProxies(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if err := setProxies(new(Config), "proxy.example.org"); err == nil {
		t.Error("a name is taken for an address")
	}
}

// TestForwarded: the header of RFC 7239, alone and beside the older one.
func TestForwarded(t *testing.T) {
	long := strings.Repeat("for=127.0.0.1, ", 5000)
	for _, c := range []struct{ name, forwarded, older, want string }{
		{"an address", "for=203.0.113.9", "", "203.0.113.9:0"},
		{"what else there is", `proto=https; For="203.0.113.9:4711";by=10.0.0.1; host="cal.example.org"`, "", "203.0.113.9:0"},
		{"over IPv6", `for="[2001:db8::5]"`, "", "[2001:db8::5]:0"},
		{"over IPv6, with a port", `for="[2001:db8::5]:4711"`, "", "[2001:db8::5]:0"},
		{"a client that writes the header itself", "for=198.51.100.1, for=203.0.113.9", "", "203.0.113.9:0"},
		{"two proxies", "for=198.51.100.1, for=203.0.113.9;proto=https, for=10.1.2.3", "", "203.0.113.9:0"},
		{"separators in quotes", `for=198.51.100.1, for=203.0.113.9;host="a,b;for=198.51.100.7"`, "", "203.0.113.9:0"},
		{"an escape in quotes", `for=203.0.113.9;host="a\",for=198.51.100.7"`, "", "203.0.113.9:0"},
		{"a name that hides", "for=_hidden", "", "127.0.0.1:4711"},
		{"unknown", "for=198.51.100.1, for=unknown", "", "127.0.0.1:4711"},
		{"said twice", "for=198.51.100.1;for=203.0.113.9", "", "127.0.0.1:4711"},
		{"not said", "proto=https;by=203.0.113.9", "", "127.0.0.1:4711"},
		{"open quotes", `for="203.0.113.9`, "", "127.0.0.1:4711"},
		{"open quotes that swallow the proxy's word", `for=198.51.100.1;x=", for=203.0.113.9`, "", "127.0.0.1:4711"},
		{"the same, where it quotes", `for=198.51.100.1;x=", for="[2001:db8::5]"`, "", "127.0.0.1:4711"},
		{"nonsense", `=;,;=",\`, "", "127.0.0.1:4711"},
		{"empty", "", "", "127.0.0.1:4711"},
		{"too many hops", "for=203.0.113.9, " + long + "for=127.0.0.1", "", "127.0.0.1:0"},
		{"both alike", "for=203.0.113.9", "203.0.113.9", "203.0.113.9:0"},
		{"both, one stops at a proxy", "for=10.1.2.3", "203.0.113.9, 10.1.2.3", "203.0.113.9:0"},
		{"both, the other stops at a proxy", "for=203.0.113.9", "10.1.2.3", "203.0.113.9:0"},
		{"made up beside the one that the proxy writes", "for=198.51.100.1", "203.0.113.9", "127.0.0.1:4711"},
		{"the older one, with a port", "", "203.0.113.9:4711", "203.0.113.9:0"},
		{"open quotes that swallow the proxy's word, beside one that is made up", `x=", for=203.0.113.9`, "198.51.100.1", "127.0.0.1:4711"},
		{"made up beside a proxy that hides the client", "for=_hidden", "198.51.100.1", "127.0.0.1:4711"},
		{"made up beside a proxy that does not say", "proto=https", "198.51.100.1", "127.0.0.1:4711"},
		{"nonsense beside the one that the proxy writes", "for=203.0.113.9", "198.51.100.1, unknown", "127.0.0.1:4711"},
	} {
		cfg := new(Config)
		if err := setProxies(cfg, "loopback, 10.0.0.0/8"); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "127.0.0.1:4711"
		for name, value := range map[string]string{"Forwarded": c.forwarded, "X-Forwarded-For": c.older} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		var got string
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })
		if cfg.behindProxies(next).ServeHTTP(httptest.NewRecorder(), r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		r.RemoteAddr = "203.0.113.77:4711"
		if cfg.behindProxies(next).ServeHTTP(httptest.NewRecorder(), r); got != r.RemoteAddr {
			t.Errorf("%s: a stranger's word counts: %s", c.name, got)
		}
	}
}

func FuzzForwarded(f *testing.F) {
	for _, value := range []string{"for=203.0.113.9", `for="[2001:db8::5]:1";by=_x, for=10.1.2.3`, `a="\",;", ,;=`} {
		f.Add(value)
	}
	cfg := new(Config)
	if err := setProxies(cfg, "loopback, 10.0.0.0/8"); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "127.0.0.1:4711"
		r.Header["Forwarded"] = []string{value + ", for=203.0.113.9"}
		from, ok := cfg.sender(r)
		if ok && from.String() != "203.0.113.9" { // who the proxy named, whatever the client wrote before
			t.Errorf("%q: %v", value, from)
		}
	})
}
