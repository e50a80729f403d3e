package component

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
)

// FreeBusy gathers when events make their owner busy (RFC 4791 §7.10).
type FreeBusy struct {
	Window  Window // with both ends
	Memory  *Memory
	periods []period
}

// period is a time of one FBTYPE.
type period struct {
	kind       busyness
	start, end time.Time
}

// busyness is an FBTYPE (RFC 5545 §3.2.9).
type busyness uint8

const (
	free busyness = iota
	busy
	tentative
	unavailable
)

var fbTypes = [...]string{busy: "BUSY", tentative: "BUSY-TENTATIVE", unavailable: "BUSY-UNAVAILABLE"}

// Recall takes in the instances of an object that meets the window, from what
// is remembered of it; known is false where Add has to be called.
func (f *FreeBusy) Recall(k Key, r *bridge.Row) (known bool, err error) {
	c := f.Memory.recall(k, r, &f.Window)
	if c == nil {
		return false, nil
	}
	return true, f.add(c, r.Span)
}

// Add takes in the instances of an object and remembers them. The error is
// [ics.ErrTooMany] where there are more than one answer should hold.
func (f *FreeBusy) Add(k Key, o *bridge.Object) error {
	from, to, _ := f.Window.within(o.Span)
	c := learn(o, from, to)
	f.Memory.keep(k, c)
	return f.add(c, o.Span)
}

func (f *FreeBusy) add(c *course, s bridge.Span) error {
	switch {
	case c.err != nil:
		return c.err
	case c.dumb != nil:
		return c.dumb
	case c.alone:
		if floats := s.AllDay || c.floats; f.Window.Meets(s.Start, s.End, floats) {
			f.put(c.busy, s.Start, s.End, floats)
		}
	}
	for x := range c.meeting(&f.Window) {
		start := time.Unix(x.start, 0).UTC()
		f.put(x.busy, start, start.Add(time.Duration(x.length)*time.Second), x.floats)
	}
	if len(f.periods) > ics.MaxInstances {
		return ics.ErrTooMany
	}
	return nil
}

func (f *FreeBusy) put(kind busyness, start, end time.Time, floats bool) {
	if floats {
		start, end = f.Window.local(start), f.Window.local(end)
	}
	if start.Before(f.Window.From) {
		start = f.Window.From
	}
	if end.After(f.Window.To) {
		end = f.Window.To
	}
	if kind != free && end.After(start) {
		f.periods = append(f.periods, period{kind, start, end})
	}
}

// busynessOf tells how busy a component makes; nil is none.
func busynessOf(c *Component) busyness {
	if c == nil {
		return free
	}
	status, shown := c.Value("STATUS"), c.Value("X-MICROSOFT-CDO-BUSYSTATUS")
	switch {
	case c.Value("TRANSP") == "TRANSPARENT", status == "CANCELLED", shown == "FREE":
		return free
	case shown == "OOF":
		return unavailable
	case status == "TENTATIVE", shown == "TENTATIVE":
		return tentative
	}
	return busy
}

// Text returns a VCALENDAR with one VFREEBUSY, whose periods are sorted and
// joined where they touch. now is when it was made.
func (f *FreeBusy) Text(now time.Time) []byte {
	const form = "20060102T150405Z"
	from, to := f.Window.From.UTC().Format(form), f.Window.To.UTC().Format(form)
	b := fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calbridge//calbridge//EN\r\nBEGIN:VFREEBUSY\r\n"+
		"UID:freebusy-%s-%s\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\n", from, to, now.UTC().Format(form), from, to)
	for _, p := range f.joined() {
		b = fmt.Appendf(b, "FREEBUSY;FBTYPE=%s:%s/%s\r\n", fbTypes[p.kind], p.start.UTC().Format(form), p.end.UTC().Format(form))
	}
	return append(b, "END:VFREEBUSY\r\nEND:VCALENDAR\r\n"...)
}

func (f *FreeBusy) joined() (list []period) {
	slices.SortFunc(f.periods, func(a, b period) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), a.start.Compare(b.start), a.end.Compare(b.end))
	})
	for _, p := range f.periods {
		if n := len(list) - 1; n >= 0 && list[n].kind == p.kind && !p.start.After(list[n].end) {
			list[n].end = later(list[n].end, p.end)
			continue
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b period) int { return a.start.Compare(b.start) })
	return list
}
