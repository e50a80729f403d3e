package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"calbridge/bridge"
)

// The control socket carries a command line to the process that holds the
// store, and what it prints back. Each message is one JSON value.

// hello is what a client sends first.
type hello struct {
	Args  []string `json:"args"`
	Width int      `json:"width"` // of the terminal that talk is shown on
}

// frame is one message after that: the holder's, or an answer to its question.
type frame struct {
	Out    []byte  `json:"out,omitempty"`
	Err    []byte  `json:"err,omitempty"`
	Ask    *string `json:"ask,omitempty"`
	Hidden bool    `json:"hidden,omitempty"`
	Exit   *int    `json:"exit,omitempty"`

	Answer *string `json:"answer,omitempty"`
	Failed string  `json:"failed,omitempty"` // instead of an answer
}

// errNoHolder means that nobody answers at the control socket.
var errNoHolder = errors.New("no process holds the store")

// socketPaths returns where the control socket of a data folder may be, the best
// place first. Paths of sockets are short (108 octets on Linux, 104 on macOS).
// Who holds the store and who asks may have different surroundings: a service
// has no XDG_RUNTIME_DIR.
func socketPaths(cfg *Config, env func(string) string) []string {
	path := filepath.Join(cfg.Data, "control.sock")
	if len(path) < 100 {
		return []string{path}
	}
	sum := sha256.Sum256([]byte(cfg.Data))
	var paths []string
	for _, folder := range []string{env("XDG_RUNTIME_DIR"), "/run/user/" + strconv.Itoa(os.Getuid()), os.TempDir()} {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			paths = append(paths, filepath.Join(folder, "calbridge-"+hex.EncodeToString(sum[:6])+".sock"))
		}
	}
	return slices.Compact(paths)
}

// dialHolder connects to the process that holds the store. Others may put
// sockets into the temporary folder: one that does not belong to the data
// folder's owner is not talked to.
func dialHolder(cfg *Config, env func(string) string) (net.Conn, error) {
	for _, path := range socketPaths(cfg, env) {
		if !sameOwner(path, cfg.Data) {
			continue
		}
		if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
			return conn, nil
		}
	}
	return nil, errNoHolder
}

// control answers at the control socket.
type control struct {
	house    *house
	listener net.Listener
	running  sync.WaitGroup
	cancel   context.CancelFunc
	accepted chan struct{}
}

// openControl begins to answer. Who holds the store may remove a socket that a
// killed process left.
func openControl(h *house) (*control, error) {
	paths := socketPaths(h.cfg, os.Getenv)
	if len(paths) == 0 {
		return nil, &bridge.Fault{Kind: bridge.Internal, What: "there is no place for the control socket", Why: "the path of the data folder is too long for one", Fix: "choose a data folder with a shorter path, or set TMPDIR"}
	}
	l, err := listenFirst(paths)
	if err != nil {
		return nil, &bridge.Fault{Kind: bridge.Internal, What: "the control socket cannot be opened", Err: err, Fix: "check that " + filepath.Dir(paths[0]) + " can be written"}
	}
	ctx, cancel := context.WithCancel(context.Background())
	k := &control{house: h, listener: l, cancel: cancel, accepted: make(chan struct{})}
	go k.accept(ctx)
	return k, nil
}

// listenFirst listens at the first place that it gets: in a shared folder, some
// other user may have taken the name.
func listenFirst(paths []string) (net.Listener, error) {
	var failed []error
	for _, path := range paths {
		_ = os.Remove(path)
		l, err := listenAlone(path)
		if err == nil {
			return l, nil
		}
		failed = append(failed, err)
	}
	return nil, errors.Join(failed...)
}

func (k *control) accept(ctx context.Context) {
	defer close(k.accepted)
	for {
		conn, err := k.listener.Accept()
		if err != nil {
			return
		}
		k.running.Go(func() { k.serve(ctx, conn) })
	}
}

// finish stops answering and waits for the commands that still run.
func (k *control) finish() {
	_ = k.listener.Close()
	<-k.accepted
	k.running.Wait()
	k.cancel()
}

