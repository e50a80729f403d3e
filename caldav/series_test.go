package caldav_test

import (
	"time"

	"calbridge/bridge"
)

const hour = time.Hour

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

// event makes an event of an hour, in UTC.
func event(id, subject, start string) *bridge.Series {
	t := at(start)
	return &bridge.Series{Source: bridge.SourceID(id), Claim: "uid-" + id, Zone: "UTC", Master: bridge.Event{
		Subject: subject, Start: t, End: t.Add(time.Hour), StartZone: "UTC", EndZone: "UTC", Created: at("2026-01-01T00:00"), Modified: at("2026-01-02T00:00")}}
}

// in puts an event into a zone: its start keeps the digits.
func in(zone string, s *bridge.Series) *bridge.Series {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	m := &s.Master
	length := m.End.Sub(m.Start)
	m.Start = time.Date(m.Start.Year(), m.Start.Month(), m.Start.Day(), m.Start.Hour(), m.Start.Minute(), 0, 0, loc).UTC()
	m.End = m.Start.Add(length)
	s.Zone, m.StartZone, m.EndZone = zone, zone, zone
	return s
}

// lasting changes how long an event takes.
func lasting(d time.Duration, s *bridge.Series) *bridge.Series {
	s.Master.End = s.Master.Start.Add(d)
	return s
}

// allDay makes an event of whole days.
func allDay(id, subject, first string, days int) *bridge.Series {
	s := event(id, subject, first+"T00:00")
	s.Master.AllDay, s.Master.End = true, s.Master.Start.AddDate(0, 0, days)
	return s
}

// weekly makes a series recur on its own weekday; count 0 is for ever.
func weekly(count int, s *bridge.Series) *bridge.Series {
	loc, err := time.LoadLocation(s.Zone)
	if err != nil {
		panic(err)
	}
	d := bridge.DateIn(s.Master.Start, loc)
	s.Rule = &bridge.Recurrence{Pattern: bridge.Weekly, Interval: 1, FirstDay: time.Monday, Days: 1 << d.Weekday(), Start: d, End: bridge.MaxDate, Count: count}
	return s
}

// without cancels dates of a series.
func without(s *bridge.Series, dates ...string) *bridge.Series {
	for _, text := range dates {
		d, err := bridge.ParseDate(text)
		if err != nil {
			panic(err)
		}
		s.Cancelled = append(s.Cancelled, d)
	}
	return s
}

// moving moves the instance of a date to another time.
func moving(s *bridge.Series, date, to, subject string) *bridge.Series {
	d, err := bridge.ParseDate(date)
	if err != nil {
		panic(err)
	}
	e := s.Master
	length := e.End.Sub(e.Start)
	e.Subject, e.Start = subject, at(to)
	e.End = e.Start.Add(length)
	s.Overrides = append(s.Overrides, bridge.Override{Source: s.Source + "-" + bridge.SourceID(date), Date: &d, Event: e})
	return s
}
