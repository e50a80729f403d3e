package ics

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"calbridge/bridge"
)

// kinds are the components that an object may have: what a stranger writes must
// not add others.
var kinds = map[string]bool{"VCALENDAR": true, "VTIMEZONE": true, "STANDARD": true, "DAYLIGHT": true, "VEVENT": true, "VALARM": true}

// FuzzRender: whatever an event holds, the object reads back, in lines as they
// have to be, with the parts that the event has and no others.
func FuzzRender(f *testing.F) {
	f.Add("Lunch", "text", "<p>text</p>", "Room 1", "Jane", "jane@example.org", "https://example.org/", 15, int64(1_760_000_000), int64(3600), uint64(0))
	f.Add("", "\r\n\u2028", "<", ";,\\\"", "\"^\n", "/o=ExchangeLabs", "javascript:x", -5, int64(-62_000_000_000), int64(-1), uint64(1<<20-1))
	f.Add("BEGIN:VEVENT\r\nEND:VCALENDAR", "\r\nATTACH:x", "\xff\xfe\ufffe", "x\ty", "a\x00b", "a@b\r\n@c", "https://x\r\ny/", 1440, int64(253_000_000_000), int64(1<<40), uint64(0x5a5a5a))
	f.Fuzz(func(t *testing.T, subject, text, markup, place, name, address, link string, minutes int, start, length int64, bits uint64) {
		s := seriesOf(subject, text, markup, place, name, address, link, minutes, start, length, bits)
		obj, err := Render(s, bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036, Addresses: []string{address}, Colors: map[string]string{name: "red"}})
		if err != nil {
			return
		}
		checkObject(t, &s, &obj)
	})
}

// seriesOf makes a series of what the fuzzer draws; bits choose the rest.
func seriesOf(subject, text, markup, place, name, address, link string, minutes int, start, length int64, bits uint64) bridge.Series {
	take := func(n uint64) int {
		v := bits % n
		bits /= n
		return int(v)
	}
	from := time.Unix(min(max(start, -62_135_596_800), 253_402_300_000), 0).UTC()
	zones := []string{"Europe/Berlin", "", "UTC", "Custom/+0517/+0617/4-2-5-2400/9-5-1-0130", "America/New_York"}
	e := bridge.Event{Subject: subject, Text: text, HTML: markup, Location: place, Categories: []string{name, subject}, WebLink: link, JoinURL: link,
		JoinWith: name, DialIn: "tel:" + address, Geo: &bridge.Geo{Lat: 1, Lon: 2}, Reminder: &minutes, Files: take(3), Links: []bridge.Link{{Name: name, URL: link}},
		Start: from, End: from.Add(time.Duration(length) * time.Second), StartZone: zones[take(5)], EndZone: zones[take(5)],
		AllDay: take(2) == 1, Cancelled: take(2) == 1, Draft: take(2) == 1, HideList: take(2) == 1, NoReply: take(2) == 1,
		Organizer: &bridge.Person{Name: name, Address: address},
		Attendees: []bridge.Person{{Name: name, Address: address, Role: bridge.Room}, {Name: address, Address: name, Response: bridge.Accepted}}}
	if e.AllDay {
		e.Start, e.End = e.Start.Truncate(24*time.Hour), e.End.Truncate(24*time.Hour)
	}
	s := bridge.Series{Source: "id", Claim: subject, UID: "uid-" + name, Zone: zones[take(5)], Master: e}
	if take(3) > 0 {
		patterns := []bridge.Pattern{bridge.Daily, bridge.Weekly, bridge.AbsoluteMonthly, bridge.RelativeMonthly, bridge.AbsoluteYearly, bridge.RelativeYearly}
		first := bridge.DateIn(e.Start, time.UTC)
		s.Rule = &bridge.Recurrence{Pattern: patterns[take(6)], Interval: 1 + take(13), Days: bridge.Weekdays(1 + take(127)), FirstDay: time.Weekday(take(7)),
			DayOfMonth: 1 + take(31), Month: time.Month(1 + take(12)), Index: []int{1, 2, 3, 4, bridge.Last}[take(5)], Start: first, End: bridge.MaxDate, Count: take(40)}
		day := first + bridge.Date(take(30))
		s.Cancelled = []bridge.Date{first, day}
		s.Overrides = []bridge.Override{{Source: "x", Original: e.Start.AddDate(0, 0, take(30)), Event: e}, {Source: "y", Date: &day, Event: e}}
	}
	return s
}

