package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Calendar is the calendar resource.
type Calendar struct {
	ID                  string       `json:"id"`
	Name                string       `json:"name"`
	Color               string       `json:"color"`
	HexColor            string       `json:"hexColor"`
	IsDefaultCalendar   bool         `json:"isDefaultCalendar"`
	CanEdit             bool         `json:"canEdit"`
	CanViewPrivateItems *bool        `json:"canViewPrivateItems"`
	Owner               EmailAddress `json:"owner"`
}

const calendarMembers = "id,name,color,hexColor,canEdit,canViewPrivateItems,isDefaultCalendar,owner"

// Calendars returns the calendars of the mailbox: those of its own list and
// those of its other groups, as "People's calendars" (Graph: List calendars). It
// is never a part of its own list. Groups that Graph will not tell of are left
// out, so that what they held is only not seen: that proves nothing. Unless all
// is set, groups that lately held nothing but calendars of the own list are not
// asked for again: it tells of them.
func (c *Client) Calendars(ctx context.Context, all bool) (list []Calendar, err error) {
	if list, err = c.calendarsAt(ctx, c.mailbox()); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &Error{Status: 200, class: Broken, cause: errors.New("no calendar is listed, and every mailbox has one")}
	}
	known := map[string]bool{}
	for _, cal := range list {
		known[cal.ID] = true
	}
	if all {
		c.covered.Clear()
	}
	more, err := c.grouped(ctx, known)
	if err != nil && !untold(err) {
		return nil, err
	}
	return append(list, more...), nil
}

func (c *Client) calendarsAt(ctx context.Context, path string) ([]Calendar, error) {
	return gather[Calendar](ctx, c, path+"/calendars?$top=100&$select="+calendarMembers, 0)
}

// maxGroups bounds how many groups of calendars are asked for.
const maxGroups = 50

// grouped returns the calendars of all groups that are not known yet, and adds
// them to known (Graph: List calendarGroups).
func (c *Client) grouped(ctx context.Context, known map[string]bool) (list []Calendar, err error) {
	type group struct {
		ID string `json:"id"`
	}
	groups, err := gather[group](ctx, c, c.mailbox()+"/calendarGroups?$top=100&$select=id", 0)
	c.leftOut(err)
	for _, g := range groups[:min(len(groups), maxGroups)] {
		if _, covered := c.covered.Load(g.ID); covered {
			continue
		}
		found, failed := c.calendarsAt(ctx, c.mailbox()+"/calendarGroups/"+url.PathEscape(g.ID))
		if failed != nil && !untold(failed) {
			return nil, failed
		}
		c.leftOut(failed)
		more := unknown(found, known)
		if len(found) > 0 && len(more) == 0 {
			c.covered.Store(g.ID, true)
		}
		list = append(list, more...)
	}
	return list, err
}

func (c *Client) leftOut(err error) {
	var e *Error
	if c.LeftOut != nil && untold(err) && errors.As(err, &e) && e.Class().Passing() {
		c.LeftOut(err)
	}
}

// unknown returns what is not known yet, and adds it to known.
func unknown(found []Calendar, known map[string]bool) (list []Calendar) {
	for _, cal := range found {
		if !known[cal.ID] {
			known[cal.ID] = true
			list = append(list, cal)
		}
	}
	return list
}

// untold reports whether Graph will not answer, now and later: not everyone has
// groups, and some servers fail over single ones.
func untold(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Graphs() && e.Status != http.StatusUnauthorized && e.Status != http.StatusTooManyRequests &&
		e.Status <= http.StatusNotImplemented
}

// Calendar returns one calendar (Graph: Get calendar).
func (c *Client) Calendar(ctx context.Context, id string) (cal Calendar, err error) {
	err = c.get(ctx, c.mailbox()+"/calendars/"+url.PathEscape(id)+"?$select="+calendarMembers, prefer(0), &cal)
	return cal, err
}
