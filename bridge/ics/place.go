package ics

import (
	"strconv"
	"strings"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// whereabouts writes the place in words and on the earth (mapping §5.5).
func whereabouts(c *ical.Component, e *bridge.Event) {
	place := clean(strings.TrimSpace(e.Location), maxLocation)
	setIf(c, ical.PropLocation, place)
	if link := uri(e.WebLink); link != "" {
		raw(c, ical.PropURL, link)
	}
	g := e.Geo
	if g == nil {
		return
	}
	lat, lon := degrees(g.Lat), degrees(g.Lon)
	raw(c, ical.PropGeo, lat+";"+lon)
	p := ical.NewProp("X-APPLE-STRUCTURED-LOCATION")
	p.Params.Set(ical.ParamValue, string(ical.ValueURI))
	p.Params.Set("X-APPLE-RADIUS", "70") // metres
	// Apple shows LOCATION as well unless its first line is the title.
	if title, _, _ := strings.Cut(place, "\n"); title != "" {
		p.Params.Set("X-TITLE", parameter(title))
	}
	p.Value = "geo:" + lat + "," + lon
	c.Props.Set(p)
}

func degrees(f float64) string { return strconv.FormatFloat(f, 'f', 6, 64) }

// conference writes how to join: CONFERENCE (RFC 7986 §5.11), and the
// properties that Outlook and Google's calendar read in its place.
func conference(c *ical.Component, e *bridge.Event) {
	if link := uri(e.JoinURL); link != "" {
		p := ical.NewProp(ical.PropConference)
		p.Params.Set(ical.ParamValue, string(ical.ValueURI))
		p.Params["FEATURE"] = []string{"AUDIO", "VIDEO"}
		if e.JoinWith != "" {
			p.Params.Set(ical.ParamLabel, parameter(e.JoinWith))
		}
		p.Value = link
		c.Props.Add(p)
		raw(c, "X-GOOGLE-CONFERENCE", link)
		if e.JoinWith == "Microsoft Teams" {
			raw(c, "X-MICROSOFT-SKYPETEAMSMEETINGURL", link)
		}
	}
	if number, ok := strings.CutPrefix(e.DialIn, "tel:"); ok && isPhone(number) {
		p := ical.NewProp(ical.PropConference)
		p.Params.Set(ical.ParamValue, string(ical.ValueURI))
		p.Params.Set("FEATURE", "PHONE")
		p.Value = e.DialIn
		c.Props.Add(p)
	}
}

// isPhone accepts what RFC 3966 and the pauses that phones know let a number
// have.
func isPhone(s string) bool {
	return s != "" && len(s) <= 80 && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789+-.()*#,", r) })
}

// isColorName accepts what looks like a colour name of CSS3.
func isColorName(s string) bool {
	return s != "" && len(s) <= 20 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}