func checkObject(t *testing.T, s *bridge.Series, obj *bridge.Object) {
	t.Helper()
	if !utf8.Valid(obj.Body) || len(obj.Body) > MaxObject {
		t.Fatalf("%d octets, UTF-8 %v", len(obj.Body), utf8.Valid(obj.Body))
	}
	open := 0
	for line := range bytes.SplitAfterSeq(obj.Body, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		if !bytes.HasSuffix(line, []byte("\r\n")) || bytes.Count(line, []byte("\r")) != 1 || len(line) > 77 {
			t.Fatalf("a line of %d octets: %q", len(line), line)
		}
		if kind, ok := bytes.CutPrefix(line, []byte("BEGIN:")); ok {
			if open++; !kinds[strings.TrimSpace(string(kind))] {
				t.Fatalf("a component of a stranger: %q", line)
			}
		}
		if bytes.HasPrefix(line, []byte("END:")) {
			open--
		}
	}
	if open != 0 {
		t.Fatalf("%d components do not end", open)
	}
	cal, err := parse(obj.Body)
	if err != nil {
		t.Fatalf("%v\n%s", err, obj.Body)
	}
	events := 0
	for _, c := range cal.Children {
		if c.Name == "VEVENT" {
			events++
			if got, want := textOf(c, "SUMMARY"), clean(s.Master.Subject, maxSummary); got != want {
				t.Fatalf("SUMMARY %q, want %q", got, want)
			}
		}
	}
	if events == 0 || events > 1+len(s.Overrides) {
		t.Fatalf("%d events", events)
	}
	if _, err := Expand(obj.Body, s.Master.Start.AddDate(-1, 0, 0), s.Master.Start.AddDate(1, 0, 0)); err != nil {
		t.Fatalf("%v\n%s", err, obj.Body)
	}
	if _, err := parse(bytes.Join([][]byte{obj.Body[:obj.EventsAt[0]], Subscribed(Events(obj)), []byte(End)}, nil)); err != nil && !s.Master.Draft && !s.Master.Cancelled {
		t.Fatalf("as a subscription: %v", err)
	}
}

// FuzzParse: no text makes the decoder fall over, and what it reads is as deep
// and as long as it may be.
func FuzzParse(f *testing.F) {
	f.Add([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"))
	f.Add(calendarOf("DTSTART;TZID=Europe", "X;A=b", "BEGIN:VALARM", "END:VALARM"))
	f.Add([]byte("\xEF\xBB\xBFBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a\n b\n\tc\nEND:VEVENT\nEND:VCALENDAR"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cal, err := parse(text)
		if (cal == nil) == (err == nil) {
			t.Fatalf("%v and %v", cal, err)
		}
	})
}

// FuzzExpand: whatever an object says, its instances come in order, lie in the
// range, and are not more than may be.
func FuzzExpand(f *testing.F) {
	for _, rule := range []string{"FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO;COUNT=9", "FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20301231T000000Z",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=-1", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0,1,2;BYSECOND=5"} {
		f.Add("DTSTART;TZID=Europe/Berlin:20250303T090000", "RRULE:"+rule, "EXDATE:20250304T080000Z", int64(1_740_000_000), int64(31_536_000))
	}
	f.Add("DTSTART;VALUE=DATE:20250303", "RDATE;VALUE=DATE:20250304,20250304", "DURATION:P1D", int64(0), int64(1<<40))
	f.Add("DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY", "DTEND:99991231T235959Z", int64(-62_135_596_800), int64(1<<41))
	f.Fuzz(func(t *testing.T, a, b, c string, start, length int64) {
		from := time.Unix(min(max(start, -62_135_596_799), 253_402_300_000), 0).UTC() // the zero time would leave it open
		to := from.Add(time.Duration(min(max(length, 0), 100*366*86400)) * time.Second)
		found, err := Expand(calendarOf(a, b, c), from, to)
		if err != nil {
			return
		}
		if len(found) > MaxInstances {
			t.Fatalf("%d instances", len(found))
		}
		if !slices.IsSortedFunc(found, func(a, b bridge.Instance) int { return a.Start.Compare(b.Start) }) {
			t.Fatalf("out of order: %v", found)
		}
		for _, i := range found {
			if !i.Start.Before(to) || i.End.Before(from) && i.Start.Before(from) {
				t.Fatalf("%v to %v is not in %v to %v", i.Start, i.End, from, to)
			}
		}
	})
}
