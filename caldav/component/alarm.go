package component

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge"
)

// alarms returns the VALARMs among those of a VEVENT that go off within the
// window for one of its occurrences (RFC 4791 §9.9).
func (e *event) alarms(parent *Component, alarms []*Component, w *Window) (list []*Component, err error) {
	for _, a := range alarms {
		goes, err := e.goesOff(parent, a, w)
		if err != nil {
			return nil, err
		}
		if goes {
			list = append(list, a)
		}
	}
	return list, nil
}

// maxRepeats bounds how often one alarm is taken to repeat.
const maxRepeats = 1000

func (e *event) goesOff(parent, alarm *Component, w *Window) (bool, error) {
	trigger := alarm.Prop("TRIGGER")
	if trigger == nil {
		return false, nil
	}
	if value, _ := trigger.Param("VALUE"); strings.EqualFold(value, "DATE-TIME") {
		at, _, err := trigger.Instant()
		return err == nil && w.rings(at, alarm), err
	}
	offset, ok := duration(trigger.Value())
	if !ok {
		return false, fmt.Errorf("component: TRIGGER: not a duration: %q", bridge.Excerpt(trigger.Value()))
	}
	related, _ := trigger.Param("RELATED")
	last := time.Duration(0)
	if every, n := repeats(alarm); n > 0 {
		last = time.Duration(n) * every
	}
	// Occurrences whose alarms can ring in the window; a second is room for one
	// that ends just where it begins.
	near := Window{From: shift(w.From, -offset-last-time.Second), To: shift(w.To, -offset), Zone: w.Zone}
	found, err := e.instances(&near)
	for _, x := range found {
		if x.comp != parent {
			continue
		}
		if x.Start.IsZero() { // somewhere in a window without end
			return true, nil
		}
		start, end := x.Start, x.End
		if x.AllDay {
			start, end = w.local(start), w.local(end)
		}
		if strings.EqualFold(related, "END") {
			start = end
		}
		if w.rings(start.Add(offset), alarm) {
			return true, nil
		}
	}
	return false, err
}

// rings reports whether an alarm that goes off at a time does so within the
// window, or again in it.
func (w *Window) rings(at time.Time, alarm *Component) bool {
	every, n := repeats(alarm)
	for i := range n + 1 {
		if w.Meets(at.Add(time.Duration(i)*every), at.Add(time.Duration(i)*every), false) {
			return true
		}
	}
	return false
}

// repeats returns how often an alarm goes off again, and after how long.
func repeats(alarm *Component) (every time.Duration, n int) {
	every, ok := duration(alarm.Value("DURATION"))
	n, err := strconv.Atoi(strings.TrimSpace(alarm.Value("REPEAT")))
	if !ok || err != nil || n < 0 || every <= 0 {
		return 0, 0
	}
	return every, min(n, maxRepeats)
}

func shift(t time.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(d)
}

// duration reads RFC 5545 §3.3.6, in which a day has 24 hours here.
func duration(s string) (d time.Duration, ok bool) {
	sign := time.Duration(1)
	if rest, minus := strings.CutPrefix(s, "-"); minus {
		s, sign = rest, -1
	}
	s, ok = strings.CutPrefix(strings.TrimPrefix(s, "+"), "P")
	units := map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	for ok && s != "" {
		if s[0] == 'T' {
			s = s[1:]
			continue
		}
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		if n == 0 || n > 6 || n == len(s) || units[s[n]] == 0 {
			return 0, false
		}
		count, _ := strconv.Atoi(s[:n])
		d += time.Duration(count) * units[s[n]]
		s = s[n+1:]
	}
	return sign * d, ok
}
