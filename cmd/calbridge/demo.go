package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/caldav/portal"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

type demoCmd struct {
	Listen  string `help:"Address to serve on; a free one where it is taken. Default: ${default}." placeholder:"HOST:PORT" default:"127.0.0.1:5546"`
	Mailbox string `help:"Replay recorded Graph JSON: files with an event, an array or a page of events." type:"existingdir" placeholder:"DIR"`
	Events  int    `help:"Add that many made-up events." placeholder:"N"`
	Keep    string `help:"Keep the mirror in this folder; otherwise it goes at the end." placeholder:"DIR"`
	Check   bool   `help:"Run one round trip, say what works, and end: 0 if all does."`
}

// Help implements kong.HelpProvider.
func (*demoCmd) Help() string {
	return `Runs a made-up Outlook mailbox, the real sync and the real server in one process. No account is needed, and nothing leaves this computer.

Examples:
  calbridge demo
  calbridge demo --events 100000
  calbridge demo --check

See also: calbridge login, calbridge serve`
}

func (d *demoCmd) alone() {}

const (
	demoUser     = "anna"
	demoPassword = "demo-demo-demo"
	// demoPace is how often the demo looks at its mailbox.
	demoPace = 300 * time.Millisecond
)

// demo is everything in one process.
type demo struct {
	call    *call
	fake    *graphfake.Server
	box     *graphfake.Mailbox
	outlook net.Listener
	house   *house
	public  net.Listener
	account bridge.Account
	feed    newFeed
	edits   chan graphfake.Edit
}

// Run implements command.
func (d *demoCmd) Run(ctx context.Context, c *call) (err error) {
	if d.Events < 0 {
		return exitError{code: exitUsage, err: invalid("--events wants a number of events", "give one such as 1000")}
	}
	x := &demo{call: c, edits: make(chan graphfake.Edit, 100)}
	folder, remove, err := d.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	c.print("calbridge %s demo — a made-up mailbox, nothing leaves this computer\n", version)
	if err := x.openOutlook(d); err != nil {
		return err
	}
	outlook := newServer(x.fake, c.log)
	go func() { _ = outlook.Serve(x.outlook) }()
	defer outlook.Close()
	if err := x.openHouse(ctx, folder, d.Listen); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.house.close()) }()
	defer x.public.Close()
	k, err := openControl(x.house)
	if err != nil {
		return err
	}
	defer k.stop()
	return x.run(ctx, d)
}

// folder is where the mirror is kept.
func (d *demoCmd) folder() (path string, remove func() error, err error) {
	if d.Keep != "" {
		return d.Keep, func() error { return nil }, nil
	}
	path, err = os.MkdirTemp("", "calbridge-demo-")
	return path, func() error { return os.RemoveAll(path) }, err
}

// openOutlook makes the mailbox and listens for Graph's clients and for people
// who want to edit it.
func (x *demo) openOutlook(d *demoCmd) error {
	x.fake = graphfake.New(graphfake.Options{
		OnEdit: func(e graphfake.Edit) {
			select {
			case x.edits <- e:
			default: // nobody watches
			}
		},
		Sign: graphfake.SignOptions{DeviceInterval: time.Second},
	})
	box, err := x.fake.Seed(x.call.now())
	if err != nil {
		return err
	}
	x.box = box
	if d.Events > 0 {
		box.Default().Generate(d.Events, 1)
	}
	if d.Mailbox != "" {
		if err := x.replay(d.Mailbox); err != nil {
			return err
		}
	}
	x.outlook, err = net.Listen("tcp", "127.0.0.1:0")
	return err
}

func (x *demo) replay(dir string) error {
	n, problems, err := x.box.LoadDir(dir)
	if err != nil {
		return invalid(err.Error(), "name a folder with JSON files")
	}
	for _, p := range problems {
		x.call.say("  ! %s: %v", filepath.Base(p.File), p.Err)
	}
	x.call.print("  ✓ Replaying          %s from %s", plural(n, "recorded event", "recorded events"), dir)
	return nil
}

