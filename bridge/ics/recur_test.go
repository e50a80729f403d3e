package ics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

// weekly is a series on Tuesdays at 15:00 in Berlin from 3 June 2025.
func weekly(change func(*bridge.Series)) bridge.Series {
	s := meeting(func(e *bridge.Event) { e.Start, e.End = at("2025-06-03T13:00:00"), at("2025-06-03T14:00:00") })
	s.Zone = "Europe/Berlin"
	s.Rule = &bridge.Recurrence{Pattern: bridge.Weekly, Interval: 1, Days: bridge.WeekdaysOf(time.Tuesday),
		FirstDay: time.Monday, Start: bridge.DateOf(2025, 6, 3), End: bridge.MaxDate}
	if change != nil {
		change(&s)
	}
	return s
}

// nightly is a series at 23:00 in Nuuk, where clocks skip that hour in spring.
func nightly(change func(*bridge.Series)) bridge.Series {
	return weekly(func(s *bridge.Series) {
		s.Zone, s.Master.Start, s.Master.End = "America/Nuuk", at("2027-03-02T01:00:00"), at("2027-03-02T02:00:00")
		s.Rule.Pattern, s.Rule.Start = bridge.Daily, *date("2027-03-01")
		change(s)
	})
}

func date(text string) *bridge.Date {
	d, err := bridge.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return &d
}

func moved(o bridge.Override, to string) bridge.Override {
	o.Event = meeting(func(e *bridge.Event) { e.Subject, e.Start, e.End = "Moved", at(to), at(to).Add(time.Hour) }).Master
	return o
}

