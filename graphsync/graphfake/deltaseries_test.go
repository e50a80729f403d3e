package graphfake

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDeltaOfSeries(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	names := map[string]string{id.Classic: "series", id.Immutable: "series"}
	_, link := f.round(deltaPath)
	steps := []struct {
		name string
		do   func()
	}{
		{"cancel", func() { f.noError(f.mb.CancelOccurrence(id.Classic, "2026-01-12")) }},
		{"edit", func() { f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-19", `{"subject":"late"}`)) }},
		{"edit again", func() { f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-19", `{"subject":"later"}`)) }},
		{"cancel the changed one", func() { f.noError(f.mb.CancelOccurrence(id.Classic, "2026-01-19")) }},
	}
	for _, s := range steps {
		key := f.get("/me/events/" + id.Classic).body.text("changeKey")
		s.do()
		var items []object
		items, link = f.round(link)
		if d := cmp.Diff([]string{"+series"}, notes(items, names)); d != "" {
			t.Errorf("%s (-want +got):\n%s", s.name, d)
		}
		if now := f.get("/me/events/" + id.Classic).body.text("changeKey"); now == key {
			t.Errorf("%s: the master kept its changeKey", s.name)
		}
	}
}

func TestDeltaHabitsOfSeries(t *testing.T) {
	for _, c := range []struct {
		name   string
		habits Habits
		items  int
		moved  bool
	}{
		{"quiet", Habits{QuietInstances: true}, 1, false},
		{"silent", Habits{SilentInstances: true}, 0, true},
		{"with exceptions", Habits{DeltaExceptions: true}, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{Habits: c.habits})
			id := f.add(weeklyStandup())
			_, link := f.round(deltaPath)
			key := f.get("/me/events/" + id.Classic).body.text("changeKey")
			f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-19", `{"subject":"late"}`))
			items, _ := f.round(link)
			if len(items) != c.items {
				t.Errorf("got %d items, want %d", len(items), c.items)
			}
			if moved := f.get("/me/events/"+id.Classic).body.text("changeKey") != key; moved != c.moved {
				t.Errorf("changeKey moved: %v", moved)
			}
		})
	}
}

func TestDeltaOfMoves(t *testing.T) {
	for _, immutable := range []bool{false, true} {
		t.Run(fmt.Sprint("immutable ", immutable), func(t *testing.T) {
			f := start(t, Options{})
			if immutable {
				f.prefer = []string{`IdType="ImmutableId"`}
			}
			there := f.mb.AddCalendar(CalendarInfo{Name: "Other"})
			id := f.add(Event{Subject: "wanderer", Start: berlin("2026-01-06 10:00")})
			_, here := f.round(deltaPath)
			_, away := f.round("/me/calendars/" + there.IDs().of(immutable) + "/events/delta?$select=id")
			f.noError(f.mb.Move(id.Classic, there))

			gone, here := f.round(here)
			if len(gone) != 1 || gone[0].text("id") != id.of(immutable) || gone[0].child("@removed").text("reason") != "deleted" {
				t.Errorf("left behind: %v", gone)
			}
			came, _ := f.round(away)
			if len(came) != 1 || came[0].child("@removed") != nil || (came[0].text("id") == id.of(immutable)) != immutable {
				t.Errorf("arrived: %v", came)
			}

			f.noError(f.mb.Move(came[0].text("id"), f.mb.Default()))
			back, _ := f.round(here)
			if len(back) != 1 || back[0].child("@removed") != nil {
				t.Errorf("came back: %v", back)
			}
		})
	}
}

func TestDeltaOutAndBackInOneGap(t *testing.T) {
	f := start(t, Options{})
	there := f.mb.AddCalendar(CalendarInfo{Name: "Other"})
	id := f.add(Event{Subject: "wanderer", Start: berlin("2026-01-06 10:00")})
	_, link := f.round(deltaPath)
	f.noError(f.mb.Move(id.Immutable, there))
	f.noError(f.mb.Move(id.Immutable, f.mb.Default()))
	items, _ := f.round(link, `IdType="ImmutableId"`)
	if d := cmp.Diff([]string{"+wanderer"}, notes(items, map[string]string{id.Immutable: "wanderer"})); d != "" {
		t.Errorf("immutable (-want +got):\n%s", d)
	}
	items, _ = f.round(link)
	if d := cmp.Diff([]string{"-wanderer", "+"}, notes(items, map[string]string{id.Classic: "wanderer"})); d != "" {
		t.Errorf("classic (-want +got):\n%s", d)
	}
}

func TestDeltaAfterReissue(t *testing.T) {
	f := start(t, Options{})
	ids, _ := f.fill(3)
	_, link := f.round(deltaPath)
	contents := func() (out []string) {
		for _, e := range f.all("/me/events?$select=*") {
			e.drop("id")
			e.drop("webLink") // has the id inside
			out = append(out, string(appendValue(nil, e)))
		}
		return out
	}
	before := contents()
	f.mb.ReissueIDs()
	if d := cmp.Diff(before, contents()); d != "" {
		t.Errorf("more than the ids changed (-before +after):\n%s", d)
	}
	f.get(link).want(t, 410, "SyncStateNotFound")
	items, _ := f.round(deltaPath)
	if len(items) != 3 {
		t.Fatalf("got %d items", len(items))
	}
	for _, it := range items {
		for _, old := range ids {
			if it.text("id") == old.Classic {
				t.Errorf("id %s is still the old one", old.Classic)
			}
		}
	}
	f.get("/me/events/"+ids[0].Classic).want(t, 404, "ErrorItemNotFound")
}

// TestDeltaIsExact makes random changes and checks that a client which only
// follows deltas has what the calendar has.
func TestDeltaIsExact(t *testing.T) {
	f := start(t, Options{})
	cal := f.mb.Default()
	cal.Generate(300, 3)
	prefer := []string{`IdType="ImmutableId"`, "odata.maxpagesize=40"}
	have := map[string]string{}
	link := "/me/events/delta?$select=id,changeKey"
	for round := range 12 {
		var items []object
		items, link = f.round(link, prefer...)
		for _, it := range items {
			if it.child("@removed") != nil {
				delete(have, it.text("id"))
				continue
			}
			have[it.text("id")] = it.text("changeKey")
		}
		want := map[string]string{}
		for _, e := range f.all("/me/events?$select=id,changeKey&$top=1000", prefer...) {
			want[e.text("id")] = e.text("changeKey")
		}
		if d := cmp.Diff(want, have); d != "" {
			t.Fatalf("round %d (-want +got):\n%s", round, d)
		}
		f.disturb(round)
	}
}

// disturb changes, deletes, adds and moves some events.
func (f *fixture) disturb(round int) {
	f.t.Helper()
	there := f.mb.AddCalendar(CalendarInfo{Name: fmt.Sprint("Other ", round)})
	for i, e := range f.all("/me/events?$select=id&$top=1000") {
		switch id := e.text("id"); (i*7 + round*13) % 29 {
		case 1, 5:
			f.noError(f.mb.Patch(id, fmt.Sprintf(`{"subject":"changed %d"}`, round)))
		case 2:
			f.noError(f.mb.Delete(id))
		case 3:
			f.noError(f.mb.Move(id, there))
			if i%2 == 0 {
				f.noError(f.mb.Move(there.records[len(there.records)-1].ids(), f.mb.Default()))
			}
		}
	}
	for range 4 {
		f.add(Event{Subject: "new", Start: berlin("2026-02-02 10:00").Add(time.Duration(round) * time.Hour)})
	}
}

// ids returns the immutable id of a record.
func (r *record) ids() string { return r.cal.mb.recordIDs(r).Immutable }
