package graphsync_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// circles leads each page of the listings whose paths match on to itself, by an
// ever-new link.
type circles struct {
	path *regexp.Regexp
	sent int
}

func (c *circles) RoundTrip(r *http.Request) (*http.Response, error) {
	if !c.path.MatchString(r.URL.RequestURI()) {
		return http.DefaultTransport.RoundTrip(r)
	}
	c.sent++
	back := *r.URL
	q := back.Query()
	q.Del("$skiptoken")
	r = r.Clone(r.Context())
	r.URL.RawQuery = q.Encode()
	q.Set("$skiptoken", fmt.Sprint(c.sent))
	back.RawQuery = q.Encode()
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	page := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		return nil, err
	}
	page["@odata.nextLink"] = back.String()
	text, err := json.Marshal(page)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return res, err
}

// TestAuditOfEndlessListings: an audit ends, whatever leads on and on.
func TestAuditOfEndlessListings(t *testing.T) {
	for name, path := range map[string]string{"what takes place": "/calendarView", "the ids": `/events\?.*changeKey`} {
		t.Run(name, func(t *testing.T) {
			r := newAuditRig(t, graphfake.Options{})
			addN(r, 29)
			ids := r.add("twice", 5, nil)
			r.sync()
			// Graph reads it out under this id, too, and lists it under none but its own.
			extra := bridge.Series{Source: bridge.SourceID(ids.Classic), Claim: "extra", Master: bridge.Event{Subject: "extra", Start: auditDay, End: auditDay.Add(time.Hour)}}
			r.apply(bridge.Change{Source: extra.Source, Upsert: &extra})
			c := &circles{path: regexp.MustCompile(path)}
			r.hc.Transport = c
			list, err := r.syncer.Audit(r.t.Context(), r.account, graphsync.AuditOptions{Repair: true})
			if err != nil || len(list) != 1 || list[0].Err == nil || c.sent > 40 {
				t.Errorf("%d requests; %v, %v", c.sent, err, list)
			}
			if n := len(r.objects(r.cal)); n != 31 {
				t.Errorf("%d objects are left, want 31", n)
			}
		})
	}
}

// TestEndlessBulkListings: one is begun again before its events are asked for one
// by one.
func TestEndlessBulkListings(t *testing.T) {
	for rung, otherwise := range map[string]bridge.Kind{"delta": "", "view": "", "listing": bridge.Retry} {
		t.Run(rung, func(t *testing.T) {
			for _, mended := range []bool{true, false} {
				r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, rung)})
				addN(r, 30)
				r.hc.Transport = &circles{path: regexp.MustCompile(`/events\?.*select=(\*|%2A)`)}
				for range 2 {
					if err := r.trySync(false); bridge.KindOf(err) != bridge.Retry {
						t.Errorf("it came to %v", err)
					}
				}
				last := otherwise
				if mended {
					r.hc.Transport, last = nil, ""
				}
				r.fake.ResetCounts()
				if err := r.trySync(false); bridge.KindOf(err) != last {
					t.Errorf("mended %v: in the end it came to %v", mended, err)
				}
				if n := r.fake.Counts().Routes["GET /me/calendars/{cid}/events/{id}"]; mended && n > 0 {
					t.Errorf("%d events were asked for one by one", n)
				}
				if last == "" {
					r.wantSame(r.cal)
				}
			}
		})
	}
}

// TestEndlessListings: they are left, as trouble that passes, and the other
// calendars are followed.
func TestEndlessListings(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: standing(graphfake.Habits{}, "listing")})
	addN(r, 3)
	team := r.box.AddCalendar(graphfake.CalendarInfo{Name: "Team"})
	r.sync()
	_, err := team.Add(graphfake.Event{Subject: "team", Start: auditDay})
	r.must(err)
	c := &circles{path: regexp.MustCompile(regexp.QuoteMeta(url.PathEscape(string(r.mirrored(r.cal).Source))) + "/events.*changeKey")}
	r.hc.Transport = c
	if err := r.trySync(false); bridge.KindOf(err) != bridge.Retry || c.sent > 10 {
		t.Errorf("after %d requests: %v", c.sent, err)
	}
	r.wantSame(r.cal)
	r.wantSame(team)
}
