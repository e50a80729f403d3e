package graphsync

import (
	"html"
	"net/url"
	"strings"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// readMeeting reads how to join an online meeting (mapping §5.5). Graph tells
// that of meetings that Outlook made itself; invitations from elsewhere have
// the link in their place or their text.
func readMeeting(g *graph.Event, e *bridge.Event) {
	e.JoinURL = g.OnlineMeetingURL
	if m := g.OnlineMeeting; m != nil {
		if m.JoinURL != "" {
			e.JoinURL = m.JoinURL
		}
		e.DialIn = dialIn(m)
	}
	if e.JoinURL != "" {
		if _, e.JoinWith = meetingLink(e.JoinURL); e.JoinWith == "" {
			e.JoinWith = meetingName(g.OnlineProvider)
		}
		return
	}
	texts := []string{e.Location}
	for _, l := range places(g) {
		texts = append(texts, l.LocationURI)
	}
	for _, text := range append(texts, e.HTML, e.Text) {
		if e.JoinURL, e.JoinWith = findMeeting(text); e.JoinURL != "" {
			return
		}
	}
}

func meetingName(provider string) string {
	switch strings.ToLower(provider) {
	case "teamsforbusiness":
		return teams
	case "skypeforbusiness", "skypeforconsumer":
		return "Skype"
	}
	return "Join the meeting"
}

// dialIn returns the telephone number of a meeting with its conference id
// behind two pauses, as phones dial it.
func dialIn(m *graph.OnlineMeeting) string {
	keep := func(s, also string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || strings.ContainsRune(also, r) {
				return r
			}
			return -1
		}, s)
	}
	number := m.TollNumber
	for _, n := range m.TollFreeNumbers {
		if number == "" {
			number = n
		}
	}
	if number = keep(number, "+"); number == "" {
		return ""
	}
	if id := keep(m.ConferenceID, ""); id != "" {
		return "tel:" + number + ",," + id + "#"
	}
	return "tel:" + number
}

const teams = "Microsoft Teams"

// services are those whose links lead into a meeting: a host, or a domain with
// all its hosts, and how the path begins.
var services = []struct {
	name, host string
	domain     bool
	paths      []string
}{
	{teams, "teams.microsoft.com", false, []string{"/l/meetup-join/", "/meet/"}},
	{teams, "teams.live.com", false, []string{"/meet/"}},
	{teams, "teams.microsoft.us", true, []string{"/l/meetup-join/", "/meet/"}},
	{"Zoom", "zoom.us", true, []string{"/j/", "/my/", "/s/", "/w/"}},
	{"Zoom", "zoomgov.com", true, []string{"/j/", "/my/", "/s/", "/w/"}},
	{"Google Meet", "meet.google.com", false, []string{"/"}},
	{"Webex", "webex.com", true, []string{"/meet/", "/join/", "/wbxmjs/joinservice/", "/webappng/"}},
}

// meetingLink returns the address itself if it leads into a meeting of a known
// service, and the service's name. A link that Outlook's protection has wrapped
// is unwrapped first.
func meetingLink(link string) (address, service string) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" {
		return "", ""
	}
	host := strings.ToLower(u.Hostname())
	if strings.HasSuffix(host, ".safelinks.protection.outlook.com") {
		if u, err = url.Parse(u.Query().Get("url")); err != nil || u.Scheme != "https" {
			return "", ""
		}
		link, host = u.String(), strings.ToLower(u.Hostname())
	}
	for _, s := range services {
		if host != s.host && !(s.domain && strings.HasSuffix(host, "."+s.host)) {
			continue
		}
		for _, p := range s.paths {
			if strings.HasPrefix(u.Path, p) && len(u.Path) > len(p) {
				return link, s.name
			}
		}
	}
	return "", ""
}

// Bounds of the search for a link: bodies come from strangers.
const (
	maxSearched = 256 << 10
	maxLinks    = 200
)

// findMeeting returns the first link in text or HTML that leads into a meeting.
func findMeeting(text string) (address, service string) {
	text = text[:min(len(text), maxSearched)]
	for range maxLinks {
		at := strings.Index(text, "https://")
		if at < 0 {
			return "", ""
		}
		text = text[at:]
		link := upTo(text, linkEnds)
		text = text[max(len(link), 1):]
		link = strings.TrimRight(upTo(html.UnescapeString(link), linkEnds), ".!?:;")
		if address, service = meetingLink(link); address != "" {
			return address, service
		}
	}
	return "", ""
}

// linkEnds are characters that no link has, though they may stand beside it.
const linkEnds = " \t\r\n\"'<>()[]{}|\\^`,\u00a0"

func upTo(s, chars string) string {
	if end := strings.IndexAny(s, chars); end >= 0 {
		return s[:end]
	}
	return s
}
