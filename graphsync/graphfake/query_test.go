package graphfake

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// subjects lists the subjects of events.
func subjects(items []object) []string {
	out := []string{}
	for _, it := range items {
		out = append(out, it.text("subject"))
	}
	return out
}

func TestPaging(t *testing.T) {
	for _, tokens := range []bool{false, true} {
		t.Run(fmt.Sprint("skip tokens ", tokens), func(t *testing.T) {
			f := start(t, Options{Habits: Habits{SkipTokens: tokens}})
			f.fill(25)
			for _, c := range []struct {
				query, prefer string
				first         int
			}{{"", "", 10}, {"?$top=7", "", 7}, {"", "odata.maxpagesize=4", 4}, {"?$top=7", "odata.maxpagesize=4", 4}, {"?$top=1000", "", 25}} {
				first := f.ok(f.get("/me/events"+c.query, c.prefer)).items()
				all := f.all("/me/events"+c.query, c.prefer)
				if len(first) != c.first || len(all) != 25 {
					t.Errorf("%q %q: %d on the first page, %d in all", c.query, c.prefer, len(first), len(all))
				}
			}
		})
	}
}

func TestPagingWhileEventsGo(t *testing.T) {
	for _, c := range []struct {
		tokens bool
		want   int
	}{{false, 19}, {true, 20}} {
		f := start(t, Options{Habits: Habits{SkipTokens: c.tokens}})
		ids, _ := f.fill(20)
		first := f.ok(f.get("/me/events"))
		f.noError(f.mb.Delete(ids[0].Classic))
		rest := f.all(first.body.text("@odata.nextLink"))
		if got := len(first.items()) + len(rest); got != c.want {
			t.Errorf("skip tokens %v: saw %d events, want %d", c.tokens, got, c.want)
		}
	}
}

func TestPagingRefusals(t *testing.T) {
	f := start(t, Options{})
	for _, query := range []string{"$top=0", "$top=1001", "$top=x", "$skip=-1", "$skiptoken=!", "$search=x", "$apply=x", "$top=1&$top=2", "$select=%zz"} {
		if r := f.get("/me/events?" + query); r.status != 400 || r.code() == "" {
			t.Errorf("%s: %d %s", query, r.status, r.text)
		}
	}
}

func TestTopIsTotal(t *testing.T) {
	f := start(t, Options{Habits: Habits{TopIsTotal: true}})
	f.fill(12)
	if got := len(f.all("/me/events?$top=5")); got != 5 {
		t.Errorf("got %d events", got)
	}
}

func TestCount(t *testing.T) {
	f := start(t, Options{})
	f.fill(12)
	id := f.add(weeklyStandup())
	if r := f.ok(f.get("/me/events/$count")); r.text != "13" || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") {
		t.Errorf("got %q as %q", r.text, r.header.Get("Content-Type"))
	}
	if r := f.ok(f.get("/me/events?$count=true&$top=2")); intOf(r.body, "@odata.count") != 13 {
		t.Errorf("got %s", r.text)
	}
	if r := f.ok(f.get("/me/calendarView/$count?startDateTime=2026-01-06T00:00:00Z&endDateTime=2026-01-07T00:00:00Z")); r.text != "12" {
		t.Errorf("got %q", r.text)
	}
	if r := f.ok(f.get("/me/events/" + id.Classic + "/instances/$count?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z")); r.text != "4" {
		t.Errorf("got %q", r.text)
	}
}

