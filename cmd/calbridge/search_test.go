package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"calbridge/caldav"
)

// zoneFile is DNS as a table: names with records of any type.
type zoneFile map[string][]string

func (z zoneFile) find(name string) ([]string, error) {
	switch list := z[strings.TrimSuffix(name, ".")]; {
	case len(list) == 1 && list[0] == "broken":
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	case len(list) == 1 && list[0] == "silent":
		return nil, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
	case len(list) > 0:
		return list, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z zoneFile) LookupHost(_ context.Context, host string) ([]string, error) { return z.find(host) }

func (z zoneFile) LookupTXT(_ context.Context, name string) ([]string, error) {
	return z.find("TXT " + name)
}

func (z zoneFile) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	list, err := z.find("_" + service + "._" + proto + "." + name)
	var records []*net.SRV
	for _, text := range list {
		target, port, _ := strings.Cut(text, " ")
		n, err := net.LookupPort("tcp", port)
		if err != nil {
			return "", nil, err
		}
		records = append(records, &net.SRV{Target: target, Port: uint16(n), Weight: 1})
	}
	return name, records, err
}

// TestDomainsAbove: records are looked for, and recommended, where their owner can
// publish them.
func TestDomainsAbove(t *testing.T) {
	for host, want := range map[string]string{
		"cal.example.org":      "cal.example.org example.org",
		"Example.org.":         "example.org",
		"a.cal.example.co.uk":  "a.cal.example.co.uk cal.example.co.uk example.co.uk",
		"co.uk":                "co.uk",
		"nas":                  "nas",
		"nas.home.arpa":        "nas.home.arpa",
		"me.github.io":         "me.github.io",
		"a.b.c.d.e.f.g.h.i.de": "a.b.c.d.e.f.g.h.i.de b.c.d.e.f.g.h.i.de c.d.e.f.g.h.i.de d.e.f.g.h.i.de e.f.g.h.i.de",
	} {
		if got := strings.Join(above(host), " "); got != want {
			t.Errorf("above %s: %s, want %s", host, got, want)
		}
	}
}

