package bridge

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Env is every input of rendering that is not the event itself. It is stored
// with the calendar, so that rendering never asks the clock or the machine, and
// changes at known moments alone, each of which renders the calendar again (see
// [Rerender]): MailboxZone, Addresses and Colors with a listing of the account's
// calendars, TZData when the program starts or the machine's zone rules were
// updated, Horizon when a new year begins.
type Env struct {
	MailboxZone string   `json:"mailboxZone,omitempty"` // IANA name, empty where unknown
	TZData      string   `json:"tzdata,omitempty"`      // release of the zone rules in use
	Horizon     int      `json:"horizon"`               // the year up to which lists stand for endless rules
	Addresses   []string `json:"addresses,omitempty"`   // mail addresses of the mailbox's owner

	// Colors are CSS3 colour names of the mailbox's categories, by category.
	Colors map[string]string `json:"colors,omitempty"`
}

// Renewed returns e with what is known now, and in words what of it changed.
// What by leaves empty stays: a mailbox whose zone cannot be read just now has
// not lost it; of Colors, only nil counts as empty. Horizon only grows: the clock of a machine that has just started
// may stand years back.
func (e Env) Renewed(by Env) (now Env, changed []string) {
	now = Env{MailboxZone: cmp.Or(by.MailboxZone, e.MailboxZone), TZData: cmp.Or(by.TZData, e.TZData),
		Horizon: max(e.Horizon, by.Horizon), Addresses: e.Addresses, Colors: e.Colors}
	if len(by.Addresses) > 0 && !sameAddresses(e.Addresses, by.Addresses) {
		now.Addresses, changed = by.Addresses, append(changed, "the mailbox's own addresses")
	}
	if by.Colors != nil && !maps.Equal(e.Colors, by.Colors) {
		now.Colors, changed = by.Colors, append(changed, "the categories' colours")
	}
	if now.MailboxZone != e.MailboxZone {
		changed = append(changed, "the mailbox's time zone")
	}
	if now.TZData != e.TZData {
		changed = append(changed, "time zone data")
	}
	if now.Horizon != e.Horizon {
		changed = append(changed, "the year")
	}
	return now, changed
}

// sameAddresses compares without order and case, as rendering does.
func sameAddresses(a, b []string) bool {
	fold := func(list []string) []string {
		list = slices.Clone(list)
		for i := range list {
			list[i] = strings.ToLower(list[i])
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	return slices.Equal(fold(a), fold(b))
}

// horizonYears is how far ahead of the present lists stand for endless rules: as
// far as people look, with a margin for a bridge that is not restarted for years.
const horizonYears = 10

// HorizonAt returns the horizon that an Env has from a moment on. It moves once a
// year, and with it only what is written as a list.
func HorizonAt(now time.Time) int { return now.UTC().Year() + horizonYears }
