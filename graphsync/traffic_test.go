package graphsync

import (
	"testing"
	"time"

	"calbridge/bridge"
)

func TestTrafficOfTheLastHour(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	c := newTraffic(func() time.Time { return now })
	for range 90 { // one a minute, every third put off
		c.request(200, false)
		if now.Minute()%3 == 0 {
			c.request(429, true)
		}
		now = now.Add(time.Minute)
	}
	now = now.Add(-time.Minute)
	got := c.read()
	if got.LastHour != 80 || got.Throttled != 20 {
		t.Errorf("%d requests and %d put off in the last hour, want 80 and 20", got.LastHour, got.Throttled)
	}
	if got.Requests["ok"] != 90 || got.Requests["throttled"] != 30 {
		t.Errorf("in all %v", got.Requests)
	}
	now = now.Add(2 * time.Hour)
	if got := c.read(); got.LastHour != 0 {
		t.Errorf("two hours later still %d", got.LastHour)
	}
}

func TestTrafficOutcomes(t *testing.T) {
	c := newTraffic(time.Now)
	for status, throttled := range map[int]bool{0: false, 200: false, 404: false, 429: true, 503: true, 500: false} {
		c.request(status, throttled)
	}
	c.round(time.Second, nil)
	c.round(2*time.Second, &bridge.Fault{Kind: bridge.Retry})
	got := c.read()
	for outcome, want := range map[string]uint64{"unreachable": 1, "ok": 1, "refused": 1, "throttled": 2, "failed": 1} {
		if got.Requests[outcome] != want {
			t.Errorf("%s: %d requests, want %d", outcome, got.Requests[outcome], want)
		}
	}
	if got.Rounds["ok"] != 1 || got.Rounds["retry"] != 1 || got.Took != 2*time.Second {
		t.Errorf("rounds %v, the latest took %v", got.Rounds, got.Took)
	}
}
