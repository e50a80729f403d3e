package component

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge/zone"
)

// OnlyZone reads a calendar that describes one zone and holds nothing else (RFC
// 4791 §5.2.2 and §9.8). The name is one for [zone.Load]: of the zone that TZID
// or libical's X-LIC-LOCATION means, else of the clocks as they are described;
// it is empty where they follow no rule. ok is false for any other text.
func OnlyZone(text string) (name string, ok bool) {
	root, err := Parse([]byte(strings.TrimSpace(text)))
	if err != nil || root.Name != "VCALENDAR" || len(root.Children) != 1 || root.Children[0].Name != "VTIMEZONE" {
		return "", false
	}
	described := root.Children[0]
	tzid := described.Value("TZID")
	for _, alias := range []string{tzid, described.Value("X-LIC-LOCATION")} {
		if name, ok := zone.Resolve(alias); ok {
			return name, tzid != ""
		}
	}
	if rules, ok := rulesOf(described); ok {
		name, _ = zone.Custom(rules)
	}
	return name, tzid != ""
}

// rulesOf reads the clocks of today: those of the two observances that go on for
// ever, or of the last one to begin, if no other comes after it.
func rulesOf(described *Component) (r zone.Rules, ok bool) {
	standard, daylight := lasting(described, "STANDARD"), lasting(described, "DAYLIGHT")
	if standard == nil || daylight == nil {
		last := latest(described.Children)
		if last == nil || standard != nil && standard != last || daylight != nil && daylight != last || !final(last, described.Children) {
			return r, false
		}
		r.Standard, ok = minutesEast(last)
		r.Daylight = r.Standard
		return r, ok
	}
	var good [4]bool
	r.Standard, good[0] = minutesEast(standard)
	r.Daylight, good[1] = minutesEast(daylight)
	r.ToStandard, good[2] = onsetOf(standard)
	r.ToDaylight, good[3] = onsetOf(daylight)
	return r, good == [4]bool{true, true, true, true}
}

func lasting(described *Component, name string) *Component {
	var list []*Component
	for _, c := range described.Children {
		rule := ruleOf(c)
		if c.Name == name && rule["FREQ"] == "YEARLY" && rule["UNTIL"] == "" && rule["COUNT"] == "" {
			list = append(list, c)
		}
	}
	return latest(list)
}

// latest returns the observance that begins last.
func latest(list []*Component) (last *Component) {
	for _, c := range list {
		if last == nil || c.Value("DTSTART") > last.Value("DTSTART") {
			last = c
		}
	}
	return last
}

// final reports whether no observance comes back, by an RDATE, after the last one
// has begun.
func final(last *Component, list []*Component) bool {
	for _, c := range list {
		for i := range c.Props {
			p := &c.Props[i]
			for date := range strings.SplitSeq(p.Value(), ",") {
				if p.Name == "RDATE" && date > last.Value("DTSTART") {
					return false
				}
			}
		}
	}
	return true
}

func ruleOf(c *Component) map[string]string {
	rule := map[string]string{}
	for part := range strings.SplitSeq(strings.ToUpper(c.Value("RRULE")), ";") {
		name, value, _ := strings.Cut(part, "=")
		rule[name] = value
	}
	return rule
}

// minutesEast reads TZOFFSETTO (RFC 5545 §3.3.14).
func minutesEast(c *Component) (minutes int, ok bool) {
	text := c.Value("TZOFFSETTO")
	if len(text) < len("+0100") {
		return 0, false
	}
	t, err := time.Parse("-0700", text[:len("+0100")])
	if err != nil {
		return 0, false
	}
	_, seconds := t.Zone()
	return seconds / 60, true
}

var weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// onsetOf reads when the clocks change each year. The week is part of BYDAY, or,
// as Apple writes it, the seven days of BYMONTHDAY.
func onsetOf(c *Component) (o zone.Onset, ok bool) {
	start, err := time.Parse("20060102T150405", c.Value("DTSTART"))
	rule := ruleOf(c)
	month, err2 := strconv.Atoi(rule["BYMONTH"])
	byDay := rule["BYDAY"]
	if err != nil || err2 != nil || len(byDay) < 2 {
		return o, false
	}
	nth, name := byDay[:len(byDay)-2], byDay[len(byDay)-2:]
	week, err := strconv.Atoi(nth)
	if nth == "" {
		first, _, _ := strings.Cut(rule["BYMONTHDAY"], ",")
		week, err = strconv.Atoi(first)
		week = (week + 6) / 7
	}
	if week == -1 {
		week = 5
	}
	o = zone.Onset{Month: time.Month(month), Week: week, Weekday: time.Weekday(slices.Index(weekdays, name)), Minute: start.Hour()*60 + start.Minute()}
	return o, err == nil
}
