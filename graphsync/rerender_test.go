package graphsync_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/ics"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// otherVersion is one that no release has.
const otherVersion = 9999

// otherRenderer writes series and online meetings in a way of its own.
var otherRenderer = bridge.Renderer{Version: otherVersion, Render: func(s bridge.Series, env bridge.Env) (bridge.Object, error) {
	o, err := ics.Render(s, env)
	if err != nil || s.Rule == nil {
		return o, err
	}
	o.Body = bytes.ReplaceAll(o.Body, []byte("BEGIN:VEVENT\r\n"), []byte("BEGIN:VEVENT\r\nX-OTHER:1\r\n"))
	o.EventsAt[1] = len(o.Body) - len("END:VCALENDAR\r\n")
	sum := sha256.Sum256(o.Body)
	o.ETag = hex.EncodeToString(sum[:16])
	return o, nil
}}

// otherConversion is a mirror that another version of the conversion writes to:
// it reads every other subject in a way of its own.
type otherConversion struct{ graphsync.Mirror }

func (m otherConversion) Apply(ctx context.Context, r bridge.Round, b bridge.Batch) error {
	b.Converter = otherVersion
	for _, c := range b.Changes {
		if c.Upsert != nil && otherwise(c.Source) {
			c.Upsert.Master.Subject = "other: " + c.Upsert.Master.Subject
		}
	}
	return m.Mirror.Apply(ctx, r, b)
}

func (m otherConversion) Outdated(ctx context.Context, id bridge.CalendarID, _ uint16, n int) ([]bridge.SourceID, int, error) {
	return m.Mirror.Outdated(ctx, id, otherVersion, n)
}

func otherwise(id bridge.SourceID) bool {
	sum := sha256.Sum256([]byte(id))
	return sum[0]%2 == 0
}

// reopen opens the store with another renderer, as another release does.
func (r *rig) reopen(renderer bridge.Renderer) {
	r.t.Helper()
	r.must(r.store.Close())
	r.renderer = renderer
	r.open()
}

// bodies returns what readers get, by name.
func (r *rig) bodies() map[string]string {
	r.t.Helper()
	bodies := map[string]string{}
	for obj, err := range r.store.All(r.t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		bodies[obj.Name] = string(obj.Body)
	}
	return bodies
}

// wantAsFresh compares what is served with what a bridge serves that has only
// ever known this version and the mailbox as it is.
func (r *rig) wantAsFresh() {
	r.t.Helper()
	f := *r
	f.path, f.renderer = filepath.Join(r.t.TempDir(), "fresh.db"), ics.Renderer
	f.secrets = &plainSecrets{store: func() *boltdb.Store { return f.store }}
	f.open()
	defer func() { r.must(f.store.Close()) }()
	_, err := f.store.AddUser(r.t.Context(), "anna")
	r.must(err)
	f.signIn()
	f.sync()
	if d := diff.Diff(f.bodies(), r.bodies()); d != "" {
		r.t.Errorf("(-fresh bridge +this one):\n%s", excerpt(d))
	}
	r.wantSame(r.cal)
}

// rerender renders again to the end, and returns how that went.
func (r *rig) rerender(n int) (state bridge.Rerender) {
	r.t.Helper()
	for more := true; more; {
		var err error
		state, more, err = r.store.Rerender(r.t.Context(), r.mirrored(r.cal).ID, n)
		r.must(err)
	}
	return state
}

