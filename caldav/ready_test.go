package caldav_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"calbridge/bridge"
	"calbridge/caldav"
)

// readings counts the objects that are read from a library.
type readings struct {
	caldav.Library
	read *atomic.Int64
}

func (c readings) Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error] {
	c.read.Add(int64(len(names)))
	return c.Library.Objects(ctx, id, names)
}

// asStored checks that a report tells each object with the bytes and the ETag
// that it has in the store.
func (r *rig) asStored(m *multistatus, want int) {
	r.t.Helper()
	if len(m.Rows) != want {
		r.t.Fatalf("%d rows, want %d", len(m.Rows), want)
	}
	for _, row := range m.Rows {
		name := strings.TrimSuffix(strings.TrimPrefix(row.Hrefs[0], r.calPath()), ".ics")
		for o, err := range r.store.Objects(context.Background(), r.cal.ID, []string{name}) {
			found := row.found()
			switch {
			case err != nil:
				r.t.Fatal(err)
			case o.Body == nil && row.Status != "HTTP/1.1 404 Not Found":
				r.t.Errorf("%s is gone: %+v", name, row)
			case o.Body != nil && (found["calendar-data"].Text != string(o.Body) || found["getetag"].Text != `"`+o.ETag+`"`):
				r.t.Errorf("%s is not as it is stored: %+v", name, row)
			}
		}
	}
}

func TestWhatIsReadyIsAsStored(t *testing.T) {
	r := newRig(t)
	var read atomic.Int64
	r.handler.Library = readings{r.store, &read}
	var hrefs []string
	var all []*bridge.Series
	for i := range 50 {
		all = append(all, event(fmt.Sprint(i), "a&b <one>", "2026-03-04T10:00"))
		hrefs = append(hrefs, r.objPath(fmt.Sprint(i)))
	}
	changed := func(i int, subject string) bridge.Change {
		return upserts(event(fmt.Sprint(i), subject, "2026-03-05T10:00"))[0]
	}
	for _, step := range []struct {
		what    string
		changes []bridge.Change
		full    bool
		reads   int64 // the multiget, then the query
		left    int
	}{
		{"first", upserts(all...), false, 50, 50},
		{"again", nil, false, 0, 50},
		{"one changed", []bridge.Change{changed(7, "two")}, false, 1, 50},
		{"one gone", []bridge.Change{gone("7")}, false, 1, 49}, // its 404
		{"one back", []bridge.Change{changed(7, "three")}, false, 1, 50},
		{"all afresh, two changed", append(upserts(all[2:]...), changed(0, "x"), changed(1, "y")), true, 3, 50},
	} {
		read.Store(0)
		r.round(r.cal.ID, step.full, step.changes...)
		r.asStored(r.multiget(r.calPath(), hrefs...), 50)
		r.asStored(r.report("C:calendar-query", queryData("", timeRange("2026-03-01T00:00", "2026-04-01T00:00"))).multistatus(), step.left)
		if n := read.Load(); n != step.reads {
			t.Errorf("%s: %d objects were read, want %d", step.what, n, step.reads)
		}
	}
	// Whoever wants parts gets parts, before and after.
	for range 2 {
		part := r.dataOf(r.report("C:calendar-multiget", `<D:prop><C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY"/></C:comp></C:comp></C:calendar-data></D:prop><D:href>`+hrefs[3]+`</D:href>`))
		if strings.Contains(part, "DTSTART") || !strings.Contains(part, "SUMMARY") {
			t.Errorf("a part of an object: %s", part)
		}
	}
}

// More than is kept goes through all the same, and what is kept stays right.
func TestMoreThanIsKeptReady(t *testing.T) {
	r := newRig(t)
	var read atomic.Int64
	r.handler.Library = readings{r.store, &read}
	const n = 700 // of 30 kB each
	var hrefs []string
	var all []*bridge.Series
	for i := range n {
		s := event(fmt.Sprint(i), "large", "2026-03-04T10:00")
		s.Master.Text = strings.Repeat("0123456789 ", 2700)
		all = append(all, s)
		hrefs = append(hrefs, r.objPath(fmt.Sprint(i)))
	}
	r.change(upserts(all...)...)
	for range 2 {
		r.asStored(r.multiget(r.calPath(), hrefs...), n)
	}
	if got := read.Load(); got != 2*n {
		t.Errorf("%d objects were read, want %d", got, 2*n)
	}
	read.Store(0)
	for range 3 {
		r.asStored(r.multiget(r.calPath(), hrefs[:6]...), 6)
	}
	if got := read.Load(); got != 6 {
		t.Errorf("%d objects were read, want 6", got)
	}
}

