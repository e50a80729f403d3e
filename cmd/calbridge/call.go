package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"calbridge/bridge"
)

// call is one run of a command: in a process of its own, or in the process that
// holds the store on behalf of one that does not.
type call struct {
	out   io.Writer // results
	err   io.Writer // talk
	width int       // of the terminal that err is shown on; 0 where it is none
	env   func(string) string
	cfg   *Config
	log   *slog.Logger
	now   func() time.Time

	// ask asks the person for a line; hidden ones are not echoed. Without a
	// terminal it reads the line from standard input.
	ask func(prompt string, hidden bool) (string, error)

	// hold runs f with the store, which this process holds while f runs.
	hold func(ctx context.Context, f func(*house) error) error

	// elsewhere runs a command line in the process that holds the store. It is
	// nil there.
	elsewhere func(ctx context.Context, args []string) (int, error)
}

func (c *call) say(format string, args ...any) {
	fmt.Fprintln(c.err, harmless(fmt.Sprintf(format, args...)))
}

func (c *call) print(format string, args ...any) {
	fmt.Fprintln(c.out, harmless(fmt.Sprintf(format, args...)))
}

// harmless takes out of a text what a terminal would obey rather than show:
// names of calendars are written by strangers.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case steers(r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// steers reports whether a terminal obeys a character, or shows what follows in
// another direction.
func steers(r rune) bool {
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// printJSON writes a result for programs. Fields are only ever added. What could
// steer a terminal is written as an escape, which means the same in JSON.
func (c *call) printJSON(v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	var out strings.Builder
	for _, r := range text.String() {
		if r != '\n' && steers(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

// newLog returns the logger of the configuration: text on a terminal, JSON
// otherwise.
func newLog(cfg *Config, w io.Writer, terminal bool) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.Log.Level}
	if cfg.Log.Format == "text" || cfg.Log.Format == "auto" && terminal {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// stamp writes a time for programs; the zero time is null.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

// ago says in words how long ago t was.
func (c *call) ago(t time.Time) string {
	d := c.now().Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case d < 10*time.Second:
		return "just now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

func invalid(what, fix string) error {
	return &bridge.Fault{Kind: bridge.Invalid, What: what, Fix: fix}
}
