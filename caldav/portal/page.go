package portal

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"calbridge/bridge"
)

//go:embed templates
var files embed.FS

// style stands in each page, so that no second request is needed.
var style = func() string {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		panic(err) // it is embedded
	}
	return string(css)
}()

// policy lets a page have its own style and nothing from anywhere else.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'self'; script-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style":   func() template.HTML { return template.HTML("<style>" + style + "</style>") },
	"color":   color,
	"capital": capital,
	"stamp":   func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
	"rfc":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}).ParseFS(files, "templates/*.html"))

// page is what the status page shows.
type page struct {
	User     string
	Demo     *Demo
	Summary  summary
	Accounts []Account
	Readers  []reader
	Feeds    []bridge.Feed
	Server   string // the CalDAV address
	Version  string
	Now      time.Time
}

// reader is a program that reads, with when it did last.
type reader struct {
	Label    string
	What     string
	LastUsed time.Time
}

func (h *Handler) pageOf(user string, s Status) *page {
	now := h.now()
	return &page{User: user, Demo: h.Demo, Summary: s.summary(now), Accounts: s.Accounts, Readers: s.readers(), Feeds: s.feeds(),
		Server: strings.TrimSuffix(h.PublicURL, "/") + "/dav/", Version: h.Version, Now: now}
}

// moment is a time with how long ago it was.
type moment struct {
	At  time.Time
	Ago string
}

// When returns t with how long ago it was when the page was made.
func (p *page) When(t time.Time) moment { return moment{t, ago(p.Now, t)} }

// readers lists devices and feed addresses that are in force, the last used
// first.
func (s *Status) readers() (list []reader) {
	for _, d := range s.Devices {
		list = append(list, reader{cmp.Or(d.Label, "app password"), "CalDAV", d.LastUsed})
	}
	for _, f := range s.Feeds {
		for _, a := range f.Addresses {
			if a.Revoked.IsZero() {
				list = append(list, reader{cmp.Or(a.Label, f.Name), "feed " + f.Name, a.LastUsed})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b reader) int { return b.LastUsed.Compare(a.LastUsed) })
	return list
}

// feeds lists the feeds that have an address in force.
func (s *Status) feeds() (list []bridge.Feed) {
	for _, f := range s.Feeds {
		if slices.ContainsFunc(f.Addresses, func(a bridge.Address) bool { return a.Revoked.IsZero() }) {
			list = append(list, f)
		}
	}
	return list
}

// capital begins what to do as a sentence.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

var hexColor = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// color returns a calendar's colour, grey where it has none.
func color(s string) string {
	if hexColor.MatchString(s) {
		return s
	}
	return "#888888"
}
