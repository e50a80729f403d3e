package zone

import (
	"bytes"
	"fmt"
	"sync"
	"time"
)

// Years that VTimezone tells apart: before 1970 the database itself is unsure,
// and rules for the time after 2100 are nobody's yet.
const (
	minYear = 1970
	maxYear = 2100
)

// A rendered zone takes about a kilobyte; a mailbox uses a few zones, each from
// some first years on.
const maxRendered = 512

type rendering struct {
	iana           string
	first, horizon int
}

var rendered struct {
	sync.RWMutex
	text map[rendering][]byte
}

// VTimezone returns the VTIMEZONE component (RFC 5545 §3.6.5) of an IANA zone,
// in CRLF lines of at most 75 octets. It is right for every instant from the
// start of the year first to the end of the tenth year after horizon, and as
// long as the zone's present rules last if they are yearly ones.
//
// Years are taken to be at least 1970 and at most 2100, and horizon not before
// first: a broken date in a mailbox must not cost an event its zone. Offsets
// are whole minutes. Errors wrap [ErrUnknown].
//
// The same zone data and arguments give the same bytes, which the caller owns.
// VTimezone may be called concurrently.
func VTimezone(iana string, first, horizon int) ([]byte, error) {
	first = min(max(first, minYear), maxYear)
	horizon = min(max(horizon, first), maxYear)
	key := rendering{iana, first, horizon}
	rendered.RLock()
	text := rendered.text[key]
	rendered.RUnlock()
	if text != nil {
		return bytes.Clone(text), nil
	}
	loc, err := Load(iana)
	if err != nil {
		return nil, fmt.Errorf("vtimezone: %w", err)
	}
	text = render(iana, observances(loc, first, horizon))
	keep(key, text)
	return bytes.Clone(text), nil
}

// keep caches a text. A full cache is emptied: filling it again takes less than
// keeping count of what is used.
func keep(key rendering, text []byte) {
	rendered.Lock()
	defer rendered.Unlock()
	if rendered.text == nil || len(rendered.text) >= maxRendered {
		rendered.text = make(map[rendering][]byte)
	}
	rendered.text[key] = text
}

func render(iana string, list []observance) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "BEGIN:VTIMEZONE\r\nTZID:%s\r\nX-LIC-LOCATION:%s\r\n", iana, iana)
	for _, o := range list {
		o.render(&b)
	}
	b.WriteString("END:VTIMEZONE\r\n")
	return b.Bytes()
}

func (o observance) render(b *bytes.Buffer) {
	c := o.changes[0]
	kind := "STANDARD"
	if c.daylight {
		kind = "DAYLIGHT"
	}
	fmt.Fprintf(b, "BEGIN:%s\r\n", kind)
	fmt.Fprintf(b, "TZOFFSETFROM:%s\r\nTZOFFSETTO:%s\r\n", utcOffset(c.from), utcOffset(c.to))
	fmt.Fprintf(b, "TZNAME:%s\r\n", c.name)
	fmt.Fprintf(b, "DTSTART:%s\r\n", stamp(c.wall()))
	o.recur(b)
	fmt.Fprintf(b, "END:%s\r\n", kind)
}

// recur writes how an observance comes back. UNTIL bounds the rule a day behind
// its last onset; the package documentation says why.
func (o observance) recur(b *bytes.Buffer) {
	if o.nth == 0 {
		o.list(b)
		return
	}
	w := o.changes[0].wall()
	fmt.Fprintf(b, "RRULE:FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", w.Month(), o.nth, weekdays[w.Weekday()])
	if !o.open {
		until := time.Unix(o.changes[len(o.changes)-1].at, 0).UTC().AddDate(0, 0, 1)
		fmt.Fprintf(b, ";UNTIL=%sZ", stamp(until))
	}
	b.WriteString("\r\n")
}

// list repeats DTSTART as the first of several RDATEs, each with one value; the
// package documentation says why.
func (o observance) list(b *bytes.Buffer) {
	if len(o.changes) == 1 {
		return
	}
	for _, c := range o.changes {
		fmt.Fprintf(b, "RDATE:%s\r\n", stamp(c.wall()))
	}
}

var weekdays = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

func stamp(t time.Time) string { return t.Format("20060102T150405") }

// utcOffset is the short form of RFC 5545 §3.3.14.
func utcOffset(seconds int) string {
	sign, minutes := '+', seconds/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d%02d", sign, minutes/60, minutes%60)
}
