package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"calbridge/bridge"
	"calbridge/bridge/boltdb"
	"calbridge/bridge/ics"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// TestMain lets the test binary stand in for calbridge, so that tests run it as
// the process that it is.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"calbridge": main, "floor": floor})
}

// TestScripts runs the transcripts of testdata/script. Each has an emulated
// mailbox of its own at $GRAPH, and a data folder of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": startProcess, "waitfor": waitFor, "stop": stopProcess, "ended": endedProcess,
			"approve": approve, "outlook": outlook, "unplug": unplug, "secret": secret, "browse": browse, "damage": damage, "exits": exits,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

type scriptMailbox struct {
	fake      *graphfake.Server
	box       *graphfake.Mailbox
	web       *httptest.Server
	processes map[string]*background
}

func setupScript(env *testscript.Env) error {
	m := &scriptMailbox{processes: map[string]*background{}, fake: graphfake.New(graphfake.Options{Sign: graphfake.SignOptions{DeviceInterval: time.Second, ClientSecret: "s3cret-of-the-app"}})}
	box, err := m.fake.Seed(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	if err != nil {
		return err
	}
	if _, err := m.fake.AddMailbox(graphfake.MailboxInfo{Person: graphfake.Person{Name: "Bob", Address: "bob@contoso.example"}, Calendar: "Bob's days"}); err != nil {
		return err
	}
	m.box, m.web = box, httptest.NewServer(m.fake)
	env.Defer(m.web.Close)
	env.Defer(func() {
		for _, p := range m.processes {
			p.signal(syscall.SIGKILL)
			_, _ = p.wait()
		}
	})
	env.Values["mailbox"] = m
	env.Setenv("GRAPH", m.web.URL)
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("TZ", "UTC")
	env.Setenv("CALBRIDGE_DATA", filepath.Join(env.WorkDir, "data"))
	env.Setenv("CALBRIDGE_MICROSOFT_GRAPH_URL", m.web.URL)
	env.Setenv("CALBRIDGE_MICROSOFT_LOGIN_URL", m.web.URL)
	env.Setenv("CALBRIDGE_MICROSOFT_CLIENT_ID", "11111111-1111-1111-1111-111111111111")
	env.Setenv("CALBRIDGE_LISTEN", "127.0.0.1:0")
	return nil
}

func mailboxOf(ts *testscript.TestScript) *scriptMailbox { return ts.Value("mailbox").(*scriptMailbox) }

// start NAME ARGS… runs calbridge in the background.
func startProcess(ts *testscript.TestScript, neg bool, args []string) {
	path, err := exec.LookPath("calbridge")
	if err != nil {
		path = filepath.Join(ts.Getenv("WORK"), "..", "bin", "calbridge")
	}
	var env []string
	for _, name := range []string{"PATH", "HOME", "TZ", "CALBRIDGE_DATA", "CALBRIDGE_LISTEN", "CALBRIDGE_LOG_FORMAT",
		"CALBRIDGE_MICROSOFT_GRAPH_URL", "CALBRIDGE_MICROSOFT_LOGIN_URL", "CALBRIDGE_MICROSOFT_CLIENT_ID"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	p, err := start(path, args[1:], env, ts.Getenv("WORK"))
	ts.Check(err)
	mailboxOf(ts).processes[args[0]] = p
}

func processOf(ts *testscript.TestScript, name string) *background {
	p := mailboxOf(ts).processes[name]
	if p == nil {
		ts.Fatalf("no process %s", name)
	}
	return p
}

// waitfor NAME REGEXP waits until what a process printed matches; a group sets
// $FOUND.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	found, ok := processOf(ts, args[0]).find(regexp.MustCompile(args[1]))
	if !ok {
		text, err := processOf(ts, args[0]).wait()
		ts.Fatalf("%s ended (%v) without %s:\n%s", args[0], err, args[1], text)
	}
	ts.Setenv("FOUND", found)
}

// stop NAME asks a process to end; ended NAME waits until it does by itself.
// Both want it to end well, and leave what it printed in a file NAME.out.
func stopProcess(ts *testscript.TestScript, neg bool, args []string) {
	processOf(ts, args[0]).signal(syscall.SIGINT)
	endedProcess(ts, neg, args)
}

func endedProcess(ts *testscript.TestScript, neg bool, args []string) {
	text, err := processOf(ts, args[0]).wait()
	if err != nil {
		ts.Fatalf("%s: %v\n%s", args[0], err, text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), []byte(text), 0o600))
}

