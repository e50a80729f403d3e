package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Every request asks for times in UTC, the only label without an ambiguous
// hour, and for ids that survive a move between calendars. Cursors do not
// remember headers, so all requests send the same ones.
var common = []string{`outlook.timezone="UTC"`, `IdType="ImmutableId"`}

func prefer(pageSize int) []string {
	if pageSize > 0 {
		return []string{strings.Join(append(common[:len(common):len(common)], "odata.maxpagesize="+strconv.Itoa(pageSize)), ", ")}
	}
	return []string{strings.Join(common, ", ")}
}

// User is who signed in.
type User struct {
	ID        string `json:"id"`
	Name      string `json:"displayName"`
	Mail      string `json:"mail"`
	Principal string `json:"userPrincipalName"`
}

// Address returns the mail address, or what stands for it in accounts that
// have none.
func (u *User) Address() string {
	if u.Mail != "" {
		return u.Mail
	}
	return u.Principal
}

// mailbox is the path of the mailbox that is read. Ids below it are good below
// no other.
func (c *Client) mailbox() string {
	if c.User == "" {
		return "/me"
	}
	return "/users/" + url.PathEscape(c.User)
}

// Me returns whose mailbox it is (Graph: Get user).
func (c *Client) Me(ctx context.Context) (u User, err error) {
	err = c.get(ctx, c.mailbox()+"?$select=id,displayName,mail,userPrincipalName", prefer(0), &u)
	return u, err
}

// Addresses returns the mail addresses of the mailbox's owner, aliases included
// (Graph: Get user, which tells proxyAddresses only where they are asked for).
func (c *Client) Addresses(ctx context.Context) (list []string, err error) {
	var v struct {
		User
		Proxies []string `json:"proxyAddresses"`
	}
	if err := c.get(ctx, c.mailbox()+"?$select=mail,userPrincipalName,proxyAddresses", prefer(0), &v); err != nil {
		return nil, err
	}
	for _, address := range append([]string{v.Mail, v.Principal}, v.Proxies...) {
		if kind, rest, ok := strings.Cut(address, ":"); ok { // SMTP: is the main one, smtp: an alias
			if address = rest; !strings.EqualFold(kind, "smtp") {
				continue
			}
		}
		if strings.Contains(address, "@") {
			list = append(list, address)
		}
	}
	return list, nil
}

// MailboxZone returns the mailbox's time zone as its owner set it (Graph: Get
// mailboxSettings).
func (c *Client) MailboxZone(ctx context.Context) (string, error) {
	var v struct {
		Value string `json:"value"`
	}
	err := c.get(ctx, c.mailbox()+"/mailboxSettings/timeZone", prefer(0), &v)
	return v.Value, err
}

// Category is an outlookCategory: a name with a colour, "preset0" to "preset24"
// or "none".
type Category struct {
	Name  string `json:"displayName"`
	Color string `json:"color"`
}

// Categories returns the categories that the mailbox's owner keeps (Graph: List
// masterCategories; it needs MailboxSettings.Read, as the zone does).
func (c *Client) Categories(ctx context.Context) ([]Category, error) {
	return gather[Category](ctx, c, c.mailbox()+"/outlook/masterCategories", 0)
}

// Page sizes: ids are small, bodies are not.
const (
	IDsPerPage    = 500 // entries of a listing of ids
	bodiesPerPage = 100
	viewPage      = 200
)

func (c *Client) events(calendar string) string {
	return c.mailbox() + "/calendars/" + url.PathEscape(calendar) + "/events"
}

// Delta returns a page of what changed in a calendar since link was given; ""
// begins a new cursor. Only ids are asked for: a body read later is newer, and
// what a page lists of a series is not the series (Graph: event: delta).
func (c *Client) Delta(ctx context.Context, calendar, link string) (p Page, err error) {
	if link == "" {
		link = c.events(calendar) + "/delta?$select=id"
	}
	return p, c.page(ctx, link, IDsPerPage, (*deltaPage)(&p))
}

