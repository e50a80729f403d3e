package graphsync_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math/bits"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// labels are zones with summer time in either half of the year, at odd hours,
// with half-hour offsets, far from UTC, and without summer time.
var labels = []string{"W. Europe Standard Time", "Pacific Standard Time", "AUS Eastern Standard Time", "New Zealand Standard Time",
	"Pacific SA Standard Time", "Lord Howe Standard Time", "Iran Standard Time", "Egypt Standard Time", "Tonga Standard Time", "Hawaiian Standard Time", "India Standard Time", "UTC"}

var (
	patternTypes = []string{"daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"}
	indexes      = []string{"first", "second", "third", "fourth", "last"}
	showAs       = []string{"free", "tentative", "busy", "oof", "workingElsewhere"}
)

// drawn makes a random mailbox, and edits it as people do in Outlook.
type drawn struct {
	*rig
	d      *rapid.T
	titles int
}

// int draws evenly: rapid's own ranges prefer small numbers, and a mailbox of
// those has hardly a rule in which weeks matter.
func (x *drawn) int(what string, low, high int) int {
	return rapid.Custom(func(d *rapid.T) int {
		n := 0
		for range bits.Len(uint(high-low)) + 3 {
			n *= 2
			if rapid.Bool().Draw(d, "bit") {
				n++
			}
		}
		return low + n%(high-low+1)
	}).Draw(x.d, what)
}

func drawOne[T any](x *drawn, what string, list []T) T { return list[x.int(what, 0, len(list)-1)] }

func (x *drawn) title() string {
	x.titles++
	return fmt.Sprintf("%d, by \\ name; \"so\"", x.titles)
}

// check is one check of a property as a rig needs it.
type check struct{ *rapid.T }