// stop ends the commands that still run.
func (k *control) stop() {
	k.cancel()
	k.finish()
}

// serve runs the command of one connection. It ends with the connection.
func (k *control) serve(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	dec := json.NewDecoder(io.LimitReader(conn, 1<<20))
	var h hello
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if dec.Decode(&h) != nil {
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	answers := make(chan frame)
	go func() {
		defer cancel()
		for {
			var f frame
			if dec.Decode(&f) != nil {
				return
			}
			select {
			case answers <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	s := &session{enc: json.NewEncoder(conn), answers: answers}
	err := k.command(ctx, h, s)
	explain(s.stream(false), err)
	code := codeOf(err)
	s.send(frame{Exit: &code})
}

func (k *control) command(ctx context.Context, h hello, s *session) error {
	_, cmd, err := parse(h.Args, s.stream(true), s.stream(false))
	if err != nil {
		return err
	}
	if _, ok := cmd.(alone); ok {
		return invalid("this command does not work from outside", "run it by itself")
	}
	c := &call{out: s.stream(true), err: s.stream(false), width: h.Width, env: os.Getenv, cfg: k.house.cfg, log: k.house.log, now: k.house.now,
		ask:  func(prompt string, hidden bool) (string, error) { return s.ask(ctx, prompt, hidden) },
		hold: func(_ context.Context, f func(*house) error) error { return f(k.house) }}
	return cmd.Run(ctx, c)
}

// session is the holder's side of one connection.
type session struct {
	mu      sync.Mutex
	enc     *json.Encoder
	answers <-chan frame
}

func (s *session) send(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.enc.Encode(f) // a client that left is noticed by its reading end
}

func (s *session) ask(ctx context.Context, prompt string, hidden bool) (string, error) {
	s.send(frame{Ask: &prompt, Hidden: hidden})
	select {
	case f := <-s.answers:
		if f.Answer == nil {
			return "", exitError{code: exitUsage, err: invalid("nothing was entered", f.Failed)}
		}
		return *f.Answer, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

type stream struct {
	s   *session
	out bool
}

func (s *session) stream(out bool) io.Writer { return stream{s, out} }

// Write sends a piece of output on its way.
func (w stream) Write(p []byte) (int, error) {
	if w.out {
		w.s.send(frame{Out: p})
	} else {
		w.s.send(frame{Err: p})
	}
	return len(p), nil
}

// forward runs a command line in the process that holds the store. It fails
// with errNoHolder where there is none.
func forward(ctx context.Context, cfg *Config, args []string, c *call) (int, error) {
	conn, err := dialHolder(cfg, c.env)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	enc, dec := json.NewEncoder(conn), json.NewDecoder(conn)
	if err := enc.Encode(hello{Args: args, Width: c.width}); err != nil {
		return 0, errNoHolder
	}
	heard := false
	for {
		var f frame
		if err := dec.Decode(&f); err != nil {
			switch {
			case ctx.Err() != nil:
				return 0, ctx.Err()
			case !heard:
				return 0, errNoHolder // it was about to end
			}
			return 0, &bridge.Fault{Kind: bridge.Internal, What: "the running calbridge ended in the middle of the command", Err: err, Fix: "run it again"}
		}
		heard = true
		if f.Exit != nil {
			return *f.Exit, nil
		}
		if err := c.relay(enc, f); err != nil {
			return 0, err
		}
	}
}

// relay shows what the holder printed, and answers what it asks.
func (c *call) relay(enc *json.Encoder, f frame) error {
	if _, err := c.out.Write(f.Out); err != nil {
		return err
	}
	if _, err := c.err.Write(f.Err); err != nil {
		return err
	}
	if f.Ask == nil {
		return nil
	}
	text, err := c.ask(*f.Ask, f.Hidden)
	if err != nil {
		return enc.Encode(frame{Failed: err.Error()})
	}
	return enc.Encode(frame{Answer: &text})
}
