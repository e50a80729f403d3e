//go:build engines

package graphsync_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"calbridge/graphsync"
)

// TestEnginesOnMailboxes: what calendarView shows of random mailboxes is what
// engines that nobody here wrote expand from our files.
func TestEnginesOnMailboxes(t *testing.T) {
	checks(t, "100")
	c := corpus{want: map[string][]string{}}
	rapid.Check(t, func(d *rapid.T) {
		x := drawMailbox(d)
		x.sync()
		for range x.int("edits", 0, 10) {
			x.change()
		}
		x.sync()
		c.add(x)
	})
	t.Logf("%d objects, %d instances", len(c.jobs), c.instances)
	for name, argv := range graphsync.Engines {
		t.Run(name, func(t *testing.T) {
			found := graphsync.RunEngine(t, argv, c.jobs)
			for _, j := range c.jobs {
				if d := diff.Diff(c.want[j.ID], found[j.ID]); d != "" {
					t.Errorf("%s (-Outlook +%s):\n%s\n%s", j.ID, name, d, j.ICS)
				}
			}
		})
	}
}

// corpus is objects with the starts that Outlook shows of each.
type corpus struct {
	jobs      []graphsync.Job
	want      map[string][]string
	instances int
}

// add adds a mailbox's objects.
func (c *corpus) add(x *drawn) {
	shown := x.viewed()
	for obj, err := range x.store.All(x.t.Context(), x.mirrored(x.cal).ID) {
		x.must(err)
		j := graphsync.Job{ID: fmt.Sprint(len(c.jobs)), ICS: string(obj.Body), From: viewFrom.Format(time.DateOnly), To: viewTo.Format(time.DateOnly)}
		want := starts(shown[string(obj.Source)])
		c.jobs, c.want[j.ID], c.instances = append(c.jobs, j), want, c.instances+len(want)
		delete(shown, string(obj.Source))
	}
	if len(shown) > 0 {
		x.t.Fatalf("readers get nothing of %d events", len(shown))
	}
}

// starts are those inside the window, as engines write them.
func starts(list []picture) []string {
	out := []string{}
	for _, i := range list {
		switch {
		case i.Start < viewFrom.Format("2006-01-02T15:04:05"): // it reaches into it
		case i.AllDay:
			out = append(out, i.Start[:len(time.DateOnly)])
		default:
			out = append(out, i.Start+"Z")
		}
	}
	slices.Sort(out)
	return out
}
