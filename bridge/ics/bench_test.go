package ics

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// typical are single events as mailboxes hold them: an appointment, a meeting
// by HTML mail, a day off.
func typical() (list []bridge.Series) {
	reminder := 15
	for i := range 30 {
		s := meeting(func(e *bridge.Event) {
			e.Subject = fmt.Sprintf("Weekly planning, part %d", i)
			e.Start, e.End = e.Start.AddDate(0, 0, i), e.End.AddDate(0, 0, i)
			e.Created, e.ShowAs, e.Reminder = e.Modified.AddDate(0, 0, -7), bridge.Busy, &reminder
			e.WebLink = "https://outlook.example/owa/?itemid=AAMkAGI1" + strings.Repeat("x", 80)
			e.Categories = []string{"Work"}
			switch i % 3 {
			case 1:
				e.Text = strings.Repeat("Please read the minutes beforehand; bring figures, too.\n", 5)
				e.HTML = "<html><body><p>" + strings.ReplaceAll(e.Text, "\n", "</p>\r\n<p>") + "</p></body></html>"
				e.Location, e.JoinURL, e.JoinWith = "Room 1.04; east wing", "https://teams.example/l/meetup-join/19%3ameeting_xyz", "Microsoft Teams"
				e.Organizer = &bridge.Person{Name: "Ben Okafor", Address: "ben@contoso.example"}
				for n, role := range []bridge.Role{bridge.Required, bridge.Required, bridge.Optional, bridge.Room} {
					e.Attendees = append(e.Attendees, bridge.Person{Name: fmt.Sprint("Person, ", n), Address: fmt.Sprintf("person%d@contoso.example", n), Role: role, Response: bridge.Accepted})
				}
			case 2:
				e.AllDay, e.Start, e.End = true, dateOf(e.Start).Time(), dateOf(e.Start).Time().AddDate(0, 0, 1)
				e.Reminder = nil
			}
		})
		s.UID = fmt.Sprintf("040000008200E00074C5B7101A82E00800000000%040X", i)
		list = append(list, s)
	}
	return list
}

// twoYears is a series of two years with changed and cancelled instances.
func twoYears() []bridge.Series {
	s := typical()[1]
	start := bridge.DateIn(s.Master.Start, time.UTC)
	s.Zone = "Europe/Berlin"
	s.Rule = &bridge.Recurrence{Pattern: bridge.Weekly, Interval: 1, Days: bridge.WeekdaysOf(s.Master.Start.Weekday()), Start: start, Count: 100, End: bridge.MaxDate}
	for i := range 10 {
		e, d := s.Master, start+bridge.Date(7*i)
		e.Start, e.End = e.Start.AddDate(0, 0, 7*i).Add(time.Hour), e.End.AddDate(0, 0, 7*i).Add(time.Hour)
		s.Overrides = append(s.Overrides, bridge.Override{Source: bridge.SourceID(fmt.Sprint("x", i)), Date: &d, Original: s.Master.Start.AddDate(0, 0, 7*i), Event: e})
		s.Cancelled = append(s.Cancelled, d+7*20)
	}
	return []bridge.Series{s}
}

// build makes the component tree of c anew, as any user of go-ical has to.
func build(c *ical.Component) *ical.Component {
	made := ical.NewComponent(c.Name)
	for _, props := range c.Props {
		for i := range props {
			p := ical.NewProp(props[i].Name)
			for name, values := range props[i].Params {
				p.Params[name] = append([]string(nil), values...)
			}
			p.Value = props[i].Value
			made.Props.Add(p)
		}
	}
	for _, child := range c.Children {
		made.Children = append(made.Children, build(child))
	}
	return made
}

// BenchmarkRender shows what Render takes beside its floor: building the
// component tree of what it wrote, and encoding that with go-ical. The floor
// neither cleans nor folds, knows no times and computes no ETag. Both are
// measured by turns, and the best of all turns counts, since other programs share
// the machine.
func BenchmarkRender(b *testing.B) {
	for _, c := range []struct {
		name string
		list []bridge.Series
	}{{"singles", typical()}, {"series", twoYears()}} {
		var trees, events []*ical.Component
		for _, s := range c.list {
			obj, err := Render(s, berlin)
			if err != nil {
				b.Fatal(err)
			}
			cal, err := ical.NewDecoder(bytes.NewReader(obj.Body)).Decode()
			if err != nil {
				b.Fatal(err)
			}
			trees = append(trees, cal.Component)
			bare := build(cal.Component)
			bare.Children = nil
			for _, child := range cal.Children {
				if child.Name == ical.CompEvent {
					bare.Children = append(bare.Children, child)
				}
			}
			events = append(events, bare)
		}
		b.Run(c.name, func(b *testing.B) { compareWithFloor(b, c.list, trees, events) })
	}
}

func compareWithFloor(b *testing.B, list []bridge.Series, trees, events []*ical.Component) {
	encode := func(list []*ical.Component) func() {
		return func() {
			for _, c := range list {
				var buf bytes.Buffer
				if err := ical.NewEncoder(&buf).Encode(&ical.Calendar{Component: build(c)}); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	turns := []struct {
		name string
		run  func()
		best float64
	}{
		{"render-ns", func() {
			for _, s := range list {
				if _, err := Render(s, berlin); err != nil {
					b.Fatal(err)
				}
			}
		}, math.Inf(1)},
		{"floor-ns", encode(trees), math.Inf(1)},
		{"floor-without-zones-ns", encode(events), math.Inf(1)},
	}
	for b.Loop() {
		for i := range turns {
			start := time.Now()
			turns[i].run()
			turns[i].best = min(turns[i].best, float64(time.Since(start).Nanoseconds())/float64(len(list)))
		}
	}
	for _, turn := range turns {
		b.ReportMetric(turn.best, turn.name)
	}
	b.ReportMetric(turns[0].best/turns[1].best, "x-floor")
	b.ReportMetric(turns[0].best/turns[2].best, "x-floor-without-zones")
	b.ReportMetric(1e9/turns[0].best, "objects/s")
	b.ReportMetric(0, "ns/op")
}
