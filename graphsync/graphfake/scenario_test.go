package graphfake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// writable keeps the members that a request may send.
func writable(e object, names ...string) object {
	out := object{}
	for _, m := range e {
		if slices.Contains(names, m.name) {
			out = append(out, m)
		}
	}
	return out
}

// TestVectorsThroughRequests makes each vector as a client would: the master
// by POST, exceptions by PATCH of an instance, cancelled dates by DELETE.
func TestVectorsThroughRequests(t *testing.T) {
	made := 0
	for _, v := range readVectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			f := start(t, Options{})
			id, ok := f.postVector(v)
			if !ok {
				return
			}
			made++
			for _, text := range v.Exceptions {
				f.patchException(id, text)
			}
			for _, oid := range v.CancelledOccurrences {
				ids, err := f.mb.Occurrence(id, oid[strings.LastIndexByte(oid, '.')+1:])
				f.noError(err)
				f.ok(f.call("DELETE", "/me/events/"+ids.Classic, ""))
			}
			var got []string
			for _, e := range f.view(v.Window.Start, v.Window.End) {
				got = append(got, shortStart(e))
			}
			if d := cmp.Diff(v.Expect.Instances, got); d != "" {
				t.Errorf("%s\ninstances (-want +got):\n%s", v.Note, d)
			}
		})
	}
	if made < 78 {
		t.Errorf("only %d vectors could be made by requests", made)
	}
}

// postVector creates the master. It reports false where the vector has no
// zone that a request could name.
func (f *fixture) postVector(v vector) (string, bool) {
	f.t.Helper()
	e, err := parseObject(v.Event)
	f.noError(err)
	body := writable(e, "subject", "isAllDay", "start", "end", "recurrence")
	zone := e.child("recurrence").child("range").text("recurrenceTimeZone")
	if !knownLabel(zone) {
		zone = e.text("originalStartTimeZone")
		bounds := e.child("recurrence").child("range").clone()
		bounds.set("recurrenceTimeZone", zone)
		body.set("recurrence", object{{"pattern", e.child("recurrence").child("pattern")}, {"range", bounds}})
	}
	if !knownLabel(zone) {
		return "", false
	}
	return f.ok(f.call("POST", "/me/events", string(appendValue(nil, body)))).body.text("id"), true
}

// patchException moves the instance that an exception of a vector stands for.
func (f *fixture) patchException(master string, text []byte) {
	f.t.Helper()
	e, err := parseObject(text)
	f.noError(err)
	rec := &record{raw: true, bag: e}
	f.mb.understand(rec)
	it, err := f.mb.findAny(master)
	f.noError(err)
	slot, ok := f.mb.slotOf(it.rec.series, rec)
	if !ok {
		f.t.Fatalf("no slot for %s", text)
	}
	ids, err := f.mb.Occurrence(master, slot.String())
	f.noError(err)
	body := writable(e, "subject", "isAllDay", "start", "end")
	f.ok(f.call("PATCH", "/me/events/"+ids.Classic, string(appendValue(nil, body))))
}

// TestHydrationAgreesWithView rebuilds a mailbox the way a careful client does,
// from masters, exceptions and cancelled dates, expands it by the plainest
// means, and compares that with calendarView.
func TestHydrationAgreesWithView(t *testing.T) {
	f := start(t, Options{})
	f.mb.Default().Generate(150, 21)
	from, to := berlin("2025-11-15 00:00"), berlin("2026-03-15 00:00")
	want := map[string]string{}
	for _, e := range f.all("/me/calendarView?startDateTime=2025-11-14T23:00:00Z&endDateTime=2026-03-14T23:00:00Z&$top=1000&$select=id,start,subject") {
		want[e.text("id")] = e.child("start").text("dateTime") + " " + e.text("subject")
	}
	got := map[string]string{}
	for _, e := range f.all("/me/events?$top=1000&$select=id") {
		one := f.ok(f.get("/me/events/" + e.text("id") + "?$select=*&$expand=exceptionOccurrences")).body
		f.hydrate(one, from, to, got)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-view +hydrated):\n%s", d)
	}
	if len(want) < 300 {
		t.Errorf("only %d instances", len(want))
	}
}

// hydrate adds the instances of an event between two moments.
func (f *fixture) hydrate(e object, from, to time.Time, out map[string]string) {
	f.t.Helper()
	note := func(id, subject string, start, end wallTime) {
		a, b := time.Unix(start.wall, 0).UTC(), time.Unix(end.wall, 0).UTC()
		if a.Before(to.UTC()) && (b.After(from.UTC()) || !a.Before(from.UTC())) {
			out[id] = formatWall(start.wall) + " " + subject
		}
	}
	ends := func(o object) (start, end wallTime) {
		start, err := parseWallTime(o.child("start"))
		f.noError(err)
		end, err = parseWallTime(o.child("end"))
		f.noError(err)
		return start, end
	}
	start, end := ends(e)
	if e.text("type") == "singleInstance" {
		note(e.text("id"), e.text("subject"), start, end)
		return
	}
	taken := map[string]bool{}
	v, _ := e.get("cancelledOccurrences")
	for _, oid := range v.(list) {
		taken[oid.(string)[strings.LastIndexByte(oid.(string), '.')+1:]] = true
	}
	v, _ = e.get("exceptionOccurrences")
	for _, x := range v.(list) {
		changed := x.(object)
		a, b := ends(changed)
		note(changed.text("id"), changed.text("subject"), a, b)
		at, err := time.Parse(time.RFC3339, changed.text("originalStart"))
		f.noError(err)
		taken[at.In(f.mb.zone).Format(time.DateOnly)] = true
	}
	for _, date := range plainExpansion(e, start, to) {
		if taken[date.Format(time.DateOnly)] {
			continue
		}
		ids, err := f.mb.Occurrence(e.text("id"), date.Format(time.DateOnly))
		f.noError(err)
		a, b := shiftTo(e, date, start, end)
		note(ids.Classic, e.text("subject"), a, b)
	}
}

