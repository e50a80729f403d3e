package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkPeer asks calbridge and another CalDAV server the same, by turns,
// about the same events. .ci/bench/radicale starts the other one and names it in
// the environment:
//
//	CALBRIDGE_BENCH_PEER        address of its calendar, with user and password
//	CALBRIDGE_BENCH_PEER_PID    its process
//	CALBRIDGE_BENCH_PEER_STORE  folder that is to get an .ics file per event
//	CALBRIDGE_BENCH_EVENTS      how many
func BenchmarkPeer(b *testing.B) {
	address, err := url.Parse(os.Getenv("CALBRIDGE_BENCH_PEER"))
	if err != nil || address.Host == "" {
		b.Log("no other server is named: run .ci/bench/radicale")
		return
	}
	size, err := strconv.Atoi(os.Getenv("CALBRIDGE_BENCH_EVENTS"))
	if err != nil {
		b.Fatal(err)
	}
	p := running(b, size)
	p.copyTo(b, os.Getenv("CALBRIDGE_BENCH_PEER_STORE"))
	w, err := dial(address.Host)
	if err != nil {
		b.Fatal(err)
	}
	pid, _ := strconv.Atoi(os.Getenv("CALBRIDGE_BENCH_PEER_PID"))
	process, _ := os.FindProcess(pid)
	other := &peer{served{&background{cmd: &exec.Cmd{Process: process}}, w}, address}
	whole := func(path string) operation { return operation{name: "get-ics", method: "GET", path: path, status: 200} }
	theirs := append(other.operations(b), whole(address.Path))
	for i, o := range append(operations(p.folder.path, p.hrefs(), p.folder.tokens.none), whole(p.folder.path)) {
		b.Run(o.name, func(b *testing.B) { p.compare(b, &o, other, &theirs[i]) })
	}
}

// copyTo writes each event as a file of the calendar that the other server has
// in dir.
func (p *pair) copyTo(b *testing.B, dir string) {
	b.Helper()
	for i, href := range p.hrefs() {
		var body bytes.Buffer
		if _, err := p.ours.ask(p.request(&operation{method: "GET", path: href}), &body); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p.folder.names[i]+".ics"), body.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// peer is the other server.
type peer struct {
	served
	address *url.URL
}

func (o *peer) request(op *operation) []byte {
	password, _ := o.address.User.Password()
	return op.request(o.address.Host, o.address.User.Username(), password)
}

var (
	inHref  = regexp.MustCompile(`href>([^<]+\.ics)<`)
	inRow   = regexp.MustCompile(`</([A-Za-z0-9]+:)?response>`)
	inToken = regexp.MustCompile(`sync-token>([^<]+)<`)
)

// operations asks the other server for its names and its token.
func (o *peer) operations(b *testing.B) []operation {
	b.Helper()
	var listing bytes.Buffer
	first := reportOn("", o.address.Path, fmt.Sprintf(syncAsk, ""))
	if r, err := o.ask(o.request(&first), &listing); err != nil || r.status != first.status {
		b.Fatalf("%s: %d, %v", o.address.Redacted(), r.status, err)
	}
	var hrefs []string
	for _, m := range inHref.FindAllStringSubmatch(listing.String(), -1) {
		hrefs = append(hrefs, m[1])
	}
	token := inToken.FindStringSubmatch(listing.String())
	if len(hrefs) == 0 || token == nil {
		b.Fatalf("%s lists nothing", o.address.Redacted())
	}
	return operations(o.address.Path, hrefs, token[1])
}

// compare asks both in turns. What the other server refuses is told by its
// status.
func (p *pair) compare(b *testing.B, o *operation, other *peer, theirs *operation) {
	var here, there strings.Builder
	if _, err := p.ours.ask(p.request(o), &here); err != nil {
		b.Fatal(err)
	}
	r, err := other.ask(other.request(theirs), &there)
	if err != nil {
		b.Fatal(err)
	}
	ours, peers := stopwatch{served: p.ours, ask: p.request(o)}, stopwatch{served: &other.served, ask: other.request(theirs), cpuOf: ticks}
	ours.begin()
	peers.begin()
	for b.Loop() {
		if r.status == theirs.status {
			ours.once(b)
			peers.once(b)
		}
	}
	b.ReportMetric(0, "ns/op")
	if r.status != theirs.status {
		b.ReportMetric(float64(r.status), "refused-with")
		return
	}
	b.ReportMetric(float64(len(inRow.FindAllString(here.String(), -1))), "rows")
	b.ReportMetric(float64(len(inRow.FindAllString(there.String(), -1))), "peer-rows")
	b.ReportMetric(ours.best(), "best-µs")
	b.ReportMetric(peers.best(), "peer-µs")
	b.ReportMetric(peers.best()/ours.best(), "times-faster")
	b.ReportMetric(peers.cpu()/ours.cpu(), "times-less-cpu")
}