func TestFilterAndOrder(t *testing.T) {
	f := start(t, Options{})
	for i, e := range []Event{
		{Subject: "Alpha", Start: berlin("2026-01-08 10:00"), Categories: []string{"Team", "X"}},
		{Subject: "beta", Start: berlin("2026-01-07 10:00"), Extra: `{"showAs":"tentative","isOrganizer":false,"responseStatus":{"response":"notResponded","time":"0001-01-01T00:00:00Z"}}`},
		{Subject: "O'Hara", Start: berlin("2026-01-06 10:00"), Extra: `{"iCalUId":"abc'1@example.org","singleValueExtendedProperties":[{"id":"String {00020329-0000-0000-C000-000000000046} Name X-UID","value":"v1"}]}`},
		{Subject: "Gamma", AllDay: true, Start: berlin("2026-01-09 00:00")},
		weeklyStandup(),
	} {
		f.clock.advance(1 << 30)
		f.add(e)
		_ = i
	}
	for _, c := range []struct {
		filter string
		want   []string
	}{
		{"type eq 'seriesMaster'", []string{"Stand-up"}},
		{"subject eq 'O''Hara'", []string{"O'Hara"}},
		{"iCalUId eq 'abc''1@example.org'", []string{"O'Hara"}},
		{"start/dateTime ge '2026-01-07T00:00:00' and start/dateTime lt '2026-01-09T00:00:00'", []string{"Alpha", "beta"}},
		{"isAllDay eq true or subject eq 'Alpha'", []string{"Alpha", "Gamma"}},
		{"not (isAllDay eq true) and type ne 'seriesMaster'", []string{"Alpha", "beta", "O'Hara"}},
		{"categories/any(c:c eq 'Team')", []string{"Alpha"}},
		{"categories/any(c: c eq 'Team')", []string{"Alpha"}},
		{"responseStatus/response eq 'notResponded'", []string{"beta"}},
		{"startswith(subject,'al')", []string{"Alpha"}},
		{"isOrganizer eq false", []string{"beta"}},
		{"showAs eq 'tentative'", []string{"beta"}},
		{"lastModifiedDateTime ge 2026-01-05T10:00:04Z", []string{"Gamma", "Stand-up"}},
		{"singleValueExtendedProperties/any(ep: ep/id eq 'String {00020329-0000-0000-c000-000000000046} Name X-UID' and ep/value eq 'v1')", []string{"O'Hara"}},
	} {
		t.Run(c.filter, func(t *testing.T) {
			got := subjects(f.all("/me/events?$filter=" + url.QueryEscape(c.filter)))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	for _, filter := range []string{"uid eq 'x'", "subject", "subject eq", "subject eq x", "subject like 'x'", "(subject eq 'x'", "subject eq 'x", "categories/any(c)", "lastModifiedDateTime ge 'x'", "contains(subject,'x')", "startswith(uid,'x')", "singleValueExtendedProperties/any(ep: ep/id eq 'x')"} {
		f.get("/me/events?$filter="+url.QueryEscape(filter)).want(t, 400, "ErrorInvalidUrlQueryFilter")
	}
	got := subjects(f.all("/me/events?$orderby=start/dateTime%20desc&$top=2"))
	if d := cmp.Diff([]string{"Gamma", "Alpha", "beta", "O'Hara", "Stand-up"}, got); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
	got = subjects(f.all("/me/events?$orderby=subject,start/dateTime"))
	if d := cmp.Diff([]string{"Alpha", "Gamma", "O'Hara", "Stand-up", "beta"}, got); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
	for _, by := range []string{"body", "subject+up", "", "subject+asc+x"} {
		if r := f.get("/me/events?$orderby=" + by); by != "" && r.status != 400 {
			t.Errorf("order by %q: %d", by, r.status)
		}
	}
}

func TestExtendedProperties(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	f.noError(f.mb.CancelOccurrence(id.Classic, "2026-01-12"))
	const set = "{00062002-0000-0000-C000-000000000046}"
	expand := func(ids ...string) string {
		for i, id := range ids {
			ids[i] = "id eq '" + id + "'"
		}
		return "?$expand=" + url.QueryEscape("singleValueExtendedProperties($filter="+strings.Join(ids, " or ")+")")
	}
	r := f.ok(f.get("/me/events/" + id.Classic + expand("Integer "+set+" Id 0x8201", "String "+set+" Id 0x9999", "Boolean "+set+" Id 0x8223")))
	v, _ := r.body.get("singleValueExtendedProperties")
	want := list{
		object{{"id", "Integer {00062002-0000-0000-c000-000000000046} Id 0x8201"}, {"value", "0"}},
		object{{"id", "Boolean {00062002-0000-0000-c000-000000000046} Id 0x8223"}, {"value", "true"}},
	}
	if string(appendValue(nil, v)) != string(appendValue(nil, want)) {
		t.Errorf("got %s", appendValue(nil, v))
	}
	r = f.ok(f.get("/me/events/" + id.Classic + expand("String "+set+" Id 0x9999")))
	if _, ok := r.body.get("singleValueExtendedProperties"); ok {
		t.Error("an unknown property brought the member")
	}
	r = f.ok(f.get("/me/events" + expand("Binary {6ED8DA90-450B-101B-98DA-00AA003F1305} Id 0x23")))
	if v, ok := r.items()[0].get("singleValueExtendedProperties"); !ok {
		t.Errorf("no clean global object id in a listing: %v", v)
	}
	f.get("/me/events?$expand=singleValueExtendedProperties").want(t, 400, "ErrorInvalidRequest")
	f.get("/me/events?$expand="+url.QueryEscape("singleValueExtendedProperties($filter=value eq 'x')")).want(t, 400, "ErrorInvalidUrlQueryFilter")
}
