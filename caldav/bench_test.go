package caldav_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"calbridge/bridge"
)

// mailbox makes n events over eight years around March 2026, a fifth of them
// series, each with about as much text as a meeting has.
func mailbox(n int) (series []*bridge.Series) {
	first, step := at("2022-03-01T08:00"), 8*365*24*hour/time.Duration(n)
	for i := range n {
		s := event(fmt.Sprint("event-", i), fmt.Sprint("Meeting ", i), "2026-03-04T10:00")
		s.Master.Start = first.Add(time.Duration(i) * step).Truncate(time.Minute)
		s.Master.End = s.Master.Start.Add(hour)
		s.Master.Text = strings.Repeat("Agenda, with a line of text; ", 20)
		s.Master.Location = "Room 4"
		s = in("Europe/Berlin", s)
		s.Master.Attendees = []bridge.Person{{Name: "Bob", Address: "bob@contoso.example"}, {Name: "Cy", Address: "cy@contoso.example"}}
		if i%5 == 0 {
			s = weekly(30, s)
			s.Rule.Count += i % 50
		}
		series = append(series, s)
	}
	return series
}

// nobody takes an answer and forgets it.
type nobody struct {
	header http.Header
	status int
	octets int64
}

func (n *nobody) Header() http.Header    { return n.header }
func (n *nobody) WriteHeader(status int) { n.status = status }
func (n *nobody) Write(p []byte) (int, error) {
	n.octets += int64(len(p))
	return len(p), nil
}

// requester gives one request to the handler again and again.
type requester struct {
	r      *rig
	method string
	path   string
	body   string
	header []string
	status int
	before func()
}

func (q *requester) serve(b *testing.B) int64 {
	req := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	req.SetBasicAuth("anna", q.r.secret)
	for i := 0; i+1 < len(q.header); i += 2 {
		req.Header.Set(q.header[i], q.header[i+1])
	}
	w := nobody{header: http.Header{}}
	q.r.handler.ServeHTTP(&w, req)
	if w.status != q.status {
		b.Fatalf("%s %s: %d", q.method, q.path, w.status)
	}
	return w.octets
}

func (q *requester) run(b *testing.B) {
	var octets int64
	q.serve(b) // what is remembered is remembered
	b.ReportAllocs()
	best := time.Hour // a machine that others use makes the mean say little
	for b.Loop() {
		if q.before != nil {
			q.before()
		}
		began := time.Now()
		octets = q.serve(b)
		best = min(best, time.Since(began))
	}
	b.ReportMetric(float64(best.Nanoseconds())/1000, "best-µs")
	b.ReportMetric(float64(octets), "B/answer")
}

// BenchmarkRequests tells what the handler alone takes, without a network: time
// and allocations per answer. How calbridge compares with the least that a
// server can do, BenchmarkServe in cmd/calbridge tells.
func BenchmarkRequests(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		r := newRig(b)
		before := r.sync("").SyncToken
		for from, all := 0, mailbox(n); from < n; from += 1000 {
			r.change(upserts(all[from:min(from+1000, n)]...)...)
		}
		now := r.one(r.calPath(), "D:sync-token")
		hrefs := func(count int) string {
			var list strings.Builder
			for i := range count {
				list.WriteString("<D:href>" + r.objPath(fmt.Sprint("event-", i*n/count)) + "</D:href>")
			}
			return list.String()
		}
		report := func(name, inner string) string { return "<" + name + namespaces + ">" + inner + "</" + name + ">" }
		month := `<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260301T000000Z" end="20260401T000000Z"/></C:comp-filter></C:comp-filter>`
		object := r.objPath("event-1")
		etag := r.do("GET", object, "").Header.Get("ETag")
		fileTag := r.do("HEAD", r.calPath(), "").Header.Get("ETag")
		for _, q := range []struct {
			name string
			requester
		}{
			{"ctag", requester{method: "PROPFIND", path: r.calPath(), body: asking("CS:getctag"), header: []string{"Depth", "0"}, status: 207}},
			{"propfind-1", requester{method: "PROPFIND", path: r.calPath(), body: asking("D:getetag", "D:getcontenttype", "D:resourcetype"), header: []string{"Depth", "1"}, status: 207}},
			{"sync-none", requester{method: "REPORT", path: r.calPath(), body: report("D:sync-collection", syncBody(now, "")), status: 207}},
			{"sync-initial", requester{method: "REPORT", path: r.calPath(), body: report("D:sync-collection", syncBody("", "")), status: 207}},
			{"sync-all-changed", requester{method: "REPORT", path: r.calPath(), body: report("D:sync-collection", syncBody(before, "")), status: 207}},
			{"multiget-50", requester{method: "REPORT", path: r.calPath(), body: report("C:calendar-multiget", prop("D:getetag", "C:calendar-data")+hrefs(50)), status: 207}},
			{"multiget-1000", requester{method: "REPORT", path: r.calPath(), body: report("C:calendar-multiget", prop("D:getetag", "C:calendar-data")+hrefs(1000)), status: 207}},
			{"get", requester{method: "GET", path: object, status: 200}},
			{"get-304", requester{method: "GET", path: object, header: []string{"If-None-Match", etag}, status: 304}},
			{"query-month", requester{method: "REPORT", path: r.calPath(), body: report("C:calendar-query", prop("D:getetag")+"<C:filter>"+month+"</C:filter>"), status: 207}},
			{"query-month-data", requester{method: "REPORT", path: r.calPath(), body: report("C:calendar-query", prop("D:getetag", "C:calendar-data")+"<C:filter>"+month+"</C:filter>"), status: 207}},
			{"freebusy-month", requester{method: "REPORT", path: r.calPath(), body: report("C:free-busy-query", `<C:time-range start="20260301T000000Z" end="20260401T000000Z"/>`), status: 200}},
			{"ics", requester{method: "GET", path: r.calPath(), status: 200}},
			{"ics-first", requester{method: "GET", path: r.calPath(), status: 200, before: func() { os.RemoveAll(r.handler.Cache) }}},
			{"ics-gzip", requester{method: "GET", path: r.calPath(), status: 200, header: []string{"Accept-Encoding", "gzip"}}},
			{"ics-gzip-first", requester{method: "GET", path: r.calPath(), status: 200, header: []string{"Accept-Encoding", "gzip"}, before: func() { os.RemoveAll(r.handler.Cache) }}},
			{"ics-304", requester{method: "GET", path: r.calPath(), header: []string{"If-None-Match", fileTag}, status: 304}},
			{"feed", requester{method: "GET", path: "/feeds/" + r.feed + "/work.ics", status: 200}},
			{"feed-first", requester{method: "GET", path: "/feeds/" + r.feed + "/work.ics", status: 200, before: func() { os.RemoveAll(r.handler.Cache) }}},
			{"feed-gzip", requester{method: "GET", path: "/feeds/" + r.feed + "/work.ics", status: 200, header: []string{"Accept-Encoding", "gzip"}, before: func() { os.RemoveAll(r.handler.Cache) }}},
		} {
			q.r = r
			b.Run(fmt.Sprintf("%s/%d", q.name, n), q.run)
		}
	}
}
