package component

import (
	"slices"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/bridge/zone"
	"calbridge/caldav/davxml"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	loc, err := zone.Load("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// render makes an object as the store does.
func render(t testing.TB, s bridge.Series) *bridge.Object {
	t.Helper()
	o, err := ics.Render(s, bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036})
	if err != nil {
		t.Fatal(err)
	}
	o.Name = string(s.Source)
	return &o
}

// daily is a series at ten o'clock in Berlin, for ever where count is 0.
func daily(count int, change func(*bridge.Series)) bridge.Series {
	start := at("2026-03-02T09:00")
	s := bridge.Series{Source: "s", UID: "uid", Zone: "Europe/Berlin",
		Rule:   &bridge.Recurrence{Pattern: bridge.Daily, Interval: 1, Start: bridge.DateOf(2026, 3, 2), Count: count, End: bridge.MaxDate},
		Master: bridge.Event{Subject: "daily", Start: start, End: start.Add(time.Hour), StartZone: "Europe/Berlin", EndZone: "Europe/Berlin"}}
	if change != nil {
		change(&s)
	}
	return s
}

func rowOf(o *bridge.Object) *bridge.Row {
	return &bridge.Row{Name: o.Name, ETag: o.ETag, Size: len(o.Body), Span: o.Span, Recurs: o.Recurs}
}

const written = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\nSUMMARY:a\\, b\\;\r\n  c\\nd\r\n\t\\\\e\r\n" +
	"ATTENDEE;CN=\"Bob; B: ^'x^'^n\";ROLE=CHAIR,OTHER:mailto:bob@x\r\nDTSTART;TZID=Europe/Berlin:20260304T100000\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func TestParse(t *testing.T) {
	root, err := Parse([]byte(written))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(root.Append(nil)); got != written {
		t.Errorf("written back as\n%q", got)
	}
	event := root.Children[0]
	if got := event.Prop("SUMMARY").Text(); got != "a, b; c\nd\\e" {
		t.Errorf("SUMMARY %q", got)
	}
	bob := event.Prop("ATTENDEE")
	for name, want := range map[string]string{"CN": "Bob; B: \"x\"\n", "cn": "Bob; B: \"x\"\n", "ROLE": "CHAIR,OTHER"} {
		if got, ok := bob.Param(name); !ok || got != want {
			t.Errorf("%s=%q, %v", name, got, ok)
		}
	}
	if _, ok := bob.Param("RSVP"); ok || bob.Value() != "mailto:bob@x" {
		t.Errorf("ATTENDEE %q", bob.Value())
	}
	start, allDay, err := event.Prop("DTSTART").Instant()
	if err != nil || allDay || !start.Equal(at("2026-03-04T09:00")) {
		t.Errorf("DTSTART %v, %v, %v", start, allDay, err)
	}
	if event.Value("LOCATION") != "" || event.Prop("LOCATION") != nil {
		t.Error("a property that is not there")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "VERSION:2.0\r\n", "BEGIN:VCALENDAR\r\n", "BEGIN:A\r\nEND:B\r\n", "END:A\r\n", strings.Repeat("BEGIN:A\r\n", 9) + strings.Repeat("END:A\r\n", 9)} {
		if c, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q parses to %v", text, c)
		}
	}
}