func allDayWeekly(change func(*bridge.Series)) bridge.Series {
	return weekly(func(s *bridge.Series) {
		s.Master.AllDay, s.Master.Start, s.Master.End = true, at("2025-06-04T00:00:00"), at("2025-06-05T00:00:00")
		s.Rule.Days, s.Rule.Start, s.Zone = bridge.WeekdaysOf(time.Wednesday), *date("2025-06-04"), ""
		change(s)
	})
}

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		name   string
		series bridge.Series
		want   []string
	}{
		{"R2.5 a weekly rule in its zone", weekly(nil), []string{"DTSTART;TZID=Europe/Berlin:20250603T150000", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO"}},
		{"R2.6 the forms of an instance", weekly(func(s *bridge.Series) {
			s.Cancelled = []bridge.Date{*date("2025-06-17")}
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-10T13:00:00")}, "2025-06-10T14:00:00")}
			s.Overrides[0].Event.StartZone, s.Overrides[0].Event.EndZone = "America/New_York", "America/New_York"
		}), []string{"EXDATE;TZID=Europe/Berlin:20250617T150000", "RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000", "DTSTART;TZID=America/New_York:20250610T100000"}},
		{"R1.4 an override is not cancelled too", weekly(func(s *bridge.Series) {
			s.Cancelled = []bridge.Date{*date("2025-06-10")}
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-10T13:00:00")}, "2025-06-11T14:00:00")}
		}), []string{"!EXDATE", "RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000"}},
		{"R2.7 the slot by its date where the instant is no slot", weekly(func(s *bridge.Series) {
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-09T09:00:00"), Date: date("2025-06-10")}, "2025-06-11T14:00:00")}
		}), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000"}},
		{"R2.7 an override without a word of its slot takes its day's", weekly(func(s *bridge.Series) {
			s.Overrides = []bridge.Override{moved(bridge.Override{}, "2025-06-10T17:00:00")}
		}), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000", "!RDATE"}},
		{"R2.7 one that fits no slot is added", weekly(func(s *bridge.Series) {
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-12T13:00:00")}, "2025-06-12T17:00:00")}
		}), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250612T150000", "RDATE;TZID=Europe/Berlin:20250612T150000"}},
		{"R2.7 an override of an instance at an hour that clocks skip", nightly(func(s *bridge.Series) {
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2027-03-28T01:00:00")}, "2027-03-28T14:00:00")}
		}), []string{"RECURRENCE-ID;TZID=America/Nuuk:20270327T230000", "!RDATE", "!RECURRENCE-ID;TZID=America/Nuuk:20270328"}},
		{"R2.12 instances at hours that clocks skip or repeat", weekly(func(s *bridge.Series) {
			s.Master.Start, s.Master.End = at("2025-06-01T00:30:00"), at("2025-06-01T00:45:00")
			s.Rule.Days, s.Rule.Start, s.Cancelled = bridge.WeekdaysOf(time.Sunday), *date("2025-06-01"), []bridge.Date{*date("2026-10-25")}
		}), []string{
			"RECURRENCE-ID;TZID=Europe/Berlin:20251026T023000", "DTSTART:20251026T003000Z", "DTEND:20251026T004500Z",
			"RECURRENCE-ID;TZID=Europe/Berlin:20260329T023000", "DTSTART;TZID=Europe/Berlin:20260329T033000",
			"EXDATE;TZID=Europe/Berlin:20261025T023000", "!RECURRENCE-ID;TZID=Europe/Berlin:20261025",
		}},
		{"R2.12 until the second pass of a repeated hour", weekly(func(s *bridge.Series) {
			s.Master.Start, s.Master.End = at("2025-06-01T00:30:00"), at("2025-06-01T00:45:00")
			s.Rule.Days, s.Rule.Start, s.Rule.End = bridge.WeekdaysOf(time.Sunday), *date("2025-06-01"), *date("2025-10-26")
		}), []string{"RRULE:FREQ=WEEKLY;BYDAY=SU;WKST=MO;UNTIL=20251026T013000Z"}},
		{"R2.8 all-day, organizer in the west", allDayWeekly(func(s *bridge.Series) {
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-11T07:00:00")}, "2025-06-12T14:00:00")}
		}), []string{"RECURRENCE-ID;VALUE=DATE:20250611"}},
		{"R2.8 all-day, organizer in the east", allDayWeekly(func(s *bridge.Series) {
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-17T14:00:00")}, "2025-06-20T14:00:00")}
		}), []string{"RECURRENCE-ID;VALUE=DATE:20250618"}},
		{"R2.8 all-day, organizer at UTC+14", allDayWeekly(func(s *bridge.Series) {
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-17T10:00:00")}, "2025-06-20T14:00:00")}
		}), []string{"RECURRENCE-ID;VALUE=DATE:20250618"}},
		{"R2.9 a cancelled UTC date", weekly(func(s *bridge.Series) {
			s.Zone, s.Master.Start, s.Master.End = "America/New_York", at("2025-06-04T02:00:00"), at("2025-06-04T03:00:00")
			s.Cancelled = []bridge.Date{*date("2025-06-11")} // the UTC date of Tuesday 22:00
		}), []string{"EXDATE;TZID=America/New_York:20250610T220000"}},
		{"R2.9 one that is no instance is left out", weekly(func(s *bridge.Series) {
			s.Cancelled = []bridge.Date{*date("2025-06-13")}
		}), []string{"!EXDATE"}},
		{"R2.10 one EXDATE each, sorted", weekly(func(s *bridge.Series) {
			s.Cancelled = []bridge.Date{*date("2025-06-24"), *date("2025-06-17"), *date("2025-06-24")}
		}), []string{"EXDATE;TZID=Europe/Berlin:20250617T150000", "EXDATE;TZID=Europe/Berlin:20250624T150000"}},
		{"R2.6 a series in UTC", weekly(func(s *bridge.Series) {
			s.Zone, s.Cancelled, s.Rule.End = "UTC", []bridge.Date{*date("2025-06-10")}, *date("2025-07-01")
		}), []string{"DTSTART:20250603T130000Z", "EXDATE:20250610T130000Z", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;UNTIL=20250701T130000Z"}},
		{"R1.3 all cancelled", weekly(func(s *bridge.Series) {
			s.Rule.Count, s.Cancelled = 2, []bridge.Date{*date("2025-06-03"), *date("2025-06-10")}
		}), []string{"EXDATE;TZID=Europe/Berlin:20250603T150000", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;COUNT=2"}},
		{"§2.4 a range without a date", weekly(func(s *bridge.Series) {
			s.Rule.Start, s.Rule.End = *date("2025-06-04"), *date("2025-06-05")
		}), []string{"DTSTART;TZID=Europe/Berlin:20250610T150000", "EXDATE;TZID=Europe/Berlin:20250610T150000", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;COUNT=1"}},
		{"§5.6 an override keeps its own reminder", weekly(func(s *bridge.Series) {
			ten := 10
			s.Overrides = []bridge.Override{moved(bridge.Override{Original: at("2025-06-10T13:00:00")}, "2025-06-10T14:00:00")}
			s.Overrides[0].Event.Reminder = &ten
		}), []string{"TRIGGER:-PT10M"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantLines(t, render(t, c.series, bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2030}), c.want...)
		})
	}
}

// The rows are those of mapping §3.
func TestRules(t *testing.T) {
	weekdays := bridge.WeekdaysOf(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)
	for want, r := range map[string]bridge.Recurrence{
		"FREQ=DAILY;INTERVAL=3;COUNT=4":                           {Pattern: bridge.Daily, Interval: 3, Count: 4},
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU":              {Pattern: bridge.Weekly, Interval: 2, Days: bridge.WeekdaysOf(time.Tuesday, time.Sunday)},
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=MO":              {Pattern: bridge.Weekly, Interval: 2, Days: bridge.WeekdaysOf(time.Monday, time.Friday), FirstDay: time.Saturday},
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=FR":              {Pattern: bridge.Weekly, Interval: 2, Days: bridge.WeekdaysOf(time.Monday, time.Friday), FirstDay: time.Wednesday},
		"FREQ=WEEKLY;BYDAY=MO,FR;WKST=WE":                         {Pattern: bridge.Weekly, Days: bridge.WeekdaysOf(time.Monday, time.Friday), FirstDay: time.Wednesday},
		"FREQ=MONTHLY;BYMONTHDAY=15":                              {Pattern: bridge.AbsoluteMonthly, DayOfMonth: 15},
		"FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=8":                      {Pattern: bridge.AbsoluteMonthly, DayOfMonth: 31, Count: 8},
		"FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1":                   {Pattern: bridge.AbsoluteMonthly, DayOfMonth: 31, Interval: 3},
		"FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30":                  {Pattern: bridge.AbsoluteMonthly, DayOfMonth: 30, Interval: 12},
		"FREQ=MONTHLY;BYDAY=2TU":                                  {Pattern: bridge.RelativeMonthly, Days: bridge.WeekdaysOf(time.Tuesday), Index: 2},
		"FREQ=MONTHLY;BYDAY=-1FR":                                 {Pattern: bridge.RelativeMonthly, Days: bridge.WeekdaysOf(time.Friday), Index: bridge.Last},
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1":           {Pattern: bridge.RelativeMonthly, Days: weekdays, Index: bridge.Last},
		"FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2":                     {Pattern: bridge.RelativeMonthly, Days: bridge.WeekdaysOf(time.Saturday, time.Sunday), Index: 2},
		"FREQ=MONTHLY;BYMONTHDAY=-1":                              {Pattern: bridge.RelativeMonthly, Days: bridge.AllDays, Index: bridge.Last},
		"FREQ=MONTHLY;BYMONTHDAY=3":                               {Pattern: bridge.RelativeMonthly, Days: bridge.AllDays, Index: 3},
		"FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=3":                      {Pattern: bridge.AbsoluteYearly, Month: time.June, DayOfMonth: 3},
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1":                     {Pattern: bridge.AbsoluteYearly, Month: time.February, DayOfMonth: 29},
		"FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=-1":                     {Pattern: bridge.AbsoluteYearly, Month: time.June, DayOfMonth: 31},
		"FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYMONTHDAY=31":          {Pattern: bridge.RelativeYearly, Interval: 2, Month: time.January, Days: bridge.AllDays, Index: bridge.Last},
		"FREQ=YEARLY;BYMONTH=11;BYDAY=4TH":                        {Pattern: bridge.RelativeYearly, Month: time.November, Days: bridge.WeekdaysOf(time.Thursday), Index: 4},
		"FREQ=YEARLY;BYMONTH=12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": {Pattern: bridge.RelativeYearly, Month: time.December, Days: weekdays, Index: bridge.Last},
	} {
		s := weekly(func(s *bridge.Series) {
			r.Interval = max(r.Interval, 1)
			r.Start, r.End = s.Rule.Start, bridge.MaxDate
			s.Rule = &r
		})
		wantLines(t, render(t, s, berlin), "RRULE:"+want)
	}
}

func TestShortFebruary(t *testing.T) {
	s := weekly(func(s *bridge.Series) {
		s.Master.Start, s.Master.End = at("2024-12-30T09:00:00"), at("2024-12-30T10:00:00")
		s.Rule = &bridge.Recurrence{Pattern: bridge.AbsoluteMonthly, Interval: 1, DayOfMonth: 30, Start: *date("2024-12-30"), End: bridge.MaxDate, Count: 6}
	})
	obj := render(t, s, berlin)
	wantLines(t, obj, "RRULE:FREQ=MONTHLY;BYMONTHDAY=30;COUNT=5", "RDATE;TZID=Europe/Berlin:20250228T100000")
	want := []string{"2024-12-30", "2025-01-30", "2025-02-28", "2025-03-30", "2025-04-30", "2025-05-30"}
	if diff := cmp.Diff(want, days1(t, obj, time.Time{}, time.Time{})); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
}

func days1(t *testing.T, obj bridge.Object, from, to time.Time) (list []string) {
	t.Helper()
	found, err := Expand(obj.Body, from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range found {
		list = append(list, i.Start.Format(time.DateOnly))
	}
	return list
}

func TestSpanOfSeries(t *testing.T) {
	endless := render(t, weekly(nil), berlin)
	if !endless.Recurs || !endless.Span.End.IsZero() || !endless.Span.Start.Equal(at("2025-06-03T13:00:00")) {
		t.Errorf("endless: %+v", endless.Span)
	}
	ended := render(t, weekly(func(s *bridge.Series) {
		s.Rule.Count = 3
		s.Overrides = []bridge.Override{
			moved(bridge.Override{Original: at("2025-06-10T13:00:00")}, "2025-05-01T14:00:00"),
			moved(bridge.Override{Original: at("2025-06-17T13:00:00")}, "2025-08-01T14:00:00"),
		}
	}), berlin)
	if !ended.Span.Start.Equal(at("2025-05-01T14:00:00")) || !ended.Span.End.Equal(at("2025-08-01T15:00:00")) {
		t.Errorf("ended: %+v", ended.Span)
	}
}