// TempDir implements tester.
func (c check) TempDir() string {
	folder, err := os.MkdirTemp("", "calbridge-test-")
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// drawMailbox is a rig with a random mailbox of a random zone.
func drawMailbox(d *rapid.T) *drawn {
	x := &drawn{d: d}
	label := drawOne(x, "mailbox zone", labels)
	x.rig = rigWith(check{d}, graphfake.Options{Now: func() time.Time { return auditDay }}, func(fake *graphfake.Server) (*graphfake.Mailbox, error) {
		return fake.AddMailbox(graphfake.MailboxInfo{Person: graphfake.Person{Name: "Anna", Address: anna}, TimeZone: label})
	})
	for range x.int("events", 1, 6) {
		x.addEvent()
	}
	return x
}

// start is any half hour of five years.
func (x *drawn) start() time.Time {
	day := time.Date(2023, 1, 1+x.int("day", 0, 5*365), 0, 0, 0, 0, time.UTC)
	return day.Add(time.Duration(x.int("half hour", 0, 47)) * 30 * time.Minute)
}

func (x *drawn) addEvent() {
	e := graphfake.Event{Subject: x.title(), Start: x.start(), TimeZone: drawOne(x, "zone", labels), AllDay: x.int("all day", 0, 3) == 0}
	e.End = e.Start.Add(time.Duration(x.int("length", 0, 60)) * 30 * time.Minute)
	if e.AllDay {
		e.Start = e.Start.Truncate(24 * time.Hour)
		e.End = e.Start.AddDate(0, 0, x.int("days", 1, 3))
	}
	e.Extra = fmt.Sprintf(`{"isCancelled":%v,"showAs":%q,"location":{"displayName":"here, there"}}`, x.int("cancelled", 0, 5) == 0, drawOne(x, "show as", showAs))
	if x.int("repeats", 0, 3) > 0 {
		e.Repeat = x.repeat(e.Start)
	}
	_, err := x.cal.Add(e)
	x.must(err)
}

func (x *drawn) repeat(start time.Time) *graphfake.Repeat {
	r := &graphfake.Repeat{Type: drawOne(x, "pattern", patternTypes), Interval: x.int("interval", 1, 3), Index: drawOne(x, "index", indexes),
		FirstDay: time.Weekday(x.int("first day", 0, 6))}
	for w := range 7 {
		if x.int("weekday", 0, 2) == 0 {
			r.Days = append(r.Days, time.Weekday(w))
		}
	}
	switch x.int("day of month", 0, 3) {
	case 0:
		r.DayOfMonth, r.Month = x.int("day", 1, 27), time.Month(x.int("month", 1, 12))
	case 1: // where months end
		r.DayOfMonth, r.Month = x.int("last day", 28, 31), time.Month(x.int("month", 1, 12))
	}
	switch x.int("range", 0, 2) {
	case 0:
		r.Count = x.int("count", 1, 40)
	case 1:
		r.Until = start.AddDate(0, 0, x.int("until", 0, 900))
	}
	return r
}

// change edits something at random.
func (x *drawn) change() {
	list := x.cal.Instances(viewFrom, viewTo)
	if len(list) == 0 || x.int("add", 0, 5) == 0 {
		x.addEvent()
		return
	}
	i := list[x.int("instance", 0, len(list)-1)]
	id := i.IDs.Classic
	if whole := x.int("whole series", 0, 2) == 0; whole && i.MasterID != "" {
		id = i.MasterID
	}
	err := x.changeOne(i, id)
	if err == nil {
		return
	}
	// What Exchange refuses is no edit.
	for _, code := range []string{"ErrorOccurrenceCrossingBoundary", "ErrorCalendar", "ErrorInvalidProperty", "ErrorPropertyValidationFailure"} {
		if strings.Contains(err.Error(), code) {
			return
		}
	}
	x.must(err)
}

func (x *drawn) changeOne(i graphfake.Instance, id string) error {
	span := func(allDay bool, start, end time.Time, label string) string {
		const form = "2006-01-02T15:04:05"
		return fmt.Sprintf(`{"isAllDay":%v,"start":{"dateTime":%q,"timeZone":%q},"end":{"dateTime":%q,"timeZone":%q}}`, allDay, start.Format(form), label, end.Format(form), label)
	}
	midnight := i.Start.Truncate(24*time.Hour).AddDate(0, 0, x.int("days away", -3, 3))
	switch x.int("edit", 0, 7) {
	case 0:
		return x.box.Delete(id)
	case 1:
		return x.box.Patch(id, fmt.Sprintf(`{"subject":%q}`, x.title()))
	case 2:
		return x.box.Patch(id, fmt.Sprintf(`{"showAs":%q,"location":{"displayName":"elsewhere"}}`, drawOne(x, "show as", showAs)))
	case 3: // another time, in another zone
		start := midnight.Add(time.Duration(x.int("half hour", 0, 47)) * 30 * time.Minute)
		return x.box.Patch(id, span(false, start, start.Add(time.Duration(x.int("length", 0, 60))*30*time.Minute), drawOne(x, "zone", labels)))
	case 4: // all day
		return x.box.Patch(id, span(true, midnight, midnight.AddDate(0, 0, x.int("days", 1, 2)), "UTC"))
	case 5:
		if i.MasterID == "" {
			return x.box.Delete(id)
		}
		return x.box.Delete(i.IDs.Classic) // cancels the instance
	default: // another rule for a series, a first one for a single event
		if i.MasterID == "" {
			return x.setRule(id, i.Start, i.AllDay)
		}
		return x.setRule(i.MasterID, time.Time{}, i.AllDay)
	}
}

// setRule gives an event another rule, or takes it away. Its range has to begin
// with the event, whose date depends on a zone: of a series it is asked for.
func (x *drawn) setRule(id string, start time.Time, allDay bool) error {
	if x.int("no rule", 0, 4) == 0 {
		return x.box.Patch(id, `{"recurrence":null}`)
	}
	var e struct {
		Start struct{ DateTime, TimeZone string }
	}
	x.get("/me/events/"+url.PathEscape(id), &e)
	at, err := time.Parse("2006-01-02T15:04:05", e.Start.DateTime[:19])
	x.must(err)
	r := x.repeat(at)
	body := map[string]any{"pattern": map[string]any{"type": r.Type, "interval": r.Interval, "index": r.Index, "dayOfMonth": max(r.DayOfMonth, 1), "month": max(r.Month, 1),
		"firstDayOfWeek": strings.ToLower(r.FirstDay.String()), "daysOfWeek": dayNames(r.Days)}}
	span := map[string]any{"type": "noEnd", "startDate": at.Format(time.DateOnly), "recurrenceTimeZone": "UTC"}
	switch {
	case r.Count > 0:
		span["type"], span["numberOfOccurrences"] = "numbered", r.Count
	case !r.Until.IsZero():
		span["type"], span["endDate"] = "endDate", r.Until.Format(time.DateOnly)
	}
	body["range"] = span
	text, err := json.Marshal(map[string]any{"recurrence": body})
	x.must(err)
	return x.box.Patch(id, string(text))
}

func dayNames(days []time.Weekday) []string {
	names := []string{}
	for _, d := range days {
		names = append(names, strings.ToLower(d.String()))
	}
	if len(names) == 0 {
		names = []string{"monday"}
	}
	return names
}

// get asks the emulator over HTTP, past all that is tested here.
func (x *drawn) get(path string, v any, prefer ...string) {
	x.t.Helper()
	link := path
	if strings.HasPrefix(path, "/") {
		link = x.url + "/v1.0" + path
	}
	req, err := http.NewRequestWithContext(x.t.Context(), http.MethodGet, link, nil)
	x.must(err)
	req.Header["Prefer"] = prefer
	req.Header.Set("Authorization", "Bearer "+x.fake.SignIn(anna, "judge", graphsync.Scopes...).Access)
	res, err := http.DefaultClient.Do(req)
	x.must(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		x.t.Fatalf("%s: %s", path, res.Status)
	}
	x.must(json.NewDecoder(res.Body).Decode(v))
}

// picture is an instance as Outlook shows it and as a reader expands it.
type picture struct {
	Start, End, Subject, Location, ShowAs string
	AllDay, Cancelled                     bool
}

var viewFrom, viewTo = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 6, 1, 0, 0, 0, 0, time.UTC)

