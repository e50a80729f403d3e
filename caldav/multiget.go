package caldav

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// maxHrefs bounds a multiget; vdirsyncer and KDE ask for a whole calendar.
const maxHrefs = 20_000

// multiget answers RFC 4791 §7.9: one row per address in the order asked, each
// once. Rows are objects or 404: Thunderbird gives up on any other.
func (h *Handler) multiget(w http.ResponseWriter, r *http.Request, res *resource, report *davxml.CalendarMultiget) error {
	if len(report.Hrefs) > maxHrefs {
		return refuse(http.StatusForbidden, davxml.DAV("number-of-matches-within-limits"))
	}
	ask, err := h.asked(r.Context(), report.Wanted, res)
	if err != nil {
		return err
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		g := getter{h: h, ctx: r.Context(), res: res, rows: &rows{m: m, ask: ask, minimal: minimal(r)}, data: report.Data}
		for _, run := range h.runs(res, report.Hrefs) {
			if err := g.get(run); err != nil {
				return err
			}
		}
		return nil
	})
}

// run is a part of a multiget that one calendar answers, or nobody.
type run struct {
	calendar bridge.CalendarID // empty where nobody does
	hrefs    []string          // as they were asked
	names    []string
}

// runs groups addresses that follow each other in one calendar.
func (h *Handler) runs(res *resource, hrefs []string) (list []run) {
	seen := once{most: len(hrefs)}
	own := ""
	if res.kind == calendar {
		own = h.path(res.target)
	}
	for _, href := range hrefs {
		cal, name := res.calendar, ownName(href, own)
		if name == "" {
			cal, name, href = h.named(res, href)
		}
		if !seen.first(href) {
			continue
		}
		if n := len(list); n == 0 || list[n-1].calendar != cal {
			list = append(list, run{calendar: cal, hrefs: make([]string, 0, len(hrefs)), names: make([]string, 0, len(hrefs))})
		}
		last := &list[len(list)-1]
		last.hrefs, last.names = append(last.hrefs, href), append(last.names, name)
	}
	return list
}

// once tells texts that come again. As long as they come in order, as names do
// that a listing gave, it need not remember any but the last.
type once struct {
	most int // texts to come
	list []string
	set  map[string]struct{} // nil as long as they come in order
}

// first reports whether a text has not come before.
func (o *once) first(text string) bool {
	if n := len(o.list); o.set == nil && (n == 0 || o.list[n-1] < text) {
		o.list = append(o.list, text)
		return true
	}
	if o.set == nil {
		o.set = make(map[string]struct{}, o.most)
		for _, t := range o.list {
			o.set[t] = struct{}{}
		}
	}
	_, again := o.set[text]
	o.set[text] = struct{}{}
	return !again
}

// named reads an address in any spelling, and returns it in ours where it is
// that of an object that may be asked for.
func (h *Handler) named(res *resource, href string) (bridge.CalendarID, string, string) {
	t, ok := h.resolve(href, res.target)
	if ok && t.kind == object && t.name != "" && t.user == res.reader && (res.calendar == "" || t.calendar == res.calendar) {
		return t.calendar, t.name, h.path(t)
	}
	return "", t.name, href
}

// ownName returns the name in an address that is spelled as we spell those of
// the calendar at path; "" for any other.
func ownName(href, path string) string {
	name, ok := strings.CutPrefix(href, path)
	if !ok || path == "" {
		return ""
	}
	if name, ok = strings.CutSuffix(name, ".ics"); !ok {
		return ""
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return ""
		}
	}
	return name
}

// getter writes the rows of a multiget.
type getter struct {
	h    *Handler
	ctx  context.Context
	res  *resource
	rows *rows
	data *davxml.CalendarData // nil where only properties are wanted
}

func (g *getter) get(part run) error {
	if part.calendar == "" {
		return g.nothing(part.hrefs)
	}
	in := *g.res
	in.calendar = part.calendar
	if in.cal == nil { // asked of the home
		cal, err := g.h.calendar(g.ctx, part.calendar, in.reader)
		if kind := bridge.KindOf(err); kind == bridge.Absent || err == errNotFound {
			return g.nothing(part.hrefs)
		} else if err != nil {
			return err
		}
		in.cal = cal
	}
	list, err := g.h.listing(g.ctx, &in, g.rows, g.data)
	if err == nil && g.data.Cuts() {
		list.loc, err = g.h.zoneOf(g.ctx, &in)
	}
	for err == nil && len(part.names) > 0 {
		if err = g.ready(list, &part); err == nil {
			err = g.read(list, &part)
		}
	}
	return err
}

// ready writes rows from what is kept ready, up to the first object that is not.
func (g *getter) ready(list *listing, part *run) error {
	if list.shelf == nil {
		return nil
	}
	for i, name := range part.names {
		t, ok := list.shelf.get(name)
		if !ok {
			part.skip(i)
			return nil
		}
		if err := list.text(name, t); err != nil {
			return err
		}
	}
	part.skip(len(part.names))
	return nil
}

// read writes rows from the store, up to the first object that is ready.
func (g *getter) read(list *listing, part *run) error {
	n := len(part.names)
	if list.shelf != nil {
		n = 0
		for n < len(part.names) && !list.shelf.has(part.names[n]) {
			n++
		}
	}
	i := 0
	for obj, err := range g.h.Library.Objects(g.ctx, part.calendar, part.names[:n]) {
		if err == nil {
			err = g.ctx.Err() // a group may take long
		}
		if err == nil && obj.Body == nil {
			err = g.rows.m.Status(davxml.StatusNotFound, davxml.Name{}, part.hrefs[i])
		} else if err == nil {
			err = list.object(g.ctx, &obj)
		}
		if err != nil {
			return err
		}
		i++
	}
	part.skip(n)
	return nil
}

// skip leaves the first n out.
func (r *run) skip(n int) { r.hrefs, r.names = r.hrefs[n:], r.names[n:] }

// nothing writes 404 for addresses as they were asked.
func (g *getter) nothing(hrefs []string) error {
	for _, href := range hrefs {
		if u, err := url.Parse(href); err == nil {
			href = u.String()
		}
		if err := g.rows.m.Status(davxml.StatusNotFound, davxml.Name{}, href); err != nil {
			return err
		}
	}
	return nil
}