// exits CODE ARGS… runs calbridge and wants that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	code := 0
	if err := ts.Exec("calbridge", args[1:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		code = e.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("calbridge %s: exit code %d, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// approve NAME enters the device code that a process shows.
func approve(ts *testscript.TestScript, neg bool, args []string) {
	waitFor(ts, neg, []string{args[0], `enter the code  (\S+)`})
	ts.Check(mailboxOf(ts).fake.ApproveDevice(ts.Getenv("FOUND"), graphfake.SeedAddress))
}

// browse NAME opens the address that a process shows, accepts, and goes where
// the browser is sent then.
func browse(ts *testscript.TestScript, neg bool, args []string) {
	waitFor(ts, neg, []string{args[0], `(http\S+/authorize\S+)\s`})
	address, query, _ := strings.Cut(ts.Getenv("FOUND"), "?")
	form, err := url.ParseQuery(query)
	ts.Check(err)
	form.Set("decision", "accept")
	form.Set("address", graphfake.SeedAddress)
	res, err := http.PostForm(address, form)
	ts.Check(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("the browser ends at %s", res.Status)
	}
}

// outlook add SUBJECT | soon SUBJECT | nonsense ID edits the mailbox.
func outlook(ts *testscript.TestScript, neg bool, args []string) {
	cal := mailboxOf(ts).box.Default()
	var err error
	switch args[0] {
	case "add":
		_, err = cal.Add(graphfake.Event{Subject: args[1], Start: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)})
	case "soon":
		_, err = cal.Add(graphfake.Event{Subject: args[1], Start: time.Now().Add(48 * time.Hour).Truncate(time.Hour)})
	case "nonsense":
		_, err = cal.AddRaw(fmt.Appendf(nil, `{"id":%q,"type":"singleInstance","start":"soon"}`, args[1]))
	case "revoke":
		mailboxOf(ts).fake.RevokeGrants(graphfake.SeedAddress)
		mailboxOf(ts).fake.ExpireAccess(graphfake.SeedAddress)
	default:
		ts.Fatalf("outlook cannot %s", args[0])
	}
	ts.Check(err)
}

// damage SUBJECT changes what is stored of an event: its title, and that it
// begins a day later. No process may hold the data folder.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	store, err := boltdb.Open(filepath.Join(ts.Getenv("CALBRIDGE_DATA"), "calbridge.db"), ics.Renderer, boltdb.Options{})
	ts.Check(err)
	defer store.Close()
	ctx := context.Background()
	list, err := store.Calendars(ctx, "")
	ts.Check(err)
	for _, cal := range list {
		for obj, err := range store.All(ctx, cal.ID) {
			if err != nil || !strings.Contains(string(obj.Body), "SUMMARY:"+args[0]) {
				continue // of calendars that are not mirrored
			}
			s := &bridge.Series{Source: obj.Source, Claim: obj.UID,
				Master: bridge.Event{Subject: "damaged", ShowAs: bridge.Busy, Start: obj.Span.Start.AddDate(0, 0, 1), End: obj.Span.End.AddDate(0, 0, 1)}}
			round, err := store.Begin(ctx, cal.ID, false)
			ts.Check(err)
			ts.Check(store.Apply(ctx, round, bridge.Batch{Changes: []bridge.Change{{Source: s.Source, Upsert: s}}, Converter: graphsync.ConverterVersion}))
			return
		}
	}
	ts.Fatalf("there is no event %s", args[0])
}

func unplug(ts *testscript.TestScript, neg bool, args []string) { mailboxOf(ts).web.Close() }

// secret FILE…: no secret of the last command's output stands in the files.
func secret(ts *testscript.TestScript, neg bool, args []string) {
	token := strings.TrimSpace(ts.ReadFile("stdout"))
	for _, pattern := range args {
		files, err := filepath.Glob(ts.MkAbs(pattern))
		ts.Check(err)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err == nil && len(token) > 10 && strings.Contains(string(text), token) {
				ts.Fatalf("%s holds the secret %s", f, token)
			}
		}
	}
}
