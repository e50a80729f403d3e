package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"

	"calbridge/bridge"
	"calbridge/graphsync/graphfake"
)

// check runs one round trip as a reader: find the calendars, read them, edit
// the mailbox, see that change and no other, read the feed. The CalDAV client
// is go-webdav's, which nobody here wrote.
func (x *demo) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	c := &checker{demo: x}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"A reader finds the calendars by address, user and password", c.discover},
		{"A reader gets every event of every calendar", c.readAll},
		{"A change in Outlook arrives, and nothing else moves", c.change},
		{"The feed shows it", c.readFeed},
		{"A wrong password opens nothing", c.wrongPassword},
	} {
		if err := step.do(ctx); err != nil {
			x.call.print("  ✗ %s", step.what)
			return &bridge.Fault{Kind: bridge.Internal, What: "the round trip failed at: " + step.what, Err: err}
		}
		x.call.print("  ✓ %s", step.what)
	}
	return nil
}

type checker struct {
	*demo
	client    *caldav.Client
	calendars []caldav.Calendar
	subject   string
}

func (c *checker) discover(ctx context.Context) error {
	hc := webdav.HTTPClientWithBasicAuth(c.httpClient(), demoUser, demoPassword)
	endpoint := c.house.cfg.PublicURL.String() + "/dav/"
	dav, err := webdav.NewClient(hc, endpoint)
	if err != nil {
		return err
	}
	if c.client, err = caldav.NewClient(hc, endpoint); err != nil {
		return err
	}
	principal, err := dav.FindCurrentUserPrincipal(ctx)
	if err != nil {
		return err
	}
	home, err := c.client.FindCalendarHomeSet(ctx, principal)
	if err != nil {
		return err
	}
	c.calendars, err = c.client.FindCalendars(ctx, home)
	if err == nil && len(c.calendars) == 0 {
		err = errors.New("no calendar is there")
	}
	return err
}

func (c *checker) readAll(ctx context.Context) error {
	lines, err := c.house.calendarLines(ctx)
	if err != nil {
		return err
	}
	want := map[string]int{}
	for _, l := range lines {
		want[l.Path] = l.Objects
	}
	for _, cal := range c.calendars {
		body, err := c.get(ctx, c.house.cfg.PublicURL.String()+strings.TrimPrefix(cal.Path, c.house.cfg.PublicURL.EscapedPath()))
		if err != nil {
			return err
		}
		// A series has more VEVENTs than one; its master alone has no RECURRENCE-ID.
		got := strings.Count(body, "\r\nBEGIN:VEVENT\r\n") - strings.Count(body, "\r\nRECURRENCE-ID")
		if got != want[cal.Path] {
			return fmt.Errorf("%s has %d events, the mirror %d", cal.Name, got, want[cal.Path])
		}
	}
	return nil
}

// change edits Outlook and waits for the journal to move.
func (c *checker) change(ctx context.Context) error {
	before, err := c.points(ctx)
	if err != nil {
		return err
	}
	listener := c.house.store.Hub.Listen()
	defer listener.Close()
	c.subject = fmt.Sprintf("Round trip %d", c.call.now().UnixNano())
	if _, err := c.box.Default().Add(graphfake.Event{Subject: c.subject, Start: c.call.now().Truncate(time.Hour)}); err != nil {
		return err
	}
	select {
	case <-listener.Ready():
	case <-ctx.Done():
		return errors.New("it does not arrive")
	}
	after, err := c.points(ctx)
	if err != nil {
		return err
	}
	var moved bridge.Seq
	for id, p := range after {
		moved += p.Seq - before[id].Seq
	}
	if moved != 1 {
		return fmt.Errorf("%d objects moved, one was changed", moved)
	}
	return nil
}

func (c *checker) points(ctx context.Context) (map[bridge.CalendarID]bridge.Point, error) {
	list, err := c.house.store.UserCalendars(ctx, demoUser)
	points := map[bridge.CalendarID]bridge.Point{}
	for _, cal := range list {
		points[cal.ID] = cal.Point
	}
	return points, err
}

func (c *checker) readFeed(ctx context.Context) error {
	body, err := c.get(ctx, c.feed.URL)
	if err == nil && !strings.Contains(body, "SUMMARY:"+c.subject) {
		err = errors.New("the new event is not in it")
	}
	return err
}

func (c *checker) get(ctx context.Context, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.SetBasicAuth(demoUser, demoPassword)
	res, err := c.httpClient().Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server answers %s", res.Status)
	}
	return string(body), err
}

func (c *checker) wrongPassword(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, "PROPFIND", c.house.cfg.PublicURL.String()+"/dav/", nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(demoUser, "wrong")
	res, err := c.httpClient().Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	return nil
}
