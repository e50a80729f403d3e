package bridge

import (
	"slices"
	"time"
)

// AccountID names an account on this server.
type AccountID string

// Account is one mailbox, signed in by one user.
type Account struct {
	ID      AccountID `json:"id"`
	User    string    `json:"user"`
	Kind    string    `json:"kind"`    // the source it speaks: "graph"
	Address string    `json:"address"` // as the source spells it; compared without case
	Name    string    `json:"name,omitempty"`
	Added   time.Time `json:"added"`

	Registration Registration `json:"registration"`

	// Mailbox is whose mailbox is read where no person signed in to it: an
	// object id or an address. The app's own secret then opens it.
	Mailbox string `json:"mailbox,omitempty"`

	// Others are the addresses of people whose calendars are read too, in their
	// own mailboxes.
	Others []string `json:"others,omitempty"`

	// Zone, Addresses and Colors are what the mailbox said of itself last; see
	// [Env].
	Zone      string            `json:"zone,omitempty"`
	Addresses []string          `json:"addresses,omitempty"`
	Colors    map[string]string `json:"colors,omitempty"`

	Trouble  *Trouble  `json:"trouble,omitempty"` // what keeps the account from being in order
	Pause    time.Time `json:"pause,omitzero"`    // no request before: the source asked for it
	LastSync time.Time `json:"lastSync,omitzero"` // end of the last complete round over all calendars
}

// SameSource reports whether an account is read in the same way as another: by
// the same registration, from the same mailboxes.
func (a *Account) SameSource(b *Account) bool {
	return a.Registration == b.Registration && a.Mailbox == b.Mailbox && slices.Equal(a.Others, b.Others)
}

// Registration is the application that an account was signed in with. Renewing
// the sign-in needs the same one.
type Registration struct {
	ClientID string `json:"clientID"`
	Tenant   string `json:"tenant"`
	Cloud    string `json:"cloud,omitempty"`
	LoginURL string `json:"loginURL"`
	GraphURL string `json:"graphURL"`
	Shared   bool   `json:"shared,omitempty"` // asks for what other people share, too
}

// Trouble is a degraded state, in words for its owner.
type Trouble struct {
	Kind  Kind      `json:"kind"`
	What  string    `json:"what"`
	Why   string    `json:"why,omitempty"`
	Fix   string    `json:"fix,omitempty"`
	Since time.Time `json:"since"`
	Told  bool      `json:"told,omitempty"` // its owner was told once
}

// NeedsPerson reports whether the trouble waits for someone to act.
func (t *Trouble) NeedsPerson() bool {
	return t != nil && (t.Kind == SignIn || t.Kind == Consent)
}
