package caldav

import (
	"net/url"
	"strings"

	"calbridge/bridge"
)

// kind is what an address names.
type kind uint

// The kinds of resource. They are bits, so that a property can live on some.
const (
	root       kind = 1 << iota // "/", which clients probe
	service                     // /dav/ and the guesses that are answered like it
	principals                  // /dav/principals/
	principal
	homes // /dav/calendars/
	home
	calendar
	object

	unknown kind = 0
	every        = root | service | principals | principal | homes | home | calendar | object
)

var routes = map[kind]string{
	root: "/", service: "/dav/", principals: "/dav/principals/", principal: "/dav/principals/{user}/", homes: "/dav/calendars/",
	home: "/dav/calendars/{user}/", calendar: "/dav/calendars/{user}/{calendar}/", object: "/dav/calendars/{user}/{calendar}/{object}",
	unknown: "other",
}

// route is the pattern of the kind's addresses, fit for a log.
func (k kind) route() string { return routes[k] }

// target is what the path of a request names.
type target struct {
	kind     kind
	user     string // as [bridge.UserName] spells it; empty where the path names none
	calendar bridge.CalendarID
	file     string // the last segment of an object's path; may be left empty where name is known
	name     string // the object's name: file without ".ics"; empty where it has another ending
	guess    string // the path of a service that is not at its own
}

// segments splits a path below the base path and decodes each part, so that a
// %2F does not become a separator. A trailing slash makes no difference: some
// clients forget it.
func (h *Handler) segments(escaped string) []string {
	if rest, ok := strings.CutPrefix(escaped, h.base()); ok && (rest == "" || rest[0] == '/') {
		escaped = rest
	}
	list := strings.Split(strings.Trim(escaped, "/"), "/")
	for i, s := range list {
		if decoded, err := url.PathUnescape(s); err == nil {
			list[i] = decoded
		}
	}
	return list
}

// locate reads a path. ok is false where nothing can be there.
func locate(segments []string) (t target, ok bool) {
	switch n := len(segments); segments[0] {
	case "":
		return target{kind: root}, true
	case "dav":
		return locateDAV(segments[1:])
	case "principals": // guessed by iOS and macOS
		return target{kind: service, guess: "/principals/"}, n == 1
	case "calendar": // likewise: /calendar/dav/<user>/user/
		if n == 4 && segments[1] == "dav" && segments[3] == "user" {
			return target{kind: service, guess: "/calendar/dav/" + escape(segments[2]) + "/user/"}, true
		}
	}
	return target{}, false
}

func locateDAV(segments []string) (t target, ok bool) {
	if len(segments) == 0 {
		return target{kind: service}, true
	}
	if n := len(segments); n > 1 {
		user, err := bridge.UserName(segments[1])
		if err != nil {
			return target{}, false
		}
		t.user = user
		if n > 2 {
			t.calendar = bridge.CalendarID(segments[2])
		}
	}
	switch n := len(segments); {
	case segments[0] == "principals" && n == 1:
		t.kind = principals
	case segments[0] == "principals" && n == 2:
		t.kind = principal
	case segments[0] != "calendars":
		return target{}, false
	case n == 1:
		t.kind = homes
	case n == 2:
		t.kind = home
	case n == 3:
		t.kind = calendar
	case n == 4:
		t.kind, t.file = object, segments[3]
		if name, isEvent := strings.CutSuffix(t.file, ".ics"); isEvent {
			t.name = name
		}
	}
	return t, t.kind != unknown
}

// path returns the one spelling of a target's address, from the host on.
func (h *Handler) path(t target) string {
	const users, cals = "/dav/principals/", "/dav/calendars/"
	p := h.base()
	switch t.kind {
	case root:
		return p + "/"
	case service:
		if t.guess != "" {
			return p + t.guess
		}
		return p + "/dav/"
	case principals:
		return p + users
	case principal:
		return p + users + escape(t.user) + "/"
	case homes:
		return p + cals
	case home:
		return p + cals + escape(t.user) + "/"
	case calendar:
		return p + cals + escape(t.user) + "/" + escape(string(t.calendar)) + "/"
	}
	file := t.file
	if file == "" {
		file = t.name + ".ics"
	}
	return p + cals + escape(t.user) + "/" + escape(string(t.calendar)) + "/" + escape(file)
}

// escape percent-encodes a segment. What stays is what vdirsyncer, which
// compares addresses in a normal form of its own, leaves too.
func escape(s string) string {
	n := 0
	for n < len(s) && unescaped(s[n]) {
		n++
	}
	if n == len(s) {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := []byte(s[:n])
	for ; n < len(s); n++ {
		if c := s[n]; unescaped(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func unescaped(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~@", c) >= 0
}

// resolve reads the href of a report: an absolute URL, a path in any spelling,
// or one relative to the resource asked. The host is not looked at, because
// only a proxy may know under which name it was asked.
func (h *Handler) resolve(href string, asked target) (target, bool) {
	u, err := url.Parse(href)
	if err != nil {
		return target{}, false
	}
	escaped := u.EscapedPath()
	if u.Host == "" && !strings.HasPrefix(escaped, "/") {
		escaped = h.path(asked) + escaped
	}
	return locate(h.segments(escaped))
}
