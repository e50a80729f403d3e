package graphfake

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const deltaPath = "/me/events/delta?$select=id"

// round follows a delta round to its end and returns items and deltaLink.
func (f *fixture) round(link string, prefer ...string) ([]object, string) {
	f.t.Helper()
	var out []object
	for pages := 0; pages < 100; pages++ {
		r := f.ok(f.get(link, prefer...))
		out = append(out, r.items()...)
		next, end := r.body.text("@odata.nextLink"), r.body.text("@odata.deltaLink")
		if (next == "") == (end == "") {
			f.t.Fatalf("a page needs exactly one link: %s", r.text)
		}
		if link = next; end != "" {
			return out, end
		}
	}
	f.t.Fatal("the round does not end")
	return nil, ""
}

// notes writes delta items in short: "+" or "-" and the subject by id.
func notes(items []object, names map[string]string) []string {
	out := []string{}
	for _, it := range items {
		sign := "+"
		if it.child("@removed") != nil {
			sign = "-"
		}
		out = append(out, sign+names[it.text("id")])
	}
	return out
}

// fill adds n plain events and returns names by classic id.
func (f *fixture) fill(n int) ([]IDs, map[string]string) {
	f.t.Helper()
	var ids []IDs
	names := map[string]string{}
	for i := range n {
		id := f.add(Event{Subject: fmt.Sprint("e", i), Start: berlin("2026-01-06 10:00")})
		ids = append(ids, id)
		names[id.Classic], names[id.Immutable] = fmt.Sprint("e", i), fmt.Sprint("e", i)
	}
	return ids, names
}

func TestDeltaLifeCycle(t *testing.T) {
	f := start(t, Options{})
	ids, names := f.fill(25)
	items, link := f.round(deltaPath)
	if len(items) != 25 {
		t.Fatalf("first round has %d items, want 25", len(items))
	}
	steps := []struct {
		name string
		do   func()
		want []string
	}{
		{"nothing", func() {}, []string{}},
		{"one changed twice", func() {
			f.noError(f.mb.Patch(ids[3].Classic, `{"subject":"x"}`))
			f.noError(f.mb.Patch(ids[3].Classic, `{"subject":"y"}`))
		}, []string{"+e3"}},
		{"one deleted", func() { f.noError(f.mb.Delete(ids[4].Classic)) }, []string{"-e4"}},
		{"changed, then deleted", func() {
			f.noError(f.mb.Patch(ids[5].Classic, `{"subject":"x"}`))
			f.noError(f.mb.Delete(ids[5].Classic))
		}, []string{"-e5"}},
		{"several in order of change", func() {
			f.noError(f.mb.Patch(ids[9].Classic, `{"subject":"x"}`))
			f.noError(f.mb.Delete(ids[1].Classic))
			f.noError(f.mb.Patch(ids[2].Classic, `{"subject":"x"}`))
		}, []string{"+e9", "-e1", "+e2"}},
		{"many, on pages", func() {
			for _, id := range ids[10:22] {
				f.noError(f.mb.Patch(id.Classic, `{"subject":"x"}`))
			}
		}, []string{"+e10", "+e11", "+e12", "+e13", "+e14", "+e15", "+e16", "+e17", "+e18", "+e19", "+e20", "+e21"}},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			f.t = t
			s.do()
			before := link
			items, link = f.round(link)
			if d := cmp.Diff(s.want, notes(items, names)); d != "" {
				t.Errorf("items (-want +got):\n%s", d)
			}
			if link == before {
				t.Error("the link did not change")
			}
		})
	}
}

func TestDeltaPageSizes(t *testing.T) {
	f := start(t, Options{})
	f.fill(25)
	for _, c := range []struct {
		prefer string
		want   int
	}{{"", 10}, {"odata.maxpagesize=7", 7}, {"odata.maxpagesize=25", 25}, {"odata.maxpagesize=9999", 25}} {
		t.Run(c.prefer, func(t *testing.T) {
			var prefer []string
			if c.prefer != "" {
				prefer = []string{c.prefer}
			}
			if got := len(f.ok(f.get(deltaPath, prefer...)).items()); got != c.want {
				t.Errorf("got %d items, want %d", got, c.want)
			}
		})
	}
}

func TestDeltaMembers(t *testing.T) {
	f := start(t, Options{})
	f.add(weeklyStandup())
	for _, c := range []struct {
		path string
		full bool
		want string
	}{
		{"/me/events/delta", false, "@odata.type @odata.etag id type start end"},
		{deltaPath, false, "@odata.type @odata.etag id"},
		{"/me/events/delta?$select=subject,changeKey", false, "@odata.type @odata.etag id changeKey subject"},
	} {
		item := f.ok(f.get(c.path)).items()[0]
		if got := strings.Join(memberNames(item), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.path, got, c.want)
		}
	}
	f.srv.SetHabits(Habits{DeltaFull: true})
	if item := f.ok(f.get("/me/events/delta")).items()[0]; item.child("recurrence") == nil || item.text("subject") != "Stand-up" {
		t.Errorf("not a full event: %s", appendValue(nil, item))
	}
}

