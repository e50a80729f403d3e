package caldav_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"calbridge/bridge"
	"calbridge/caldav"
)

// spending is a library that counts what is taken from it.
type spending struct {
	caldav.Library
	rows, changes, objects int
}

func counted[T any](list iter.Seq2[T, error], n *int) iter.Seq2[T, error] {
	return through(list, func(v T, err error) (T, error) { *n++; return v, err })
}

func (l *spending) Rows(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Row, error] {
	return counted(l.Library.Rows(ctx, id), &l.rows)
}

func (l *spending) Tags(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Tag, error] {
	return counted(l.Library.Tags(ctx, id), &l.rows)
}

func (l *spending) Within(ctx context.Context, id bridge.CalendarID, from, to time.Time) iter.Seq2[bridge.Row, error] {
	return counted(l.Library.Within(ctx, id, from, to), &l.rows)
}

func (l *spending) Changes(ctx context.Context, id bridge.CalendarID, since bridge.Seq) iter.Seq2[bridge.Changed, error] {
	return counted(l.Library.Changes(ctx, id, since), &l.changes)
}

func (l *spending) Objects(ctx context.Context, id bridge.CalendarID, names []string) iter.Seq2[bridge.Object, error] {
	return counted(l.Library.Objects(ctx, id, names), &l.objects)
}

func (l *spending) All(ctx context.Context, id bridge.CalendarID) iter.Seq2[bridge.Object, error] {
	return counted(l.Library.All(ctx, id), &l.objects)
}

// What a question costs is the answer, not the calendar.
func TestEffort(t *testing.T) {
	var series []*bridge.Series
	for i := range 2000 {
		series = append(series, event(fmt.Sprint(i), "event", at("2020-01-01T10:00").AddDate(0, 0, i).Format("2006-01-02T15:04")))
	}
	for i := range 20 {
		series = append(series, weekly(0, event(fmt.Sprint("weekly", i), "event", "2020-01-01T10:00")))
	}
	r := newRig(t, series...)
	lib := &spending{Library: r.store}
	r.handler.Library = lib
	counts := func(f func() *multistatus) (rows int, spent spending) {
		*lib = spending{Library: r.store}
		rows = len(f().Rows)
		return rows, *lib
	}
	march := func() *multistatus { return r.query(timeRange("2023-03-01T00:00", "2023-04-01T00:00")) }
	r.holds("Q26", func(t *testing.T) {
		first, spent := counts(march)
		if first != 31+20 || spent.objects > 20 || spent.rows > first+20 { // series are read once,
			t.Errorf("%d rows, read %d rows and %d objects", first, spent.rows, spent.objects)
		}
		again, spent := counts(march)
		if again != first || spent.objects != 0 { // and then known
			t.Errorf("again: %d rows, read %d objects", again, spent.objects)
		}
	})
	r.holds("S14", func(t *testing.T) {
		token := r.one(r.calPath(), "D:sync-token")
		if rows, spent := counts(func() *multistatus { return r.sync(token) }); rows != 0 || spent.rows+spent.changes+spent.objects != 0 {
			t.Errorf("%d rows, spent %+v", rows, spent)
		}
		r.change(upserts(event("1", "changed", "2020-01-01T10:00"))...)
		if rows, spent := counts(func() *multistatus { return r.sync(token) }); rows != 1 || spent.rows+spent.objects != 0 || spent.changes != 1 {
			t.Errorf("one change: %d rows, spent %+v", rows, spent)
		}
	})
}
