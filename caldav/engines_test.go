//go:build engines

package caldav_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

var rangesSeed = flag.Uint64("ranges.seed", 20260304, "seed of the events and time-ranges that dateutil judges")

// chance makes events in the forms that programs write, and asks for them.
type chance struct{ *rand.Rand }

func one[T any](c chance, list ...T) T { return list[c.IntN(len(list))] }

var chanceZones = []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC", "America/St_Johns"}

// writing is how the times of one event are written.
type writing struct{ params, form string }

func (w writing) prop(name string, times ...time.Time) string {
	var list []string
	for _, t := range times {
		list = append(list, t.Format(w.form))
	}
	return name + w.params + ":" + strings.Join(list, ",")
}

const localForm = "20060102T150405"

// object is a VEVENT of any form with a VALARM of any form, in spring 2026: the
// clocks change in most zones.
func (c chance) object() string {
	start := at("2026-03-01T00:00").AddDate(0, 0, c.IntN(60)).Add(time.Duration(c.IntN(96)) * 15 * time.Minute)
	w := one(c, writing{";VALUE=DATE", "20060102"}, writing{"", localForm + "Z"}, writing{"", localForm}, writing{";TZID=" + one(c, chanceZones...), localForm})
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:u", w.prop("DTSTART", start)}
	lines = append(lines, c.length(w, start)...)
	lines = append(lines, c.recurrence(w, start)...)
	lines = append(lines, c.alarm()...)
	return strings.Join(append(lines, "END:VEVENT", "END:VCALENDAR", ""), "\r\n")
}

func (c chance) length(w writing, start time.Time) []string {
	length, durations := time.Duration(c.IntN(40))*30*time.Minute, []string{"PT0S", "PT30M", "PT5H", "P1D", "P2DT3H", "PT26H"}
	if w.params == ";VALUE=DATE" {
		length, durations = time.Duration(1+c.IntN(3))*24*time.Hour, []string{"P1D", "P3D", "P1W"}
	}
	return one(c, []string{w.prop("DTEND", start.Add(length))}, []string{"DURATION:" + one(c, durations...)}, nil)
}

func (c chance) recurrence(w writing, start time.Time) []string {
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	if w.params != ";VALUE=DATE" && c.IntN(5) == 0 {
		return []string{"RDATE;VALUE=PERIOD" + strings.TrimPrefix(w.prop("", day(4)), "RDATE") + "/" + one(c, "PT15M", "PT9H", "PT30H")}
	}
	return one(c, nil, []string{"RRULE:FREQ=WEEKLY;BYDAY=" + one(c, "MO", "TU,TH", "SU", "MO,WE,FR")}, []string{w.prop("RDATE", day(5), day(9).Add(time.Hour))},
		[]string{fmt.Sprintf("RRULE:FREQ=DAILY;INTERVAL=%d;COUNT=%d", 1+c.IntN(3), 1+c.IntN(20)), w.prop("EXDATE", start, day(2))})
}

func (c chance) alarm() []string {
	trigger := one(c, ":-PT15M", ":PT0S", ":-P1D", ":PT2H", ";RELATED=END:-PT30M", ";RELATED=END:PT0S", ";VALUE=DATE-TIME:20260320T080000Z")
	repeat := []string{fmt.Sprintf("REPEAT:%d", 1+c.IntN(4)), "DURATION:" + one(c, "PT10M", "PT7H")}
	return slices.Concat([]string{"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER" + trigger}, one(c, nil, repeat), []string{"END:VALARM"})
}

type rangeQuery struct {
	Zone   string    `json:"zone"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Alarms bool      `json:"alarms"`
	Found  []string  `json:"found"`
}

func (c chance) query(r *rig, ids []string) rangeQuery {
	q := rangeQuery{Zone: one(c, chanceZones...), Start: at("2026-03-01T00:00").Add(time.Duration(c.IntN(60*96)) * 15 * time.Minute), Alarms: c.IntN(2) == 0}
	q.End = q.Start.Add(one(c, time.Minute, 15*time.Minute, time.Hour, 24*time.Hour, 5*24*time.Hour))
	inner := timeRange(q.Start.Format("2006-01-02T15:04"), q.End.Format("2006-01-02T15:04"))
	if q.Alarms {
		inner = `<C:comp-filter name="VALARM">` + inner + `</C:comp-filter>`
	}
	if c.IntN(2) == 0 { // looked into, and not judged by what is remembered alone
		inner += `<C:prop-filter name="UID"/>`
	}
	q.Found = r.matching(r.query(inner, "<C:timezone-id>"+q.Zone+"</C:timezone-id>"), ids...)
	return q
}

// TestRangesInDateutil: what a time-range finds is what dateutil and Python's
// zones find, for events and alarms of any form.
func TestRangesInDateutil(t *testing.T) {
	c := chance{rand.New(rand.NewPCG(*rangesSeed, 0))}
	bodies, objects := map[string]string{}, map[string]string{}
	var series []*bridge.Series
	var ids []string
	for i := range 400 {
		id := fmt.Sprint("e", i)
		ids, series = append(ids, id), append(series, weekly(0, event(id, "", "2020-01-01T00:00"))) // so that their rows rule nothing out
		objects[id] = c.object()
		bodies[bridge.ObjectName(bridge.SourceID(id))] = objects[id]
	}
	r := newRig(t, series...)
	r.handler.Library = altered{r.store, bodies}
	var queries []rangeQuery
	for range 250 {
		queries = append(queries, c.query(r, ids))
	}
	in, err := json.Marshal(map[string]any{"objects": objects, "queries": queries})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/bin/python3", "../.ci/engines/ranges.py")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var verdict struct {
		Hits        int
		Differences []struct {
			Query int
			ID    string
			Want  bool
		}
	}
	if err := json.Unmarshal(out, &verdict); err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: %d judgements, %d hits, %d differences", *rangesSeed, len(queries)*len(objects), verdict.Hits, len(verdict.Differences))
	if verdict.Hits < 1000 {
		t.Errorf("only %d hits: this judges little", verdict.Hits)
	}
	for _, d := range verdict.Differences[:min(5, len(verdict.Differences))] {
		q := queries[d.Query]
		t.Errorf("%v to %v in %s, alarms %v: found is %v of\n%s", q.Start, q.End, q.Zone, q.Alarms, !d.Want, objects[d.ID])
	}
}
