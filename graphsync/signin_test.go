package graphsync_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// entra is an emulated sign-in service with one mailbox.
func entra(t *testing.T, o graphfake.SignOptions) (*graphfake.Server, bridge.Registration) {
	t.Helper()
	fake := graphfake.New(graphfake.Options{Sign: o})
	if _, err := fake.AddMailbox(graphfake.MailboxInfo{Person: graphfake.Person{Name: "Anna", Address: anna}}); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(fake)
	t.Cleanup(web.Close)
	return fake, bridge.Registration{ClientID: "client-1", Tenant: "common", LoginURL: web.URL, GraphURL: web.URL}
}

// TestRefusals: each class of refusal says whose move it is, why, and what
// exactly to do.
func TestRefusals(t *testing.T) {
	for number, want := range map[int]struct {
		kind     bridge.Kind
		why, fix string
	}{
		700082:  {bridge.SignIn, "90 days", "calbridge login"},
		50173:   {bridge.SignIn, "password was changed", "calbridge login"},
		50076:   {bridge.SignIn, "second factor", "calbridge login"},
		65001:   {bridge.Consent, "permission was not given", "/organizations/v2.0/adminconsent?client_id=client-1"},
		90094:   {bridge.Consent, "administrator has to allow", "/organizations/v2.0/adminconsent?client_id=client-1"},
		53003:   {bridge.Consent, "policy of your organisation", "administrator"},
		530033:  {bridge.Consent, "forbids sign-in by code", "--browser"},
		7000218: {bridge.Consent, "without a secret", "Allow public client flows"},
		50194:   {bridge.Consent, "one directory only", "--tenant ID"},
		9002331: {bridge.Consent, "personal accounts only", "--tenant consumers"},
		700016:  {bridge.Consent, "does not know this app", "client id"},
		90033:   {bridge.Retry, "", "tries again"},
		// A number that nobody knows: the error's name decides.
		123456: {bridge.SignIn, "", "calbridge login"},
	} {
		fake, r := entra(t, graphfake.SignOptions{})
		fake.FailSignIn(number)
		_, _, err := graphsync.SignInApp(t.Context(), r, &http.Client{}, anna, "s3cret")
		f := bridge.AsFault(err)
		if f.Kind != want.kind || !strings.Contains(f.Why, want.why) || !strings.Contains(f.Fix, want.fix) {
			t.Errorf("AADSTS%d: %s: why %q, fix %q; want %+v", number, f.Kind, f.Why, f.Fix, want)
		}
		if !strings.Contains(f.Code, "AADSTS") {
			t.Errorf("AADSTS%d: Microsoft's own code is missing: %q", number, f.Code)
		}
	}
}

