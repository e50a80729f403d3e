package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"calbridge/bridge"
)

// report is how the bridge is: what status prints and the status page shows.
// Its JSON fields are added to, never renamed or removed.
type report struct {
	OK       bool            `json:"ok"`
	Accounts []accountReport `json:"accounts"`
	TZData   tzdataReport    `json:"tzdata"`

	// Warnings are whole sentences on how calbridge is set up, with what to do.
	Warnings []string `json:"warnings"`
}

type accountReport struct {
	ID        string           `json:"id"`
	Address   string           `json:"address"`
	Name      string           `json:"name"`
	User      string           `json:"user"`
	State     string           `json:"state"` // ok first-sync syncing degraded signin consent
	Message   string           `json:"message"`
	Fix       string           `json:"fix"`
	LastSync  *string          `json:"last_sync"`
	Calendars []calendarReport `json:"calendars"`

	// Requests to Microsoft in the last hour, and how many were put off, as far
	// as this process made them.
	Requests  int `json:"requests_last_hour"`
	Throttled int `json:"throttled_last_hour"`

	lastSync time.Time
	trouble  *bridge.Trouble
}

type calendarReport struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Objects  int         `json:"objects"`
	LastSync *string     `json:"last_sync"`
	Source   string      `json:"source"` // delta view listing
	Message  string      `json:"message,omitempty"`
	Notice   string      `json:"notice,omitempty"` // what is being brought up to date
	Bad      []badReport `json:"bad"`
	Outdated int         `json:"outdated"` // events still to be read again since an upgrade
	Remarks  []remark    `json:"remarks"`  // on events that are not served just as Outlook shows them

	Rerender *rerenderReport `json:"rerender,omitempty"`

	// Check tells when ids and change keys of the whole calendar were compared
	// last, and how many events were put right then; null where that has not
	// happened yet.
	Check *checkReport `json:"check"`

	// Audit tells what comparing the calendar with Outlook came to; null where
	// that has not happened yet.
	Audit *auditSum `json:"audit"`

	cal   bridge.Calendar
	bad   []bridge.BadItem
	audit bridge.Audit

	remarks []bridge.Remark
}

type auditSum struct {
	Checked  int     `json:"checked"`  // instances
	Differed int     `json:"differed"` // that still differ
	Mended   int     `json:"mended"`   // that differed and were put right
	At       *string `json:"at"`
}

type checkReport struct {
	At       *string `json:"at"`
	Repaired int     `json:"repaired"`
	Total    int     `json:"repaired_total"` // in all comparisons so far
}

type badReport struct {
	ID    string `json:"id"`
	Cause string `json:"cause"`
}

type remark struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// report gathers the state of all accounts; of one user's where user is named.
func (h *house) report(ctx context.Context, user string) (report, error) {
	r := report{OK: true, Accounts: []accountReport{}, TZData: tzdata(), Warnings: append([]string{}, h.cfg.exposed()...)}
	accounts, err := h.store.Accounts(ctx)
	if err != nil {
		return r, err
	}
	for _, a := range accounts {
		if user != "" && a.User != user {
			continue
		}
		line, err := h.accountReport(ctx, a)
		if err != nil {
			return r, err
		}
		r.OK = r.OK && (line.State == "ok" || line.State == "syncing")
		r.Accounts = append(r.Accounts, line)
	}
	r.OK = r.OK && len(r.Accounts) > 0
	return r, nil
}

func (h *house) accountReport(ctx context.Context, a bridge.Account) (accountReport, error) {
	a.Trouble = cmp.Or(h.store.Trouble(), a.Trouble) // what cannot be stored cannot be found there
	line := accountReport{ID: string(a.ID), Address: a.Address, Name: a.Name, User: a.User, LastSync: stamp(a.LastSync),
		Calendars: []calendarReport{}, lastSync: a.LastSync, trouble: a.Trouble}
	list, err := h.store.Calendars(ctx, a.ID)
	if err != nil {
		return line, err
	}
	for _, cal := range list {
		if cal.Hidden {
			continue
		}
		entry, err := h.calendarReport(ctx, cal)
		if err != nil {
			return line, err
		}
		line.Calendars = append(line.Calendars, entry)
	}
	traffic := h.syncer.Traffic(a.ID)
	line.Requests, line.Throttled = traffic.LastHour, traffic.Throttled
	line.State, line.Message, line.Fix = stateOf(a, line.Calendars, h.syncer.Syncing(a.ID), h.now())
	return line, nil
}

