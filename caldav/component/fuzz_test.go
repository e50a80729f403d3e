package component

import (
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// Whatever a body holds, judging it ends, and what is cut out of it is a
// calendar again.
func FuzzJudge(f *testing.F) {
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\n" + lines + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	f.Add(written)
	f.Add(string(render(f, daily(0, nil)).Body))
	f.Add(string(render(f, daily(9, func(s *bridge.Series) { s.Master.AllDay, s.Master.End = true, s.Master.Start.AddDate(0, 0, 1) })).Body))
	for _, lines := range []string{"DTSTART:20260304T100000Z\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEXDATE:20260305T100000Z,20260306T100000Z", "DTSTART;TZID=Nowhere:20260304T100000\r\nRRULE:FREQ=YEARLY",
		"RECURRENCE-ID:20260304T100000Z\r\nDTSTART:20260305T100000Z", "DTSTART;VALUE=DATE:20260304\r\nRDATE;VALUE=DATE:20260310", "DTSTART:20260304T100000Z\r\nDURATION:PT0S",
		"DTSTART:20260304T100000Z\r\nBEGIN:VALARM\r\nTRIGGER;RELATED=END:-P1DT2H\r\nREPEAT:3\r\nDURATION:PT5M\r\nEND:VALARM", "DTSTART:99991231T235959Z\r\nRRULE:FREQ=MONTHLY;BYSETPOS=-1"} {
		f.Add(event(lines))
	}
	r := davxml.TimeRange{Start: at("2026-03-01T00:00"), End: at("2026-04-01T00:00")}
	filter, err := NewFilter(davxml.CompFilter{Name: "VCALENDAR", Comps: []davxml.CompFilter{{Name: "VEVENT", Range: &r,
		Props: []davxml.PropFilter{{Name: "SUMMARY", Match: &davxml.TextMatch{Text: "a", Negate: true}}}, Comps: []davxml.CompFilter{{Name: "VALARM", Range: &r}}}}}, time.UTC)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 10_000 {
			return
		}
		o := &bridge.Object{Name: "o", Body: []byte(body), Recurs: true, Span: bridge.Span{Start: at("2026-01-01T00:00")}}
		_, _ = filter.Match(o) // an error is a fine answer
		busy := FreeBusy{Window: WindowOf(r, time.UTC), Memory: &Memory{}}
		_ = busy.Add(Key{}, o)
		for _, d := range []*davxml.CalendarData{{Expand: &r}, {Limit: &r}, {Comp: &davxml.CompData{Name: "VCALENDAR", AllProps: true, AllComps: true}}} {
			text, err := Cut(o, d, time.UTC)
			if err != nil {
				continue
			}
			if root, err := Parse(text); err != nil || root.Name == "VCALENDAR" && !strings.HasSuffix(string(text), "END:VCALENDAR\r\n") {
				t.Fatalf("cut to %q: %v", text, err)
			}
		}
	})
}