func memberNames(o object) []string {
	var names []string
	for _, m := range o {
		names = append(names, m.name)
	}
	return names
}

func TestDeltaKeepsItsSelect(t *testing.T) {
	f := start(t, Options{})
	f.fill(12)
	first := f.ok(f.get(deltaPath))
	second := f.ok(f.get(first.body.text("@odata.nextLink")))
	if got := memberNames(second.items()[0]); len(got) != 3 {
		t.Errorf("second page has %v", got)
	}
}

func TestDeltaDeadLinks(t *testing.T) {
	f := start(t, Options{})
	f.fill(3)
	_, first := f.round(deltaPath)
	links := []string{first}
	for range 4 {
		_, next := f.round(links[len(links)-1])
		links = append(links, next)
	}
	for i, link := range links {
		r := f.get(link)
		if alive := i >= len(links)-3; alive != (r.status == 200) {
			t.Errorf("link %d of %d answers %d", i, len(links), r.status)
		}
	}
	r := f.get(first).want(t, http.StatusGone, "SyncStateNotFound")
	if got, want := r.header.Get("Location"), f.web.URL+"/v1.0/me/events/delta?$select=id"; got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
	message := r.body.child("error").text("message")
	if want := "The sync state generation is not found; generation=1;[highest=6][6][4][5]."; message != want {
		t.Errorf("message %q, want %q", message, want)
	}
}

func TestDeltaRetriesDoNotKillALink(t *testing.T) {
	f := start(t, Options{})
	f.fill(3)
	_, link := f.round(deltaPath)
	seen := map[string]bool{}
	for range 8 {
		next := f.ok(f.get(link)).body.text("@odata.deltaLink")
		if seen[next] {
			t.Error("the same link twice")
		}
		seen[next] = true
	}
}

func TestDeltaCursorsAreIndependent(t *testing.T) {
	f := start(t, Options{})
	ids, names := f.fill(3)
	_, a := f.round(deltaPath)
	_, b := f.round(deltaPath)
	f.noError(f.mb.Patch(ids[1].Classic, `{"subject":"x"}`))
	for range 5 {
		_, a = f.round(a)
	}
	items, _ := f.round(b)
	if d := cmp.Diff([]string{"+e1"}, notes(items, names)); d != "" {
		t.Errorf("second cursor (-want +got):\n%s", d)
	}
}

func TestDeltaRoundIsFrozen(t *testing.T) {
	f := start(t, Options{})
	ids, names := f.fill(15)
	first := f.ok(f.get(deltaPath))
	f.noError(f.mb.Patch(ids[0].Classic, `{"subject":"x"}`))
	f.noError(f.mb.Patch(ids[14].Classic, `{"subject":"x"}`))
	rest, link := f.round(first.body.text("@odata.nextLink"))
	if d := cmp.Diff([]string{"+e10", "+e11", "+e12", "+e13"}, notes(rest, names)); d != "" {
		t.Errorf("rest of the round (-want +got):\n%s", d)
	}
	after, _ := f.round(link)
	if d := cmp.Diff([]string{"+e0", "+e14"}, notes(after, names)); d != "" {
		t.Errorf("next round (-want +got):\n%s", d)
	}
}

