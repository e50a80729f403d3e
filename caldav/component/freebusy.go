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
	periods []period
}

// period is a time of one FBTYPE (RFC 5545 §3.2.9).
type period struct {
	kind       string
	start, end time.Time
}

// Add takes in the instances of an object. The error is [ics.ErrTooMany] where
// there are more than one answer should hold.
func (f *FreeBusy) Add(o *bridge.Object) error {
	e, err := parseEvent(o)
	if err != nil {
		return err
	}
	found, err := e.instances(&f.Window)
	if err != nil {
		return err
	}
	for i := range found {
		f.add(&found[i])
	}
	if len(f.periods) > ics.MaxInstances {
		return ics.ErrTooMany
	}
	return nil
}

func (f *FreeBusy) add(x *instance) {
	if x.comp == nil {
		return
	}
	kind := busyKind(x.comp)
	start, end := x.Start, x.End
	if x.AllDay {
		start, end = f.Window.midnight(start), f.Window.midnight(end)
	}
	if start.Before(f.Window.From) {
		start = f.Window.From
	}
	if end.After(f.Window.To) {
		end = f.Window.To
	}
	if kind != "" && end.After(start) {
		f.periods = append(f.periods, period{kind, start, end})
	}
}

// busyKind returns the FBTYPE of a component, "" where its time is free.
func busyKind(c *Component) string {
	status, shown := c.Value("STATUS"), c.Value("X-MICROSOFT-CDO-BUSYSTATUS")
	switch {
	case c.Value("TRANSP") == "TRANSPARENT", status == "CANCELLED", shown == "FREE":
		return ""
	case shown == "OOF":
		return "BUSY-UNAVAILABLE"
	case status == "TENTATIVE", shown == "TENTATIVE":
		return "BUSY-TENTATIVE"
	}
	return "BUSY"
}

// Text returns a VCALENDAR with one VFREEBUSY, whose periods are sorted and
// joined where they touch. now is when it was made.
func (f *FreeBusy) Text(now time.Time) []byte {
	const form = "20060102T150405Z"
	from, to := f.Window.From.UTC().Format(form), f.Window.To.UTC().Format(form)
	b := fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calbridge//calbridge//EN\r\nBEGIN:VFREEBUSY\r\n"+
		"UID:freebusy-%s-%s\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\n", from, to, now.UTC().Format(form), from, to)
	for _, p := range f.joined() {
		b = fmt.Appendf(b, "FREEBUSY;FBTYPE=%s:%s/%s\r\n", p.kind, p.start.UTC().Format(form), p.end.UTC().Format(form))
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
