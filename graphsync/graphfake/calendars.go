package graphfake

import (
	"net/http"
	"slices"
	"strconv"
)

// listCalendars answers GET /me/calendars, the calendars of the default group,
// and GET /me/calendarGroups/{id}/calendars.
func (c *call) listCalendars() error {
	return c.reads(c.replyCalendars, "$select", "$top", "$skip", "$count", "$skiptoken")
}

func (c *call) replyCalendars() error {
	group, err := c.group()
	if err != nil {
		return err
	}
	var all []object
	for _, cal := range c.mb.calendars {
		if cal.info.Group != group.name {
			continue
		}
		o, err := narrow(c.calendarObject(cal), c.query["$select"], "calendar", calendarMembers)
		if err != nil {
			return err
		}
		all = append(all, o)
	}
	return c.replyPage(c.userPath()+"/calendars", len(all), func(i int) object { return all[i] })
}

// calendarObject writes a calendar with the kind of id that was asked for.
func (c *call) calendarObject(cal *Calendar) object {
	return cal.object(c.prefs.immutable && !c.habits.StableCalendarIDs)
}

// group finds the calendar group that the path names, the default one if it
// names none.
func (c *call) group() (*group, error) {
	id := c.r.PathValue("gid")
	r, ok := c.mb.decode(id)
	for _, g := range c.mb.groups {
		if id == "" || ok && r.kind == refGroup && (r.number == g.serial || r.number == g.key) {
			return g, nil
		}
	}
	return nil, itemNotFound()
}

// listGroups answers GET /me/calendarGroups.
func (c *call) listGroups() error { return c.reads(c.replyGroups) }

func (c *call) replyGroups() error {
	groups := c.mb.groups
	return c.replyPage(c.userPath()+"/calendarGroups", len(groups), func(i int) object {
		g := groups[i]
		return object{
			{"name", g.name},
			{"classId", formatGUID([]byte("calendar group" + strconv.Itoa(i%10) + "."))},
			{"changeKey", c.mb.changeKey(g.serial)},
			{"id", c.mb.encode(ref{kind: refGroup, folder: groupRoot, number: g.serial})},
		}
	})
}

// replyPage answers with one page of a listing that is paged by $top and $skip.
func (c *call) replyPage(path string, total int, at func(int) object) error {
	size, skip, err := c.paging()
	if err != nil {
		return err
	}
	out := object{c.context(path)}
	if c.query["$count"] == "true" {
		out.set("@odata.count", total)
	}
	value := list{}
	end := min(skip+size, total)
	for i := skip; i < end; i++ {
		value = append(value, at(i))
	}
	if end < total && end > skip {
		out.set("@odata.nextLink", c.link(map[string]string{"$skip": strconv.Itoa(end)}))
	}
	return c.reply(http.StatusOK, append(out, member{"value", value}))
}

// paging reads the size of a page and how much is before it.
func (c *call) paging() (size, skip int, err error) {
	opt := &c.srv.opt
	unset := orDefault(min(c.prefs.pageSize, opt.MaxPageSize), opt.PageSize)
	if size, err = c.query.number("$top", unset, 1, opt.MaxPageSize); err != nil {
		return 0, 0, err
	}
	if c.prefs.pageSize > 0 {
		size = min(size, c.prefs.pageSize)
	}
	skip, err = c.query.number("$skip", 0, 0, 1<<30)
	return size, skip, err
}

// getCalendar answers GET of one calendar.
func (c *call) getCalendar() error {
	return c.reads(func() error {
		cal, err := c.calendar()
		if err != nil {
			return err
		}
		return c.replyCalendar(http.StatusOK, cal)
	})
}

func (c *call) replyCalendar(status int, cal *Calendar) error {
	o, err := narrow(c.calendarObject(cal), c.query["$select"], "calendar", calendarMembers)
	if err != nil {
		return err
	}
	return c.reply(status, append(object{c.context(c.userPath() + "/calendars/$entity")}, o...))
}

// postCalendar answers POST /me/calendars.
func (c *call) postCalendar() error {
	if err := c.needWrite(); err != nil {
		return err
	}
	body, err := c.body()
	if err != nil {
		return err
	}
	if body.text("name") == "" {
		return invalidProperty("The calendar needs a name.")
	}
	cal := c.mb.AddCalendar(CalendarInfo{Name: body.text("name"), Color: body.text("color")})
	c.mb.told(cal, "calendar %q added", cal.Name())
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return c.replyCalendar(http.StatusCreated, cal)
}

// patchCalendar answers PATCH of a calendar: name, colour, default.
func (c *call) patchCalendar() error {
	if err := c.needWrite(); err != nil {
		return err
	}
	body, err := c.body()
	if err != nil {
		return err
	}
	c.mb.mu.Lock()
	cal, err := c.calendar()
	if err == nil && cal.info.ReadOnly {
		err = accessDenied()
	}
	if err != nil {
		c.mb.mu.Unlock()
		return err
	}
	before := cal.info.Name
	cal.info.Name = orDefault(body.text("name"), cal.info.Name)
	cal.info.Color = orDefault(body.text("color"), cal.info.Color)
	cal.version = c.mb.newVersion()
	after := cal.info.Name
	c.mb.mu.Unlock()
	if before != after {
		c.mb.told(cal, "calendar %q renamed to %q", before, after)
	}
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	return c.replyCalendar(http.StatusOK, cal)
}

// deleteCalendar answers DELETE of a calendar; the default one stays.
func (c *call) deleteCalendar() error {
	if err := c.needWrite(); err != nil {
		return err
	}
	c.mb.mu.RLock()
	cal, err := c.calendar()
	c.mb.mu.RUnlock()
	if err != nil {
		return err
	}
	if err := cal.Remove(); err != nil {
		return err
	}
	return c.replyEmpty(http.StatusNoContent)
}

// Rename gives the calendar another name.
func (c *Calendar) Rename(name string) {
	c.mb.mu.Lock()
	before := c.info.Name
	c.info.Name = name
	c.version = c.mb.newVersion()
	c.mb.mu.Unlock()
	c.mb.told(c, "calendar %q renamed to %q", before, name)
}

// Remove takes the calendar and its events out of the mailbox. The default
// calendar cannot be removed.
func (c *Calendar) Remove() error {
	if c.isDefault {
		return badRequest("ErrorCannotDeleteObject", "The default calendar cannot be deleted.")
	}
	m := c.mb
	m.mu.Lock()
	m.calendars = slices.DeleteFunc(m.calendars, func(o *Calendar) bool { return o == c })
	for _, rec := range slices.Clone(c.records) {
		m.discard(rec)
	}
	name := c.info.Name
	m.mu.Unlock()
	m.told(c, "calendar %q removed", name)
	return nil
}
