package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/term"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
)

// alone marks commands that do not go to the process that holds the store:
// they need none, or see to it themselves.
type alone interface{ alone() }

// configured is a command with flags that stand for configuration keys.
type configured interface{ settings() map[string]string }

// holdWait is how long a command waits for a data folder whose holder does not
// answer: it may only just be starting or stopping.
const holdWait = 5 * time.Second

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, s surroundings) int {
	err := runArgs(ctx, args, s)
	explain(s.err, err)
	code := codeOf(err)
	if code == exitInterrupted && terminal(s.err) > 0 {
		fmt.Fprintln(s.err) // the terminal shows ^C where the cursor was
	}
	return code
}

func runArgs(ctx context.Context, args []string, s surroundings) error {
	line, cmd, err := parse(args, s.out, s.err)
	if err != nil {
		return err
	}
	flags := map[string]string{"data": line.Data, "log.level": line.LogLevel}
	if k, ok := cmd.(configured); ok {
		for name, value := range k.settings() {
			flags[name] = value
		}
	}
	cfg, err := loadConfig(line.Config, s.env, flags)
	if err != nil {
		return err
	}
	c := newCall(ctx, cfg, s, line.LogLevel != "")
	if _, ok := cmd.(alone); ok {
		return cmd.Run(ctx, c)
	}
	if p, ok := cmd.(interface {
		prepare(*call, []string) ([]string, func(error) error, error)
	}); ok {
		more, done, err := p.prepare(c, args)
		if err != nil {
			return err
		}
		return done(anywhere(ctx, c, cmd, more, s))
	}
	return anywhere(ctx, c, cmd, args, s)
}

// newCall makes the call of a command that runs in this process. Commands that
// come and go log what is wrong only, unless more is asked for.
func newCall(ctx context.Context, cfg *Config, s surroundings, level bool) *call {
	c := &call{out: s.out, err: s.err, width: terminal(s.err), env: s.env, cfg: cfg, now: time.Now}
	c.log = slog.New(slog.DiscardHandler)
	if level {
		c.log = newLog(cfg, s.err, c.width > 0)
	}
	c.ask = func(prompt string, hidden bool) (string, error) { return askHere(ctx, s, prompt, hidden) }
	c.hold = func(ctx context.Context, f func(*house) error) error { return c.holdStore(ctx, f) }
	c.elsewhere = func(ctx context.Context, args []string) (int, error) { return forward(ctx, cfg, args, c) }
	return c
}

// anywhere runs a command where the store is: in the process that holds it, or
// in this one, which then answers others meanwhile.
func anywhere(ctx context.Context, c *call, cmd command, args []string, s surroundings) error {
	for start := time.Now(); ; {
		code, err := c.elsewhere(ctx, args)
		if err == nil {
			if code != exitDone {
				return exitError{code: code}
			}
			return nil
		}
		if !errors.Is(err, errNoHolder) {
			return err
		}
		err = c.holdStore(ctx, func(h *house) error {
			here := *c
			here.hold = func(_ context.Context, f func(*house) error) error { return f(h) }
			here.elsewhere = nil
			return cmd.Run(ctx, &here)
		})
		if !errors.Is(err, boltdb.ErrHeld) {
			return err
		}
		if time.Since(start) > holdWait {
			return exitError{code: exitHeld, err: &bridge.Fault{Kind: bridge.Internal, What: holder(c.cfg) + " holds the data folder " + c.cfg.Data + " and does not answer",
				Fix: "end it, or name another folder with --data"}}
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// holdStore opens the data folder for f and answers other commands meanwhile.
func (c *call) holdStore(ctx context.Context, f func(*house) error) error {
	h, err := openHouse(ctx, c.cfg, c.log, c.now)
	if err != nil {
		return err
	}
	k, err := openControl(h)
	if err != nil {
		return errors.Join(err, h.close())
	}
	err = f(h)
	k.finish()
	return errors.Join(err, h.close())
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// askHere asks on this process's terminal, or reads a line of its input. Ctrl-C
// ends the wait, and leaves the terminal as it was.
func askHere(ctx context.Context, s surroundings, prompt string, hidden bool) (string, error) {
	fd := int(s.in.Fd())
	before, err := term.GetState(fd)
	if err != nil { // no terminal
		return unlessDone(ctx, func() (string, error) { return readLine(s.in) })
	}
	fmt.Fprint(s.err, prompt)
	text, err := unlessDone(ctx, func() (string, error) {
		if hidden {
			text, err := term.ReadPassword(fd)
			return string(text), err
		}
		return readLine(s.in)
	})
	switch {
	case ctx.Err() != nil:
		err = errors.Join(ctx.Err(), term.Restore(fd, before))
	case hidden:
		fmt.Fprintln(s.err)
	}
	return text, err
}

// unlessDone waits for read, or for ctx to end. A read of a terminal cannot be
// called back: it is left to the end of the process.
func unlessDone(ctx context.Context, read func() (string, error)) (text string, err error) {
	done := make(chan struct{})
	var got string
	var failed error
	go func() {
		defer close(done)
		got, failed = read()
	}()
	select {
	case <-done:
		return got, failed
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLine reads one line, which may lack its end.
func readLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 64<<10)).ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", exitError{code: exitUsage, err: &bridge.Fault{Kind: bridge.Invalid, What: "nothing was entered", Err: err,
			Fix: "run it on a terminal, or give the answer on standard input"}}
	}
	return strings.TrimRight(line, "\r\n"), nil
}
