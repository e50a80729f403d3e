package caldav_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// step is one request of a replay, as the bytes that go out, with what the
// answer has to be.
type step struct {
	name, request string
	want          []string
}

// steps reads a replay: requests as clients send them, which Apple's and
// Android's own programs do that cannot be run here, each with its answer below
// "--". Lines of the answer are
//
//	status N · header NAME = VALUE · header NAME ~ PART · body ~ PART · error ELEMENT · token TOKEN
//	rows N · row HREF = the properties found, and !those told missing · value HREF PROPERTY = XML · gone HREF
func steps(t *testing.T, file string, fill *strings.Replacer) (list []step) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(fill.Replace(string(text)), "\n## ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		request, want, ok := strings.Cut(rest, "\n--\n")
		if !ok {
			t.Fatalf("%s: %s has no answer", file, name)
		}
		list = append(list, step{name, request, strings.Split(strings.TrimSpace(want), "\n")})
	}
	return list
}

// send writes the request's bytes to a connection of its own.
func (s *step) send(t *testing.T, address string) *answer {
	t.Helper()
	head, body, _ := strings.Cut(s.request+"\n", "\n\n")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s\r\nHost: cal.example.org\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", strings.ReplaceAll(head, "\n", "\r\n"), len(body), body)
	method, _, _ := strings.Cut(head, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{t, s.request, res.StatusCode, res.Header, string(text)}
}

// check holds one line of the answer.
func (a *answer) check(line string) {
	a.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	subject, want, _ := strings.Cut(rest, " = ")
	switch verb {
	case "status":
		if fmt.Sprint(a.Status) != rest {
			a.fatalf("status %d, want %s", a.Status, rest)
		}
	case "header":
		if name, part, ok := strings.Cut(rest, " ~ "); ok && !strings.Contains(a.Header.Get(name), part) || !ok && a.Header.Get(subject) != want {
			a.fatalf("%s: %v", line, a.Header)
		}
	case "body":
		if !strings.Contains(a.Body, strings.TrimPrefix(rest, "~ ")) {
			a.fatalf("%s", line)
		}
	case "error":
		a.wantError(a.Status, rest)
	default:
		a.checkRows(line, verb, strings.TrimSuffix(subject, " ="), want)
	}
}

func (a *answer) checkRows(line, verb, subject, want string) {
	a.t.Helper()
	m := a.multistatus()
	switch verb {
	case "rows":
		if fmt.Sprint(len(m.Rows)) != subject {
			a.fatalf("%d rows, want %s", len(m.Rows), subject)
		}
	case "row":
		names := strings.Fields(want)
		slices.Sort(names)
		if got := m.row(subject).names(); !slices.Equal(got, names) {
			a.fatalf("%s has\n%s\nwant\n%s", subject, strings.Join(got, " "), strings.Join(names, " "))
		}
	case "value":
		href, name, _ := strings.Cut(subject, " ")
		if v, ok := m.row(href).found()[name]; !ok || v.Inner != want {
			a.fatalf("%s: %q", line, v.Inner)
		}
	case "gone":
		if got := m.row(subject).Status; got != "HTTP/1.1 404 Not Found" {
			a.fatalf("%s: %s", line, got)
		}
	case "token":
		if m.SyncToken != subject {
			a.fatalf("token %s, want %s", m.SyncToken, subject)
		}
	default:
		a.fatalf("what is %q?", line)
	}
}

func TestReplays(t *testing.T) {
	for _, name := range []string{"apple", "davx5"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, event("one", "one", "2026-03-04T10:00"), weekly(0, in("Europe/Berlin", event("series", "series", "2020-01-08T10:00"))))
			fill := strings.NewReplacer("{cal}", r.calPath(), "{one}", r.objPath("one"), "{series}", r.objPath("series"), "{token}", r.one(r.calPath(), "D:sync-token"),
				"{anna}", "Basic "+base64.StdEncoding.EncodeToString([]byte("anna:"+r.secret)))
			for _, s := range steps(t, "testdata/replays/"+name+".txt", fill) {
				t.Run(s.name, func(t *testing.T) {
					a := s.send(t, r.Listener.Addr().String())
					for _, line := range s.want {
						a.check(line)
					}
				})
			}
		})
	}
}