// shiftTo moves the times of a master to another date, in Berlin.
func shiftTo(e object, date time.Time, start, end wallTime) (wallTime, wallTime) {
	if allDay, _ := e.get("isAllDay"); allDay == true {
		length := end.wall - start.wall
		start.wall = dayOf(date.Date()).wall()
		end.wall = start.wall + length
		return start, end
	}
	zone := findZone("W. Europe Standard Time")
	move := func(w wallTime) wallTime {
		local := time.Unix(w.wall, 0).In(zone)
		at := time.Date(date.Year(), date.Month(), date.Day(), local.Hour(), local.Minute(), 0, 0, zone)
		return wallTime{wall: at.Unix(), label: w.label}
	}
	return move(start), move(end)
}

// plainExpansion lists the dates of a recurrence up to a moment, with the
// standard library's calendar only.
func plainExpansion(e object, start wallTime, to time.Time) []time.Time {
	p, r := e.child("recurrence").child("pattern"), e.child("recurrence").child("range")
	first, err := time.Parse(time.DateOnly, r.text("startDate"))
	if err != nil {
		return nil
	}
	var out []time.Time
	for d := first; d.Before(to); d = d.AddDate(0, 0, 1) {
		if r.text("type") == "endDate" && d.Format(time.DateOnly) > r.text("endDate") {
			break
		}
		if r.text("type") == "numbered" && len(out) == intOf(r, "numberOfOccurrences") {
			break
		}
		if plainMatch(p, first, d) {
			out = append(out, d)
		}
	}
	return out
}

// plainMatch tells whether a pattern written by the emulator has a date.
func plainMatch(p object, first, d time.Time) bool {
	n := intOf(p, "interval")
	days := func(t time.Time) int { return int(t.Sub(first).Hours() / 24) }
	v, _ := p.get("daysOfWeek")
	set, _ := v.(list)
	inSet := slices.Contains(set, any(strings.ToLower(d.Weekday().String())))
	months := (d.Year()-first.Year())*12 + int(d.Month()-first.Month())
	last := time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	switch p.text("type") {
	case "daily":
		return days(d)%n == 0
	case "weekly":
		monday := func(t time.Time) time.Time { return t.AddDate(0, 0, -(int(t.Weekday())+6)%7) }
		return inSet && int(monday(d).Sub(monday(first)).Hours()/24/7)%n == 0
	case "absoluteMonthly":
		return months%n == 0 && d.Day() == min(intOf(p, "dayOfMonth"), last)
	case "absoluteYearly":
		return months%(12*n) == 0 && d.Day() == min(intOf(p, "dayOfMonth"), last)
	case "relativeMonthly":
		return months%n == 0 && inSet && plainIndex(p, d, last)
	}
	return months%(12*n) == 0 && inSet && plainIndex(p, d, last)
}

// plainIndex tells whether a date is the weekday of its month that an index
// names, for a set of one weekday.
func plainIndex(p object, d time.Time, last int) bool {
	if p.text("index") == "last" {
		return d.Day()+7 > last
	}
	return weekIndexes[(d.Day()-1)/7] == p.text("index")
}

// TestInstancesThroughClockChanges follows a nightly series whose end, start,
// or both lie in the hours that clock changes touch.
func TestInstancesThroughClockChanges(t *testing.T) {
	for _, c := range []struct {
		name, first, end, zone string
		want                   []string
	}{
		{"gap, start", "2026-03-28T02:30", "03:30", "W. Europe Standard Time", []string{"28T01:30 28T02:30", "29T01:30 29T01:30", "30T00:30 30T01:30"}},
		{"gap, over midnight", "2026-03-27T22:00", "26:30", "W. Europe Standard Time", []string{"27T21:00 28T01:30", "28T21:00 29T01:30", "29T20:00 30T00:30"}},
		{"overlap, start", "2026-10-24T02:30", "03:30", "W. Europe Standard Time", []string{"24T00:30 24T01:30", "25T00:30 25T02:30", "26T01:30 26T02:30"}},
		{"overlap, New York", "2026-10-31T01:30", "02:30", "Eastern Standard Time", []string{"31T05:30 31T06:30", "01T05:30 01T07:30", "02T06:30 02T07:30"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{})
			first, err := time.Parse("2006-01-02T15:04", c.first)
			f.noError(err)
			var hours, minutes int
			if _, err := fmt.Sscanf(c.end, "%d:%d", &hours, &minutes); err != nil {
				t.Fatal(err)
			}
			last := dayOf(first.Date()).wall() + int64(hours)*3600 + int64(minutes)*60
			body := object{{"start", dateTimeZone(first.Unix(), c.zone)}, {"end", dateTimeZone(last, c.zone)},
				{"recurrence", Repeat{Type: "daily", Count: 3}.object(dayOf(first.Date()), c.zone)}}
			id := f.ok(f.call("POST", "/me/events", string(appendValue(nil, body)))).body.text("id")
			var got []string
			for _, it := range f.all("/me/events/" + id + "/instances?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z") {
				got = append(got, it.child("start").text("dateTime")[8:16]+" "+it.child("end").text("dateTime")[8:16])
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
