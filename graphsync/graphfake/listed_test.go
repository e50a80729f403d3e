package graphfake

import (
	"slices"
	"testing"
	"time"
)

// TestListDates: a series takes place on the dates that were listed, is told
// under a type of its own, and ends that when its rule is set.
func TestListDates(t *testing.T) {
	f := start(t, Options{})
	id := f.add(Event{Subject: "feast", Start: berlin("2026-02-17 19:00"), Repeat: &Repeat{Type: "absoluteYearly"}})
	f.noError(f.mb.ListDates(id.Classic, "lunarYearly", "2028-01-26", "2026-02-17", "2027-02-06"))
	f.noError(f.mb.EditOccurrence(id.Classic, "2027-02-06", `{"subject":"moved feast"}`))
	f.noError(f.mb.CancelOccurrence(id.Classic, "2028-01-26"))
	f.noError(f.mb.Patch(id.Classic, `{"location":{"displayName":"home"}}`))
	dates := func() (list []string) {
		for _, it := range f.all("/me/events/" + id.Classic + "/instances?startDateTime=2026-01-01T00:00:00Z&endDateTime=2030-01-01T00:00:00Z") {
			list = append(list, it.child("start").text("dateTime")[:10]+" "+it.text("subject")+" "+it.child("location").text("displayName"))
		}
		return list
	}
	if want := []string{"2026-02-17 feast home", "2027-02-06 moved feast home"}; !slices.Equal(dates(), want) {
		t.Errorf("instances %v, want %v", dates(), want)
	}
	master := f.ok(f.get("/me/events/" + id.Classic)).body
	if got := master.child("recurrence").child("pattern").text("type"); got != "lunarYearly" {
		t.Errorf("pattern type %q", got)
	}
	if n := len(f.mb.Default().Instances(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))); n != 2 {
		t.Errorf("calendarView shows %d", n)
	}
	f.noError(f.mb.Patch(id.Classic, `{"recurrence":{"pattern":{"type":"absoluteYearly","interval":1,"month":2,"dayOfMonth":17},"range":{"type":"numbered","startDate":"2026-02-17","numberOfOccurrences":3}}}`))
	if got := dates(); len(got) != 3 || got[2] != "2028-02-17 feast home" {
		t.Errorf("after its rule was set: %v", got)
	}
	if err := f.mb.ListDates(f.add(Event{Subject: "single", Start: berlin("2026-02-17 19:00")}).Classic, "x", "2026-02-17"); err == nil {
		t.Error("a single event took dates")
	}
}
