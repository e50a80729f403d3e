package caldav_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-webdav"
	dav "github.com/emersion/go-webdav/caldav"
)

// X03: go-webdav's client, which shares no code with the server, finds its way.
func TestX03GoWebDAVClient(t *testing.T) {
	holds(t, "X03", func(t *testing.T) {
		r := newRig(t, event("a", "one", "2026-03-04T10:00"), weekly(0, in("Europe/Berlin", event("b", "two", "2020-03-04T10:00"))), event("c", "later", "2027-03-04T10:00"))
		ctx := t.Context()
		c, err := dav.NewClient(webdav.HTTPClientWithBasicAuth(client, "anna", r.secret), r.URL)
		if err != nil {
			t.Fatal(err)
		}
		principal := must[string](t)(c.FindCurrentUserPrincipal(ctx))
		home := must[string](t)(c.FindCalendarHomeSet(ctx, principal))
		calendars := must[[]dav.Calendar](t)(c.FindCalendars(ctx, home))
		if len(calendars) != 1 || calendars[0].Path != r.calPath() || calendars[0].Name != "Office" || !slices.Equal(calendars[0].SupportedComponentSet, []string{"VEVENT"}) ||
			calendars[0].MaxResourceSize != 8<<20 || !strings.Contains(calendars[0].Description, "Read-only") {
			t.Fatalf("calendars %+v", calendars)
		}
		query := &dav.CalendarQuery{
			CompRequest: dav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true},
			CompFilter: dav.CompFilter{Name: "VCALENDAR", Comps: []dav.CompFilter{{
				Name: "VEVENT", Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}}},
		}
		found := must[[]dav.CalendarObject](t)(c.QueryCalendar(ctx, r.calPath(), query))
		var paths []string
		for _, o := range found {
			paths = append(paths, o.Path)
			if matched, err := dav.Match(query.CompFilter, &o); err != nil || !matched && o.Path == r.objPath("a") {
				t.Errorf("the library itself says %v, %v of %s", matched, err, o.Path)
			}
		}
		want := []string{r.objPath("a"), r.objPath("b")}
		slices.Sort(paths)
		slices.Sort(want)
		if !slices.Equal(paths, want) {
			t.Errorf("query finds %v, want %v", paths, want)
		}
		objects := must[[]dav.CalendarObject](t)(c.MultiGetCalendar(ctx, r.calPath(), &dav.CalendarMultiGet{Paths: want, CompRequest: query.CompRequest}))
		for _, o := range objects {
			kind, uid, err := dav.ValidateCalendarObject(o.Data)
			if err != nil || kind != "VEVENT" || !strings.HasPrefix(uid, "uid-") {
				t.Errorf("%s: %s %s, %v", o.Path, kind, uid, err)
			}
			single := must[*dav.CalendarObject](t)(c.GetCalendarObject(ctx, o.Path))
			if single.ETag != o.ETag || single.Path != o.Path {
				t.Errorf("%s: ETag %s by GET, %s by multiget", o.Path, single.ETag, o.ETag)
			}
		}
		if len(objects) != 2 {
			t.Errorf("multiget gives %d", len(objects))
		}
	})
}
