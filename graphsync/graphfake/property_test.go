package graphfake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyRecurrence draws a recurrence that starts between 1990 and 2090.
func anyRecurrence(t *rapid.T) recurrence {
	start := dayOf(1990, 1, 1) + day(rapid.IntRange(0, 100*365).Draw(t, "start"))
	p := pattern{
		kind:     patternKind(rapid.IntRange(0, 5).Draw(t, "kind")),
		interval: rapid.IntRange(1, 14).Draw(t, "interval"),
		month:    time.Month(rapid.IntRange(1, 12).Draw(t, "month")),
		dom:      rapid.IntRange(1, 31).Draw(t, "dom"),
		days:     weekdays(rapid.IntRange(1, 127).Draw(t, "days")),
		first:    time.Weekday(rapid.IntRange(0, 6).Draw(t, "first")),
		index:    rapid.IntRange(0, 4).Draw(t, "index"),
	}
	r := recurrence{pattern: p.bare(), kind: rangeKind(rapid.IntRange(0, 2).Draw(t, "range")), start: start, label: "UTC"}
	switch r.kind {
	case untilDay:
		r.end = start + day(rapid.IntRange(0, 20*365).Draw(t, "length"))
	case counted:
		r.count = rapid.IntRange(1, 60).Draw(t, "count")
	}
	return r
}

func slotsOf(s *series, from, to day) []day {
	return slices.Collect(func(y func(day) bool) { s.slots(from, to)(y) })
}

func TestPatternInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecurrence(t)
		s := newSeries(r, clock{zone: time.UTC})
		to := min(s.final, r.start+40*366)
		days := slotsOf(s, r.start, to)
		for i, d := range days {
			if d < r.start || d > s.final || !s.isSlot(d) {
				t.Fatalf("%s lies outside %s to %s", d, r.start, s.final)
			}
			checkDay(t, r, d)
			if i > 0 {
				checkGap(t, r, days[i-1], d)
			}
		}
		if r.kind == counted && s.final <= to && len(days) != r.count {
			t.Fatalf("%d slots, want %d", len(days), r.count)
		}
		cut := r.start + day(rapid.IntRange(0, 40*366).Draw(t, "cut"))
		if parts := append(slotsOf(s, r.start, min(cut, to)), slotsOf(s, cut+1, to)...); !slices.Equal(parts, days) {
			t.Fatalf("cut at %s: %v, whole %v", cut, parts, days)
		}
	})
}

// checkDay checks what a day of a pattern must be, by the calendar alone.
func checkDay(t *rapid.T, r recurrence, d day) {
	p := r.pattern
	year, month, dom := d.date()
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	switch p.kind {
	case weekly:
		if !p.days.has(d.weekday()) {
			t.Fatalf("%s is a %s", d, d.weekday())
		}
	case absoluteMonthly, absoluteYearly:
		if dom != p.dom && !(dom == last && p.dom > last) {
			t.Fatalf("%s is not day %d", d, p.dom)
		}
	case relativeMonthly, relativeYearly:
		var set []int
		for n := 1; n <= last; n++ {
			if p.days.has(time.Date(year, month, n, 0, 0, 0, 0, time.UTC).Weekday()) {
				set = append(set, n)
			}
		}
		want := set[len(set)-1]
		if p.index != lastWeek {
			want = set[p.index]
		}
		if dom != want {
			t.Fatalf("%s is not number %d of %v", d, p.index, set)
		}
	}
	if (p.kind == absoluteYearly || p.kind == relativeYearly) && month != p.month {
		t.Fatalf("%s is not in %s", d, p.month)
	}
}

// checkGap checks that neighbours are whole intervals apart.
func checkGap(t *rapid.T, r recurrence, a, b day) {
	p := r.pattern
	ya, ma, _ := a.date()
	yb, mb, _ := b.date()
	months := (yb-ya)*12 + int(mb-ma)
	ok := true
	switch p.kind {
	case daily:
		ok = int(b-a) == p.interval
	case weekly:
		weeks := int(p.weekOf(b)-p.weekOf(a)) / 7
		ok = weeks == 0 || weeks == p.interval
	case absoluteMonthly, relativeMonthly:
		ok = months == p.interval
	default:
		ok = months == 12*p.interval
	}
	if !ok {
		t.Fatalf("%s follows %s", b, a)
	}
}

func TestRecurrenceRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecurrence(t)
		text := appendValue(nil, r.object())
		o, err := parseObject(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseRecurrence(o, 0)
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if again != r {
			t.Fatalf("%s\n got %+v\nwant %+v", text, again, r)
		}
	})
}

