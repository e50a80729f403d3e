package graph

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestWhoAnswers: no token goes to a server whose certificate nobody vouches for,
// or which is another host's; the handshakes are real.
func TestWhoAnswers(t *testing.T) {
	asked := 0
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++ }))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	there := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, web.Listener.Addr().String())
	}
	trusting := web.Client().Transport.(*http.Transport).Clone()
	trusting.DialContext = there
	for _, c := range []struct {
		name, root string
		hc         *http.Client
	}{
		{"nobody vouches for it", web.URL, &http.Client{}},
		{"it is another host's", "https://graph.contoso.test", &http.Client{Transport: trusting}},
	} {
		cl := &Client{Root: c.root, HTTP: c.hc, Gate: NewGate(), Token: func(context.Context, string) (string, error) { return "secret", nil }}
		_, err := cl.Me(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Class() != Certificate {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests, with their tokens, reached a server that is not Graph", asked)
	}
}
