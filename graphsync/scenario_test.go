package graphsync_test

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"calbridge/bridge"
	"calbridge/graphsync/graphfake"
)

// TestScenarios runs each file of testdata/scenarios over every rung. A file
// tells, in at most ten verbs, what happens to a mailbox and what becomes of the
// mirror; its README says how. In the end all trouble is taken away, and the
// mirror has to be what Outlook shows.
func TestScenarios(t *testing.T) {
	files, err := fs.Glob(os.DirFS("testdata/scenarios"), "*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(filepath.Join("testdata/scenarios", file))
		if err != nil {
			t.Fatal(err)
		}
		for rung := range rungs {
			t.Run(strings.TrimSuffix(file, ".txtar")+"/"+rung, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { play(t, archive, rung) })
			})
		}
	}
}

// scenario is one that is being played.
type scenario struct {
	*rig
	*referee
	rung   string
	files  map[string]string
	habits graphfake.Habits
}

func play(t *testing.T, archive *txtar.Archive, rung string) {
	r, w := bubbled(t, rungs[rung])
	s := &scenario{rig: r, referee: w, rung: rung, files: map[string]string{}, habits: rungs[rung]}
	s.signIn("Calendars.Read.Shared")
	for _, f := range archive.Files {
		s.files[f.Name] = string(f.Data)
	}
	for n, line := range strings.Split(string(archive.Comment), "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		verb, ok := verbs[words[0]]
		if !ok {
			t.Fatalf("line %d: no verb %q", n+1, words[0])
		}
		if err := verb(s, words[1:]); err != nil {
			t.Errorf("line %d: %s: %v", n+1, strings.TrimSpace(line), err)
			return
		}
	}
	s.fake.ClearFaults()
	s.broken = nil
	time.Sleep(7 * time.Hour) // whatever pause was asked for
	if err := s.trySync(false); err != nil {
		t.Errorf("in the end: %v", err)
	}
	s.wantSame(s.cal)
	if tr := cmp.Or(s.trouble(), s.mirrored(s.cal).Trouble); tr != nil {
		t.Errorf("trouble stays: %+v", tr)
	}
}

// verbs are what a scenario is told in.
var verbs = map[string]func(*scenario, []string) error{
	"habit":   (*scenario).habit,
	"raw":     (*scenario).raw,
	"outlook": (*scenario).outlook,
	"fault":   (*scenario).fault,
	"upset":   (*scenario).upset,
	"wait":    (*scenario).wait,
	"sync":    (*scenario).syncOnce,
	"loop":    (*scenario).loop,
	"mirror":  (*scenario).mirror,
	"trouble": (*scenario).wantTrouble,
}

// habit sets switches of the emulator, as in: habit SplitSeries ExpandCap=3.
func (s *scenario) habit(args []string) error {
	h := reflect.ValueOf(&s.habits).Elem()
	for _, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		field := h.FieldByName(name)
		switch {
		case !field.IsValid():
			return fmt.Errorf("there is no habit %s", name)
		case field.Kind() == reflect.Bool:
			field.SetBool(!given || value == "true")
		case field.Kind() == reflect.String:
			field.SetString(value)
		default:
			n, err := strconv.Atoi(value)
			if err != nil {
				return err
			}
			field.SetInt(int64(n))
		}
	}
	h2 := standing(s.habits, s.rung)
	s.fake.SetHabits(h2)
	return nil
}

// raw puts the events of a file into the calendar as they are given.
func (s *scenario) raw(args []string) error {
	for _, name := range args {
		if _, err := s.cal.AddRaw([]byte(s.files[name])); err != nil {
			return err
		}
	}
	return nil
}

var dollar = regexp.MustCompile(`\$(\$?)([^/@]+)(?:@([0-9-]+))?`)

// outlook makes a request as Outlook would: outlook METHOD PATH [FILE]. In the
// path $Subject stands for an event, $Subject@DATE for one of its instances,
// $$Name for a calendar; underscores stand for spaces.
func (s *scenario) outlook(args []string) error {
	token := s.fake.SignIn(anna, "outlook", "Calendars.ReadWrite").Access
	var failed error
	path := dollar.ReplaceAllStringFunc(args[1], func(word string) string {
		m := dollar.FindStringSubmatch(word)
		id, err := s.idOf(strings.ReplaceAll(m[2], "_", " "), m[1] != "", m[3])
		failed = cmp.Or(failed, err)
		return id
	})
	if failed != nil {
		return failed
	}
	body := ""
	if len(args) > 2 {
		body = s.files[args[2]]
	}
	req, err := http.NewRequest(args[0], "http://"+graphHost+"/v1.0"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.next.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if answer, err := io.ReadAll(res.Body); err != nil || res.StatusCode >= 300 {
		return fmt.Errorf("%d %s, %v", res.StatusCode, answer, err)
	}
	return nil
}

func (s *scenario) idOf(name string, calendar bool, date string) (string, error) {
	for _, c := range s.box.Calendars() {
		if calendar && c.Name() == name {
			return c.IDs().Classic, nil
		}
		for _, i := range c.Instances(windowFrom, windowTo) {
			if calendar || i.Subject != name {
				continue
			}
			id := cmp.Or(i.MasterID, i.IDs.Classic)
			if date == "" {
				return id, nil
			}
			ids, err := s.box.Occurrence(id, date)
			return ids.Classic, err
		}
	}
	return "", fmt.Errorf("there is no %q", name)
}

// fault lets requests go wrong, as in
// fault path=/delta status=503 times=2 header=Retry-After:7 body=page.html;
// "fault none" takes all faults away.
func (s *scenario) fault(args []string) error {
	if slices.Equal(args, []string{"none"}) {
		s.fake.ClearFaults()
		return nil
	}
	f := graphfake.Fault{Path: regexp.MustCompile("^/v1.0/"), Header: http.Header{}, Times: -1}
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "path":
			f.Path = regexp.MustCompile(value)
		case "method":
			f.Method = value
		case "status":
			f.Status = n
		case "times":
			f.Times = n
		case "skip":
			f.Skip = n
		case "cut":
			f.Cut = n
		case "delay":
			d, err := time.ParseDuration(value)
			if err != nil {
				return err
			}
			f.Delay = d
		case "empty":
			f.Empty = true
		case "header":
			name, text, _ := strings.Cut(value, ":")
			f.Header.Add(name, s.stamp(strings.NewReplacer("__", "_", "_", " ").Replace(text)))
		case "body":
			f.Body = strings.TrimSpace(s.files[value])
			if f.Body == "" {
				return fmt.Errorf("there is no file %s", value)
			}
		default:
			return fmt.Errorf("no part of a fault: %s", key)
		}
	}
	s.fake.Inject(f)
	return nil
}

