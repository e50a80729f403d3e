//go:build unix

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"calbridge/bridge/ics"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// kills is how often TestKilledAtAnyMoment kills. For a long run:
//
//	go test ./cmd/calbridge -run TestKilledAtAnyMoment -kills 500
var kills = flag.Int("kills", 20, "how often to kill the bridge")

// victim is a bridge that is killed again and again, and the mailbox that it
// follows.
type victim struct {
	t      *testing.T
	fake   *graphfake.Server
	cal    *graphfake.Calendar
	env    []string
	data   string
	random *rand.Rand

	countdown atomic.Int64 // requests until the next kill
	due       chan struct{}
	client    *http.Client
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	return newVictimAt(t, filepath.Join(t.TempDir(), "data"))
}

// newVictimAt makes a victim with its data folder at a path.
func newVictimAt(t *testing.T, data string) *victim {
	t.Helper()
	v := &victim{t: t, data: data, fake: graphfake.New(graphfake.Options{DeltaPageSize: 20, MaxDeltaPageSize: 20}), random: rand.New(rand.NewPCG(20, 26)),
		due: make(chan struct{}, 1), client: &http.Client{Timeout: 20 * time.Second}}
	box, err := v.fake.AddMailbox(graphfake.MailboxInfo{Person: graphfake.Person{Name: "Anna", Address: graphfake.SeedAddress}, TimeZone: "W. Europe Standard Time"})
	if err != nil {
		t.Fatal(err)
	}
	v.cal = box.Default()
	v.cal.Generate(250, 11)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v.countdown.Add(-1) == 0 {
			v.due <- struct{}{}
		}
		v.fake.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	dir := t.TempDir()
	v.env = append(os.Environ(), "HOME="+dir, "CALBRIDGE_DATA="+data, "CALBRIDGE_LISTEN=127.0.0.1:0", "CALBRIDGE_LOG_FORMAT=json",
		"CALBRIDGE_SYNC_ACTIVE=100ms", "CALBRIDGE_SYNC_IDLE=100ms", "CALBRIDGE_MICROSOFT_GRAPH_URL="+web.URL, "CALBRIDGE_MICROSOFT_LOGIN_URL="+web.URL)
	v.connect(web.URL)
	return v
}

// connect stores a sign-in, as login does at its end.
func (v *victim) connect(url string) {
	tokens := v.fake.SignIn(graphfake.SeedAddress, "client", graphsync.Scopes...)
	token, err := json.Marshal(map[string]any{"access_token": tokens.Access, "refresh_token": tokens.Refresh, "expiry": time.Now().Add(time.Hour)})
	if err != nil {
		v.t.Fatal(err)
	}
	s := saveSignInCmd{Token: token}
	s.Account.Kind, s.Account.Address, s.Account.User = "graph", graphfake.SeedAddress, "anna"
	s.Account.Registration.ClientID, s.Account.Registration.Tenant = "client", "common"
	s.Account.Registration.LoginURL, s.Account.Registration.GraphURL = url, url
	v.run(s.args(v.t)...)
}

func (s *saveSignInCmd) args(t *testing.T) []string {
	args, err := s.forwarded()
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// run runs a command to its end and returns what it printed.
func (v *victim) run(args ...string) string {
	v.t.Helper()
	cmd := exec.Command("calbridge", args...)
	cmd.Env = v.env
	var talk strings.Builder
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		v.t.Fatalf("calbridge %s: %v\n%s", args[0], err, talk.String())
	}
	return string(out)
}

// try runs a command to its end, whatever that is.
func (v *victim) try(args ...string) (text string, code int) {
	cmd := exec.Command("calbridge", args...)
	cmd.Env = v.env
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	return string(out), code
}

func mustLook(t *testing.T) string {
	path, err := exec.LookPath("calbridge")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// liveUntil runs a bridge until it has made n requests, with a reader all the
// time, and then kills it.
func (v *victim) liveUntil(n int, feed string, least int) {
	v.t.Helper()
	path := mustLook(v.t)
	v.countdown.Store(int64(n))
	p, err := start(path, []string{"serve"}, v.env, "")
	if err != nil {
		v.t.Fatal(err)
	}
	address, ok := p.find(listening)
	if !ok {
		text, err := p.wait()
		v.t.Fatalf("the bridge does not start: %v\n%s", err, text)
	}
	ctx, stop := context.WithCancel(v.t.Context())
	var reader sync.WaitGroup
	if feed != "" {
		reader.Go(func() { v.read(ctx, "http://"+address+feed, least) })
	}
	<-v.due
	p.signal(syscall.SIGSTOP)
	v.checkCopy()
	p.signal(syscall.SIGKILL)
	_, _ = p.wait()
	stop()
	reader.Wait()
}

// checkCopy copies the store as it is at this moment, as a power cut would leave
// it, and runs bbolt's own check over it.
func (v *victim) checkCopy() {
	v.t.Helper()
	text, err := os.ReadFile(filepath.Join(v.data, "calbridge.db"))
	if err != nil {
		v.t.Fatal(err)
	}
	path := filepath.Join(v.t.TempDir(), "copy.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = os.Remove(path) }()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		v.t.Errorf("a copy of the store cannot be opened: %v", err)
		return
	}
	defer func() { _ = db.Close() }()
	err = db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			v.t.Errorf("a copy of the store is damaged: %v", err)
		}
		return nil
	})
	if err != nil {
		v.t.Error(err)
	}
}

