package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func overlaysBelongToTheirUser(t *testing.T, b *bench) {
	ctx := t.Context()
	b.must(b.AddUser(ctx, "ben"))
	set := func(user string, p bridge.Place, o bridge.Overlay) {
		t.Helper()
		b.must(nil, b.EditOverlay(ctx, user, p, func(now *bridge.Overlay) error { *now = o; return nil }))
	}
	want := func(user string, overlays map[bridge.Place]bridge.Overlay) {
		t.Helper()
		got, err := b.Overlays(ctx, user)
		b.must(got, err)
		if diff := cmp.Diff(overlays, got); diff != "" {
			t.Errorf("overlays of %s (-want +got):\n%s", user, diff)
		}
	}
	order, on := 7, bridge.OnCalendar(b.cal)
	mine := bridge.Overlay{Name: "Mine", Color: "#FF0000", Order: &order, Zone: "Europe/Berlin", Kept: map[string]string{"{x}y": "<z/>"}}
	set("anna", on, mine)
	set("anna", bridge.OnHome, bridge.Overlay{Name: "Home"})
	set("ben", on, bridge.Overlay{Name: "Ben's"})
	before, served := b.round(true, upsert(event("a", "one"))), b.served()
	want("anna", map[bridge.Place]bridge.Overlay{on: mine, bridge.OnHome: {Name: "Home"}})

	refused := errors.New("refused")
	if err := b.EditOverlay(ctx, "anna", on, func(o *bridge.Overlay) error { o.Name = "Other"; return refused }); !errors.Is(err, refused) {
		t.Errorf("an edit that failed: %v", err)
	}
	b.restart()
	want("anna", map[bridge.Place]bridge.Overlay{on: mine, bridge.OnHome: {Name: "Home"}})
	set("anna", on, bridge.Overlay{})
	want("anna", map[bridge.Place]bridge.Overlay{bridge.OnHome: {Name: "Home"}})
	want("ben", map[bridge.Place]bridge.Overlay{on: {Name: "Ben's"}})
	want("nobody", map[bridge.Place]bridge.Overlay{})
	wantKind(t, "an overlay of nobody", b.EditOverlay(ctx, "nobody", on, func(*bridge.Overlay) error { return nil }), bridge.Absent)

	if diff := cmp.Diff(served, b.served()); diff != "" || len(b.changes(before)) != 0 {
		t.Errorf("overlays changed what is mirrored: %v\n%s", b.changes(before), diff)
	}
	if cal, err := b.Calendar(ctx, b.cal); err != nil || cal.Name != "Calendar" {
		t.Errorf("the source's name became %q, %v", cal.Name, err)
	}
	b.must(nil, b.DropCalendar(ctx, b.cal))
	want("ben", map[bridge.Place]bridge.Overlay{})
	b.must(nil, b.RemoveUser(ctx, "ben"))
	b.must(b.AddUser(ctx, "ben")) // another ben
	want("ben", map[bridge.Place]bridge.Overlay{})
}