// openHouse makes the bridge that follows the mailbox.
func (x *demo) openHouse(ctx context.Context, folder, address string) error {
	if err := setHostPort(new(string), address); err != nil {
		return exitError{code: exitUsage, err: invalid("--listen: "+err.Error(), "run  calbridge demo --help")}
	}
	public, err := net.Listen("tcp", address)
	if err != nil {
		if public, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	x.public = public
	cfg := &Config{Data: folder, KeyFile: filepath.Join(folder, "key"), Listen: public.Addr().String(),
		PublicURL: &url.URL{Scheme: "http", Host: public.Addr().String()}}
	cfg.Sync.Active, cfg.Sync.Idle, cfg.Sync.Banner = demoPace, demoPace, true
	log := slog.New(slog.DiscardHandler)
	if x.call.cfg.Log.Level < slog.LevelInfo {
		log = newLog(x.call.cfg, x.call.err, x.call.width > 0)
	}
	x.house, err = openHouse(ctx, cfg, log, x.call.now)
	return err
}

func (x *demo) outlookURL() string { return "http://" + x.outlook.Addr().String() }

// connect signs the mailbox in, as a person would, and makes what readers need.
func (x *demo) connect(ctx context.Context) error {
	if _, _, err := x.house.userFor(ctx, demoUser, ""); err != nil {
		return err
	}
	r := bridge.Registration{ClientID: "demo", Tenant: "common", LoginURL: x.outlookURL(), GraphURL: x.outlookURL()}
	var approved error
	account, token, err := graphsync.SignIn(ctx, r, graphHTTP(), func(code graphsync.Code) {
		approved = x.fake.ApproveDevice(code.Text, x.box.Address())
	})
	if err := errors.Join(approved, err); err != nil {
		return err
	}
	account.User = demoUser
	x.account, err = x.house.store.SaveAccount(ctx, account, func(id bridge.AccountID) ([]byte, error) {
		return x.house.vault.Seal(sealName(id), token), nil
	})
	if err != nil {
		return err
	}
	_, err = x.house.store.AddDevice(ctx, passwordDigest(x.house.vault, demoPassword), bridge.Device{User: demoUser, Label: "demo"})
	return err
}

func (x *demo) run(ctx context.Context, d *demoCmd) error {
	if err := x.connect(ctx); err != nil {
		return err
	}
	calendars := len(x.box.Calendars())
	x.call.print("  ✓ Outlook            %s, %s", x.box.Address(), plural(calendars, "calendar", "calendars"))
	if err := x.firstSync(ctx); err != nil {
		return err
	}
	x.call.print("  ✓ Serving            %s", x.house.cfg.PublicURL)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	page := &portal.Demo{User: demoUser, Password: demoPassword, Feed: x.feed.URL, Outlook: x.outlookURL() + "/"}
	handler := newHandler(x.house, page)
	go func() { served <- x.house.serve(ctx, x.public, handler) }()
	err := x.show(ctx, d)
	stop()
	return errors.Join(err, <-served)
}

func (x *demo) firstSync(ctx context.Context) error {
	start, p := time.Now(), newProgress(x.call)
	p.quiet = true
	if err := x.house.syncer.Sync(ctx, x.account, graphsync.Options{Report: p.show}); err != nil {
		return err
	}
	p.end()
	lines, err := x.house.calendarLines(ctx)
	if err != nil {
		return err
	}
	events, shown := 0, 0
	for _, l := range lines {
		events += l.Objects
		if !l.Hidden {
			shown++
		}
	}
	x.call.print("  ✓ First sync         %d events in %s, %.2f s", events, plural(shown, "calendar", "calendars"), time.Since(start).Seconds())
	if err := x.tellAside(ctx); err != nil {
		return err
	}
	list, err := x.house.feedCalendars(ctx, demoUser, nil)
	if err != nil {
		return err
	}
	x.feed, err = x.house.newFeed(ctx, demoUser, "demo", "", list)
	return err
}

// tellAside says how many events could not be read, and who tells more.
func (x *demo) tellAside(ctx context.Context) error {
	r, err := x.house.report(ctx, demoUser)
	n := 0
	for _, a := range r.Accounts {
		n += asideIn(a.Calendars)
	}
	if n > 0 {
		x.call.print("  ! Kept aside         %s: the status page says which and why", plural(n, "event that could not be read", "events that could not be read"))
	}
	return err
}

// show prints where everything is and then what happens, until ctx ends.
func (x *demo) show(ctx context.Context, d *demoCmd) error {
	if d.Check {
		return x.check(ctx)
	}
	base := x.house.cfg.PublicURL
	x.call.print("\n  Status page    %s/", base)
	x.call.print("  CalDAV         %s/dav/    user %s    password %s", base, demoUser, demoPassword)
	x.call.print("  .ics feed      %s", x.feed.URL)
	x.call.print("  Outlook side   %s/    edit the made-up mailbox here", x.outlookURL())
	x.call.print("\n  Try:  curl -s %s | head -40", x.feed.URL)
	x.call.print("        %s status --data %s    or changes, export, sync, audit …", calledAs(os.Args[0]), x.house.cfg.Data)
	x.call.print("  Ctrl-C to stop.\n")
	x.watch(ctx)
	x.call.print("\nThe demo has ended.")
	return nil
}

// calledAs is how a person runs this program once more.
func calledAs(name string) string {
	if strings.Contains(filepath.ToSlash(name), "/go-build") { // go run makes it there, for one run
		return "go run ./cmd/calbridge"
	}
	return name
}

// watch prints a line for each edit in Outlook and one when it has arrived.
func (x *demo) watch(ctx context.Context) {
	listener := x.house.store.Hub.Listen()
	defer listener.Close()
	var edited time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-x.edits:
			edited = e.Time
			x.call.print("%s  Outlook   %s", e.Time.Local().Format(time.TimeOnly), e.Sentence)
		case <-listener.Ready():
			x.arrived(ctx, listener.Take(), edited)
		}
	}
}

func (x *demo) arrived(ctx context.Context, moved []bridge.CalendarID, edited time.Time) {
	for _, id := range moved {
		cal, err := x.house.store.Calendar(ctx, id)
		if err != nil {
			continue
		}
		late := ""
		if d := x.call.now().Sub(edited); !edited.IsZero() && d < time.Minute {
			late = fmt.Sprintf(" %.1f s later", d.Seconds())
		}
		x.call.print("%s  mirrored  %s%s: %s, journal %d", x.call.now().Format(time.TimeOnly), cal.Name, late,
			plural(cal.Objects, "event", "events"), cal.Point.Seq)
	}
}

// httpClient is a reader's.
func (x *demo) httpClient() *http.Client { return &http.Client{Timeout: 30 * time.Second} }