func TestInstants(t *testing.T) {
	for line, want := range map[string]string{
		"DTSTART:20260304T100000Z": "2026-03-04T10:00", "DTSTART;VALUE=DATE:20260304": "2026-03-04T00:00", "DTSTART:20260304T100000": "2026-03-04T10:00",
		"DTSTART;TZID=Nowhere:20260304T100000": "2026-03-04T10:00", "DTSTART;TZID=W. Europe Standard Time:20260304T100000": "2026-03-04T09:00",
		"DTSTART:": "", "DTSTART:tomorrow": "", "DTSTART:20261304": "", "DTSTART": "",
	} {
		p := propertyOf([]byte(line + "\r\n"))
		got, _, err := p.Instant()
		if want == "" && err == nil || want != "" && (err != nil || !got.Equal(at(want))) {
			t.Errorf("%s: %v, %v", line, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(written)
	f.Add("BEGIN:A\nX;A=\"b\nEND:A")
	f.Add("BEGIN:A\r\n \r\nEND:A\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		root, err := Parse([]byte(text))
		if err != nil {
			return
		}
		for i := range root.Props {
			p := &root.Props[i]
			p.Text()
			p.Param("X")
			_, _, _ = p.Instant()
			(&Window{From: at("2026-03-01T00:00")}).holds(p)
		}
		again, err := Parse(root.Append(nil))
		if err == nil && string(again.Append(nil)) != string(root.Append(nil)) {
			t.Fatalf("%q does not come back", text)
		}
	})
}

func TestWindowMeetsDaysOfItsZone(t *testing.T) {
	day, next := at("2026-03-29T00:00"), at("2026-03-30T00:00") // the clocks change on it
	w := Window{From: at("2026-03-29T21:30"), To: at("2026-03-29T22:00"), Zone: berlin(t)}
	if !w.Meets(day, next, true) {
		t.Error("the last half hour of a short day")
	}
	w = Window{From: at("2026-03-29T22:00"), To: at("2026-03-29T22:30"), Zone: berlin(t)}
	if w.Meets(day, next, true) {
		t.Error("the half hour after a short day")
	}
	if open := (&Window{}); !open.Meets(day, next, true) {
		t.Error("a window without ends")
	}
}

// Whatever the window, what is remembered gives the answer that the expansion
// gives.
func TestMemoryAgreesWithExpansion(t *testing.T) {
	moved := func(s *bridge.Series) {
		d := bridge.DateOf(2026, 3, 5)
		e := s.Master
		e.Start, e.End = at("2026-09-01T03:00"), at("2026-09-01T05:00")
		s.Overrides = []bridge.Override{{Date: &d, Event: e}}
		s.Cancelled = []bridge.Date{bridge.DateOf(2026, 3, 9), bridge.DateOf(2026, 3, 10)}
	}
	for name, o := range map[string]*bridge.Object{"endless": render(t, daily(0, moved)), "short": render(t, daily(9, moved)),
		"long": render(t, daily(5000, nil)), "all-day": render(t, daily(9, func(s *bridge.Series) {
			s.Master.AllDay, s.Master.Start, s.Master.End = true, at("2026-03-02T00:00"), at("2026-03-03T00:00")
		}))} {
		var m Memory
		k := Key{"cal", name}
		for hours := -100; hours < 6000; hours += 97 {
			for _, length := range []int{1, 25, 24 * 40} {
				from := at("2026-03-01T00:00").Add(time.Duration(hours) * time.Hour)
				for _, w := range []Window{{From: from, To: from.Add(time.Duration(length) * time.Hour), Zone: berlin(t)}, {From: from, Zone: berlin(t)}, {To: from, Zone: time.UTC}} {
					want := slow(t, o, &w)
					got, known := w.Judge(rowOf(o))
					if !known {
						got, known = m.Meets(k, rowOf(o), &w)
					}
					if !known {
						var err error
						if got, err = m.Learn(k, o, &w); err != nil {
							t.Fatal(err)
						}
					}
					if got != want {
						t.Fatalf("%s in %v to %v: %v, want %v", name, w.From, w.To, got, want)
					}
				}
			}
		}
		if name != "long" && len(m.known) > 1 {
			t.Errorf("%s: %d courses", name, len(m.known))
		}
	}
}

// slow expands the object anew, with ends where the window has none: far enough
// to see whether anything of a daily series is there.
func slow(t *testing.T, o *bridge.Object, w *Window) bool {
	t.Helper()
	from, to := w.From, w.To
	if from.IsZero() {
		from = at("2026-01-01T00:00")
	}
	if to.IsZero() {
		to = from.Add(300 * 24 * time.Hour)
	}
	list, err := ics.Expand(o.Body, from.Add(-widest), to.Add(widest))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(x bridge.Instance) bool { return w.Meets(x.Start, x.End, x.AllDay) })
}

func TestMemoryForgets(t *testing.T) {
	var m Memory
	w := Window{From: at("2026-03-04T00:00"), To: at("2026-03-05T00:00"), Zone: time.UTC}
	o := render(t, daily(0, nil))
	if meets, err := m.Learn(Key{"cal", "a"}, o, &w); !meets || err != nil {
		t.Fatalf("%v, %v", meets, err)
	}
	r := rowOf(o)
	if meets, known := m.Meets(Key{"cal", "a"}, r, &w); !meets || !known {
		t.Error("forgotten at once")
	}
	r.ETag = "another"
	if _, known := m.Meets(Key{"cal", "a"}, r, &w); known {
		t.Error("another state of the object is taken for the one that is known")
	}
	if _, known := m.Meets(Key{"other", "a"}, rowOf(o), &w); known {
		t.Error("another calendar's object is taken for the one that is known")
	}
	for i := range 2000 {
		if _, err := m.Learn(Key{"cal", strings.Repeat("x", i)}, o, &w); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for _, c := range m.known {
		total += weight(c)
	}
	if total != m.spans || total > maxSpans {
		t.Errorf("%d spans are kept, %d counted, %d allowed", total, m.spans, maxSpans)
	}
}

func TestWhatCannotBeJudgedMeets(t *testing.T) {
	o := render(t, daily(0, nil))
	o.Body = []byte(strings.Replace(string(o.Body), "RRULE:FREQ=DAILY", "RRULE:FREQ=SECONDLY", 1))
	var m Memory
	w := Window{From: at("2026-03-04T00:00"), To: at("2026-03-05T00:00"), Zone: time.UTC}
	if meets, err := m.Learn(Key{"cal", "a"}, o, &w); !meets || err == nil {
		t.Errorf("%v, %v", meets, err)
	}
	if meets, known := m.Meets(Key{"cal", "a"}, rowOf(o), &w); !meets || !known {
		t.Errorf("again: %v, %v", meets, known)
	}
}

func TestCutKeepsTheBytes(t *testing.T) {
	o := render(t, daily(3, nil))
	for name, d := range map[string]*davxml.CalendarData{"nil": nil, "zero": {}, "free-busy": {FreeBusy: &davxml.TimeRange{}},
		"all": {Comp: &davxml.CompData{Name: "VCALENDAR", AllProps: true, AllComps: true}}, "empty comp": {Comp: &davxml.CompData{Name: "VCALENDAR"}}} {
		if got, err := Cut(o, d, time.UTC); err != nil || string(got) != string(o.Body) {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	got, err := Cut(o, &davxml.CalendarData{Comp: &davxml.CompData{Name: "VCARD"}}, time.UTC)
	if err != nil || string(got) != "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" {
		t.Errorf("another component: %q, %v", got, err)
	}
	if _, err := Cut(&bridge.Object{Body: []byte("nonsense")}, &davxml.CalendarData{Comp: &davxml.CompData{Name: "VCALENDAR"}}, time.UTC); err == nil {
		t.Error("nonsense was cut")
	}
}

// An expansion expands to the same instances as the series.
func TestExpandedInstancesAreThoseOfTheSeries(t *testing.T) {
	o := render(t, daily(0, func(s *bridge.Series) {
		minutes := 5
		s.Master.Reminder = &minutes
		d := bridge.DateOf(2026, 3, 27)
		e := s.Master
		e.Subject, e.AllDay, e.Start, e.End = "moved", true, at("2026-03-30T00:00"), at("2026-03-31T00:00")
		s.Overrides = []bridge.Override{{Date: &d, Event: e}}
	}))
	r := davxml.TimeRange{Start: at("2026-03-25T00:00"), End: at("2026-04-05T00:00")}
	text, err := Cut(o, &davxml.CalendarData{Expand: &r}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ics.Expand(o.Body, r.Start, r.End)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ics.Expand(text, r.Start, r.End)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]bridge.Instance{want, got} {
		slices.SortFunc(list, func(a, b bridge.Instance) int { return a.Original.Compare(b.Original) })
	}
	if !slices.Equal(want, got) || len(got) != 11 {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if n := strings.Count(string(text), "BEGIN:VALARM"); n != 11 {
		t.Errorf("%d alarms", n)
	}
}

func TestFreeBusyOfNothing(t *testing.T) {
	f := FreeBusy{Memory: new(Memory), Window: Window{From: at("2026-03-01T00:00"), To: at("2026-03-02T00:00"), Zone: time.UTC}}
	if err := f.Add(Key{}, &bridge.Object{Body: []byte("nonsense")}); err == nil {
		t.Error("nonsense was added")
	}
	want := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calbridge//calbridge//EN\r\nBEGIN:VFREEBUSY\r\nUID:freebusy-20260301T000000Z-20260302T000000Z\r\n" +
		"DTSTAMP:20260101T000000Z\r\nDTSTART:20260301T000000Z\r\nDTEND:20260302T000000Z\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
	if got := string(f.Text(at("2026-01-01T00:00"))); got != want {
		t.Errorf("got %q", got)
	}
}

// What is remembered makes as busy as the expansion does, instance by instance.
func TestFreeBusyFromMemory(t *testing.T) {
	changed := daily(0, func(s *bridge.Series) {
		for day, as := range map[int]bridge.ShowAs{5: bridge.OutOfOffice, 7: bridge.Free, 8: bridge.Tentative} {
			d, e := bridge.DateOf(2026, 3, day), s.Master
			e.ShowAs, e.Start, e.End = as, e.Start.AddDate(0, 0, day-2), e.End.AddDate(0, 0, day-2)
			s.Overrides = append(s.Overrides, bridge.Override{Date: &d, Event: e})
		}
	})
	single := daily(0, func(s *bridge.Series) { s.Rule, s.Master.ShowAs = nil, bridge.Tentative })
	days := daily(0, func(s *bridge.Series) {
		s.Rule, s.Master.AllDay, s.Master.Start, s.Master.End = nil, true, at("2026-03-04T00:00"), at("2026-03-06T00:00")
	})
	kinds := map[int]busyness{5: unavailable, 7: free, 8: tentative}
	for name, c := range map[string]struct {
		series bridge.Series
		kind   func(bridge.Instance) busyness
	}{
		"series": {changed, func(x bridge.Instance) busyness {
			if kind, ok := kinds[x.Start.Day()]; ok && x.Start.Month() == time.March {
				return kind
			}
			return busy
		}},
		"single":  {single, func(bridge.Instance) busyness { return tentative }},
		"all-day": {days, func(bridge.Instance) busyness { return busy }},
	} {
		o, memory := render(t, c.series), new(Memory)
		for hours := -48; hours < 24*40; hours += 7 {
			w := Window{From: at("2026-03-01T00:00").Add(time.Duration(hours) * time.Hour), Zone: berlin(t)}
			w.To = w.From.Add(50 * time.Hour)
			want, got := FreeBusy{Window: w}, FreeBusy{Window: w, Memory: memory}
			list, err := ics.Expand(o.Body, w.From.Add(-widest), w.To.Add(widest))
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				if w.Meets(x.Start, x.End, x.AllDay) {
					want.put(c.kind(x), x.Start, x.End, x.AllDay)
				}
			}
			known, err := got.Recall(Key{}, rowOf(o))
			if !known {
				err = got.Add(Key{}, o)
			}
			if err != nil || !slices.Equal(got.periods, want.periods) || known != (hours > -48) {
				t.Fatalf("%s from %v: %v, %v, known %v, want %v", name, w.From, got.periods, err, known, want.periods)
			}
		}
	}
}

func TestFiltersAreSettledEarly(t *testing.T) {
	event := davxml.CompFilter{Name: "VEVENT"}
	ranged := davxml.CompFilter{Name: "VEVENT", Range: &davxml.TimeRange{Start: at("2026-03-01T00:00")}}
	calendar := func(comps ...davxml.CompFilter) davxml.CompFilter {
		return davxml.CompFilter{Name: "VCALENDAR", Comps: comps}
	}
	for name, c := range map[string]struct {
		tree                    davxml.CompFilter
		nothing, window, closer bool
	}{
		"all":                  {calendar(), false, false, false},
		"events":               {calendar(event), false, false, false},
		"events in a range":    {calendar(ranged), false, true, false},
		"two ranges":           {calendar(ranged, ranged), false, true, true},
		"tasks":                {calendar(davxml.CompFilter{Name: "VTODO"}), true, false, false},
		"tasks in a range":     {calendar(davxml.CompFilter{Name: "VTODO", Range: ranged.Range}), true, false, false},
		"no tasks":             {calendar(davxml.CompFilter{Name: "VTODO", NotDefined: true}), false, false, false},
		"no events":            {calendar(davxml.CompFilter{Name: "VEVENT", NotDefined: true}), true, false, false},
		"no calendar":          {davxml.CompFilter{Name: "VCALENDAR", NotDefined: true}, true, false, false},
		"no card":              {davxml.CompFilter{Name: "VCARD", NotDefined: true}, false, false, false},
		"a card":               {davxml.CompFilter{Name: "VCARD"}, true, false, false},
		"a property":           {davxml.CompFilter{Name: "VCALENDAR", Props: []davxml.PropFilter{{Name: "VERSION"}}}, false, false, true},
		"a zone":               {calendar(davxml.CompFilter{Name: "VTIMEZONE"}), false, false, true},
		"a property of events": {calendar(davxml.CompFilter{Name: "VEVENT", Props: []davxml.PropFilter{{Name: "UID"}}}), false, false, true},
	} {
		f, err := NewFilter(c.tree, time.UTC)
		if err != nil || f.Nothing != c.nothing || (f.Window != nil) != c.window || f.Closer != c.closer {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}