// read fetches the feed again and again: it is whole, or not there yet.
func (v *victim) read(ctx context.Context, url string, least int) {
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			v.t.Error(err)
			return
		}
		res, err := v.client.Do(req)
		if err != nil {
			continue // killed
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		switch {
		case err != nil: // killed
		case res.StatusCode == http.StatusServiceUnavailable && least == 0:
		case res.StatusCode != http.StatusOK:
			v.t.Errorf("the feed answers %s", res.Status)
		case masters(string(body)) < max(least, 250):
			v.t.Errorf("a reader saw %d of %d events", masters(string(body)), max(least, 250))
		}
	}
}

// masters counts the events of a calendar file, series once.
func masters(body string) int {
	return strings.Count(body, "\r\nBEGIN:VEVENT\r\n") - strings.Count(body, "\r\nRECURRENCE-ID")
}

// TestKilledAtAnyMoment kills the bridge during the first sync and during
// rounds. Each start goes on where the last one was, and no reader ever sees
// half a calendar.
func TestKilledAtAnyMoment(t *testing.T) {
	v := newVictim(t)
	v.liveUntil(10, "", 0) // long enough to know that there is a calendar
	var feed newFeed
	if err := json.Unmarshal([]byte(v.run("feed", "new", "--json")), &feed); err != nil {
		t.Fatal(err)
	}
	path := feed.URL[strings.Index(feed.URL, "/feeds/"):]
	for range 10 {
		v.liveUntil(5+v.random.IntN(14), path, 0)
	}
	v.run("sync")
	v.wantSame()
	for i := range max(*kills-10, 1) {
		for range 12 {
			v.edit()
		}
		v.liveUntil(1+v.random.IntN(20), path, 250)
		if i%50 == 49 {
			v.run("sync")
			v.wantSame()
		}
	}
	v.run("sync")
	v.wantSame()
}

// TestKilledWhileRenderingAgain kills a bridge that renders its events again, with
// rounds and a reader beside it. In the end all of it is done, and no reader saw
// less than everything.
func TestKilledWhileRenderingAgain(t *testing.T) {
	v := newVictim(t)
	v.cal.Generate(1500, 12)
	v.run("sync")
	zoneinfo := t.TempDir()
	v.env = append(v.env, "ZONEINFO="+zoneinfo)
	var feed newFeed
	if err := json.Unmarshal([]byte(v.run("feed", "new", "--json")), &feed); err != nil {
		t.Fatal(err)
	}
	var caught []string
	for i := range 12 {
		release := fmt.Sprintf("# version 2099%c\n", 'a'+i/3) // each is gone on with twice
		if err := os.WriteFile(filepath.Join(zoneinfo, "tzdata.zi"), []byte(release), 0o600); err != nil {
			t.Fatal(err)
		}
		v.edit()
		v.liveUntil(1+v.random.IntN(20), feed.URL[strings.Index(feed.URL, "/feeds/"):], 1750)
		caught = append(caught, cmp.Or(regexp.MustCompile(`\d+ of \d+ done`).FindString(v.run("status")), "the end"))
	}
	t.Logf("killed at %s", strings.Join(caught, ", "))
	v.run("sync")
	if text := v.run("status"); strings.Contains(text, "rendered again") || !strings.Contains(text, "2099d") {
		t.Errorf("after all of it:\n%s", text)
	}
	v.wantSame()
}

// edit changes or adds an event: none goes, so that a reader can count.
func (v *victim) edit() {
	list := v.cal.Instances(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	i := list[v.random.IntN(len(list))]
	var err error
	if v.random.IntN(3) == 0 {
		_, err = v.cal.Add(graphfake.Event{Subject: fmt.Sprint("added ", v.random.IntN(1000)), Start: i.Start.Truncate(time.Hour)})
	} else {
		err = v.fake.Mailbox(graphfake.SeedAddress).Patch(i.IDs.Classic, fmt.Sprintf(`{"subject":"renamed %d"}`, v.random.IntN(1000)))
	}
	if err != nil {
		v.t.Fatal(err)
	}
}

// wantSame compares what is served with what the mailbox shows.
func (v *victim) wantSame() {
	v.t.Helper()
	from, to := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC)
	found, err := ics.Expand([]byte(v.run("export", v.cal.Name())), from, to)
	if err != nil {
		v.t.Fatal(err)
	}
	var want, got []string
	for _, i := range v.cal.Instances(from, to) {
		want = append(want, i.Start.UTC().Format(time.RFC3339)+" "+i.End.UTC().Format(time.RFC3339)+" "+i.Subject)
	}
	for _, i := range found {
		got = append(got, i.Start.UTC().Format(time.RFC3339)+" "+i.End.UTC().Format(time.RFC3339)+" "+i.Subject)
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := diff.Diff(want, got); d != "" {
		v.t.Errorf("(-Outlook +mirror):\n%s", d[:min(len(d), 3000)])
	}
}
