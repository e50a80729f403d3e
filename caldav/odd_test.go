package caldav_test

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/caldav"
)

// altered is a library whose bodies have become something else, as those of a
// future source or of a damaged file.
type altered struct {
	caldav.Library
	bodies map[string]string // by name
}

func (l altered) row(r bridge.Row, err error) (bridge.Row, error) {
	r.Recurs = r.Recurs || l.bodies[r.Name] != ""
	return r, err
}

func (l altered) object(o bridge.Object, err error) (bridge.Object, error) {
	if body := l.bodies[o.Name]; body != "" {
		o.Body, o.Recurs = []byte(body), true
	}
	return o, err
}

func through[T any](list iter.Seq2[T, error], f func(T, error) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range list {
			if !yield(f(v, err)) {
				return
			}
		}
	}
}

func (l altered) Rows(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Row, error] {
	return through(l.Library.Rows(ctx, id), l.row)
}

func (l altered) Within(ctx context.Context, id bridge.CalendarID, from, to time.Time) iter.Seq2[bridge.Row, error] {
	return through(l.Library.Within(ctx, id, from, to), l.row)
}

func (l altered) Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error] {
	return through(l.Library.Objects(ctx, id, names), l.object)
}

func TestQ12OddObjectsFailNothing(t *testing.T) {
	event1 := func(lines string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:odd\r\nDTSTAMP:20260101T000000Z\r\n" + lines + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	odd := map[string]string{
		"no calendar at all":   "nonsense",
		"cut off":              "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
		"a rule of no kind":    event1("DTSTART:20260304T100000Z\r\nRRULE:FREQ=SOMETIMES"),
		"every second":         event1("DTSTART:20260304T100000Z\r\nRRULE:FREQ=SECONDLY"),
		"a date that is none":  event1("DTSTART:20269999T100000Z"),
		"no start":             event1("SUMMARY:x"),
		"unknown zone":         event1("DTSTART;TZID=Nowhere/Land:20260304T100000\r\nRRULE:FREQ=DAILY;COUNT=3"),
		"list of exceptions":   event1("DTSTART:20260304T100000Z\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEXDATE:20260305T100000Z,20260306T100000Z"),
		"an odd trigger":       event1("DTSTART:20260304T100000Z\r\nBEGIN:VALARM\r\nTRIGGER:soon\r\nEND:VALARM"),
		"an odd recurrence id": event1("RECURRENCE-ID:x\r\nDTSTART:20260304T100000Z"),
	}
	holds(t, "Q12", func(t *testing.T) {
		good := []string{"good 1", "good 2"}
		series := []*bridge.Series{event("good 1", "good", "2026-03-04T10:00"), weekly(0, event("good 2", "good", "2026-03-04T10:00"))}
		bodies, ids := map[string]string{}, append(slices.Sorted(maps.Keys(odd)), good...)
		for id, body := range odd {
			series = append(series, event(id, id, "2026-03-04T10:00"))
			bodies[bridge.ObjectName(bridge.SourceID(id))] = body
		}
		r := newRig(t, series...)
		r.handler.Library = altered{r.store, bodies}
		window := timeRange("2026-03-01T00:00", "2026-04-01T00:00")
		for name, inner := range map[string]string{
			"range": prop("D:getetag") + query(window), "range and text": prop("D:getetag") + query(window+`<C:prop-filter name="UID"/>`),
			"alarms": prop("D:getetag") + query(`<C:comp-filter name="VALARM">`+window+`</C:comp-filter>`),
			"data":   queryData("", window), "expand": queryData(`<C:expand start="20260301T000000Z" end="20260401T000000Z"/>`, window),
			"limit": queryData(`<C:limit-recurrence-set start="20260301T000000Z" end="20260401T000000Z"/>`, ""),
			"parts": queryData(`<C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="UID"/></C:comp></C:comp>`, ""),
		} {
			got := r.matching(r.report("C:calendar-query", inner).multistatus(), ids...)
			if name != "alarms" && (!slices.Contains(got, good[0]) || !slices.Contains(got, good[1])) {
				t.Errorf("%s: %v", name, got)
			}
			if !slices.Contains(got, "no calendar at all") { // better one too many than a hole
				t.Errorf("%s leaves out what it cannot judge: %v", name, got)
			}
		}
		busy := r.report("C:free-busy-query", `<C:time-range start="20260301T000000Z" end="20260401T000000Z"/>`).want(http.StatusOK).Body
		for _, want := range []string{"20260304T100000Z/20260304T110000Z", "20260311T100000Z/20260311T110000Z"} {
			if !strings.Contains(busy, want) {
				t.Errorf("free-busy lacks %s\n%s", want, busy)
			}
		}
		var hrefs []string
		for _, id := range ids {
			hrefs = append(hrefs, r.objPath(id))
		}
		for i, row := range r.multiget(r.calPath(), hrefs...).Rows {
			if row.Status != "" || row.found()["calendar-data"].Text == "" {
				t.Errorf("multiget of %s: %+v", ids[i], row)
			}
		}
	})
}

// query is the filter of a calendar-query.
func query(inVEVENT string) string {
	return `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` + inVEVENT + `</C:comp-filter></C:comp-filter></C:filter>`
}
