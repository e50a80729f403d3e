package caldav

import (
	"regexp"
	"strings"
	"testing"
)

var plainPath = regexp.MustCompile(`^/([A-Za-z0-9._~@/-]|%[0-9A-F]{2})*$`)

// Whatever a client writes as an address, it means nothing, or one target whose
// own spelling leads back to it.
func FuzzResolve(f *testing.F) {
	for _, href := range []string{
		"", "/", "//", "/dav", "/dav/", "/dav/principals/anna/", "/dav/calendars/anna/abcdefghij/x.ics", "http://a.example/dav/calendars/anna/c/x.ics", "x.ics", "../x.ics",
		"/dav/calendars/ANNA/c/%78.ics", "/dav/calendars/a%40b/c/", "/dav/calendars/a b/c", "/dav%2Fcalendars/anna/c/x.ics", "/dav/calendars/anna/c/a%2Fb.ics", "/base/dav/calendars/anna/",
		"/principals", "/calendar/dav/a%40b.example/user", "%zz", "/dav/calendars/anna/c/%zz.ics", "/dav/calendars/%C3%A9va/c/", "/dav/calendars/anna/c/\x00.ics", "//dav/calendars", "/dav/calendars/anna/c/.ics",
		"http://[::1", "mailto:a@b", "/dav/calendars/anna/c/x.ics?y#z", "/dav/calendars/\xff/c", "/dav/principals/../anna", "/dav/calendars//c/x.ics",
	} {
		f.Add(href)
	}
	f.Fuzz(func(t *testing.T, href string) {
		for _, base := range []string{"", "/base"} {
			h := &Handler{BasePath: base}
			asked := target{kind: calendar, user: "anna", calendar: "abcdefghij"}
			got, ok := h.resolve(href, asked)
			if !ok {
				continue
			}
			path := h.path(got)
			if !plainPath.MatchString(path) || !strings.HasPrefix(path, base+"/") {
				t.Fatalf("%q below %q is written as %q", href, base, path)
			}
			again, ok := h.resolve(path, asked)
			if !ok || again != got {
				t.Fatalf("%q below %q is %+v, written as %q that is %+v, %v", href, base, got, path, again, ok)
			}
		}
	})
}