func (h *house) calendarReport(ctx context.Context, cal bridge.Calendar) (calendarReport, error) {
	entry := calendarReport{ID: string(cal.ID), Name: cal.Name, Objects: cal.Objects, LastSync: stamp(cal.SyncedAt),
		Source: cal.Rung, Outdated: cal.Outdated, Bad: []badReport{}, Remarks: []remark{}, cal: cal}
	if cal.Trouble != nil {
		entry.Message = sentence(cal.Trouble)
	}
	if !cal.Check.At.IsZero() {
		entry.Check = &checkReport{stamp(cal.Check.At), cal.Check.Repaired, cal.Check.Total}
	}
	entry.Notice = h.catchingUp(&cal)
	if r := cal.Rerender; r != nil {
		entry.Rerender = &rerenderReport{Because: r.Because, Since: *stamp(r.Since), Done: r.Done, Changed: r.Changed}
	}
	bad, err := h.store.Bad(ctx, cal.ID)
	for _, b := range bad {
		entry.Bad = append(entry.Bad, badReport{string(b.Source), b.Cause})
	}
	entry.bad = bad
	if err != nil {
		return entry, err
	}
	remarks, err := h.store.Remarks(ctx, cal.ID)
	for _, r := range remarks {
		entry.Remarks = append(entry.Remarks, remark{string(r.Source), r.Text})
	}
	entry.remarks = remarks
	if err != nil {
		return entry, err
	}
	audits, err := h.store.Audits(ctx, cal.ID)
	if entry.audit = bridge.SumAudits(audits); !entry.audit.At.IsZero() {
		entry.Audit = &auditSum{entry.audit.Checked, entry.audit.Differed, entry.audit.Mended, stamp(entry.audit.At)}
	}
	return entry, err
}

// asideIn is how many events are kept aside because they cannot be read.
func asideIn(calendars []calendarReport) (n int) {
	for _, c := range calendars {
		n += len(c.Bad)
	}
	return n
}

// stateOf says in one word and one sentence how an account is, and what to do.
func stateOf(a bridge.Account, calendars []calendarReport, syncing bool, now time.Time) (state, message, fix string) {
	trouble := a.Trouble
	first := a.LastSync.IsZero() && len(calendars) == 0
	for _, c := range calendars {
		first = first || !c.cal.Complete
		trouble = cmp.Or(trouble, c.cal.Trouble)
	}
	switch {
	case trouble != nil && trouble.Kind == bridge.SignIn:
		return "signin", sentence(trouble), loginFix(a, trouble)
	case trouble != nil && trouble.Kind == bridge.Consent:
		return "consent", sentence(trouble), trouble.Fix
	case trouble != nil:
		return "degraded", sentence(trouble), trouble.Fix
	case first && syncing:
		return "first-sync", "The calendars are being fetched for the first time.", ""
	case first:
		return "first-sync", "The calendars have not been fetched yet.", "run  calbridge serve  or  calbridge sync"
	case syncing:
		return "syncing", "Fetching what changed.", ""
	}
	if n := asideIn(calendars); n > 0 {
		return "ok", "Everything is up to date, but for " + plural(n, "event that could not be read and is kept aside", "events that could not be read and are kept aside") + ".", ""
	}
	return "ok", "Everything is up to date.", ""
}

func loginFix(a bridge.Account, t *bridge.Trouble) string {
	return strings.Replace(cmp.Or(t.Fix, "run  calbridge login"), "calbridge login", "calbridge login "+a.Address, 1)
}

// sentence writes a trouble for people: what happened, and why.
func sentence(t *bridge.Trouble) string {
	text := strings.ToUpper(t.What[:min(1, len(t.What))]) + t.What[min(1, len(t.What)):]
	if t.Why != "" {
		text += ": " + t.Why
	}
	return text + "."
}

// row writes one line of a table.
func row(w io.Writer, cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.Join(strings.Fields(harmless(cell)), " ")
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}