// moved returns the names whose ETags differ from those before, which must be
// the ones that the journal tells since the point.
func (r *rig) moved(since bridge.Point, before map[string]string) (names []string) {
	r.t.Helper()
	told := map[string]bool{}
	for c, err := range r.store.Changes(r.t.Context(), r.mirrored(r.cal).ID, since.Seq) {
		r.must(err)
		told[c.Row.Name] = true
	}
	want := map[string]bool{}
	now := r.objects(r.cal)
	for name := range told {
		if before[name] == "" && now[name] == "" { // came and went
			want[name] = true
		}
	}
	for name, etag := range now {
		if before[name] != etag {
			want[name] = true
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := now[name]; !ok {
			want[name] = true
		}
	}
	if d := diff.Diff(want, told); d != "" {
		r.t.Errorf("the journal tells other names than differ (-differ +told):\n%s", excerpt(d))
	}
	return names
}

func TestNewRenderer(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.reopen(otherRenderer)
	r.cal.Generate(150, 5)
	r.sync()
	before, since := r.objects(r.cal), r.mirrored(r.cal).Point
	r.reopen(ics.Renderer)
	if d := diff.Diff(before, r.objects(r.cal)); d != "" || r.mirrored(r.cal).Rerender == nil {
		t.Fatalf("the start alone changed what is served, or did not see the need:\n%s", excerpt(d))
	}
	for range 3 { // killed in the middle, again and again
		_, more, err := r.store.Rerender(t.Context(), r.mirrored(r.cal).ID, 17)
		r.must(err)
		if done := r.mirrored(r.cal).Rerender.Done; !more || done == 0 {
			t.Errorf("after a piece %d are done, more %t", done, more)
		}
		r.restart()
	}
	r.rerender(17)
	moved := r.moved(since, before)
	series := 0
	for row, err := range r.store.Rows(t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		if row.Recurs {
			series++
		}
	}
	for _, body := range r.bodies() {
		if strings.Contains(body, "X-OTHER") {
			t.Error("an object of the other renderer is left")
		}
	}
	if len(moved) != series || series == 0 || series == len(before) {
		t.Errorf("%d objects moved; %d of %d differ between the renderers", len(moved), series, len(before))
	}
	r.sync()
	r.wantAsFresh()
}

// Rounds and readers go on meanwhile, as in a running bridge.
func TestNewRendererWhileRoundsRun(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.reopen(otherRenderer)
	r.cal.Generate(150, 6)
	r.sync()
	r.reopen(ics.Renderer)
	before, since := r.objects(r.cal), r.mirrored(r.cal).Point
	id := r.mirrored(r.cal).ID
	var done atomic.Bool
	var work sync.WaitGroup
	work.Go(func() {
		defer done.Store(true)
		for more := true; more; {
			var err error
			if _, more, err = r.store.Rerender(t.Context(), id, 3); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := 0; i < 4 || !done.Load(); i++ {
		ids := r.add(fmt.Sprint("while rendering ", i), 1+i%28, weeklySeries)
		r.must(r.trySync(i == 2))
		r.must(r.box.Patch(ids.Classic, `{"subject":"changed"}`))
		r.must(r.trySync(false))
		if i%2 == 1 {
			r.must(r.box.Delete(ids.Classic))
		}
	}
	work.Wait()
	r.sync()
	r.rerender(50)
	r.moved(since, before)
	r.wantAsFresh()
}

func TestNewEnv(t *testing.T) {
	now := time.Date(2026, 12, 30, 12, 0, 0, 0, time.UTC)
	r := newRig(t, graphfake.Options{Now: func() time.Time { return now }})
	r.now = func() time.Time { return now }
	r.restart()
	r.cal.Generate(60, 8)
	r.add("of an unknown zone", 4, func(e *graphfake.Event) {
		e.Extra = `{"originalStartTimeZone":"tzone://Microsoft/Custom","originalEndTimeZone":"tzone://Microsoft/Custom"}`
	})
	cairo, err := time.LoadLocation("Africa/Cairo")
	r.must(err)
	r.add("every week in Cairo", 5, func(e *graphfake.Event) {
		weeklySeries(e)
		e.Start, e.TimeZone = time.Date(2026, 3, 5, 10, 0, 0, 0, cairo), "Egypt Standard Time"
	})
	r.sync()
	for _, c := range []struct {
		what   string
		change func()
		want   int // objects that differ, at least
	}{
		{"the mailbox's zone", func() { r.must(r.box.SetTimeZone("Tokyo Standard Time")) }, 1},
		{"a new year", func() { now = now.AddDate(0, 0, 3) }, 1},
		{"an hour later", func() { now = now.Add(time.Hour) }, 0},
	} {
		before, since := r.objects(r.cal), r.mirrored(r.cal).Point
		c.change()
		r.restart()
		r.sync()
		if (r.mirrored(r.cal).Rerender != nil) != (c.want > 0) {
			t.Errorf("%s: rerender %+v", c.what, r.mirrored(r.cal).Rerender)
		}
		if d := diff.Diff(before, r.objects(r.cal)); d != "" {
			t.Errorf("%s: it moved before it was rendered:\n%s", c.what, excerpt(d))
		}
		r.rerender(10)
		if moved := r.moved(since, before); len(moved) < c.want || len(moved) > 10*c.want {
			t.Errorf("%s: %d objects of %d moved", c.what, len(moved), len(before))
		}
		r.wantAsFresh()
	}
}

// cutOff ends the context after some requests: what a kill does to a round.
type cutOff struct {
	left atomic.Int64
	stop context.CancelFunc
}

func (c *cutOff) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.left.Add(-1) < 0 {
		c.stop()
		return nil, context.Canceled
	}
	return http.DefaultTransport.RoundTrip(req)
}

func TestNewConverter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := newRig(t, graphfake.Options{Now: func() time.Time { return now }, Quota: graphfake.Quota{Concurrent: 4}})
	r.now = func() time.Time { return now }
	r.restart()
	r.cal.Generate(1000, 9)
	r.syncer.Mirror = otherConversion{r.store}
	r.sync()
	before, since := r.objects(r.cal), r.mirrored(r.cal).Point

	most := 0
	round := func(i int) {
		t.Helper()
		r.restart()
		r.fake.ResetCounts()
		now = now.Add(time.Minute)
		if i%2 == 0 { // cut off in the middle
			ctx, stop := context.WithCancel(t.Context())
			c := &cutOff{stop: stop}
			c.left.Store(60)
			r.syncer.HTTP = &http.Client{Transport: c}
			if err := r.syncer.Sync(ctx, r.account, graphsync.Options{}); err == nil && i < 6 {
				t.Error("the round was not cut off")
			}
		} else {
			r.sync()
		}
		most = max(most, r.fake.Counts().Total)
	}
	left := -1
	for i := 0; r.mirrored(r.cal).Converter != graphsync.ConverterVersion; i++ {
		round(i)
		if i > 30 {
			t.Fatalf("%d of %d events are left after %d rounds", r.mirrored(r.cal).Outdated, len(before), i)
		}
		if n := r.mirrored(r.cal).Outdated; i == 2 && (n == 0 || n == left) {
			t.Errorf("outdated %d, then %d", left, n)
		} else {
			left = n
		}
	}
	t.Logf("%d events read again, %d requests in a round at most", len(before), most)
	if most > 1000 {
		t.Errorf("a round of %d requests", most)
	}
	changed := 0
	for _, name := range r.moved(since, before) {
		changed++
		if before[name] == "" {
			t.Errorf("%s is new", name)
		}
	}
	if changed == 0 || changed == len(before) {
		t.Errorf("%d of %d objects moved", changed, len(before))
	}
	r.wantAsFresh()
	r.fake.ResetCounts()
	r.sync()
	if n := r.fake.Counts().Routes["GET /me/calendars/{cid}/events/{id}"]; n != 0 {
		t.Errorf("%d events are read again although all are of this version", n)
	}
}
