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
	seen := make(map[string]struct{}, len(hrefs))
	own := ""
	if res.kind == calendar {
		own = h.path(res.target)
	}
	for _, href := range hrefs {
		cal, name := res.calendar, ownName(href, own)
		if name == "" {
			cal, name, href = h.named(res, href)
		}
		if _, twice := seen[href]; twice {
			continue
		}
		seen[href] = struct{}{}
		if n := len(list); n == 0 || list[n-1].calendar != cal {
			list = append(list, run{calendar: cal, hrefs: make([]string, 0, len(hrefs)), names: make([]string, 0, len(hrefs))})
		}
		last := &list[len(list)-1]
		last.hrefs, last.names = append(last.hrefs, href), append(last.names, name)
	}
	return list
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
	list := g.h.listing(&in, g.rows)
	if g.data.Cuts() {
		var err error
		if list.loc, err = g.h.zoneOf(g.ctx, &in); err != nil {
			return err
		}
	}
	i := 0
	for obj, err := range g.h.Library.Objects(g.ctx, in.calendar, part.names) {
		if err == nil {
			err = g.ctx.Err() // a group may take long
		}
		if err != nil {
			return err
		}
		href := part.hrefs[i]
		i++
		if obj.Body == nil {
			err = g.rows.m.Status(davxml.StatusNotFound, davxml.Name{}, href)
		} else {
			err = list.object(g.ctx, &obj, g.data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

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
