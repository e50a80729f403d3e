package caldav_test

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
)

// wireRequest is a request that a real client sent to another server, which had
// two calendars of user rig, as testdata/wire keeps them.
type wireRequest struct {
	Method, Path, Body string
	Headers            map[string]string
	Status             int // what the other server answered
}

func wireRequests(t *testing.T, file string) (list []wireRequest) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var r wireRequest
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	if err := s.Err(); err != nil || len(list) == 0 {
		t.Fatalf("%s: %d requests, %v", file, len(list), err)
	}
	return list
}

var (
	wireObject = regexp.MustCompile(`/rig/(home|office)/([^<"]+)\.ics`)
	wireToken  = regexp.MustCompile(`http://radicale\.org/ns/sync/[0-9a-f]+`)
)

// wireRig is a rig with the calendars that the recorded clients knew.
type wireRig struct {
	*rig
	paths map[string]string
}

func newWireRig(t *testing.T, files []string) *wireRig {
	events := map[string]map[string]*bridge.Series{"home": {}, "office": {}}
	for _, file := range files {
		for _, req := range wireRequests(t, file) {
			for _, m := range wireObject.FindAllStringSubmatch(req.Path+req.Body, -1) {
				uid, err := url.PathUnescape(m[2])
				if err != nil {
					t.Fatal(err)
				}
				events[m[1]][uid] = event(uid, uid, "2026-11-04T10:00")
				events[m[1]][uid].Claim = uid
			}
		}
	}
	r := &wireRig{rig: newRig(t), paths: map[string]string{}}
	for name, list := range events {
		cal := r.addCalendar(bridge.Listed{Source: bridge.SourceID(name), Name: name}, slices.Collect(maps.Values(list))...)
		r.paths[name] = "/dav/calendars/anna/" + string(cal.ID) + "/"
	}
	r.handler.Pages = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a page") })
	return r
}

// here moves the addresses of the other server to this one.
func (r *wireRig) here(text string) string {
	text = wireObject.ReplaceAllStringFunc(text, func(s string) string {
		m := wireObject.FindStringSubmatch(s)
		uid, err := url.PathUnescape(m[2])
		if err != nil {
			r.t.Fatal(err)
		}
		return r.paths[m[1]] + bridge.ObjectName(bridge.SourceID(uid)) + ".ics"
	})
	return strings.NewReplacer("/rig/home/", r.paths["home"], "/rig/office/", r.paths["office"], "/office.ics", "/feeds/"+r.feed+"/office.ics").Replace(text)
}

func (r *wireRig) replay(t *testing.T, req wireRequest) {
	t.Helper()
	path := r.here(req.Path)
	if path == "/rig/" { // there a user was principal and home in one
		path = "/dav/principals/anna/"
		if req.Headers["Depth"] == "1" || req.Method == "OPTIONS" {
			path = "/dav/calendars/anna/"
		}
	}
	body := r.here(req.Body)
	if wireToken.MatchString(body) {
		body = wireToken.ReplaceAllString(body, r.one(path, "D:sync-token"))
	}
	var headers []string
	signedIn := false
	for name, value := range req.Headers {
		switch strings.ToLower(name) {
		case "authorization":
			signedIn = true
		case "host", "keep-alive", "te", "if-none-match":
		default:
			headers = append(headers, name, value)
		}
	}
	user := ""
	if signedIn {
		user = "anna"
	}
	a := r.as(user, r.secret, req.Method, path, body, headers...)
	if want := wireAnswers(req, path, signedIn); !slices.Contains(want, a.Status) {
		a.fatalf("status %d, want one of %v; the other server gave %d", a.Status, want, req.Status)
	}
	if strings.HasPrefix(a.Header.Get("Content-Type"), "application/xml") {
		wellFormed(a)
	}
	if a.Status == http.StatusMultiStatus {
		for _, row := range a.multistatus().Rows {
			if row.Status != "" || len(row.found()) == 0 {
				a.fatalf("row %+v", row)
			}
		}
	}
}

// wireAnswers tells which statuses are right for a recorded request.
func wireAnswers(req wireRequest, path string, signedIn bool) []int {
	page := req.Method == "GET" || req.Method == "HEAD"
	switch {
	case path == "/.well-known/caldav":
		return []int{301}
	case strings.HasPrefix(path, "/feeds/"):
		return []int{200, 207}
	case page && (path == "/" || path == "/.web"):
		return []int{200}
	case !signedIn:
		return []int{401}
	case req.Status == 400: // cadaver, with a prefix that nobody declared
		return []int{400}
	case req.Method == "PUT":
		return []int{403, 405}
	}
	return []int{map[string]int{"PROPFIND": 207, "REPORT": 207, "OPTIONS": 200, "GET": 200}[req.Method], free(req)}
}

// free is the status of a free-busy-query, which is no multistatus.
func free(req wireRequest) int {
	if strings.Contains(req.Body, "free-busy-query") {
		return 200
	}
	return 0
}

func wellFormed(a *answer) {
	a.t.Helper()
	for d := xml.NewDecoder(strings.NewReader(a.Body)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			a.fatalf("not XML: %v", err)
		}
	}
}

func TestRecordedClients(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.jsonl")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	r := newWireRig(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			for _, req := range wireRequests(t, file) {
				r.t = t
				r.replay(t, req)
			}
		})
	}
	r.t = t
}