// decide plays the person: it opens address, decides on the page, and returns
// where the browser is sent then.
func decide(t *testing.T, address, decision string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	form := u.Query()
	form.Set("decision", decision)
	form.Set("address", anna)
	u.RawQuery = ""
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := stay.PostForm(u.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusFound {
		text, _ := io.ReadAll(res.Body)
		t.Fatalf("%s: %s", res.Status, text)
	}
	return res.Header.Get("Location")
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func get(t *testing.T, address string) int {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestBrowserSignIn(t *testing.T) {
	_, r := entra(t, graphfake.SignOptions{})
	account, token, err := graphsync.SignInBrowser(t.Context(), r, &http.Client{}, loopback(t), func(address string) {
		back := decide(t, address, "accept")
		foreign, _, _ := strings.Cut(back, "?")
		if code := get(t, foreign+"?code=stolen&state=guessed"); code != http.StatusBadRequest {
			t.Errorf("an answer to somebody else's sign-in got %d", code)
		}
		if code := get(t, back); code != http.StatusOK {
			t.Errorf("the browser's answer got %d", code)
		}
	}, nil)
	if err != nil || account.Address != anna || account.Mailbox != "" || !strings.Contains(string(token), "refresh_token") {
		t.Fatalf("%+v, %v", account, err)
	}
}

// TestBrowserElsewhere: the browser runs on another machine, and the address at
// which it ends is pasted.
func TestBrowserElsewhere(t *testing.T) {
	for name, paste := range map[string]func(string) string{
		"the address":         func(s string) string { return " " + s + "\n" },
		"its query alone":     func(s string) string { _, q, _ := strings.Cut(s, "?"); return q },
		"with a fragment":     func(s string) string { return s + "#_=_" },
		"of another sign-in":  func(s string) string { return strings.Replace(s, "state=", "state=X", 1) },
		"something unrelated": func(string) string { return "hello" },
	} {
		t.Run(name, func(t *testing.T) {
			_, r := entra(t, graphfake.SignOptions{})
			pasted := make(chan string, 1)
			account, _, err := graphsync.SignInBrowser(t.Context(), r, &http.Client{}, loopback(t), func(address string) {
				pasted <- paste(decide(t, address, "accept"))
			}, pasted)
			good := !strings.Contains(name, "another") && !strings.Contains(name, "unrelated")
			if good && (err != nil || account.Address != anna) || !good && bridge.KindOf(err) != bridge.SignIn {
				t.Errorf("%+v, %v", account, err)
			}
		})
	}
}

func TestBrowserDeclined(t *testing.T) {
	_, r := entra(t, graphfake.SignOptions{})
	_, _, err := graphsync.SignInBrowser(t.Context(), r, &http.Client{}, loopback(t), func(address string) {
		get(t, decide(t, address, "decline"))
	}, nil)
	if f := bridge.AsFault(err); f.Kind != bridge.SignIn || !strings.Contains(f.Fix, "accept it") {
		t.Errorf("%+v", f)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err = graphsync.SignInBrowser(ctx, r, &http.Client{}, loopback(t), func(string) { cancel() }, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestAppAlone: a mailbox that nobody signed in to is read at its own path, and
// a secret that is no longer good is not tried again and again.
func TestAppAlone(t *testing.T) {
	r := newRig(t, graphfake.Options{Sign: graphfake.SignOptions{ClientSecret: "s3cret", PublicFlowsOff: true}})
	addN(r, 3)
	registration := r.account.Registration
	registration.Tenant = "contoso.example"
	if _, _, err := graphsync.SignInApp(t.Context(), registration, &http.Client{}, anna, "wrong"); !strings.Contains(bridge.AsFault(err).Why, "secret is wrong") {
		t.Errorf("wrong secret: %v", err)
	}
	if _, _, err := graphsync.SignInApp(t.Context(), registration, &http.Client{}, "nobody@contoso.example", "s3cret"); bridge.KindOf(err) != bridge.Absent {
		t.Errorf("no such mailbox: %v", err)
	}
	account, secret, err := graphsync.SignInApp(t.Context(), registration, &http.Client{}, anna, "s3cret")
	r.must(err)
	account.User = "anna"
	r.account, err = r.store.SaveAccount(t.Context(), account, func(bridge.AccountID) ([]byte, error) { return secret, nil })
	r.must(err)
	r.fake.ResetCounts()
	r.sync()
	r.wantSame(r.cal)
	for route := range r.fake.Counts().Routes {
		if strings.Contains(route, "/me") {
			t.Errorf("an app has no /me, and asked for %s", route)
		}
	}
	r.fake.FailSignIn(7000222)
	r.restart()
	if err := r.trySync(false); bridge.KindOf(err) != bridge.Consent {
		t.Fatalf("expired secret: %v", err)
	}
	if tr := r.trouble(); tr == nil || !strings.Contains(tr.Why, "expired") {
		t.Errorf("trouble %+v", tr)
	}
	r.fake.FailSignIn(0)
	if err := r.trySync(false); bridge.KindOf(err) != bridge.Consent {
		t.Errorf("a refused secret was tried again: %v", err)
	}
	r.restart()
	r.sync()
}
