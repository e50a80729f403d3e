package portal

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"calbridge/bridge"
)

// Source knows how the bridge is. It may be called concurrently.
type Source interface {
	// Status returns what one user may know.
	Status(ctx context.Context, user string) (Status, error)
	// Ready tells why readers cannot get everything yet; "" where they can. It is
	// asked often, by anybody.
	Ready(ctx context.Context) (waits string, err error)
}

// Door lets people in; package caldav's Handler is one.
type Door interface {
	// Visit signs a request in. The fault is SignIn where that failed and Retry
	// where it may not be tried again at once.
	Visit(r *http.Request) (bridge.Device, error)
	// Challenge asks the browser for a password.
	Challenge(h http.Header)
}

// State is how an account is, in one word.
type State string

// The states of an account.
const (
	OK        State = "ok"
	FirstSync State = "first-sync"
	Syncing   State = "syncing"
	Degraded  State = "degraded"
	SignIn    State = "signin"  // a person must sign in again
	Consent   State = "consent" // a person must allow it
)

// Status is how the bridge is for one user.
type Status struct {
	Accounts []Account
	Devices  []bridge.Device
	Feeds    []bridge.Feed
}

// Account is one mailbox.
type Account struct {
	Address   string
	State     State
	Message   string // a whole sentence
	Fix       string // what to do; empty where there is nothing to do
	LastSync  time.Time
	Calendars []Calendar
}

// Calendar is a calendar that is shown to readers.
type Calendar struct {
	bridge.Calendar
	Message string           // what is wrong with it
	Aside   []bridge.BadItem // events that could not be read
	Remarks []bridge.Remark  // on events that are not served just as Outlook shows them
	Audit   bridge.Audit     // what comparing it with Outlook came to
}

// summary is the sentence on top of the page.
type summary struct {
	State State
	Text  string
	Fix   string
}

// rank orders states by how much they ask for attention.
var rank = map[State]int{OK: 0, Syncing: 0, FirstSync: 1, Degraded: 2, Consent: 3, SignIn: 4}

// summary says in one sentence what matters most.
func (s *Status) summary(now time.Time) summary {
	if len(s.Accounts) == 0 {
		return summary{FirstSync, "No mailbox is connected yet.", "Run calbridge login on the computer where calbridge runs."}
	}
	worst := &s.Accounts[0]
	for i := range s.Accounts {
		if rank[s.Accounts[i].State] > rank[worst.State] {
			worst = &s.Accounts[i]
		}
	}
	switch rank[worst.State] {
	case 0:
		return s.well(now)
	case 1:
		return summary{FirstSync, "The calendars are being fetched for the first time.", worst.Fix}
	}
	text := worst.Address + ": " + worst.Message
	if !worst.LastSync.IsZero() {
		text += " Readers go on with events as of " + ago(now, worst.LastSync) + "."
	}
	return summary{worst.State, text, worst.Fix}
}

// well is the sentence for when nothing is wrong, but perhaps with some events.
func (s *Status) well(now time.Time) summary {
	aside, changed := 0, time.Time{}
	for _, a := range s.Accounts {
		for _, c := range a.Calendars {
			aside += len(c.Aside)
			if c.Changed.After(changed) {
				changed = c.Changed
			}
		}
	}
	text := "Everything is up to date"
	if !changed.IsZero() {
		text += "; last change " + ago(now, changed)
	}
	switch {
	case aside == 1:
		return summary{Degraded, text + ". One event could not be read and is kept aside, see below.", ""}
	case aside > 1:
		return summary{Degraded, fmt.Sprintf("%s. %d events could not be read and are kept aside, see below.", text, aside), ""}
	}
	return summary{OK, text + ".", ""}
}

// ago says how long before now t was.
func ago(now, t time.Time) string {
	const day = 24 * time.Hour
	switch d := now.Sub(t); {
	case t.IsZero():
		return "never"
	case d < time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	case d < 60*day:
		return fmt.Sprintf("%d days ago", d/day)
	}
	return "on " + t.UTC().Format("2 January 2006")
}