// ViewDelta returns a page of what changed since link was given in a window of a
// calendar, with each series expanded; "" begins a new cursor, in which the
// window stays for good. Graph refuses windows of over 1825 days (Graph: event:
// delta of a calendarView).
func (c *Client) ViewDelta(ctx context.Context, calendar, link string, from, to time.Time) (p Page, err error) {
	if link == "" {
		link = c.mailbox() + "/calendars/" + url.PathEscape(calendar) + "/calendarView/delta?" + window(from, to)
	}
	return p, c.page(ctx, link, viewPage, (*deltaPage)(&p))
}

func window(from, to time.Time) string {
	return url.Values{"startDateTime": {from.UTC().Format(time.RFC3339)}, "endDateTime": {to.UTC().Format(time.RFC3339)}}.Encode()
}

// Bodies returns a page of a calendar's events in full; "" begins (Graph: List
// events). Masters come without exceptions and cancelled dates.
func (c *Client) Bodies(ctx context.Context, calendar, link string, with With) (p Page, err error) {
	if link == "" {
		link = c.events(calendar) + (with &^ Exceptions).query(true)
	}
	return p, c.page(ctx, link, bodiesPerPage, &p)
}

// Revisions returns a page of a calendar's ids and change keys; "" begins. With
// dated it also tells when each event takes place, and how it recurs. Where since
// is not zero, only events that were modified since then are listed.
func (c *Client) Revisions(ctx context.Context, calendar, link string, dated bool, since time.Time) (p Page, err error) {
	if link == "" {
		link = c.events(calendar) + "?$select=id,changeKey,type,seriesMasterId"
		if dated {
			link += ",start,end,isAllDay,originalStartTimeZone,originalEndTimeZone,recurrence"
		}
		if !since.IsZero() {
			link += "&$filter=lastModifiedDateTime%20ge%20" + since.UTC().Format(time.RFC3339)
		}
	}
	return p, c.page(ctx, link, IDsPerPage, &p)
}

// Identities returns a page of a calendar's ids, types and UIDs; "" begins.
func (c *Client) Identities(ctx context.Context, calendar, link string) (p Page, err error) {
	if link == "" {
		link = c.events(calendar) + "?$select=id,type,iCalUId"
	}
	return p, c.page(ctx, link, IDsPerPage, &p)
}

// Event returns one event in full, a master with its cancelled dates, by the path
// of its calendar: the short path knows nothing of shared calendars (Graph: Get
// event).
func (c *Client) Event(ctx context.Context, calendar, id string, with With) (raw json.RawMessage, err error) {
	return c.item(ctx, calendar, id, with.query(false))
}

// Exists returns the id by which Graph itself knows an event that it finds under
// the given one, by the path of its calendar.
func (c *Client) Exists(ctx context.Context, calendar, id string) (own string, err error) {
	raw, err := c.item(ctx, calendar, id, "?$select=id")
	if err != nil {
		return "", err
	}
	var v struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(raw, &v) // what has no id that can be read has none of its own
	return v.ID, nil
}

// Occurrences asks for a master's exceptions and cancelled dates by their
// names: some stores leave them out of "everything".
func (c *Client) Occurrences(ctx context.Context, calendar, id string) (raw json.RawMessage, err error) {
	return c.item(ctx, calendar, id, "?$select=id,type,cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences")
}

// item reads one event.
func (c *Client) item(ctx context.Context, calendar, id, query string) (json.RawMessage, error) {
	var v rawEvent
	err := c.get(ctx, c.events(calendar)+"/"+url.PathEscape(id)+query, prefer(0), &v)
	return json.RawMessage(v), err
}

// rawEvent is an event that is not decoded yet.
type rawEvent json.RawMessage

// UnmarshalJSON implements [json.Unmarshaler].
func (r *rawEvent) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}

// whole refuses an answer that is JSON and no event.
func (r *rawEvent) whole() error {
	var v struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(*r, &v) != nil || v.ID == nil {
		return errors.New("it is not an event")
	}
	return nil
}

// Instances returns a series' instances that meet [from, to), in full (Graph:
// List instances). Graph refuses ranges of over 1825 days.
func (c *Client) Instances(ctx context.Context, calendar, id string, from, to time.Time) ([]json.RawMessage, error) {
	link := c.events(calendar) + "/" + url.PathEscape(id) + "/instances?" + window(from, to) + "&$select=*"
	return gather[json.RawMessage](ctx, c, link, IDsPerPage)
}
