package graphfake

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	viewPath   = "/me/calendarView/delta?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"
	windowList = "/me/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z&$top=1000&$select=id,type,start,seriesMasterId"
)

// TestViewDeltaSamples holds the shapes of each kind of item.
func TestViewDeltaSamples(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	f.noError(f.mb.EditOccurrence(id.Classic, "2026-01-19", `{"subject":"late"}`))
	f.noError(f.mb.CancelOccurrence(id.Classic, "2026-01-26"))
	f.add(Event{Subject: "long ago", Start: berlin("2025-06-01 10:00")})
	items, link := f.round(viewPath)
	kinds := map[string]int{}
	for _, it := range items {
		kinds[it.text("type")]++
		_, subject := it.get("subject")
		stub := it.text("type") == "occurrence"
		if subject == stub || it.text("@odata.type") == "" || it.text("@odata.etag") == "" || stub && it.text("seriesMasterId") != id.Classic {
			t.Errorf("item %v", it)
		}
	}
	if kinds["seriesMaster"] != 1 || kinds["exception"] != 1 || kinds["occurrence"] < 8 || kinds["singleInstance"] != 0 {
		t.Errorf("kinds %v", kinds)
	}
	// Other dates beside a link change nothing: the window is in the token.
	f.add(Event{Subject: "next year", Start: berlin("2027-06-01 10:00")})
	again, _ := f.round(link + "&startDateTime=2027-01-01T00:00:00Z&endDateTime=2028-01-01T00:00:00Z")
	if len(again) != 1 || again[0].child("@removed").text("reason") != "deleted" {
		t.Errorf("an event outside the window is told as %v", again)
	}
	f.srv.SetHabits(Habits{QuietOutside: true})
	if again, _ := f.round(link); len(again) != 0 {
		t.Errorf("a server that is quiet about it tells %v", again)
	}
}

// replay does what a reader of the delta has to do with a round: a series that
// is told is replaced whole.
func replay(have map[string]string, items []object) {
	fresh := map[string]bool{}
	for _, it := range items {
		if m := it.text("seriesMasterId"); m != "" {
			fresh[m] = true
		}
		fresh[it.text("id")] = true
	}
	for id, master := range have {
		if fresh[master] || fresh[id] {
			delete(have, id)
		}
	}
	for _, it := range items {
		if _, removed := it.get("@removed"); !removed && it.text("type") != "seriesMaster" {
			have[it.text("id")] = it.text("seriesMasterId")
		}
	}
}

// TestViewDeltaAgreesWithView replays rounds over random edits and compares with
// the listing of the same window.
func TestViewDeltaAgreesWithView(t *testing.T) {
	for name, h := range map[string]Habits{
		"as observed":      {},
		"quiet":            {QuietOutside: true},
		"split":            {SplitSeries: true},
		"full occurrences": {FullOccurrences: true},
		"duplicates":       {DuplicateAcrossPages: true, DuplicateInPage: true},
		"masters hidden":   {HideMasters: true, SplitSeries: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, Options{Habits: h, DeltaPageSize: 7})
			f.mb.Default().Generate(40, 3)
			random := rand.New(rand.NewPCG(1, 2))
			have, link := map[string]string{}, viewPath
			for n := range 25 {
				var items []object
				items, link = f.round(link)
				replay(have, items)
				var want, got []string
				for _, it := range f.all(windowList) {
					want = append(want, it.text("id"))
				}
				for id := range have {
					got = append(got, id)
				}
				slices.Sort(want)
				slices.Sort(got)
				if d := cmp.Diff(slices.Compact(want), got); d != "" {
					t.Fatalf("round %d (-view +replayed):\n%s", n, d)
				}
				for range 3 {
					f.editSomething(random)
				}
			}
		})
	}
}

// editSomething changes an instance in the window, its series, or adds one.
func (f *fixture) editSomething(random *rand.Rand) {
	f.t.Helper()
	list := f.mb.Default().Instances(time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	i := list[random.IntN(len(list))]
	id := i.IDs.Classic
	if i.MasterID != "" && random.IntN(3) == 0 {
		id = i.MasterID
	}
	var err error
	switch random.IntN(4) {
	case 0:
		f.add(Event{Subject: "new", Start: berlin("2026-02-03 10:00").AddDate(0, random.IntN(6)-3, 0)})
	case 1:
		err = f.mb.Delete(id)
	case 2:
		err = f.mb.Patch(id, `{"subject":"renamed"}`)
	case 3:
		if i.AllDay || id != i.IDs.Classic {
			return
		}
		day := i.Start.AddDate(0, 2*random.IntN(2), 0).Format("2006-01-02")
		err = f.mb.Patch(id, fmt.Sprintf(`{"start":{"dateTime":"%[1]sT08:00:00","timeZone":"UTC"},"end":{"dateTime":"%[1]sT08:30:00","timeZone":"UTC"}}`, day))
	}
	if err != nil && !strings.Contains(err.Error(), "ErrorOccurrenceCrossingBoundary") {
		f.t.Fatal(err)
	}
}