func TestDeltaRefusals(t *testing.T) {
	f := start(t, Options{})
	other := f.mb.AddCalendar(CalendarInfo{Name: "Other"})
	f.fill(1)
	_, link := f.round(deltaPath)
	token := link[strings.Index(link, "$deltatoken="):]
	for _, c := range []struct {
		name, path, code string
		status           int
	}{
		{"expand", "/me/events/delta?$expand=attachments", "ErrorInvalidRequest", 400},
		{"filter", "/me/events/delta?$filter=type%20eq%20'x'", "ErrorInvalidRequest", 400},
		{"orderby", "/me/events/delta?$orderby=start/dateTime", "ErrorInvalidRequest", 400},
		{"search", "/me/events/delta?$search=x", "ErrorInvalidRequest", 400},
		{"unknown select", "/me/events/delta?$select=uid", "RequestBroker--ParseUri", 400},
		{"empty start", "/me/events/delta?startDateTime=", "ErrorInvalidParameter", 400},
		{"garbled token", "/me/events/delta?$deltatoken=abc", "InvalidDeltaToken", 400},
		{"delta token as skip token", "/me/events/delta?$skip" + strings.TrimPrefix(token, "$delta"), "InvalidDeltaToken", 400},
		{"token of another calendar", "/me/calendars/" + other.IDs().Classic + "/events/delta?" + token, "InvalidDeltaToken", 400},
		{"unknown calendar", "/me/calendars/AAMkAAAA/events/delta", "ErrorItemNotFound", 404},
		{"view without a window", "/me/calendarView/delta", "ErrorInvalidParameter", 400},
		{"view with a select", "/me/calendarView/delta?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z&$select=id", "ErrorInvalidRequest", 400},
		{"view of six years", "/me/calendarView/delta?startDateTime=2026-01-01T00:00:00Z&endDateTime=2032-01-01T00:00:00Z", "ErrorInvalidRequest", 400},
		{"token of the other delta", "/me/calendarView/delta?" + token, "InvalidDeltaToken", 400},
	} {
		t.Run(c.name, func(t *testing.T) { f.get(c.path).want(t, c.status, c.code) })
	}
	if r := f.get("/me/events/delta?startDateTime="); !strings.Contains(r.text, "The value '' of parameter 'StartDateTime' is invalid.") {
		t.Errorf("message: %s", r.text)
	}
	for _, status := range []int{400, 404, 501} {
		f.srv.SetHabits(Habits{DeltaStatus: status})
		if r := f.get(deltaPath); r.status != status {
			t.Errorf("refused delta answers %d, want %d", r.status, status)
		}
	}
}

func TestDeltaStartBound(t *testing.T) {
	f := start(t, Options{})
	f.add(Event{Subject: "past", Start: berlin("2025-06-01 10:00")})
	f.add(Event{Subject: "ended series", Start: berlin("2025-06-02 10:00"), Repeat: &Repeat{Type: "daily", Count: 3}})
	f.add(Event{Subject: "long series", Start: berlin("2025-06-02 10:00"), Repeat: &Repeat{Type: "daily"}})
	f.add(Event{Subject: "future", Start: berlin("2026-06-01 10:00")})
	items, link := f.round("/me/events/delta?startDateTime=2026-01-01T00:00:00Z&$select=subject")
	var got []string
	for _, it := range items {
		got = append(got, it.text("subject"))
	}
	if d := cmp.Diff([]string{"long series", "future"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	f.mb.ExpireCursors()
	r := f.get(link).want(t, 410, "SyncStateNotFound")
	if want := f.web.URL + "/v1.0/me/events/delta?startDateTime=2026-01-01T00:00:00Z&$select=subject"; r.header.Get("Location") != want {
		t.Errorf("Location %q, want %q", r.header.Get("Location"), want)
	}
}

func TestDeltaHabits(t *testing.T) {
	one := func(t *testing.T, h Habits) (*fixture, string) {
		f := start(t, Options{Habits: h})
		f.fill(12)
		return f, deltaPath
	}
	t.Run("unknown removal first", func(t *testing.T) {
		f, path := one(t, Habits{UnknownRemovals: true, RemovedReason: "changed"})
		items, _ := f.round(path)
		if len(items) != 13 || items[0].child("@removed").text("reason") != "changed" {
			t.Errorf("got %d items, first %v", len(items), items[0])
		}
	})
	t.Run("duplicates and idless", func(t *testing.T) {
		f, path := one(t, Habits{DuplicateInPage: true, DuplicateAcrossPages: true, Idless: true})
		items, _ := f.round(path)
		if len(items) != 12+2+1+2 {
			t.Errorf("got %d items", len(items))
		}
	})
	t.Run("wedged", func(t *testing.T) {
		f, path := one(t, Habits{WedgeDelta: true})
		first := f.ok(f.get(path))
		second := f.ok(f.get(first.body.text("@odata.nextLink")))
		if d := cmp.Diff(string(appendValue(nil, list{first.items()[0]})), string(appendValue(nil, list{second.items()[0]}))); d != "" {
			t.Errorf("pages differ:\n%s", d)
		}
		if a, b := first.body.text("@odata.nextLink"), second.body.text("@odata.nextLink"); a == b || b == "" {
			t.Errorf("links %q and %q", a, b)
		}
	})
	t.Run("same link on idle", func(t *testing.T) {
		f, path := one(t, Habits{ReuseDeltaLink: true})
		_, link := f.round(path)
		if _, again := f.round(link); again != link {
			t.Errorf("got %q, want %q", again, link)
		}
	})
	t.Run("no location", func(t *testing.T) {
		f, path := one(t, Habits{NoResetLocation: true})
		_, link := f.round(path)
		f.mb.ExpireCursors()
		if r := f.get(link); r.status != 410 || r.header.Get("Location") != "" {
			t.Errorf("got %d with %q", r.status, r.header.Get("Location"))
		}
	})
}
