package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

type doctorCmd struct {
	Domain string `help:"Domain that people type, as in anna@example.org. Default: the host of public_url, and the domains above it." placeholder:"DOMAIN"`
	JSON   bool   `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*doctorCmd) Help() string {
	return `Looks for this bridge as calendar programs do that know a domain or a host and nothing else: in DNS (SRV and TXT records, RFC 6764), and at /.well-known/caldav of public_url. What it finds is marked ✓, what may be missing –, what leads programs astray ✗; the last ends it with 1.

It asks DNS and public_url from where the bridge runs. Elsewhere both can look different.

Examples:
  calbridge doctor
  calbridge doctor --domain example.org

See also: calbridge status, docs/clients.md`
}

// Run implements command.
func (d *doctorCmd) Run(ctx context.Context, c *call) error {
	s := search{domain: d.Domain, dns: net.DefaultResolver, web: &http.Client{Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	err := c.hold(ctx, func(h *house) error {
		s.url = *h.cfg.PublicURL
		return nil
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	found := s.run(ctx)
	if d.JSON {
		err = c.printJSON(map[string]any{"ok": !astray(found), "checks": found})
	} else {
		d.print(c, found)
	}
	if err == nil && astray(found) {
		return exitError{code: exitFailed}
	}
	return err
}

func (*doctorCmd) print(c *call, found []finding) {
	marks := map[string]string{right: "✓", missing: "–", wrong: "✗"}
	for _, f := range found {
		c.print("%s %s", marks[f.State], f.Message)
		if f.Fix != "" {
			c.print("    To do: %s", f.Fix)
		}
	}
}

func astray(found []finding) bool {
	for _, f := range found {
		if f.State == wrong {
			return true
		}
	}
	return false
}
