package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Benchmarks of the program as it runs: `calbridge serve` in a process of its
// own over a data folder of 1,000, 10,000 or 100,000 events, and beside it, in
// another one, a bare net/http handler that sends the same octets from memory.
// Each turn asks both, so that whatever else the machine does meets both alike.
// docs/benchmarks.md tells how to run and to read them.

const propfind = `<D:propfind xmlns:D="DAV:" xmlns:S="http://calendarserver.org/ns/"><D:prop>%s</D:prop></D:propfind>`

const (
	syncAsk  = `<D:sync-collection xmlns:D="DAV:"><D:sync-token>%s</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`
	queryAsk = `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop>%s</D:prop><C:filter><C:comp-filter name="VCALENDAR">` +
		`<C:comp-filter name="VEVENT"><C:time-range start="20261101T000000Z" end="20261201T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
	getAsk  = `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/><C:calendar-data/></D:prop>%s</C:calendar-multiget>`
	busyAsk = `<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="20261101T000000Z" end="20261201T000000Z"/></C:free-busy-query>`

	etagOnly, etagAndData = `<D:getetag/>`, `<D:getetag/><C:calendar-data/>`
)

var sizes = []int{1_000, 10_000, 100_000}

func reportOn(name, path, body string) operation {
	return operation{name: name, method: "REPORT", path: path, body: body, header: []string{"Depth", "1"}, status: 207}
}

// operations are what clients do with a calendar at path, whose objects have
// the given hrefs.
func operations(path string, hrefs []string, token string) []operation {
	get := func(n int) string { return multigetOf(hrefs, n, 0) }
	busy := reportOn("freebusy-month", path, busyAsk)
	busy.status = 200
	return []operation{
		{name: "ctag", method: "PROPFIND", path: path, body: fmt.Sprintf(propfind, "<S:getctag/>"), header: []string{"Depth", "0"}, status: 207},
		{name: "propfind-etags", method: "PROPFIND", path: path, body: fmt.Sprintf(propfind, etagOnly), header: []string{"Depth", "1"}, status: 207},
		reportOn("sync-initial", path, fmt.Sprintf(syncAsk, "")),
		reportOn("sync-none", path, fmt.Sprintf(syncAsk, token)),
		reportOn("query-month-etags", path, fmt.Sprintf(queryAsk, etagOnly)),
		reportOn("query-month-data", path, fmt.Sprintf(queryAsk, etagAndData)),
		reportOn("multiget-50", path, get(50)),
		reportOn("multiget-1000", path, get(1000)),
		{name: "get-one", method: "GET", path: hrefs[len(hrefs)/2], status: 200},
		busy,
	}
}

// multigetOf asks for n objects that lie evenly over the calendar, from the
// offset-th on.
func multigetOf(hrefs []string, n, offset int) string {
	var list strings.Builder
	for i := range min(n, len(hrefs)) {
		fmt.Fprintf(&list, "<D:href>%s</D:href>", hrefs[i*len(hrefs)/n+offset])
	}
	return fmt.Sprintf(getAsk, list.String())
}

// unasked makes a multiget ask for what nobody has asked for lately: before each
// request others are asked for, more than are kept ready.
func (p *pair) unasked(o operation) operation {
	hrefs := p.hrefs()
	o.name += "-first"
	o.before = func() error {
		for offset := 1; offset <= 8; offset++ {
			other := reportOn("others", p.folder.path, multigetOf(hrefs, 1000, offset))
			if _, err := p.ours.ask(p.request(&other), io.Discard); err != nil {
				return err
			}
		}
		return nil
	}
	return o
}

// pair is calbridge and the floor, running.
type pair struct {
	folder     *folder
	ours, base *served
	began      time.Duration // from start to the first answer, at best
	idle       float64       // MB after that
}

type served struct {
	*background
	*wire
}

var (
	pairs   = map[int]*pair{}
	pairsMu sync.Mutex
)

// running returns the pair of that size; the first call makes it, and it goes
// on for as long as the benchmark b does.
func running(b *testing.B, size int) *pair {
	b.Helper()
	pairsMu.Lock()
	defer pairsMu.Unlock()
	if p := pairs[size]; p != nil {
		return p
	}
	p := &pair{folder: newFolder(b, b.TempDir(), size), began: time.Hour}
	for range 3 {
		p.stop()
		began := time.Now()
		p.ours = launch(b, "calbridge", p.folder.env(), "serve")
		if _, err := p.ours.ask(p.request(&operation{method: "PROPFIND", path: p.folder.path, header: []string{"Depth", "0"}}), io.Discard); err != nil {
			b.Fatal(err)
		}
		p.began = min(p.began, time.Since(began))
	}
	p.idle = anonymous(p.ours.cmd.Process.Pid)
	p.base = launch(b, "floor", os.Environ())
	pairs[size] = p
	b.Cleanup(func() { delete(pairs, size) })
	return p
}

// stop ends the process that runs, if one does.
func (p *pair) stop() {
	if p.ours != nil {
		p.ours.signal(syscall.SIGTERM)
		_, _ = p.ours.wait()
	}
}

func launch(b *testing.B, name string, env []string, args ...string) *served {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		b.Fatal(err)
	}
	p, err := start(path, args, env, "")
	if err != nil {
		b.Fatal(err)
	}
	address, ok := p.find(listening)
	if !ok {
		text, err := p.wait()
		b.Fatalf("%s: %v\n%s", name, err, text)
	}
	w, err := dial(address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = w.conn.Close()
		p.signal(syscall.SIGTERM)
		_, _ = p.wait()
	})
	return &served{p, w}
}

func (p *pair) request(o *operation) []byte {
	return o.request(p.ours.host, "anna", p.folder.password)
}

func (p *pair) hrefs() (hrefs []string) {
	for _, name := range p.folder.names {
		hrefs = append(hrefs, p.folder.path+name+".ics")
	}
	return hrefs
}

func (p *pair) operations() []operation {
	f, hrefs := p.folder, p.hrefs()
	list := append(operations(f.path, hrefs, f.tokens.none),
		reportOn("sync-1", f.path, fmt.Sprintf(syncAsk, f.tokens.one)),
		reportOn("sync-100", f.path, fmt.Sprintf(syncAsk, f.tokens.all)))
	if len(hrefs) >= 10_000 {
		list = append(list, p.unasked(reportOn("multiget-1000", f.path, multigetOf(hrefs, 1000, 0))))
	}
	for _, o := range []operation{
		{name: "get-one", method: "GET", path: hrefs[len(hrefs)/2], status: 200},
		{name: "get-ics", method: "GET", path: f.path, status: 200},
		{name: "get-feed", method: "GET", path: f.feed, status: 200},
	} {
		if o.name != "get-one" {
			first := o
			first.name += "-first"
			first.before = func() error { return os.RemoveAll(filepath.Join(f.dir, "data", "cache")) }
			list = append(list, first, o)
		}
		if r, err := p.ours.ask(p.request(&o), io.Discard); err == nil {
			o.name, o.status, o.header = o.name+"-304", 304, []string{"If-None-Match", r.etag}
			list = append(list, o)
		}
	}
	return list
}

func BenchmarkServe(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			p := running(b, size)
			for _, o := range p.operations() {
				b.Run(o.name, func(b *testing.B) { p.measure(b, &o) })
			}
			b.Run("polling", p.poll)
			b.Run("slow-readers", p.slow)
			b.Run("process", func(b *testing.B) {
				for b.Loop() {
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(p.began.Microseconds())/1000, "start-ms")
				b.ReportMetric(p.idle, "idle-MB")
				b.ReportMetric(anonymous(p.ours.cmd.Process.Pid), "settled-MB")
			})
		})
	}
}

// prepare gives the floor the answer that ours has to a request, and returns the
// request as each of them gets it.
func (p *pair) prepare(b *testing.B, o *operation) (ours, base []byte, octets int64) {
	b.Helper()
	var body bytes.Buffer
	ours = p.request(o)
	r, err := p.ours.ask(ours, &body)
	if err != nil || r.status != o.status {
		b.Fatalf("%s: %d, %v\n%.300s", o.name, r.status, err, body.Bytes())
	}
	put := operation{method: "PUT", path: fmt.Sprintf("/%s?status=%d", o.name, o.status), body: body.String()}
	if _, err := p.base.ask(put.request(p.base.host, "", ""), io.Discard); err != nil {
		b.Fatal(err)
	}
	there := *o
	there.path = "/" + o.name
	return ours, there.request(p.base.host, "anna", p.folder.password), r.octets
}

// measure asks ours and the floor in turns.
func (p *pair) measure(b *testing.B, o *operation) {
	ask, floorAsk, octets := p.prepare(b, o)
	ours, base := stopwatch{served: p.ours, ask: ask}, stopwatch{served: p.base, ask: floorAsk}
	mostMemory := peak(b, p.ours.cmd.Process.Pid)
	ours.begin()
	base.begin()
	for b.Loop() {
		if o.before != nil {
			if err := o.before(); err != nil {
				b.Fatal(err)
			}
		}
		ours.once(b)
		base.once(b)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(octets), "B/answer")
	b.ReportMetric(mostMemory(), "peak-MB")
	b.ReportMetric(ours.best(), "best-µs")
	b.ReportMetric(ours.best()/base.best(), "x-floor")
	b.ReportMetric(ours.cpu(), "cpu-µs")
	b.ReportMetric(ours.cpu()/base.cpu(), "cpu-x-floor")
}

// stopwatch measures one server.
type stopwatch struct {
	*served
	ask   []byte
	least time.Duration
	times int
	cpuOf func(pid int) int64 // cpu where nil
	spent int64
}

func (s *stopwatch) begin() {
	if s.cpuOf == nil {
		s.cpuOf = cpu
	}
	s.least, s.spent = math.MaxInt64, s.cpuOf(s.cmd.Process.Pid)
}

func (s *stopwatch) once(b *testing.B) {
	began := time.Now()
	if _, err := s.wire.ask(s.ask, io.Discard); err != nil {
		b.Fatal(err)
	}
	s.least = min(s.least, time.Since(began))
	s.times++
}

// best is the shortest time of an answer, in µs.
func (s *stopwatch) best() float64 { return float64(s.least.Nanoseconds()) / 1000 }

// cpu is the server's processor time per answer, in µs.
func (s *stopwatch) cpu() float64 {
	return float64(s.cpuOf(s.cmd.Process.Pid)-s.spent) / 1000 / float64(s.times)
}

// poll is 200 clients that ask for the ctag all the time, by turns of ours and
// the floor.
func (p *pair) poll(b *testing.B) {
	o := operations(p.folder.path, []string{""}, "")[0]
	ask, floorAsk, _ := p.prepare(b, &o)
	var ours, base load
	for b.Loop() {
		ours.add(b, p.ours.host, ask)
		base.add(b, p.base.host, floorAsk)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours.rate, "answers/s")
	b.ReportMetric(ours.rate/base.rate, "x-floor-rate")
	b.ReportMetric(float64(ours.p99.Microseconds()), "p99-µs")
	b.ReportMetric(float64(ours.p99)/float64(base.p99), "x-floor-p99")
}

// load is the best of several bursts of 200 clients with 20 requests each.
type load struct {
	rate float64
	p99  time.Duration
}

func (l *load) add(b *testing.B, host string, ask []byte) {
	b.Helper()
	const clients, each = 200, 50
	took := make([][]time.Duration, clients)
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	for i := range clients {
		ready.Add(1)
		done.Go(func() {
			w, err := dial(host)
			if err == nil {
				defer func() { _ = w.conn.Close() }()
				_, err = w.ask(ask, io.Discard)
			}
			ready.Done()
			<-begin
			for n := 0; n < each && err == nil; n++ {
				began := time.Now()
				_, err = w.ask(ask, io.Discard)
				took[i] = append(took[i], time.Since(began))
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	ready.Wait()
	began := time.Now()
	close(begin)
	done.Wait()
	if b.Failed() {
		b.FailNow()
	}
	l.rate = max(l.rate, clients*each/time.Since(began).Seconds())
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	l.p99 = cmp.Or(min(l.p99, all[len(all)*99/100]), l.p99, all[len(all)*99/100])
}

// slow is 20 readers that fetch the whole calendar and stop reading half-way.
func (p *pair) slow(b *testing.B) {
	pid := p.ours.cmd.Process.Pid
	before := anonymous(pid)
	get := operation{method: "GET", path: p.folder.path}
	for b.Loop() {
		most := peak(b, pid)
		var conns []net.Conn
		for range 20 {
			w, err := dial(p.ours.host)
			if err != nil {
				b.Fatal(err)
			}
			conns = append(conns, w.conn)
			if _, err := w.conn.Write(p.request(&get)); err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, w.conn, 100_000); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := p.ours.ask(p.request(&get), io.Discard); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(most()-before, "above-idle-MB")
		for _, c := range conns {
			_ = c.Close()
		}
	}
	b.ReportMetric(0, "ns/op")
}

func tick() <-chan time.Time { return time.After(2 * time.Millisecond) }
