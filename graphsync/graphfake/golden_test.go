package graphfake

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// goldenRequests are answers of the seeded mailbox that must not change by
// accident. MASTER is the stand-up, whose week has a moved and a cancelled
// instance, MOVED is the moved one.
var goldenRequests = []struct{ name, path, prefer string }{
	{"user", "/me", ""},
	{"calendars", "/me/calendars", ""},
	{"calendars-immutable", "/me/calendars?$select=id,name,canEdit,owner", `IdType="ImmutableId"`},
	{"settings", "/me/mailboxSettings", ""},
	{"categories", "/me/outlook/masterCategories", ""},
	{"events-page", "/me/events?$top=2&$count=true", ""},
	{"master", "/me/events/MASTER?$select=*&$expand=exceptionOccurrences", ""},
	{"master-plain", "/me/events/MASTER", `outlook.timezone="Eastern Standard Time", outlook.body-content-type="text"`},
	{"moved", "/me/events/MOVED?$select=*", `outlook.timezone="W. Europe Standard Time"`},
	{"instances", "/me/events/MASTER/instances?startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-28T00:00:00Z&$select=id,type,subject,start,originalStart", ""},
	{"view", "/me/calendarView?startDateTime=2026-11-26T00:00:00Z&endDateTime=2026-11-27T00:00:00Z&$select=subject,start,end,isAllDay,showAs,sensitivity,type", `outlook.timezone="W. Europe Standard Time"`},
	{"not-found", "/me/events/nonsense", ""},
	{"unknown-member", "/me/events?$select=uid", ""},
	{"long-range", "/me/calendarView?startDateTime=2020-01-01T00:00:00Z&endDateTime=2030-01-01T00:00:00Z", ""},
}

func TestGoldenAnswers(t *testing.T) {
	f := seeded(t, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	master := f.all("/me/events?$filter=subject%20eq%20'Team%20stand-up'&$select=id")[0].text("id")
	moved, err := f.mb.Occurrence(master, "2026-11-25")
	f.noError(err)
	fill := strings.NewReplacer("MASTER", master, "MOVED", moved.Classic)
	for _, g := range goldenRequests {
		t.Run(g.name, func(t *testing.T) {
			r := f.get(fill.Replace(g.path), g.prefer)
			got := f.stable(r)
			file := filepath.Join("testdata", "golden", g.name+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("%s (-want +got):\n%s", g.path, d)
			}
		})
	}
}

// stable writes an answer without what differs from run to run.
func (f *fixture) stable(r reply) []byte {
	f.t.Helper()
	text := strings.ReplaceAll(r.text, f.web.URL, "https://graph.example.org")
	if id := r.header.Get("request-id"); id != "" {
		text = strings.ReplaceAll(text, id, "00000000-0000-0000-0000-000000000000")
	}
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", " "); err != nil {
		f.t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}
