package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func auditsAreKeptByStretch(t *testing.T, b *bench) {
	ctx := t.Context()
	if list, err := b.Audits(ctx, b.cal); err != nil || len(list) != 0 {
		t.Fatalf("a calendar that was never compared: %v, %v", list, err)
	}
	month := func(m time.Month, checked int) bridge.Audited {
		from := time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC)
		return bridge.Audited{From: from, To: from.AddDate(0, 1, 0), At: b.now, Checked: checked, Differed: 1}
	}
	save := func(floor time.Month, list ...bridge.Audited) {
		b.must(nil, b.SaveAudits(ctx, b.cal, list, month(floor, 0).From))
	}
	save(time.January, month(time.March, 30), month(time.January, 10), month(time.February, 20))
	save(time.February, month(time.February, 21), month(time.April, 40))
	b.restart()
	list, err := b.Audits(ctx, b.cal)
	b.must(list, err)
	want := []bridge.Audited{month(time.February, 21), month(time.March, 30), month(time.April, 40)}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("audits (-want +got):\n%s", diff)
	}
	if sum := bridge.SumAudits(list); sum.Checked != 91 || sum.Differed != 3 || !sum.At.Equal(b.now) {
		t.Errorf("sum %+v", sum)
	}
	if err := b.SaveAudits(ctx, "none", list, time.Time{}); bridge.KindOf(err) != bridge.Absent {
		t.Errorf("of an unknown calendar: %v", err)
	}
}
