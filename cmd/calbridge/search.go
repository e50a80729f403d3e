package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"calbridge/bridge"
)

// finding is what became of one step of a search.
type finding struct {
	Check   string `json:"check"` // host, srv, txt or well-known
	State   string `json:"state"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// States of a finding.
const (
	right   = "right"
	missing = "missing" // programs find another way
	wrong   = "wrong"   // they are led astray
)

// dns is what a search asks of DNS; [net.Resolver] has it.
type dns interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

var _ dns = (*net.Resolver)(nil)

// search looks for the bridge as calendar programs do (RFC 6764 §6).
type search struct {
	url    url.URL // where the bridge is
	domain string  // empty for those of the url
	dns    dns
	web    *http.Client
}

func (s *search) run(ctx context.Context) (found []finding) {
	host := s.url.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		found = append(found, finding{"host", missing, s.url.String() + " names no host that DNS knows; a domain leads nowhere",
			"set public_url, such as https://cal.example.org, if others are to find the bridge by a name"})
	} else {
		found = append(append(found, s.host(ctx, host)), s.services(ctx, host)...)
	}
	return append(found, s.wellKnown(ctx))
}

func (s *search) host(ctx context.Context, host string) finding {
	list, err := s.dns.LookupHost(ctx, host)
	if err != nil {
		return finding{"host", wrong, fmt.Sprintf("%s has no address in DNS: %v", host, cause(err)), "publish an A or AAAA record for it, or correct public_url"}
	}
	return finding{"host", right, host + " is " + strings.Join(list[:min(len(list), 4)], ", "), ""}
}

// services looks at the records of each domain. None at all is no harm: clients
// are given the host then.
func (s *search) services(ctx context.Context, host string) (found []finding) {
	domains := above(host)
	if s.domain != "" {
		domains = []string{strings.TrimSuffix(s.domain, ".")}
	}
	for _, domain := range domains {
		found = append(found, s.service(ctx, domain)...)
	}
	if len(found) > 0 {
		return found
	}
	domain := domains[len(domains)-1]
	return []finding{{"srv", missing, fmt.Sprintf("no %s record in %s: programs find the bridge by the host %s, not by a domain alone", s.label(""), strings.Join(domains, ", "), host),
		fmt.Sprintf("if they should, publish  %s SRV 0 1 %s %s.  and  %s TXT \"path=%s\"", s.label(domain)+".", s.port(), host, s.label(domain)+".", s.path())}}
}

// above returns a host and the domains above it that can be somebody's own: not
// those under which everyone registers.
func above(host string) []string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	domains := []string{host}
	own, err := publicsuffix.EffectiveTLDPlusOne(host)
	for err == nil && host != own && len(domains) < 5 {
		_, host, _ = strings.Cut(host, ".")
		domains = append(domains, host)
	}
	return domains
}

// service looks at the records of one domain; it finds nothing where there are
// none.
func (s *search) service(ctx context.Context, domain string) []finding {
	_, list, err := s.dns.LookupSRV(ctx, s.kind(), "tcp", domain)
	var d *net.DNSError
	switch {
	case len(list) > 0:
	case errors.As(err, &d) && d.IsNotFound, err == nil:
		return nil
	default:
		return []finding{{"srv", missing, fmt.Sprintf("%s cannot be looked up: %v", s.label(domain), cause(err)), "try again later"}}
	}
	for _, srv := range list {
		if target := strings.TrimSuffix(srv.Target, "."); !strings.EqualFold(target, s.url.Hostname()) || fmt.Sprint(srv.Port) != s.port() {
			there := fmt.Sprintf("%s:%d", bridge.Excerpt(target), srv.Port)
			if target == "" {
				there = "nowhere (there is no such service)"
			}
			return []finding{{"srv", wrong, fmt.Sprintf("%s leads to %s; the bridge is at %s:%s", s.label(domain), there, s.url.Hostname(), s.port()),
				fmt.Sprintf("publish  %s. SRV 0 1 %s %s.  or take the record away", s.label(domain), s.port(), s.url.Hostname())}}
		}
	}
	return []finding{{"srv", right, fmt.Sprintf("%s leads to %s:%s", s.label(domain), s.url.Hostname(), s.port()), ""}, s.text(ctx, domain)}
}

// text looks at the path that stands beside a service (RFC 6764 §4).
func (s *search) text(ctx context.Context, domain string) finding {
	list, _ := s.dns.LookupTXT(ctx, s.label(domain)) // one that cannot be had is missing
	for _, text := range list {
		path, ok := strings.CutPrefix(text, "path=")
		switch {
		case !ok:
		case strings.HasPrefix(path+"/", s.path()), path == "/.well-known/caldav", path == s.url.EscapedPath()+"/": // all of them answer
			return finding{"txt", right, fmt.Sprintf("its path is %s", path), ""}
		default:
			return finding{"txt", wrong, fmt.Sprintf("%s has the path %q; the bridge's is %s", s.label(domain), bridge.Excerpt(path), s.path()),
				fmt.Sprintf("publish  %s. TXT \"path=%s\"", s.label(domain), s.path())}
		}
	}
	return finding{"txt", missing, fmt.Sprintf("%s has no path; programs go on at /.well-known/caldav", s.label(domain)), ""}
}

// wellKnown asks the host itself, which sends programs on to the path.
func (s *search) wellKnown(ctx context.Context) finding {
	at := url.URL{Scheme: s.url.Scheme, Host: s.url.Host, Path: "/.well-known/caldav"}
	req, err := http.NewRequestWithContext(ctx, "PROPFIND", at.String(), http.NoBody)
	if err != nil {
		return finding{"well-known", wrong, err.Error(), "correct public_url"}
	}
	res, err := s.web.Do(req)
	if err != nil {
		return finding{"well-known", wrong, fmt.Sprintf("%s does not answer: %v", at.String(), cause(err)),
			"see whether  calbridge serve  runs, and whether the proxy before it passes requests on"}
	}
	defer res.Body.Close()
	return s.answered(&at, res)
}

// answered judges what /.well-known/caldav answers.
func (s *search) answered(at *url.URL, res *http.Response) finding {
	to, err := res.Location()
	switch {
	case err == nil && !s.reaches(to) && s.url.Path == "":
		return finding{"well-known", wrong, fmt.Sprintf("%s leads to %s; the bridge is at %s", at.String(), bridge.Excerpt(to.String()), s.url.String()+"/dav/"),
			"let the proxy pass all methods and paths on, also PROPFIND, and leave the Location of answers as it is"}
	case err == nil && s.reaches(to) && strings.TrimSuffix(to.EscapedPath(), "/")+"/" == s.path():
		return finding{"well-known", right, at.String() + " leads to " + to.EscapedPath(), ""}
	case s.url.Path != "":
		return finding{"well-known", missing, fmt.Sprintf("%s answers %s: programs have to be given the whole address %s", at.String(), res.Status, s.url.String()+"/dav/"),
			fmt.Sprintf("let the proxy redirect it to %s", s.path())}
	}
	return finding{"well-known", wrong, fmt.Sprintf("%s answers %s and does not lead to %s", at.String(), res.Status, s.path()), "let the proxy pass all methods and paths on, also PROPFIND"}
}

// reaches reports whether an address is on the bridge's own host and port.
func (s *search) reaches(to *url.URL) bool {
	there := search{url: *to}
	return to.Scheme == s.url.Scheme && strings.EqualFold(to.Hostname(), s.url.Hostname()) && there.port() == s.port()
}

// kind is the service's name: one with encryption, or one without.
func (s *search) kind() string {
	if s.url.Scheme == "https" {
		return "caldavs"
	}
	return "caldav"
}

func (s *search) label(domain string) string {
	return strings.TrimSuffix("_"+s.kind()+"._tcp."+domain, ".")
}

func (s *search) port() string {
	return cmp.Or(s.url.Port(), map[string]string{"https": "443", "http": "80"}[s.url.Scheme])
}

func (s *search) path() string { return s.url.EscapedPath() + "/dav/" }

// cause leaves out of an error what it was about.
func cause(err error) error {
	var d *net.DNSError
	var u *url.Error
	switch {
	case errors.As(err, &d) && d.IsNotFound:
		return errors.New("there is no such name")
	case errors.As(err, &d) && d.IsTimeout:
		return errors.New("DNS does not answer")
	case errors.As(err, &u):
		return u.Err
	}
	return err
}
