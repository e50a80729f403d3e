package bridge

import (
	"errors"
	"strings"
	"time"
)

// Kind tells what is to be done about a fault.
type Kind string

// The kinds of fault, and what the sync loop makes of them.
const (
	Internal Kind = "internal" // a defect or a failing disk: log, back off, go on elsewhere
	Retry    Kind = "retry"    // will pass: wait and try again
	Resync   Kind = "resync"   // the resume point is dead: a full round
	SignIn   Kind = "signin"   // a person must sign in again
	Consent  Kind = "consent"  // an administrator or an owner must allow it
	Denied   Kind = "denied"   // this calendar may not be read: leave it, go on elsewhere
	Gone     Kind = "gone"     // it is no longer there
	Invalid  Kind = "invalid"  // it is wrong and stays wrong: do not try again
	Unable   Kind = "unable"   // the other side does not have this feature
	Waiting  Kind = "waiting"  // too much would go at one answer's word: another answer decides
	Absent   Kind = "absent"   // what a person named is not here
)

// Fault is an error with words for people. What, Why and Fix are whole
// sentences or clauses without jargon and without secrets; Err is for the log.
type Fault struct {
	Kind  Kind
	What  string        // what happened
	Why   string        // why
	Fix   string        // what to do
	Code  string        // the other side's own code, shown last
	After time.Duration // for Retry: how long to wait at least
	Err   error
}

// Error returns what, why and the cause on one line.
func (f *Fault) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{f.What, f.Why} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if f.Code != "" {
		parts = append(parts, "("+f.Code+")")
	}
	if f.Err != nil {
		parts = append(parts, f.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Trouble returns the fault as a state that began at since.
func (f *Fault) Trouble(since time.Time) *Trouble {
	why := f.Why
	if f.Code != "" {
		why = strings.TrimSpace(why + " (" + f.Code + ")")
	}
	return &Trouble{Kind: f.Kind, What: f.What, Why: why, Fix: f.Fix, Since: since}
}

// KindOf returns the kind of the first Fault in err's tree, Internal where
// there is none, and "" for nil.
func KindOf(err error) Kind {
	var f *Fault
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Kind
	}
	return Internal
}

// AsFault returns the first Fault in err's tree, or err as an internal one.
func AsFault(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{Kind: Internal, What: "something in calbridge itself went wrong", Err: err,
		Fix: "see the log; if it stays, please report it"}
}
