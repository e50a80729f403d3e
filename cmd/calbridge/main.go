package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], process()))
}

// surroundings is what a command sees of the process, or of whoever sent it
// over the control socket.
type surroundings struct {
	out, err *os.File
	in       *os.File
	env      func(string) string
}

func process() surroundings {
	return surroundings{out: os.Stdout, err: os.Stderr, in: os.Stdin, env: os.Getenv}
}

// terminal returns the width of f's terminal, 0 where it is none.
func terminal(f *os.File) int {
	if !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}
