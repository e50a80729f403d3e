package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/ics"
	"calbridge/caldav"
	"calbridge/caldav/portal"
	"calbridge/graphsync"
)

// What each side asks of the store.
var (
	_ graphsync.Mirror   = (*boltdb.Store)(nil)
	_ graphsync.Accounts = (*boltdb.Store)(nil)
	_ graphsync.Served   = (*boltdb.Store)(nil)
	_ caldav.Library     = (*boltdb.Store)(nil)
	_ caldav.Overlays    = (*boltdb.Store)(nil)
)

// newSyncer wires the store to Microsoft.
func newSyncer(h *house) *graphsync.Syncer {
	s := &graphsync.Syncer{
		Accounts: h.store, Mirror: h.store, Secrets: secrets{h.store, h.vault},
		Served: h.store, Expand: ics.Expand, HTTP: graphHTTP(), Log: h.log, Now: h.now,
	}
	s.Scope = h.cfg.Sync.Scope
	s.Interval = func(a bridge.Account) time.Duration {
		if h.readers.active(a.User) {
			return h.cfg.Sync.Active
		}
		return h.cfg.Sync.Idle
	}
	s.Banner = h.cfg.Sync.Banner
	if h.cfg.Notify.URL != "" {
		s.Tell = h.notify
	}
	h.readers.nudge = s.Nudge
	return s
}

// graphHTTP returns the client for requests to Microsoft. Requests bound their
// own time; connecting has 10 s.
func graphHTTP() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: 90 * time.Second, MaxIdleConnsPerHost: 4,
	}}
}

// newHandler wires the store to readers. In the demo the page needs no
// password; elsewhere demo is nil.
func newHandler(h *house, demo *portal.Demo) http.Handler {
	door := gate{h.store, h.vault}
	dav := &caldav.Handler{
		Library: h.store, Overlays: h.store, Gate: door, Visitors: newVisitors(h.store), Feeds: door, BasePath: h.cfg.PublicURL.EscapedPath(), Realm: "calbridge", Cache: h.cfg.cache(),
		Log: h.log, Now: h.now, Seen: h.readers.saw,
	}
	pages := &portal.Handler{Source: h, Door: dav, PublicURL: h.cfg.PublicURL.String(), Version: version, Now: h.now, Log: h.log, Demo: demo}
	dav.Pages, h.dav = pages, dav
	return dav
}

// Ready implements portal.Source. An account that waits for a person is as ready
// as it gets by itself.
func (h *house) Ready(ctx context.Context) (waits string, err error) {
	accounts, err := h.store.Accounts(ctx)
	if err != nil {
		return "", err
	}
	person := map[bridge.AccountID]bool{}
	for _, a := range accounts {
		person[a.ID] = a.Trouble.NeedsPerson()
	}
	calendars, err := h.store.Calendars(ctx, "")
	for _, cal := range calendars {
		if !cal.Complete && !cal.Hidden && !person[cal.Account] && !cal.Trouble.NeedsPerson() {
			return "A calendar is still being fetched for the first time.", nil
		}
	}
	return "", err
}

// Status implements portal.Source.
func (h *house) Status(ctx context.Context, user string) (portal.Status, error) {
	r, err := h.report(ctx, user)
	if err != nil {
		return portal.Status{}, err
	}
	s := portal.Status{}
	for _, a := range r.Accounts {
		account := portal.Account{Address: a.Address, State: portal.State(a.State), Message: a.Message, Fix: a.Fix, LastSync: a.lastSync}
		for _, cal := range a.Calendars {
			account.Calendars = append(account.Calendars, portal.Calendar{Calendar: cal.cal, Message: cal.Message, Aside: cal.bad, Remarks: cal.remarks, Audit: cal.audit})
		}
		s.Accounts = append(s.Accounts, account)
	}
	if s.Devices, err = h.store.Devices(ctx, user); err != nil {
		return s, err
	}
	s.Feeds, err = h.store.Feeds(ctx, user)
	return s, err
}
