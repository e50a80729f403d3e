package graphfake

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// eventsDelta answers GET …/events/delta: the singles and masters of a
// calendar, and from then on what changed.
func (c *call) eventsDelta() error {
	if err := c.needRead(); err != nil {
		return err
	}
	return c.delta(false, c.habits.DeltaStatus)
}

// viewDelta answers GET …/calendarView/delta: what takes place in a window,
// series expanded, and from then on what changed of that.
func (c *call) viewDelta() error {
	if err := c.needRead(); err != nil {
		return err
	}
	return c.delta(true, c.habits.ViewDeltaStatus)
}

// delta makes a page of either flavour.
func (c *call) delta(view bool, status int) error {
	if status != 0 {
		return deltaRefused(status)
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	cal, err := c.calendar()
	if err != nil {
		return err
	}
	t, err := c.cursorToken(cal, view)
	if err != nil {
		return err
	}
	r, err := c.deltaRound(cal, t)
	if err != nil {
		return err
	}
	return r.reply()
}

func deltaRefused(status int) *problem {
	switch status {
	case http.StatusNotFound:
		return refuse(status, "ResourceNotFound", "Resource could not be discovered.")
	case http.StatusNotImplemented:
		return notImplemented("events/delta")
	}
	return refuse(status, "ErrorInvalidRequest", "The OData request is not supported.")
}

// cursorToken reads the token of the request, or begins a cursor. What is
// asked beside a token is ignored.
func (c *call) cursorToken(cal *Calendar, view bool) (cursorToken, error) {
	text, inRound := c.query["$skiptoken"]
	if !inRound {
		var given bool
		if text, given = c.query["$deltatoken"]; !given {
			return c.firstToken(cal, view)
		}
	}
	t, ok := c.mb.open(text)
	if !ok || t.inRound != inRound || t.view != view {
		return t, badRequest("InvalidDeltaToken", "The delta token is invalid.")
	}
	next, highest, ok := c.mb.cursors.advance(t.cursor, t.generation, c.srv.opt.Generations)
	if !ok {
		return t, c.tooOld(t, highest)
	}
	if t.calendar != cal.key {
		return t, badRequest("InvalidDeltaToken", "The delta token is invalid.")
	}
	t.generation = next
	if !inRound {
		t.from, t.at, t.upto, t.split, t.sub = t.upto, t.upto, cal.journal.head, 0, 0
	}
	return t, nil
}

// firstToken begins a cursor from the options of an initial request.
func (c *call) firstToken(cal *Calendar, view bool) (cursorToken, error) {
	t := cursorToken{calendar: cal.key, upto: cal.journal.head, view: view}
	bound := c.boundStart
	if view {
		bound = c.boundWindow
	}
	if err := bound(&t); err != nil {
		return t, err
	}
	t.cursor = c.mb.cursors.begin()
	next, _, _ := c.mb.cursors.advance(t.cursor, 0, 0)
	t.generation = next
	return t, nil
}

// boundStart reads what events/delta may be asked: members, and a start.
func (c *call) boundStart(t *cursorToken) error {
	t.sel = c.query["$select"]
	if err := c.query.allow("$select", "$top"); err != nil {
		return err
	}
	if _, err := c.query.selection(c.beta, c.habits.NationalCloud); err != nil {
		return err
	}
	text, given := c.query["startdatetime"]
	if !given {
		return nil
	}
	start, err := parseInstant(text)
	if err != nil {
		return badRequest("ErrorInvalidParameter", "The value '%s' of parameter 'StartDateTime' is invalid.", text)
	}
	t.bounded, t.start = true, start.Unix()
	return nil
}

// boundWindow reads what calendarView/delta has to be asked: a window. No
// $select is taken.
func (c *call) boundWindow(t *cursorToken) (err error) {
	if err := c.query.allow("$top"); err != nil {
		return err
	}
	t.bounded = true
	t.start, t.end, err = c.timeRange()
	return err
}

// tooOld is the answer to a link whose generation is forgotten.
func (c *call) tooOld(t cursorToken, highest uint64) *problem {
	message := fmt.Sprintf("The sync state generation is not found; generation=%d;[highest=%d][%d]", t.generation, highest, highest)
	for n := min(c.srv.opt.Generations, int(highest)); n > 1; n-- {
		message += fmt.Sprintf("[%d]", int(highest)-n+1)
	}
	p := refuse(http.StatusGone, "SyncStateNotFound", "%s.", message)
	if !c.habits.NoResetLocation {
		p.header = http.Header{"Location": {c.initialLink(t)}}
	}
	return p
}

// initialLink writes the address with which the cursor began.
func (c *call) initialLink(t cursorToken) string {
	var query []string
	if t.bounded {
		query = append(query, "startDateTime="+time.Unix(t.start, 0).UTC().Format(time.RFC3339))
	}
	if t.view {
		query = append(query, "endDateTime="+time.Unix(t.end, 0).UTC().Format(time.RFC3339))
	}
	if t.sel != "" {
		query = append(query, "$select="+url.QueryEscape(t.sel))
	}
	link := c.base + c.r.URL.EscapedPath()
	if query != nil {
		link += "?" + strings.Join(query, "&")
	}
	return link
}

// deltaRound is one page of a round that is being made.
type deltaRound struct {
	*call
	cal   *Calendar
	token cursorToken
	view  *view
	size  int
}

// shortMembers are what events/delta shows of an event without a $select.
var shortMembers = map[string]bool{"id": true, "type": true, "start": true, "end": true}

func (c *call) deltaRound(cal *Calendar, t cursorToken) (*deltaRound, error) {
	sel := selection{names: shortMembers}
	if c.habits.DeltaFull || t.view {
		sel = selection{}
	}
	if t.sel != "" {
		var err error
		if sel, err = readSelection(t.sel, c.beta, c.habits.NationalCloud); err != nil {
			return nil, err
		}
	}
	opt := &c.srv.opt
	size, err := c.query.number("$top", opt.DeltaPageSize, 1, opt.MaxDeltaPageSize)
	if c.prefs.pageSize > 0 {
		size = min(c.prefs.pageSize, opt.MaxDeltaPageSize)
	}
	return &deltaRound{c, cal, t, c.view(sel), size}, err
}

// reply writes the page: items, and the link to the next page or round.
func (r *deltaRound) reply() error {
	value, next, more := r.items()
	if r.habits.WedgeDelta {
		next.at, more = r.token.at, true
	}
	out := object{r.context("Collection(event)")}
	switch {
	case more:
		next.inRound = true
		out.set("@odata.nextLink", r.link(map[string]string{"$skiptoken": r.mb.seal(next), "$deltatoken": "", "$select": "", "startdatetime": "", "enddatetime": ""}))
	case r.habits.ReuseDeltaLink && len(value) == 0 && r.query["$deltatoken"] != "":
		out.set("@odata.deltaLink", r.base+r.r.URL.RequestURI())
	default:
		next.inRound = false
		out.set("@odata.deltaLink", r.link(map[string]string{"$deltatoken": r.mb.seal(next), "$skiptoken": "", "$select": "", "startdatetime": "", "enddatetime": ""}))
	}
	return r.call.reply(http.StatusOK, append(out, member{"value", r.spoil(value)}))
}

// items makes the items of the page, and the token behind the last of them.
// more tells whether others will come. A series is not cut, unless the habits
// say so: then the token remembers how much of it was told.
func (r *deltaRound) items() (value list, next cursorToken, more bool) {
	value, next = r.opening(), r.token
	next.split, next.sub = 0, 0
	n := 0
	for seq, rec := range r.cal.journal.between(r.token.at, r.token.upto) {
		told := 0
		if seq == r.token.split {
			told = int(r.token.sub)
		}
		for i, item := range r.itemsOf(rec) {
			switch {
			case i < told:
				continue
			case n >= r.size && i == 0:
				return value, next, true
			case n >= r.size && r.habits.SplitSeries:
				next.split, next.sub = seq, uint64(i)
				return value, next, true
			}
			value = append(value, item)
			n++
		}
		next.at = seq
	}
	next.at = r.token.upto
	return value, next, false
}

// itemsOf makes what a round tells of a record.
func (r *deltaRound) itemsOf(rec *record) list {
	if r.token.view {
		return r.viewItems(rec)
	}
	if !r.shows(rec) {
		return nil
	}
	return list{r.item(rec)}
}

// opening is what the habits put in front of a page.
func (r *deltaRound) opening() list {
	first := r.token.from == 0 && r.token.at == 0
	switch {
	case first && r.habits.UnknownRemovals:
		stranger := ref{immutable: r.prefs.immutable, folder: r.cal.serial, number: 1}
		return list{r.removed(r.mb.encode(stranger))}
	case !first && r.token.inRound && r.habits.DuplicateAcrossPages:
		for _, rec := range r.cal.journal.between(r.token.at-1, r.token.at) {
			if items := r.itemsOf(rec); len(items) > 0 {
				return items[len(items)-1:]
			}
		}
	}
	return list{}
}

// shows tells whether a record belongs into the round.
func (r *deltaRound) shows(rec *record) bool {
	switch {
	case rec.kind == exceptionEvent && !r.habits.DeltaExceptions:
		return false
	case rec.gone:
		return r.token.from > 0 && !(rec.revived && r.prefs.immutable)
	case r.token.bounded && rec.timed:
		return !rec.over(r.token.start)
	}
	return true
}

// over tells whether an event lies wholly before an instant.
func (r *record) over(instant int64) bool {
	if r.series != nil {
		return r.series.at(r.series.final).end <= instant
	}
	return r.span.end <= instant
}

func (r *deltaRound) item(rec *record) object {
	if rec.gone {
		return r.removed(r.mb.recordIDs(rec).of(r.prefs.immutable))
	}
	return append(object{{"@odata.type", "#microsoft.graph.event"}}, r.view.event(whole(rec))...)
}

func (r *deltaRound) removed(id string) object {
	return object{{"id", id}, {"@removed", object{{"reason", r.habits.RemovedReason}}}}
}
