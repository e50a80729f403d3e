package graphfake

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// traffic meters the requests on one mailbox, for each app apart.
type traffic struct {
	mu   sync.Mutex
	apps map[string]*meter
}

// meter counts what one app does with one mailbox.
type meter struct {
	running int
	peak    int
	window  window
}

// windowParts is how finely the request window is cut.
const windowParts = 60

// window counts requests in the time that has just passed.
type window struct {
	counts [windowParts]int
	last   int64 // number of the newest part
}

// slot is the place of a running request in the concurrency quota.
type slot struct {
	traffic *traffic
	meter   *meter
}

// leave ends the request.
func (s *slot) leave() {
	if s == nil || s.meter == nil {
		return
	}
	s.traffic.mu.Lock()
	s.meter.running--
	s.traffic.mu.Unlock()
}

// enter begins a request of an app on a mailbox, or refuses it. A refused one
// counts as a request all the same.
func (s *Server) enter(sess *session, m *Mailbox) (*slot, *problem) {
	if m == nil {
		return &slot{}, nil
	}
	now := s.opt.Now()
	t := &m.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	app := t.meter(sess.client)
	q := s.opt.Quota
	total := app.window.add(now, q.Per)
	if q.Requests > 0 && total > q.Requests {
		return nil, s.throttled("TooManyRequests", "Please retry again later.", app.window.wait(now, q))
	}
	if q.Concurrent > 0 && app.running >= q.Concurrent {
		return nil, s.throttled("ApplicationThrottled", "Application is over its MailboxConcurrency limit.", q.Pause)
	}
	app.running++
	app.peak = max(app.peak, app.running)
	return &slot{t, app}, nil
}

func (t *traffic) meter(app string) *meter {
	if t.apps == nil {
		t.apps = map[string]*meter{}
	}
	if t.apps[app] == nil {
		t.apps[app] = &meter{}
	}
	return t.apps[app]
}

// throttled makes a 429.
func (s *Server) throttled(code, message string, wait time.Duration) *problem {
	p := refuse(http.StatusTooManyRequests, code, "%s", message)
	p.inner = object{{"code", "429"}, {"message", "Please retry after"}, {"status", "429"}}
	if text := s.retryAfter(wait); text != "" {
		p.header = http.Header{"Retry-After": {text}}
	}
	return p
}

// retryAfter writes the header in the form that the habits ask for.
func (s *Server) retryAfter(wait time.Duration) string {
	switch s.habits().RetryAfter {
	case RetryFraction:
		return fmt.Sprintf("%.3f", wait.Seconds())
	case RetryDate:
		return s.opt.Now().Add(wait + time.Second - 1).UTC().Format(http.TimeFormat)
	case RetryMissing:
		return ""
	}
	return fmt.Sprint(int64((wait + time.Second - 1) / time.Second))
}

// forward drops the parts that are too old.
func (w *window) forward(now time.Time, per time.Duration) {
	part := now.UnixNano() / int64(per/windowParts)
	for n := range min(part-w.last, windowParts) {
		w.counts[floorMod(part-n, windowParts)] = 0
	}
	w.last = max(w.last, part)
}

// add counts a request and returns how many are in the window.
func (w *window) add(now time.Time, per time.Duration) int {
	w.forward(now, per)
	w.counts[floorMod(w.last, windowParts)]++
	return w.total()
}

func (w *window) total() int {
	sum := 0
	for _, n := range w.counts {
		sum += n
	}
	return sum
}

// wait returns the time until the window has room for one request more.
func (w *window) wait(now time.Time, q Quota) time.Duration {
	part := int64(q.Per / windowParts)
	left := w.total()
	for age := int64(windowParts - 1); age >= 0; age-- {
		left -= w.counts[floorMod(w.last-age, windowParts)]
		if left < q.Requests {
			return time.Duration((w.last-age+windowParts)*part - now.UnixNano())
		}
	}
	return q.Per
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
