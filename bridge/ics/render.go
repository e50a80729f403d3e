package ics

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
	"calbridge/bridge/zone"
)

// Version is the version of what Render writes, to be raised with every change
// of it: objects of another version are rendered again.
const Version = 8

// Renderer is Render as a store wants it.
var Renderer = bridge.Renderer{Version: Version, Render: Render}

// MaxObject bounds a rendered object, in octets; it is what the server
// announces as max-resource-size (RFC 4791 §5.2.5).
const MaxObject = 8 << 20

const (
	head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + prodID + "\r\nCALSCALE:GREGORIAN\r\n"
	tail = "END:VCALENDAR\r\n"

	prodID = "-//calbridge//calbridge//EN"
)

// Render returns s as one calendar object resource (RFC 4791 §4.1). It reads
// nothing but its arguments and the zone rules that env.TZData names. The
// error tells what about s cannot be written.
func Render(s bridge.Series, env bridge.Env) (bridge.Object, error) {
	for b := complete; ; b++ {
		obj, err := renderAs(&s, env, b)
		if !errors.Is(err, errTooLong) || b == barest {
			return obj, err
		}
	}
}

// renderAs renders s with what b lets it have.
func renderAs(s *bridge.Series, env bridge.Env, b brevity) (bridge.Object, error) {
	r := renderer{env: env, series: s, zones: zones{}, brevity: b}
	events, err := r.events()
	if err != nil {
		return bridge.Object{}, err
	}
	text, err := encode(events)
	if err != nil {
		return bridge.Object{}, err
	}
	obj := bridge.Object{UID: s.UID, Zones: r.zones.list(), Span: r.span, Recurs: s.Recurs(), Remarks: r.remarks()}
	return obj, r.assemble(&obj, text)
}

// renderer is what one call of Render gathers.
type renderer struct {
	env    bridge.Env
	series *bridge.Series
	zones  zones
	span   bridge.Span

	brevity brevity
	written int // octets of the properties so far
}

// assemble puts the object together and names its parts.
func (r *renderer) assemble(obj *bridge.Object, events []byte) error {
	body := append(make([]byte, 0, len(events)+len(events)/32+2048), head...)
	for _, z := range obj.Zones {
		text, err := zone.VTimezone(z.Name, z.Year, r.env.Horizon)
		if err != nil {
			return fmt.Errorf("ics: zone %s: %w", z.Name, err)
		}
		body = append(body, text...)
	}
	obj.EventsAt[0] = len(body)
	body = fold(body, events)
	obj.EventsAt[1] = len(body)
	obj.Body = append(body, tail...)
	if len(obj.Body) > r.brevity.limit() {
		return fmt.Errorf("%w: %d MiB as iCalendar, the most that readers accept is %d", errTooLong, len(obj.Body)>>20, MaxObject>>20)
	}
	sum := sha256.Sum256(obj.Body)
	obj.ETag = hex.EncodeToString(sum[:16])
	return nil
}

// encode returns the lines of the given VEVENTs, not yet folded. go-ical
// encodes calendars only, so they go in as one and come out cut from it.
func encode(events []*ical.Component) ([]byte, error) {
	cal := ical.NewCalendar()
	cal.Props.SetText(ical.PropVersion, "2.0")
	cal.Props.SetText(ical.PropProductID, prodID)
	cal.Children = events
	var buf bytes.Buffer
	if err := ical.NewEncoder(&buf).Encode(cal); err != nil {
		return nil, fmt.Errorf("ics: encode: %w", err)
	}
	text := buf.Bytes()
	start := bytes.Index(text, []byte("BEGIN:VEVENT\r\n"))
	return text[max(start, 0) : len(text)-len(tail)], nil
}

// events returns the VEVENTs of the series.
func (r *renderer) events() ([]*ical.Component, error) {
	if r.series.Rule != nil {
		return r.recurring()
	}
	if r.series.Listed != nil {
		return r.listed()
	}
	e := &r.series.Master
	comp, err := r.event(e, false)
	if err != nil {
		return nil, err
	}
	r.times(comp, e, "")
	r.alarm(comp, e, "")
	r.span = bridge.Span{Start: e.Start, End: end(e), AllDay: e.AllDay}
	return []*ical.Component{comp}, nil
}