// TestLongSeries asks for windows of a series that runs from 1990 to 2100.
func TestLongSeries(t *testing.T) {
	f := start(t, Options{})
	id := f.add(Event{Subject: "for ever", Start: berlin("1990-01-01 09:00"), Repeat: &Repeat{Type: "weekly", FirstDay: time.Monday}})
	for _, year := range []int{1990, 1999, 2037, 2038, 2060, 2099, 2100} {
		items := f.all(fmt.Sprintf("/me/events/%s/instances?startDateTime=%d-01-01T00:00:00Z&endDateTime=%d-01-01T00:00:00Z&$top=100", id.Classic, year, year+1))
		if n := len(items); n < 52 || n > 53 {
			t.Errorf("%d has %d instances", year, n)
		}
		for _, it := range items {
			wall, err := parseWall(it.child("start").text("dateTime"))
			f.noError(err)
			local := time.Unix(wall, 0).In(f.mb.zone)
			if local.Weekday() != time.Monday || local.Hour() != 9 || local.Minute() != 0 {
				t.Errorf("%d: %s", year, local)
			}
		}
	}
}

// TestInstanceIdentity checks that every instance which calendarView lists can
// be asked for by its id, and is the same then.
func TestInstanceIdentity(t *testing.T) {
	f := start(t, Options{})
	f.mb.Default().Generate(60, 11)
	for _, prefer := range []string{"", `IdType="ImmutableId"`} {
		seen := map[string]bool{}
		for i, it := range f.all("/me/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-03-01T00:00:00Z&$top=200", prefer) {
			id := it.text("id")
			if seen[id] {
				t.Errorf("id twice: %s", id)
			}
			seen[id] = true
			if i%9 != 0 {
				continue
			}
			one := f.ok(f.get("/me/events/"+id, prefer)).body
			one.drop("@odata.context")
			if d := cmp.Diff(string(appendValue(nil, it)), string(appendValue(nil, one))); d != "" {
				t.Errorf("(-listed +alone):\n%s", d)
			}
		}
		if len(seen) < 50 {
			t.Errorf("only %d instances", len(seen))
		}
	}
}

func TestObjectRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		o := object{{"a", text}, {text + "b", list{nil, true, 7, object{}}}, {"raw", rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")}}
		o[2].value = string(o[2].value.([]byte))
		out := appendValue(nil, o)
		var std map[string]any
		if err := json.Unmarshal(out, &std); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); std["a"] != want {
			t.Fatalf("%q came back as %q", text, std["a"])
		}
		again, err := parseObject(out)
		if err != nil || string(appendValue(nil, again)) != string(out) {
			t.Fatalf("%s came back as %s, %v", out, appendValue(nil, again), err)
		}
	})
}

func TestCursorTokens(t *testing.T) {
	f := start(t, Options{})
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
		want := cursorToken{cursor: n("cursor"), generation: n("generation"), calendar: n("calendar"), from: n("from"), at: n("at"), upto: n("upto"),
			inRound: rapid.Bool().Draw(t, "inRound"), bounded: rapid.Bool().Draw(t, "bounded"), start: rapid.Int64().Draw(t, "start"), sel: rapid.String().Draw(t, "sel")}
		text := f.mb.seal(want)
		if got, ok := f.mb.open(text); !ok || got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		i := rapid.IntRange(0, len(text)-1).Draw(t, "place")
		spoilt := text[:i] + "!" + text[i+1:]
		if _, ok := f.mb.open(spoilt); ok {
			t.Fatal("a spoilt token was taken")
		}
	})
}

// TestConcurrentUse reads and writes a mailbox from many sides; the race
// detector is the judge.
func TestConcurrentUse(t *testing.T) {
	f := start(t, Options{OnEdit: func(Edit) {}})
	f.mb.Default().Generate(100, 5)
	other := f.mb.AddCalendar(CalendarInfo{Name: "Other"})
	id := f.add(weeklyStandup())
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 15 {
				date := (dayOf(2026, 1, 5) + day(7*(worker*15+i))).String()
				f.mb.EditOccurrence(id.Immutable, date, `{"subject":"x"}`)
				f.srv.Counts()
				switch worker {
				case 0:
					f.get("/me/events/delta", `IdType="ImmutableId"`)
				case 1:
					f.mb.Move(id.Immutable, []*Calendar{other, f.mb.Default()}[i%2])
				case 2:
					f.get("/me/calendarView?startDateTime=2026-01-01&endDateTime=2026-02-01")
				case 3:
					f.get("/me/events?$top=50&$orderby=start/dateTime")
					f.call("PATCH", "/me/events/"+id.Immutable, `{"showAs":"free"}`, `IdType="ImmutableId"`)
				}
			}
		})
	}
	wait.Wait()
}
