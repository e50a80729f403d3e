package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"calbridge/bridge"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPerson      = 3 // a person must act
	exitPartly      = 4
	exitHeld        = 5 // another instance holds the data folder and does not answer
	exitLater       = 75
	exitInterrupted = 130
)

// exitError ends a command with a code of its own; a nil err says nothing more.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// codeOf returns the exit code for what a command came to.
func codeOf(err error) int {
	var e exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	switch bridge.KindOf(err) {
	case bridge.SignIn, bridge.Consent:
		return exitPerson
	case bridge.Retry, bridge.Waiting:
		return exitLater
	}
	return exitFailed
}

// explain writes what happened, why and what to do (ux: message shape).
func explain(w io.Writer, err error) {
	var e exitError
	if err == nil || errors.Is(err, context.Canceled) || errors.As(err, &e) && e.err == nil {
		return
	}
	f := bridge.AsFault(err)
	fmt.Fprintf(w, "calbridge: error: %s\n", harmless(f.What))
	why := f.Why
	if why == "" && f.Err != nil {
		why = f.Err.Error()
	}
	if f.Code != "" {
		why += " (" + f.Code + ")"
	}
	if why != "" {
		fmt.Fprintf(w, "  why:  %s\n", harmless(why))
	}
	if f.Fix != "" {
		fmt.Fprintf(w, "  fix:  %s\n", harmless(f.Fix))
	}
}
