package graphsync_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// silent takes requests and never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestSilentSignInService: all of an account waits for its token, so waiting for
// it has an end.
func TestSilentSignInService(t *testing.T) {
	hc := &http.Client{Transport: silent{}}
	r := bridge.Registration{ClientID: "client-1", Tenant: "common", LoginURL: "https://login.contoso.example", GraphURL: "https://graph.contoso.example"}
	for name, signIn := range map[string]func(t *testing.T) error{
		"device code": func(t *testing.T) error {
			_, _, err := graphsync.SignIn(t.Context(), r, hc, func(graphsync.Code) {})
			return err
		},
		"app": func(t *testing.T) error {
			_, _, err := graphsync.SignInApp(t.Context(), r, hc, anna, "s3cret")
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			if err := signIn(t); bridge.KindOf(err) != bridge.Retry {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestSignInServiceLeadsElsewhere: a redirect does not take the refresh token
// along.
func TestSignInServiceLeadsElsewhere(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	var got atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if body, _ := io.ReadAll(req.Body); len(body) > 0 {
			got.Add(1)
		}
	}))
	t.Cleanup(elsewhere.Close)
	login := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(login.Close)

	secret, err := json.Marshal(map[string]any{"access_token": "old", "refresh_token": "kept", "token_type": "Bearer", "expiry": r.now().Add(-time.Hour)})
	r.must(err)
	account := r.account
	account.Registration.LoginURL = login.URL
	r.account, err = r.store.SaveAccount(t.Context(), account, func(bridge.AccountID) ([]byte, error) { return secret, nil })
	r.must(err)
	if err := r.trySync(false); bridge.KindOf(err) != bridge.Retry {
		t.Errorf("the round: %v", err)
	}
	if n := got.Load(); n != 0 {
		t.Errorf("the other server was told %d times", n)
	}
}
