package graphfake

import (
	"net/http"
	"strconv"
	"strings"
)

// collection is a listing that is about to be paged.
type collection struct {
	total int
	at    func(i int) instance
	after func(serial uint64) int // place behind a record, nil if not in stored order
}

// itemsOf makes a collection of a slice.
func itemsOf(items []instance) collection {
	return collection{total: len(items), at: func(i int) instance { return items[i] }}
}

var listOptions = []string{"$select", "$top", "$skip", "$skiptoken", "$filter", "$orderby", "$expand", "$count"}

// listEvents answers GET …/events and …/events/$count: singles and masters of
// a calendar, unbounded in time.
func (c *call) listEvents() error { return c.reads(c.replyAllEvents, listOptions...) }

func (c *call) replyAllEvents() error {
	cal, err := c.calendar()
	if err != nil {
		return err
	}
	items := collection{
		total: len(cal.records),
		at:    func(i int) instance { return whole(cal.records[i]) },
		after: func(serial uint64) int { return cal.index(serial + 1) },
	}
	if c.habits.ListExceptions {
		items = itemsOf(withExceptions(cal))
	}
	return c.replyEvents(items, c.eventsPath())
}

// withExceptions lists the records of a calendar, each master followed by its
// changed instances.
func withExceptions(cal *Calendar) []instance {
	var items []instance
	for _, rec := range cal.records {
		items = append(items, whole(rec))
		if rec.series == nil {
			continue
		}
		for _, d := range sortedDays(rec.series.exceptions) {
			items = append(items, whole(rec.series.exceptions[d]))
		}
	}
	return items
}

// eventsPath is the context of a listing.
func (c *call) eventsPath() string {
	if cid := c.r.PathValue("cid"); cid != "" {
		return c.userPath() + "/calendars('" + strings.ReplaceAll(cid, "=", "%3D") + "')/events"
	}
	return c.userPath() + "/events"
}

// replyEvents filters, orders, counts and pages a collection.
func (c *call) replyEvents(items collection, path string) error {
	items, err := c.arrange(items)
	if err != nil {
		return err
	}
	if strings.HasSuffix(c.r.Pattern, "/$count") {
		return c.replyCount(items.total)
	}
	v, err := c.listView()
	if err != nil {
		return err
	}
	size, from, err := c.window(items)
	if err != nil {
		return err
	}
	out := object{c.context(path)}
	if c.query["$count"] == "true" {
		out.set("@odata.count", items.total)
	}
	end := min(from+size, items.total)
	value := list{}
	for i := from; i < end; i++ {
		value = append(value, v.event(items.at(i)))
	}
	if from > 0 && from <= items.total && c.habits.DuplicateAcrossPages {
		value = append(list{v.event(items.at(from - 1))}, value...)
	}
	if end < items.total && end > from && !(c.habits.TopIsTotal && c.query["$top"] != "") {
		out.set("@odata.nextLink", c.nextLink(items, end))
	}
	return c.reply(http.StatusOK, append(out, member{"value", c.spoil(value)}))
}

func (c *call) replyCount(n int) error {
	c.answer = answer{http.StatusOK, "text/plain", []byte(strconv.Itoa(n))}
	return nil
}

// arrange applies $filter and $orderby.
func (c *call) arrange(items collection) (collection, error) {
	filter, orderby := c.query["$filter"], c.query["$orderby"]
	if filter == "" && orderby == "" {
		return items, nil
	}
	keep := predicate(func(instance) bool { return true })
	if filter != "" {
		var err error
		if keep, err = readFilter(filter); err != nil {
			return items, err
		}
	}
	var kept []instance
	for i := range items.total {
		if it := items.at(i); keep(it) {
			kept = append(kept, it)
		}
	}
	if orderby != "" {
		if err := order(kept, orderby); err != nil {
			return items, err
		}
	}
	return itemsOf(kept), nil
}

// listView reads $select and $expand of a listing.
func (c *call) listView() (*view, error) {
	sel, err := c.query.selection(c.beta, c.habits.NationalCloud)
	if err != nil {
		return nil, err
	}
	e, err := c.readExpand(false)
	if err != nil {
		return nil, err
	}
	v := c.view(sel)
	v.extended = e.extended
	return v, nil
}

// window reads the size of the page and where it begins.
func (c *call) window(items collection) (size, from int, err error) {
	if size, from, err = c.paging(); err != nil {
		return 0, 0, err
	}
	token, ok := c.query["$skiptoken"]
	if !ok {
		return size, from, nil
	}
	serial, err := strconv.ParseUint(token, 36, 64)
	if err != nil || items.after == nil {
		return 0, 0, badRequest("ErrorInvalidUrlQuery", "The $skiptoken is invalid.")
	}
	return size, items.after(serial), nil
}

// nextLink writes the link to the page that begins with an item.
func (c *call) nextLink(items collection, next int) string {
	if c.habits.SkipTokens && items.after != nil {
		serial := items.at(next - 1).rec.serial
		return c.link(map[string]string{"$skiptoken": strconv.FormatUint(serial, 36), "$skip": ""})
	}
	return c.link(map[string]string{"$skip": strconv.Itoa(next)})
}

// spoil adds to a page the items that the habits ask for.
func (c *call) spoil(value list) list {
	if c.habits.DuplicateInPage && len(value) > 0 {
		value = append(value, value[0])
	}
	if c.habits.Idless {
		value = append(value, object{{"@odata.type", "#microsoft.graph.event"}, {"subject", "An event without an id"}})
	}
	return value
}

// getEvent answers GET of one event or instance.
func (c *call) getEvent() error {
	return c.reads(func() error {
		it, err := c.event()
		if err != nil {
			return err
		}
		return c.replyEvent(http.StatusOK, it)
	}, "$select", "$expand")
}

// replyEvent writes one event with what the request selects and expands.
func (c *call) replyEvent(status int, it instance) error {
	sel, err := c.query.selection(c.beta, c.habits.NationalCloud)
	if err != nil {
		return err
	}
	e, err := c.readExpand(true)
	if err != nil {
		return err
	}
	v := c.view(sel)
	v.alone, v.extended = true, e.extended
	out := append(object{c.context(c.eventsPath() + "/$entity")}, v.event(it)...)
	return c.reply(status, c.expanded(out, it, e))
}