// TestDoctorLooksAtDNS is row D20: records that are right, missing and wrong.
func TestDoctorLooksAtDNS(t *testing.T) {
	const srv, txt = "_caldavs._tcp.example.org", "TXT _caldavs._tcp.example.org"
	host := zoneFile{"cal.example.org": {"203.0.113.5", "2001:db8::5"}}
	for name, c := range map[string]struct {
		at, domain string
		zone       zoneFile
		want       string // check:state of each finding, without well-known's
		says       string
	}{
		"all is there":         {zone: zoneFile{srv: {"cal.example.org. 443"}, txt: {"v=spf1", "path=/dav/"}}, want: "host:right srv:right txt:right", says: "203.0.113.5, 2001:db8::5"},
		"no path":              {zone: zoneFile{srv: {"CAL.example.org 443"}}, want: "host:right srv:right txt:missing", says: ".well-known"},
		"a path without slash": {zone: zoneFile{srv: {"cal.example.org. 443"}, txt: {"path=/dav"}}, want: "host:right srv:right txt:right"},
		"the root":             {zone: zoneFile{srv: {"cal.example.org. 443"}, txt: {"path=/"}}, want: "host:right srv:right txt:right"},
		"a principal":          {zone: zoneFile{srv: {"cal.example.org. 443"}, txt: {"path=/dav/principals/anna/"}}, want: "host:right srv:right txt:right"},
		"another's root":       {at: "https://cal.example.org/calendar", zone: zoneFile{srv: {"cal.example.org. 443"}, txt: {"path=/"}}, want: "host:right srv:right txt:wrong"},
		"another path":         {zone: zoneFile{srv: {"cal.example.org. 443"}, txt: {"path=/caldav.php/\x1b[31m"}}, want: "host:right srv:right txt:wrong", says: `_caldavs._tcp.example.org. TXT "path=/dav/"`},
		"nothing":              {want: "host:right srv:missing", says: `_caldavs._tcp.example.org. SRV 0 1 443 cal.example.org.`},
		"another host":         {zone: zoneFile{srv: {"mail.example.org. 443"}}, want: "host:right srv:wrong", says: "leads to mail.example.org:443; the bridge is at cal.example.org:443"},
		"another port":         {zone: zoneFile{srv: {"cal.example.org. 8443"}}, want: "host:right srv:wrong", says: "cal.example.org:8443"},
		"one of two":           {zone: zoneFile{srv: {"cal.example.org. 443", "old.example.org. 443"}}, want: "host:right srv:wrong", says: "old.example.org"},
		"no such service":      {zone: zoneFile{srv: {". 0"}}, want: "host:right srv:wrong", says: "nowhere"},
		"a name of the host":   {zone: zoneFile{"_caldavs._tcp.cal.example.org": {"cal.example.org. 443"}}, want: "host:right srv:right txt:missing"},
		"both names":           {zone: zoneFile{"_caldavs._tcp.cal.example.org": {"cal.example.org. 443"}, srv: {"x.example.org. 443"}}, want: "host:right srv:right txt:missing srv:wrong"},
		"a domain that is asked for": {domain: "example.net.", zone: zoneFile{srv: {"wrong. 1"}, "_caldavs._tcp.example.net": {"cal.example.org. 443"}},
			want: "host:right srv:right txt:missing", says: "_caldavs._tcp.example.net leads"},
		"no address":         {zone: zoneFile{"cal.example.org": nil, srv: {"cal.example.org. 443"}}, want: "host:wrong srv:right txt:missing", says: "no such name"},
		"broken":             {zone: zoneFile{srv: {"broken"}}, want: "host:right srv:missing", says: "cannot be looked up"},
		"silent":             {zone: zoneFile{"cal.example.org": {"silent"}}, want: "host:wrong srv:missing", says: "does not answer"},
		"another port, path": {at: "https://cal.example.org:8443/calendar", zone: zoneFile{srv: {"cal.example.org. 8443"}, txt: {"path=/calendar/dav/"}}, want: "host:right srv:right txt:right"},
		"no encryption":      {at: "http://cal.example.org", zone: zoneFile{"_caldav._tcp.example.org": {"cal.example.org. 80"}}, want: "host:right srv:right txt:missing"},
		"this computer":      {at: "http://127.0.0.1:5545", want: "host:missing", says: "set public_url"},
		"by its bare name":   {at: "http://localhost:5545", want: "host:missing", says: "set public_url"},
		"one label":          {at: "https://pi", zone: zoneFile{"pi": {"192.0.2.1"}}, want: "host:right srv:missing", says: "_caldavs._tcp.pi"},
	} {
		t.Run(name, func(t *testing.T) {
			at := c.at
			if at == "" {
				at = "https://cal.example.org"
			}
			u, err := url.Parse(at)
			if err != nil {
				t.Fatal(err)
			}
			zone := zoneFile{}
			for _, part := range []zoneFile{host, c.zone} {
				for name, list := range part {
					zone[name] = list
				}
			}
			web := &http.Client{Transport: refusing{}}
			s := search{url: *u, domain: c.domain, dns: zone, web: web}
			var got []string
			var text strings.Builder
			for _, f := range s.run(t.Context()) {
				text.WriteString(f.Message + "\n" + f.Fix + "\n")
				if f.Check != "well-known" {
					got = append(got, f.Check+":"+f.State)
				} else if f.State != wrong || !strings.Contains(f.Message, "no route today") {
					t.Errorf("an address that does not answer: %+v", f)
				}
			}
			if strings.Join(got, " ") != c.want || !strings.Contains(text.String(), c.says) {
				t.Errorf("found %v, want %s and %q\n%s", got, c.want, c.says, text.String())
			}
		})
	}
}

type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no route today")
}

// TestDoctorAsksTheHost: whether /.well-known/caldav leads to the bridge.
func TestDoctorAsksTheHost(t *testing.T) {
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for name, c := range map[string]struct {
		handler http.Handler
		path    string
		want    string
	}{
		"the bridge":              {&caldav.Handler{}, "", right},
		"the bridge, with a path": {&caldav.Handler{BasePath: "/calendar"}, "/calendar", right},
		"the bridge, with any":    {&caldav.Handler{BasePath: "/our%20calendars/a%2Fb"}, "/our%20calendars/a%2Fb", right},
		"something else":          {http.NotFoundHandler(), "", wrong},
		"elsewhere":               {http.RedirectHandler("/remote.php/dav/", http.StatusMovedPermanently), "", wrong},
		"only below a path":       {http.NotFoundHandler(), "/calendar", missing},
		"to the address within":   {http.RedirectHandler("http://127.0.0.9:5545/dav/", http.StatusMovedPermanently), "", wrong},
		"by the whole address": {http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/dav/", http.StatusFound)
		}), "", right},
	} {
		web := httptest.NewServer(c.handler)
		u, err := url.Parse(web.URL + c.path)
		if err != nil {
			t.Fatal(err)
		}
		s := search{url: *u, dns: zoneFile{}, web: &http.Client{CheckRedirect: noRedirect, Timeout: 10 * time.Second}}
		found := s.run(t.Context())
		if got := found[len(found)-1]; got.Check != "well-known" || got.State != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
		if astray(found) != (c.want == wrong) {
			t.Errorf("%s: %+v", name, found)
		}
		web.Close()
	}
}
