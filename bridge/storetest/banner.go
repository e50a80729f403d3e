package storetest

import (
	"testing"
	"time"

	"calbridge/bridge"
)

func (b *bench) hoist(since time.Time) {
	b.t.Helper()
	a := bridge.Account{ID: b.calendar().Account, Address: "anna@contoso.example",
		Trouble: &bridge.Trouble{Kind: bridge.SignIn, What: "the sign-in ended", Since: since}}
	b.must(nil, b.SetBanner(b.t.Context(), a.ID, bridge.Banner(&a)))
}

// banner returns the banner's ETag, "" where it is not shown.
func (b *bench) banner() string {
	b.t.Helper()
	return b.rows()[bridge.ObjectName(bridge.BannerSource(b.calendar().Account))]
}

func bannersComeAndGo(t *testing.T, b *bench) {
	b.hoist(b.now)
	if b.calendar().Complete {
		t.Error("a banner completes a calendar that was never read")
	}
	b.round(true, numbers(3)...)
	before := b.calendar()
	for range 2 { // the second changes nothing
		b.hoist(b.now)
		cal := b.calendar()
		if b.banner() == "" || cal.Objects != 3 || cal.Point.Seq != before.Point.Seq+1 || cal.Banners != 1 {
			t.Errorf("with its banner the calendar is %+v", cal)
		}
	}
	b.must(nil, b.SetBanner(t.Context(), before.Account, nil))
	cal := b.calendar()
	if b.banner() != "" || cal.Objects != 3 || cal.Point.Seq != before.Point.Seq+2 || cal.Banners != 2 {
		t.Errorf("without it the calendar is %+v", cal)
	}
	b.must(nil, b.SetBanner(t.Context(), before.Account, nil))
	if b.calendar().Point != cal.Point {
		t.Error("taking down what is not there moves the calendar")
	}
}

// No source knows of a banner, so none may be looked for there, and none may go
// because a listing lacks it.
func bannersOutlastFullRounds(t *testing.T, b *bench) {
	b.round(true, numbers(3)...)
	b.hoist(b.now)
	shown := b.banner()
	was := b.calendar()
	r, err := b.Begin(t.Context(), b.cal, true)
	b.must(r, err)
	b.must(nil, b.Apply(t.Context(), r, bridge.Batch{Changes: numbers(3)}))
	lacking, _, err := b.Losses(t.Context(), r)
	b.must(lacking, err)
	_, err = b.Finish(t.Context(), r)
	b.must(nil, err)
	if now := b.banner(); len(lacking) > 0 || now != shown || b.calendar().Point != was.Point || b.calendar().Objects != 3 {
		t.Errorf("lacking %v, banner %s, calendar %+v", lacking, now, b.calendar())
	}
	r, err = b.Begin(t.Context(), b.cal, false)
	b.must(r, err)
	known, err := b.Revisions(t.Context(), r)
	b.must(known, err)
	outdated, _, err := b.Outdated(t.Context(), b.cal, 999, 10)
	b.must(outdated, err)
	if len(known) != 3 || len(outdated) != 3 {
		t.Errorf("a round knows %v and would read again %v", known, outdated)
	}
}