// viewed is what calendarView answers, by the id of the event or the series.
func (x *drawn) viewed() map[string][]picture {
	x.t.Helper()
	events := map[string][]picture{}
	link := fmt.Sprintf("/me/calendarView?$top=1000&startDateTime=%s&endDateTime=%s", viewFrom.Format(time.RFC3339), viewTo.Format(time.RFC3339))
	for link != "" {
		var page struct {
			Value []struct {
				ID, SeriesMasterID, Subject, ShowAs string
				IsAllDay, IsCancelled               bool
				Start, End                          struct{ DateTime string }
				Location                            struct{ DisplayName string }
			}
			Next string `json:"@odata.nextLink"`
		}
		x.get(link, &page, `IdType="ImmutableId"`)
		for _, i := range page.Value {
			id := cmp.Or(i.SeriesMasterID, i.ID)
			events[id] = append(events[id], picture{i.Start.DateTime[:19], i.End.DateTime[:19], i.Subject, i.Location.DisplayName, i.ShowAs, i.IsAllDay, i.IsCancelled})
		}
		link = page.Next
	}
	return events
}

// expanded is what a reader makes of one object.
func (x *drawn) expanded(body []byte) (list []picture) {
	x.t.Helper()
	found, err := ics.Expand(body, viewFrom, viewTo)
	if err != nil {
		x.t.Fatalf("%v\n%s", err, body)
	}
	for _, i := range found {
		const form = "2006-01-02T15:04:05"
		list = append(list, picture{i.Start.UTC().Format(form), i.End.UTC().Format(form), i.Subject, i.Location, string(i.ShowAs), i.AllDay, i.Cancelled})
	}
	return list
}

func sortPictures(list []picture) []picture {
	slices.SortFunc(list, func(a, b picture) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}

// wantViewed compares all that calendarView answers with all that readers get,
// and wants the audit to say the same.
func (x *drawn) wantViewed() {
	x.t.Helper()
	var want, got []picture
	for _, list := range x.viewed() {
		want = append(want, list...)
	}
	var text strings.Builder
	for obj, err := range x.store.All(x.t.Context(), x.mirrored(x.cal).ID) {
		x.must(err)
		got = append(got, x.expanded(obj.Body)...)
		text.Write(ics.Events(&obj))
	}
	if d := diff.Diff(sortPictures(want), sortPictures(got)); d != "" {
		x.t.Fatalf("calendarView shows %d instances, readers get %d (-Outlook +readers):\n%s\n%s", len(want), len(got), excerpt(d), text.String())
	}
	results, err := x.syncer.Audit(x.t.Context(), x.account, graphsync.AuditOptions{})
	x.must(err)
	if len(results[0].Differences) > 0 || results[0].Err != nil {
		x.t.Fatalf("the audit says: %v, %v", told(results[0].Differences), results[0].Err)
	}
	if list := x.asides(); len(list) > 0 {
		x.t.Fatalf("kept aside: %+v", list)
	}
}

func (x *drawn) asides() []bridge.BadItem {
	x.t.Helper()
	list, err := x.store.Bad(x.t.Context(), x.mirrored(x.cal).ID)
	x.must(err)
	return list
}

// checks sets how many mailboxes are made, and makes the same ones each time,
// unless -rapid.checks and -rapid.seed say otherwise.
func checks(t *testing.T, n string) {
	t.Helper()
	for name, value := range map[string]string{"rapid.checks": n, "rapid.seed": "20260304"} {
		f := flag.Lookup(name)
		if f.Value.String() != f.DefValue {
			continue
		}
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
	}
}

// TestAnyMailboxIsServedAsOutlookShowsIt: random mailboxes with random edits,
// over real rounds. The emulator scans days, readers run RRULEs: they share no
// code.
func TestAnyMailboxIsServedAsOutlookShowsIt(t *testing.T) {
	checks(t, "40")
	rapid.Check(t, func(d *rapid.T) {
		x := drawMailbox(d)
		x.sync()
		x.wantViewed()
		for range 2 {
			for range x.int("edits", 1, 6) {
				x.change()
			}
			x.sync()
			x.wantViewed()
		}
	})
}
