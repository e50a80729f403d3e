package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"calbridge/bridge"
)

type healthCmd struct {
	URL  string `help:"Address to ask. Default: /healthz where serve is configured to listen." placeholder:"URL"`
	JSON bool   `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*healthCmd) Help() string {
	return `For containers and monitors: ends with 0 where the bridge answers, with 1 where it does not.

Examples:
  calbridge health
  calbridge health --url http://127.0.0.1:5545/readyz

See also: calbridge status`
}

func (h *healthCmd) alone() {}

// Run implements command.
func (h *healthCmd) Run(ctx context.Context, c *call) error {
	address := h.URL
	if address == "" {
		address = "http://" + reachable(c.cfg.Listen) + "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || req.URL.Host == "" {
		return exitError{code: exitUsage, err: invalid(fmt.Sprintf("%q is no address", address), "give one such as http://127.0.0.1:5545/healthz")}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return &bridge.Fault{Kind: bridge.Internal, What: "the bridge does not answer at " + address, Err: err, Fix: "see whether  calbridge serve  runs"}
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if res.StatusCode != http.StatusOK {
		return &bridge.Fault{Kind: bridge.Internal, What: fmt.Sprintf("the bridge answers %s", res.Status), Why: strings.TrimSpace(string(text))}
	}
	if h.JSON {
		return c.printJSON(map[string]any{"ok": true, "answer": strings.TrimSpace(string(text))})
	}
	c.print("%s", strings.TrimSpace(string(text)))
	return nil
}

// reachable turns an address to listen on into one to ask.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
