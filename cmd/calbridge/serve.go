package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
)

type serveCmd struct {
	Listen    string `help:"Address to listen on. Environment: CALBRIDGE_LISTEN. Default: 127.0.0.1:5545." placeholder:"HOST:PORT"`
	PublicURL string `help:"What readers use to get here. Environment: CALBRIDGE_PUBLIC_URL. Default: http:// and the address to listen on." placeholder:"URL"`
}

// Help implements kong.HelpProvider.
func (*serveCmd) Help() string {
	return `Follows the connected mailboxes and serves CalDAV, feeds and pages until it is ended. Other calbridge commands work meanwhile.

Examples:
  calbridge serve
  calbridge serve --listen 0.0.0.0:5545 --public-url https://cal.example.org

See also: calbridge login, calbridge status, docs/configuration.md`
}

func (s *serveCmd) alone() {}

func (s *serveCmd) settings() map[string]string {
	return map[string]string{"listen": s.Listen, "public_url": s.PublicURL}
}

// goodbye is how long requests under way have to end.
const goodbye = 10 * time.Second

// Run implements command. Things start in the order in which they are needed
// and stop in the reverse one.
func (s *serveCmd) Run(ctx context.Context, c *call) error {
	log := newLog(c.cfg, c.err, c.width > 0)
	h, err := waitForHouse(ctx, c.cfg, log, c.now)
	if err != nil {
		return err
	}
	err = s.run(ctx, h, log)
	return errors.Join(err, h.close())
}

func (s *serveCmd) run(ctx context.Context, h *house, log *slog.Logger) error {
	listener, err := listen(h.cfg.Listen)
	if err != nil {
		return err
	}
	if u := h.cfg.PublicURL; u.Port() == "0" { // a free port was asked for
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	if h.cfg.Metrics.Listen != "" {
		if h.metrics, err = listen(h.cfg.Metrics.Listen); err != nil {
			return errors.Join(err, listener.Close())
		}
		log.Info("serving metrics", "listen", h.metrics.Addr().String())
	}
	handler := h.cfg.behindProxies(h.guard(newHandler(h, nil)))
	k, err := openControl(h)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer k.stop()
	h.announce(ctx, listener.Addr())
	err = h.serve(ctx, listener, handler)
	log.Info("ended")
	return err
}

// announce says where the bridge is, and what is missing for it to be of use.
func (h *house) announce(ctx context.Context, at net.Addr) {
	h.log.Info("serving", "url", h.cfg.PublicURL.String(), "listen", at.String(), "version", version)
	for _, w := range h.cfg.exposed() {
		h.log.Warn(w)
	}
	if ip := net.ParseIP(h.cfg.PublicURL.Hostname()); ip != nil && ip.IsUnspecified() {
		h.log.Warn("links lead nowhere: set public_url to the address that readers use")
	}
	if accounts, err := h.store.Accounts(ctx); err == nil && len(accounts) == 0 {
		h.log.Info("no account is connected yet: run  calbridge login")
	}
}

// slack is memory that nobody touches, so that the system gives none for it. The
// garbage collector counts it all the same, and interrupts less often those who
// poll what is a small heap.
const slack = 4 << 20

// serve runs syncers and server until ctx ends or one of them fails.
func (h *house) serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	defer runtime.KeepAlive(make([]byte, slack))
	server := newServer(handler, h.log)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.syncer.Run(ctx) })
	g.Go(func() error { return h.keepRendered(ctx) })
	if h.metrics != nil {
		g.Go(func() error { return h.serveMetrics(ctx, h.metrics) })
	}
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		if server.Shutdown(bye) != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// newServer bounds what a reader may take: a slow one holds a connection, never
// the store.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: 15 * time.Second, ReadTimeout: 2 * time.Minute,
		WriteTimeout: 10 * time.Minute, IdleTimeout: 3 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, exitError{code: exitUsage, err: &bridge.Fault{Kind: bridge.Invalid, What: "calbridge cannot listen on " + address, Err: err,
			Fix: "end what else listens there, or choose another address with --listen"}}
	}
	return l, nil
}

// waitForHouse opens the data folder, and waits a moment for a command that has
// it just now.
func waitForHouse(ctx context.Context, cfg *Config, log *slog.Logger, now func() time.Time) (*house, error) {
	for start := time.Now(); ; {
		h, err := openHouse(ctx, cfg, log, now)
		switch {
		case !errors.Is(err, boltdb.ErrHeld):
			return h, err
		case time.Since(start) > holdWait:
			return nil, exitError{code: exitHeld, err: &bridge.Fault{Kind: bridge.Internal, What: holder(cfg) + " holds the data folder " + cfg.Data,
				Fix: "end it first, or name another folder with --data"}}
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
