package component

import (
	"slices"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/caldav/davxml"
)

// given makes an object of lines cut at bars, as another program would write it.
func given(recurs bool, start, end, lines string) *bridge.Object {
	body := "BEGIN:VCALENDAR|BEGIN:VEVENT|UID:u|" + lines + "|END:VEVENT|END:VCALENDAR|"
	o := &bridge.Object{Name: "o", ETag: "1", Recurs: recurs, Body: []byte(strings.ReplaceAll(body, "|", "\r\n")), Span: bridge.Span{Start: at(start)}}
	if end != "" {
		o.Span.End = at(end)
	}
	return o
}

func TestMoments(t *testing.T) {
	for line, want := range map[string]struct {
		start, end string
		as         form
	}{
		"RDATE:20260304T100000Z":                                           {"2026-03-04T10:00", "2026-03-04T10:00", fixed},
		"RDATE;TZID=Europe/Berlin:20260304T100000":                         {"2026-03-04T09:00", "2026-03-04T09:00", fixed},
		"RDATE;TZID=Nowhere:20260304T100000":                               {"2026-03-04T10:00", "2026-03-04T10:00", fixed},
		"RDATE:20260304T100000":                                            {"2026-03-04T10:00", "2026-03-04T10:00", floating},
		"RDATE;VALUE=DATE:20260304":                                        {"2026-03-04T00:00", "2026-03-04T00:00", day},
		"RDATE;VALUE=PERIOD:20260304T100000Z/20260304T113000Z":             {"2026-03-04T10:00", "2026-03-04T11:30", fixed},
		"RDATE;VALUE=PERIOD:20260304T100000Z/P1DT1H":                       {"2026-03-04T10:00", "2026-03-05T11:00", fixed},
		"RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260304T100000/PT30M":      {"2026-03-04T09:00", "2026-03-04T09:30", fixed},
		"RDATE;VALUE=PERIOD:20260304T100000Z/20260304T090000Z":             {}, // backwards
		"RDATE;VALUE=PERIOD:20260304T100000Z/-PT1H":                        {},
		"RDATE;VALUE=PERIOD:20260304T100000Z/":                             {},
		"RDATE;VALUE=PERIOD:/20260304T100000Z":                             {},
		"RDATE;VALUE=PERIOD:20260304T100000Z/20260304T110000Z/20260304T12": {},
		"RDATE:tomorrow": {}, "RDATE:": {}, "RDATE:2026030": {}, "RDATE": {},
	} {
		p := propertyOf([]byte(line + "\r\n"))
		start, end, as, err := p.between(p.Value())
		if want.start == "" {
			if err == nil {
				t.Errorf("%s is %v to %v", line, start, end)
			}
			continue
		}
		if err != nil || as != want.as || !start.Equal(at(want.start)) || !end.Equal(at(want.end)) {
			t.Errorf("%s is %v to %v, %v, %v", line, start, end, as, err)
		}
	}
}

// What floats is expanded where the reader's clocks show it, in UTC like all else
// (RFC 4791 §9.6.5).
func TestFloatingTimesAreExpanded(t *testing.T) {
	r := davxml.TimeRange{Start: at("2026-03-28T00:00"), End: at("2026-03-30T22:00")} // Berlin's clocks change on the 29th
	for _, c := range []struct {
		o    *bridge.Object
		want []string
	}{
		{given(false, "2026-03-28T10:00", "2026-03-28T11:00", "DTSTART:20260328T100000|DTEND:20260328T110000"), []string{"DTSTART:20260328T090000Z", "DTEND:20260328T100000Z"}},
		{given(true, "2026-03-28T10:00", "2026-03-30T11:00", "DTSTART:20260328T100000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=3"), []string{
			"DTSTART:20260328T090000Z", "DTEND:20260328T100000Z", "RECURRENCE-ID:20260328T090000Z", "DTSTART:20260329T080000Z", "DTEND:20260329T090000Z", "RECURRENCE-ID:20260329T080000Z",
			"DTSTART:20260330T080000Z", "DTEND:20260330T090000Z", "RECURRENCE-ID:20260330T080000Z"}},
		{given(true, "2026-03-28T23:30", "2026-03-31T00:30", "DTSTART:20260328T233000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=3"), []string{ // the third begins with Berlin's 30th, 23:30
			"DTSTART:20260328T223000Z", "DTEND:20260328T233000Z", "RECURRENCE-ID:20260328T223000Z", "DTSTART:20260329T213000Z", "DTEND:20260329T223000Z", "RECURRENCE-ID:20260329T213000Z",
			"DTSTART:20260330T213000Z", "DTEND:20260330T223000Z", "RECURRENCE-ID:20260330T213000Z"}},
	} {
		text, err := Cut(c.o, &davxml.CalendarData{Expand: &r}, berlin(t))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "DT") || strings.HasPrefix(line, "RECURRENCE-ID") {
				got = append(got, line)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\ngot  %v\nwant %v", c.o.Body, got, c.want)
		}
	}
}

// It makes busy there, too, worked out and remembered.
func TestFloatingTimesMakeBusy(t *testing.T) {
	for name, o := range map[string]*bridge.Object{
		"alone":  given(false, "2026-03-04T10:00", "2026-03-04T11:00", "DTSTART:20260304T100000|DTEND:20260304T110000"),
		"series": given(true, "2026-03-03T10:00", "2026-03-09T11:00", "DTSTART:20260303T100000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=7"),
	} {
		memory := new(Memory)
		for loc, hour := range map[*time.Location]int{berlin(t): 9, time.UTC: 10} {
			f := FreeBusy{Memory: memory, Window: Window{From: at("2026-03-04T00:00"), To: at("2026-03-05T00:00"), Zone: loc}}
			known, err := f.Recall(Key{}, rowOf(o))
			if !known {
				err = f.Add(Key{}, o)
			}
			if err != nil || len(f.periods) != 1 || f.periods[0].start.UTC().Hour() != hour {
				t.Errorf("%s in %s: %v, %v", name, loc, f.periods, err)
			}
		}
	}
}

// The slot of an override is as long as its series says, in either way.
func TestLimitOfASeriesWithDuration(t *testing.T) {
	const override = "|END:VEVENT|BEGIN:VEVENT|UID:u|RECURRENCE-ID:20260305T100000Z|DTSTART:20260320T100000Z|DTEND:20260320T110000Z"
	for _, length := range []string{"DURATION:PT3H", "DTEND:20260304T130000Z"} {
		o := given(true, "2026-03-04T10:00", "", "DTSTART:20260304T100000Z|"+length+"|RRULE:FREQ=DAILY"+override)
		for start, want := range map[string]int{"2026-03-05T12:00": 2, "2026-03-05T13:00": 1, "2026-03-20T10:30": 2} {
			r := davxml.TimeRange{Start: at(start), End: at(start).Add(time.Hour)}
			text, err := Cut(o, &davxml.CalendarData{Limit: &r}, time.UTC)
			if got := strings.Count(string(text), "BEGIN:VEVENT"); err != nil || got != want {
				t.Errorf("%s at %s: %d components, want %d, %v", length, start, got, want, err)
			}
		}
	}
}
