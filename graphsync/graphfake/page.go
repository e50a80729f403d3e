package graphfake

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"target": newTarget}).ParseFS(pageFiles, "pages/*.html"))

// target is what the hidden fields of a form hold.
type target struct{ Address, Week, ID, Master string }

func newTarget(p weekPage, it itemLine) target {
	return target{p.Mailbox.Address(), p.This, it.ID, it.MasterID}
}

// render writes a page.
func render(w http.ResponseWriter, name string, data any) {
	var out strings.Builder
	if err := pages.ExecuteTemplate(&out, name, data); err != nil {
		http.Error(w, "the page could not be written", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action *; base-uri 'none'; frame-ancestors 'none'")
	fmt.Fprint(w, out.String()) // a reader that left is not our trouble
}

// humanRoutes are the pages for people. Forms are taken from these pages only.
func (s *Server) humanRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.serveWeek)
	mux.HandleFunc("POST /outlook/create", s.pageAction((*Server).pageCreate))
	mux.HandleFunc("POST /outlook/rename", s.pageAction((*Server).pageRename))
	mux.HandleFunc("POST /outlook/move", s.pageAction((*Server).pageMove))
	mux.HandleFunc("POST /outlook/delete", s.pageAction((*Server).pageDelete))
	mux.HandleFunc("GET /devicelogin", s.serveDeviceLogin)
	mux.HandleFunc("POST /devicelogin", s.serveDeviceLogin)
	return http.NewCrossOriginProtection().Handler(mux)
}

// weekPage is what the page of a week shows.
type weekPage struct {
	Mailbox     *Mailbox
	Name        string
	Mailboxes   []Person
	Calendars   []calendarLine
	Days        []dayBlock
	Title       string
	Zone        string
	This        string // first day of the week
	Before      string
	After       string
	Today       string
	Message     string
	DefaultTime string
}

type calendarLine struct {
	ID, Name, Note string
	Events         int
	Hue            int
}

type dayBlock struct {
	Name  string
	Today bool
	Items []itemLine
}

type itemLine struct {
	ID, MasterID, Subject, Time, Calendar string
	Start                                 string // for the form
	Occurrence, Changed, AllDay           bool
	Hue                                   int
}

// serveWeek shows a week of a mailbox.
func (s *Server) serveWeek(w http.ResponseWriter, r *http.Request) {
	m := s.pageMailbox(r)
	if m == nil {
		render(w, "empty.html", nil)
		return
	}
	now := s.opt.Now().In(m.zone)
	monday := weekStart(dayOf(now.Date()))
	if d, err := parseDay(r.FormValue("week")); err == nil {
		monday = weekStart(d)
	}
	page := weekPage{
		Mailbox: m, Name: m.info.Name, Mailboxes: s.people(), Zone: m.info.TimeZone,
		Title: monday.format("2 January") + " to " + (monday + 6).format("2 January 2006"),
		This:  monday.String(), Before: (monday - 7).String(), After: (monday + 7).String(),
		Today: now.Format(time.DateOnly), Message: r.FormValue("message"),
		DefaultTime: now.Truncate(time.Hour).Add(time.Hour).Format("2006-01-02T15:04"),
	}
	page.fill(monday, dayOf(now.Date()))
	render(w, "week.html", page)
}

func weekStart(d day) day { return d - day((d.weekday()+6)%7) }

func (d day) format(form string) string { return time.Unix(d.wall(), 0).UTC().Format(form) }