// A reader that saw one state of an object never sees an earlier one, however
// many read while it changes.
func TestWhatIsReadyNeverGoesBack(t *testing.T) {
	const objects, rounds, readers = 8, 60, 3
	r := newRig(t)
	state := func(n int) (changes []bridge.Change) {
		for i := range objects {
			if (n+i)%3 != 0 || n == 0 {
				changes = append(changes, upserts(event(fmt.Sprint(i), fmt.Sprintf("state %06d", n), "2026-03-04T10:00"))...)
			}
		}
		return changes
	}
	r.change(state(0)...)
	var hrefs strings.Builder
	for i := range objects {
		hrefs.WriteString("<D:href>" + r.objPath(fmt.Sprint(i)) + "</D:href>")
	}
	body := "<C:calendar-multiget" + namespaces + ">" + prop("D:getetag", "C:calendar-data") + hrefs.String() + "</C:calendar-multiget>"
	done := make(chan struct{})
	var wait sync.WaitGroup
	for range readers {
		wait.Go(func() {
			last := map[string]string{}
			for {
				rec, _ := r.serve("REPORT", r.calPath(), strings.NewReader(body))
				if rec.Code != http.StatusMultiStatus {
					t.Errorf("status %d", rec.Code)
					return
				}
				for i, row := range strings.Split(rec.Body.String(), "</D:response>")[:objects] {
					_, rest, _ := strings.Cut(row, "SUMMARY:state ")
					if now := rest[:6]; now < last[fmt.Sprint(i)] {
						t.Errorf("object %d went from state %s to %s", i, last[fmt.Sprint(i)], now)
					} else {
						last[fmt.Sprint(i)] = now
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := range rounds {
		r.change(state(n + 1)...)
	}
	close(done)
	wait.Wait()
	r.asStored(r.report("C:calendar-multiget", prop("D:getetag", "C:calendar-data")+hrefs.String()).multistatus(), objects)
}

// Of what is forgotten nothing stays ready, and of the rest everything.
func TestWhatIsForgottenIsNotReady(t *testing.T) {
	r := newRig(t, event("0", "one", "2026-03-04T10:00"))
	var read atomic.Int64
	r.handler.Library = readings{r.store, &read}
	for i, forget := range []string{"", string(r.cal.ID), "another"} {
		for range 2 {
			r.asStored(r.multiget(r.calPath(), r.objPath("0")), 1)
		}
		if n, want := read.Load(), int64(i+1); n != want {
			t.Errorf("%d objects were read, want %d", n, want)
		}
		if err := r.handler.Forget(forget); err != nil {
			t.Fatal(err)
		}
	}
	r.asStored(r.multiget(r.calPath(), r.objPath("0")), 1)
	if n := read.Load(); n != 3 {
		t.Errorf("%d objects were read, though another calendar was forgotten", n)
	}
}

// following is a library that calls back when it has told what changed.
type following struct {
	caldav.Library
	told func()
}

func (f following) Changes(ctx context.Context, id bridge.CalendarID, since bridge.Seq) iter.Seq2[bridge.Changed, error] {
	return func(yield func(bridge.Changed, error) bool) {
		f.Library.Changes(ctx, id, since)(yield)
		f.told()
	}
}

// A reader whose request found the calendar at one point gets nothing of before
// that, also where a slower request brings what is ready to an earlier point.
func TestWhatIsReadyIsNoOlderThanItsRequest(t *testing.T) {
	r := newRig(t, event("0", "state 0", "2026-03-04T10:00"), event("1", "state 0", "2026-03-04T10:00"))
	body := "<C:calendar-multiget" + namespaces + ">" + prop("C:calendar-data") + "<D:href>" + r.objPath("0") + "</D:href></C:calendar-multiget>"
	read := func() string {
		rec, _ := r.serve("REPORT", r.calPath(), strings.NewReader(body))
		return rec.Body.String()
	}
	reached, release, slow := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	r.handler.Library = following{r.store, func() {
		switch calls.Add(1) {
		case 1: // of the slow request
			close(reached)
			<-release
		case 2: // of the one that comes later
			close(release)
			<-slow
		}
	}}
	read()
	r.change(upserts(event("1", "state 1", "2026-03-04T10:00"))...)
	go func() {
		defer close(slow)
		read()
	}()
	<-reached
	r.change(upserts(event("0", "state 2", "2026-03-04T10:00"))...)
	if got := read(); !strings.Contains(got, "state 2") {
		t.Errorf("after a change: %s", got)
	}
}
