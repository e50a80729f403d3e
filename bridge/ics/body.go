package ics

import (
	"strconv"
	"strings"

	"github.com/emersion/go-ical"

	"calbridge/bridge"
)

// altDesc carries a body as HTML; Outlook and Thunderbird prefer it to
// DESCRIPTION ([MS-OXCICAL] §2.1.3.1.1.20.25).
const altDesc = "X-ALT-DESC"

// body writes the body as text, and as it came where that was HTML.
func body(c *ical.Component, e *bridge.Event) {
	text := strings.TrimRight(e.Text, " \t\r\n")
	if line := filesLine(e); line != "" {
		text = strings.TrimLeft(text+"\n\n"+line, "\n")
	}
	setIf(c, ical.PropDescription, clean(text, maxDescription))
	if e.Text == "" || e.HTML == "" {
		return
	}
	p := ical.NewProp(altDesc)
	p.Params.Set("FMTTYPE", "text/html")
	p.Value = escape(cutMarkup(clean(e.HTML, maxMarkup)))
	c.Props.Set(p)
}

// cutMarkup drops a tag that the limit cut in two: readers would show it as
// text.
func cutMarkup(s string) string {
	if open := strings.LastIndexByte(s, '<'); strings.HasSuffix(s, "…") && open > strings.LastIndexByte(s, '>') {
		return s[:open] + "…"
	}
	return s
}

// filesLine says what of the event stays in Outlook.
func filesLine(e *bridge.Event) string {
	switch {
	case e.Files == 1:
		return "1 attachment: open in Outlook"
	case e.Files > 1:
		return strconv.Itoa(e.Files) + " attachments: open in Outlook"
	case e.HasFiles && len(e.Links) == 0:
		return "Attachments: open in Outlook"
	}
	return ""
}

// maxLinks is how many attachments are written.
const maxLinks = 50

// attachments writes those that are addresses (RFC 5545 §3.8.1.1). FILENAME is
// what Apple's and Google's calendars read as their name.
func attachments(c *ical.Component, links []bridge.Link) {
	for _, l := range links[:min(len(links), maxLinks)] {
		address := uri(l.URL)
		if address == "" {
			continue
		}
		p := ical.NewProp(ical.PropAttach)
		if name := parameter(l.Name); name != "" {
			p.Params.Set("FILENAME", name)
		}
		p.Value = address
		c.Props.Add(p)
	}
}
