package graphsync_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync"
	"calbridge/graphsync/graphfake"
)

// clock is one that tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// night runs what is due now, and returns which months were audited by it.
func (r *rig) night(c *clock) (months []string) {
	r.t.Helper()
	r.must(r.syncer.Nightly(r.t.Context(), r.account))
	list, err := r.store.Audits(r.t.Context(), r.mirrored(r.cal).ID)
	r.must(err)
	for _, a := range list {
		if a.At.Equal(c.at.UTC()) {
			months = append(months, a.From.Format("2006-01"))
		}
	}
	return months
}

// TestNightly goes through three weeks, hour by hour.
func TestNightly(t *testing.T) {
	c := &clock{at: auditDay}
	r := newRig(t, graphfake.Options{Now: c.now})
	r.remember()
	id := r.add("for ever", 3, weeklySeries)
	r.sync()
	if got := r.night(c); !slices.Equal(got, []string{"2026-03"}) {
		t.Fatalf("a calendar that was never audited: %v", got)
	}
	seen := map[string]int{"2026-03": 1}
	var hours []int
	for range 21 * 24 {
		c.at = c.at.Add(time.Hour)
		months := r.night(c)
		for _, month := range months {
			seen[month]++
		}
		if len(months) > 0 {
			hours = append(hours, c.at.UTC().Hour())
		}
	}
	if len(hours) != 21 || slices.Min(hours) != slices.Max(hours) || hours[0] < 0 || hours[0] > 4 {
		t.Errorf("in 21 days it ran at %v (UTC)", hours)
	}
	if len(seen) != 14 || slices.Max(slices.Collect(maps.Values(seen))) > 2 || seen["2026-02"] == 0 || seen["2027-03"] == 0 {
		t.Errorf("audited %v", seen)
	}
	// What is broken is mended by itself when its month comes.
	r.doctor(id, func(s *bridge.Series) { s.Rule.Days = bridge.WeekdaysOf(time.Friday) })
	c.at = c.at.Add(24 * time.Hour)
	r.night(c)
	r.wantSame(r.cal)
	list, err := r.store.Audits(t.Context(), r.mirrored(r.cal).ID)
	r.must(err)
	if sum := bridge.SumAudits(list); sum.Mended < 4 || sum.Differed != 0 || !sum.At.Equal(c.at) {
		t.Errorf("%+v", sum)
	}
}

// TestNightlyTriesOnceANight: trouble does not make it ask again and again, and
// what it knew stays.
func TestNightlyTriesOnceANight(t *testing.T) {
	c := &clock{at: auditDay}
	r := newRig(t, graphfake.Options{Now: c.now})
	addN(r, 4)
	r.sync()
	r.night(c)
	remove := r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile(`calendarView`), Status: 403, Body: `{"error":{"code":"ErrorAccessDenied"}}`, Times: -1})
	c.at = c.at.Add(24 * time.Hour)
	r.fake.ResetCounts()
	r.night(c)
	once := r.fake.Counts().Total
	for range 5 {
		c.at = c.at.Add(time.Minute)
		r.night(c)
	}
	if got := r.fake.Counts().Total; once == 0 || got != once {
		t.Errorf("%d requests at first, %d after five more minutes", once, got)
	}
	remove()
	c.at = c.at.Add(24 * time.Hour)
	if got := r.night(c); len(got) != 1 {
		t.Errorf("the night after: %v", got)
	}
}

// TestNightlyCost: an idle night is one round and one request for each calendar.
func TestNightlyCost(t *testing.T) {
	c := &clock{at: auditDay}
	r := newRig(t, graphfake.Options{Now: c.now, Quota: graphfake.GraphQuota()})
	r.cal.Generate(300, 1)
	r.sync()
	r.fake.ResetCounts()
	r.night(c)
	if got := r.fake.Counts().Total; got != 1 {
		t.Errorf("%d requests", got)
	}
	results, err := r.syncer.Audit(t.Context(), r.account, graphsync.AuditOptions{})
	r.must(err)
	if results[0].Checked == 0 {
		t.Error("nothing was checked")
	}
}