// stamp writes +40s as the HTTP date in 40 seconds.
func (s *scenario) stamp(text string) string {
	if after, ok := strings.CutPrefix(text, "+"); ok {
		if d, err := time.ParseDuration(after); err == nil {
			return time.Now().Add(d).UTC().Format(http.TimeFormat)
		}
	}
	return text
}

// upset makes a day on which things go wrong: expire (cursors), reissue (ids),
// token (no longer accepted), revoke (the sign-in), signin (again), restart (of
// calbridge), certificate, name, network (of the way to Graph), mended (the
// way), or calendars: add NAME, rename NAME NEW, remove NAME.
func (s *scenario) upset(args []string) error {
	switch args[0] {
	case "expire":
		s.box.ExpireCursors()
	case "reissue":
		s.box.ReissueIDs()
	case "token":
		s.fake.ExpireAccess(anna)
	case "revoke":
		s.fake.RevokeGrants(anna)
		s.fake.ExpireAccess(anna)
	case "signin":
		s.signIn()
	case "restart":
		s.restart()
	case "certificate":
		s.broken = &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	case "name":
		s.broken = &net.DNSError{Err: "no such host", Name: graphHost, IsNotFound: true}
	case "network":
		s.broken = &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}
	case "mended":
		s.broken = nil
	case "add":
		s.box.AddCalendar(graphfake.CalendarInfo{Name: args[1]})
	case "rename":
		s.box.Calendar(args[1]).Rename(args[2])
	case "remove":
		return s.box.Calendar(args[1]).Remove()
	default:
		return errors.New("no such upset")
	}
	return nil
}

func (s *scenario) wait(args []string) error {
	d, err := time.ParseDuration(args[0])
	time.Sleep(d)
	return err
}

// syncOnce runs a round that was asked for: sync [full] [KIND]. It ends with a
// fault of that kind, or well.
func (s *scenario) syncOnce(args []string) error {
	full := len(args) > 0 && args[0] == "full"
	if full {
		args = args[1:]
	}
	want := bridge.Kind(strings.Join(args, ""))
	if err := s.trySync(full); bridge.KindOf(err) != want {
		return fmt.Errorf("ended with %q: %v", bridge.KindOf(err), err)
	}
	return nil
}

// loop lets calbridge run by itself for a while, a round each minute.
func (s *scenario) loop(args []string) error {
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	s.syncer.Interval = func(bridge.Account) time.Duration { return time.Minute }
	s.rig.loop(d)
	return nil
}

// mirror compares what is served with what Outlook shows, or with a file of
// lines "START END SUBJECT".
func (s *scenario) mirror(args []string) error {
	if len(args) == 0 {
		if d := diff.Diff(outlook(s.cal), s.served(s.cal)); d != "" {
			return fmt.Errorf("(-Outlook +mirror):\n%s", excerpt(d))
		}
		return nil
	}
	var want, got []string
	for line := range strings.Lines(s.files[args[0]]) {
		want = append(want, strings.TrimSpace(line))
	}
	for _, i := range s.served(s.cal) {
		start, end := i.Start, i.End
		if i.AllDay {
			start, end = start[:10], end[:10]
		}
		got = append(got, strings.TrimSpace(start+" "+end+" "+i.Subject))
	}
	if d := diff.Diff(want, got); d != "" {
		return fmt.Errorf("(-want +mirror):\n%s", excerpt(d))
	}
	return nil
}

// wantTrouble looks at what status would say: trouble KIND WORDS, or none.
func (s *scenario) wantTrouble(args []string) error {
	tr := cmp.Or(s.trouble(), s.mirrored(s.cal).Trouble)
	if args[0] == "none" {
		if tr != nil {
			return fmt.Errorf("%+v", tr)
		}
		return nil
	}
	words := strings.Join(args[1:], " ")
	if tr == nil || tr.Kind != bridge.Kind(args[0]) || !strings.Contains(tr.What+" "+tr.Why+" "+tr.Fix, words) {
		return fmt.Errorf("%+v", tr)
	}
	return nil
}
