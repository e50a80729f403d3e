package main

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
)

// signIn goes the way that flags and configuration ask for.
func (l *loginCmd) signIn(ctx context.Context, c *call, r bridge.Registration) (bridge.Account, []byte, error) {
	switch {
	case c.cfg.Microsoft.ClientSecretFile != "":
		return l.signInApp(ctx, c, r)
	case l.Browser:
		return signInBrowser(ctx, c, r)
	}
	return graphsync.SignIn(ctx, r, graphHTTP(), func(code graphsync.Code) { showCode(c, code) })
}

func showCode(c *call, code graphsync.Code) {
	c.print("Open  %s  and enter the code  %s", code.Address, code.Text)
	if left := time.Until(code.Expires); !code.Expires.IsZero() && left > 0 {
		c.say("The code is good for %d minutes. calbridge may then read your calendars; it asks for nothing else.", int(left.Round(time.Minute).Minutes()))
	}
	c.say("Waiting …")
}

// signInBrowser waits for the browser to come back here, and for a pasted
// address meanwhile: the browser may run on another computer.
func signInBrowser(ctx context.Context, c *call, r bridge.Registration) (bridge.Account, []byte, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return bridge.Account{}, nil, &bridge.Fault{Kind: bridge.Internal, What: "calbridge cannot wait for the browser on this computer", Err: err,
			Fix: "sign in by code: run  calbridge login  without --browser"}
	}
	pasted := make(chan string, 1)
	return graphsync.SignInBrowser(ctx, r, graphHTTP(), listener, func(address string) {
		c.print("Open in a browser:\n\n%s\n", address)
		c.say("calbridge may then read your calendars; it asks for nothing else.")
		c.say("If the browser runs on another computer, it ends at a page that does not load: paste that page's address here.")
		go func() {
			if text, err := c.ask("Waiting … ", false); err == nil && strings.TrimSpace(text) != "" {
				pasted <- text
			}
		}()
	}, pasted)
}

// signInApp opens a mailbox with the app's own secret.
func (l *loginCmd) signInApp(ctx context.Context, c *call, r bridge.Registration) (bridge.Account, []byte, error) {
	switch {
	case l.Address == "":
		return bridge.Account{}, nil, exitError{code: exitUsage, err: invalid("an app without a user has to be told whose mailbox it reads", "run  calbridge login ADDRESS")}
	case r.Tenant == "common" || r.Tenant == "organizations" || r.Tenant == "consumers":
		return bridge.Account{}, nil, exitError{code: exitUsage, err: invalid("an app without a user belongs to one directory", "name it with --tenant ID or microsoft.tenant")}
	}
	secret, err := readSecret(c.cfg.Microsoft.ClientSecretFile)
	if err != nil {
		return bridge.Account{}, nil, err
	}
	return graphsync.SignInApp(ctx, r, graphHTTP(), l.Address, secret)
}

// maxSecret is far beyond what Microsoft hands out.
const maxSecret = 4 << 10

// readSecret reads a file that holds one secret, on its first line.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", configFault("microsoft.client_secret_file: " + err.Error())
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	secret := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		return "", configFault("microsoft.client_secret_file: " + err.Error())
	case secret == "" || len(text) > maxSecret || strings.ContainsAny(secret, "\r\n"):
		return "", configFault("microsoft.client_secret_file: " + path + " does not hold one line with a secret")
	}
	return secret, nil
}
