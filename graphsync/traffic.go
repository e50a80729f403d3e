package graphsync

import (
	"maps"
	"net/http"
	"sync"
	"time"

	"calbridge/bridge"
)

// Traffic is what an account's rounds and requests came to since the process
// began.
type Traffic struct {
	Requests map[string]uint64 // by outcome: ok, throttled, refused, failed, unreachable
	Rounds   map[string]uint64 // by outcome: ok, or the kind of what went wrong
	Took     time.Duration     // the latest round

	LastHour  int // requests of the last 60 minutes
	Throttled int // those of them that Microsoft put off
}

// traffic counts. It is safe for concurrent use.
type traffic struct {
	now func() time.Time

	mu      sync.Mutex
	total   Traffic
	minutes [60]minute
}

// minute counts the requests of one minute of the clock.
type minute struct {
	at             int64 // minutes since 1970
	all, throttled int
}

func newTraffic(now func() time.Time) *traffic {
	return &traffic{now: now, total: Traffic{Requests: map[string]uint64{}, Rounds: map[string]uint64{}}}
}

// request counts one request; see graph.Client.Count.
func (t *traffic) request(status int, throttled bool) {
	at := t.now().Unix() / 60
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total.Requests[outcomeOf(status, throttled)]++
	m := &t.minutes[at%60]
	if m.at != at {
		*m = minute{at: at}
	}
	m.all++
	if throttled {
		m.throttled++
	}
}

func outcomeOf(status int, throttled bool) string {
	switch {
	case throttled:
		return "throttled"
	case status == 0:
		return "unreachable"
	case status < http.StatusBadRequest:
		return "ok"
	case status < http.StatusInternalServerError:
		return "refused"
	}
	return "failed"
}

// round counts one round.
func (t *traffic) round(took time.Duration, err error) {
	outcome := "ok"
	if err != nil {
		outcome = string(bridge.KindOf(err))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total.Rounds[outcome]++
	t.total.Took = took
}

// read returns a copy of all counts.
func (t *traffic) read() Traffic {
	now := t.now().Unix() / 60
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.total
	out.Requests, out.Rounds = maps.Clone(out.Requests), maps.Clone(out.Rounds)
	for _, m := range t.minutes {
		if m.at > now-60 {
			out.LastHour += m.all
			out.Throttled += m.throttled
		}
	}
	return out
}

// Traffic returns what an account's rounds and requests came to so far.
func (s *Syncer) Traffic(id bridge.AccountID) Traffic {
	s.mu.Lock()
	m := s.boxes[id]
	s.mu.Unlock()
	if m == nil {
		return Traffic{}
	}
	return m.traffic.read()
}
