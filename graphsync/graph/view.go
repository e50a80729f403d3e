package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// ViewRange is the longest range that View takes, below Graph's 1825 days.
const ViewRange = 1800 * 24 * time.Hour

// viewMembers are what tells an instance apart and what of it is shown.
const viewMembers = "id,type,seriesMasterId,iCalUId,subject,start,end,isAllDay,isCancelled,showAs,location,locations," +
	"originalStart,originalStartTimeZone,originalEndTimeZone"

// View reads what takes place in a calendar in [from, to), series expanded by
// Graph itself, page by page (Graph: List calendarView). A store that refuses
// to be asked for single members is asked for all of them.
func (c *Client) View(ctx context.Context, calendar string, from, to time.Time, each func([]json.RawMessage) error) error {
	q := url.Values{"startDateTime": {from.UTC().Format(time.RFC3339)}, "endDateTime": {to.UTC().Format(time.RFC3339)}}
	link := c.mailbox() + "/calendars/" + url.PathEscape(calendar) + "/calendarView?" + q.Encode()
	err := pages(ctx, c, link+"&$select="+viewMembers, IDsPerPage, each)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest && e.Graphs() {
		return pages(ctx, c, link, IDsPerPage, each)
	}
	return err
}
