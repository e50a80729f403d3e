package main

import (
	"net/http"
	"net/http/httptest"
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
