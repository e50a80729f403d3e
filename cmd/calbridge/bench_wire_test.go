package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// wire is one connection to a server, with as little client as there can be. It
// connects again where the server ends a connection with each answer.
type wire struct {
	host  string
	conn  net.Conn
	in    *bufio.Reader
	ended bool
}

func dial(host string) (*wire, error) {
	w := &wire{host: host, in: bufio.NewReaderSize(nil, 256<<10)}
	return w, w.connect()
}

func (w *wire) connect() (err error) {
	if w.conn != nil {
		_ = w.conn.Close()
	}
	if w.conn, err = net.Dial("tcp", w.host); err == nil {
		w.in.Reset(w.conn)
	}
	return err
}

// reply is an answer, without its body.
type reply struct {
	status int
	etag   string
	octets int64
}

// ask sends ready octets and reads the answer; its body goes to out.
func (w *wire) ask(request []byte, out io.Writer) (reply, error) {
	if w.ended {
		if err := w.connect(); err != nil {
			return reply{}, err
		}
	}
	if _, err := w.conn.Write(request); err != nil {
		return reply{}, err
	}
	res, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return reply{}, err
	}
	n, err := io.Copy(out, res.Body)
	w.ended = res.Close
	return reply{res.StatusCode, res.Header.Get("ETag"), n}, err
}

// operation is one thing that a client does.
type operation struct {
	name   string
	method string
	path   string
	header []string
	body   string
	status int
	before func() error // what has to happen before each request
}

func (o *operation) request(host, user, password string) []byte {
	b := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\nContent-Type: application/xml\r\n",
		o.method, o.path, host, base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	for i := 0; i+1 < len(o.header); i += 2 {
		b = fmt.Appendf(b, "%s: %s\r\n", o.header[i], o.header[i+1])
	}
	return fmt.Appendf(b, "Content-Length: %d\r\n\r\n%s", len(o.body), o.body)
}

// cpu returns the processor time that a process has taken, in nanoseconds; 0
// where the system does not tell.
func cpu(pid int) (sum int64) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, name := range threads {
		text, _ := os.ReadFile(name)
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			n, _ := strconv.ParseInt(fields[0], 10, 64)
			sum += n
		}
	}
	return sum
}

// ticks is cpu for a process whose threads come and go; it counts by hundredths
// of a second.
func ticks(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return (user + system) * 10_000_000
}

// anonymous returns the anonymous memory of a process in MB; 0 where the system
// does not tell.
func anonymous(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kB, _ := strconv.ParseFloat(fields[0], 64)
	return kB / 1000
}

// peak samples a process's anonymous memory until stop is called, which returns
// the most that was seen.
func peak(b *testing.B, pid int) (stop func() float64) {
	b.Helper()
	done, most := make(chan struct{}), make(chan float64)
	go func() {
		top := anonymous(pid)
		for {
			select {
			case <-done:
				most <- top
				return
			case <-tick():
				top = max(top, anonymous(pid))
			}
		}
	}()
	return func() float64 {
		close(done)
		return <-most
	}
}