// pageMailbox returns the mailbox that a page is about: the first if none is
// named.
func (s *Server) pageMailbox(r *http.Request) *Mailbox {
	if m := s.Mailbox(r.FormValue("mailbox")); m != nil {
		return m
	}
	if all := s.Mailboxes(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// fill lists calendars and the instances of the week.
func (p *weekPage) fill(monday, today day) {
	m := p.Mailbox
	from := time.Unix(toInstant(monday.wall(), m.zone), 0)
	to := time.Unix(toInstant((monday+7).wall(), m.zone), 0)
	days := make([]dayBlock, 7)
	for i := range days {
		d := monday + day(i)
		days[i] = dayBlock{Name: d.format("Monday 2 January"), Today: d == today}
	}
	for i, c := range m.Calendars() {
		hue := (i*67 + 210) % 360
		p.Calendars = append(p.Calendars, c.line(hue))
		for _, it := range c.Instances(from.Add(-24*time.Hour), to.Add(24*time.Hour)) {
			p.place(days, monday, it, c, hue)
		}
	}
	for i := range days {
		sortItems(days[i].Items)
	}
	p.Days = days
}

// place puts an instance into every day of the week that it touches.
func (p *weekPage) place(days []dayBlock, monday day, it Instance, c *Calendar, hue int) {
	zone := p.Mailbox.zone
	if it.AllDay {
		zone = time.UTC
	}
	first := dayOf(it.Start.In(zone).Date())
	last := dayOf(it.End.Add(-time.Second).In(zone).Date())
	for d := max(first, monday); d <= max(last, first) && d < monday+7; d++ {
		line := itemLine{
			ID: it.IDs.Classic, MasterID: it.MasterID, Subject: it.Subject, Calendar: c.Name(), Hue: hue, AllDay: it.AllDay,
			Start:      it.Start.In(zone).Format("2006-01-02T15:04"),
			Time:       it.Start.In(zone).Format("15:04") + " to " + it.End.In(zone).Format("15:04"),
			Occurrence: it.MasterID != "", Changed: it.Type == "exception",
		}
		if it.AllDay {
			line.Time = "all day"
		}
		days[d-monday].Items = append(days[d-monday].Items, line)
	}
}

func sortItems(items []itemLine) {
	slices.SortStableFunc(items, func(a, b itemLine) int {
		if a.AllDay != b.AllDay {
			return int(bit(b.AllDay)) - int(bit(a.AllDay))
		}
		return strings.Compare(a.Start, b.Start)
	})
}

func (c *Calendar) line(hue int) calendarLine {
	c.mb.mu.RLock()
	defer c.mb.mu.RUnlock()
	line := calendarLine{ID: c.ids().Classic, Name: c.info.Name, Events: len(c.records), Hue: hue}
	switch {
	case c.shared():
		line.Note = "shared by " + c.info.Owner.Name
	case c.info.ReadOnly:
		line.Note = "read only"
	}
	return line
}

// pageAction runs the action of a form and shows the week again.
func (s *Server) pageAction(action func(*Server, *Mailbox, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m := s.pageMailbox(r)
		if m == nil {
			http.Error(w, "there is no mailbox", http.StatusNotFound)
			return
		}
		back := url.Values{"mailbox": {m.Address()}, "week": {r.FormValue("week")}}
		if err := action(s, m, r); err != nil {
			back.Set("message", "That did not work: "+err.Error())
		}
		http.Redirect(w, r, "/?"+back.Encode(), http.StatusSeeOther)
	}
}

func (s *Server) pageCreate(m *Mailbox, r *http.Request) error {
	c := m.Calendar(r.FormValue("calendar"))
	if c == nil {
		return fmt.Errorf("there is no such calendar")
	}
	wall, err := parseWall(r.FormValue("start"))
	if err != nil {
		return err
	}
	minutes, err := strconv.Atoi(orDefault(r.FormValue("minutes"), "60"))
	if err != nil || minutes < 0 {
		return fmt.Errorf("the length is no number of minutes")
	}
	start := time.Unix(toInstant(wall, m.zone), 0).In(m.zone)
	e := Event{
		Subject: r.FormValue("subject"), Location: r.FormValue("location"), AllDay: r.FormValue("allday") != "",
		Start: start, End: start.Add(time.Duration(minutes) * time.Minute),
	}
	if e.AllDay {
		e.End = time.Time{}
	}
	if kind := r.FormValue("repeat"); kind != "" {
		e.Repeat = &Repeat{Type: kind, FirstDay: time.Monday}
	}
	_, err = c.Add(e)
	return err
}

func (s *Server) pageRename(m *Mailbox, r *http.Request) error {
	return m.Patch(pageTarget(r), string(appendValue(nil, object{{"subject", r.FormValue("subject")}})))
}

func (s *Server) pageDelete(m *Mailbox, r *http.Request) error { return m.Delete(pageTarget(r)) }

// pageTarget returns what a form is about: the instance, or its whole series.
func pageTarget(r *http.Request) string {
	if master := r.FormValue("master"); master != "" && r.FormValue("whole") != "" {
		return master
	}
	return r.FormValue("id")
}

// pageMove moves an event or an instance and keeps its length.
func (s *Server) pageMove(m *Mailbox, r *http.Request) error {
	wall, err := parseWall(r.FormValue("start"))
	if err != nil {
		return err
	}
	members, err := m.shifted(r.FormValue("id"), wall)
	if err != nil {
		return err
	}
	return m.Patch(r.FormValue("id"), members)
}

// shifted writes the members that move an event to a wall time of the mailbox.
func (m *Mailbox) shifted(id string, wall int64) (string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	it, err := m.findAny(id)
	if err != nil {
		return "", err
	}
	length := it.span.end - it.span.start
	if it.span.allDay {
		wall = dayAt(wall).wall()
	}
	end := wall + length
	if !it.span.allDay {
		end = toWall(toInstant(wall, m.zone)+length, m.zone)
	}
	label := m.info.TimeZone
	return string(appendValue(nil, object{{"start", dateTimeZone(wall, label)}, {"end", dateTimeZone(end, label)}})), nil
}
