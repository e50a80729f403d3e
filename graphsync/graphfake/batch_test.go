package graphfake

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// batch posts parts and returns the answers by id.
func (f *fixture) batch(requests string) map[string]object {
	f.t.Helper()
	r := f.ok(f.call("POST", "/$batch", `{"requests":[`+requests+`]}`))
	v, _ := r.body.get("responses")
	out := map[string]object{}
	for _, a := range v.(list) {
		out[a.(object).text("id")] = a.(object)
	}
	return out
}

// get2 writes a GET part.
func get2(id, url, more string) string {
	return `{"id":"` + id + `","method":"GET","url":"` + url + `"` + more + `}`
}

func TestBatch(t *testing.T) {
	f := start(t, Options{})
	id := f.add(weeklyStandup())
	got := f.batch(strings.Join([]string{
		get2("1", "/me/events/"+id.Immutable+"?$select=subject", `,"headers":{"Prefer":"outlook.timezone=\"Asia/Tokyo\", IdType=\"ImmutableId\""}`),
		get2("2", "me/events/nonsense", ""),
		`{"id":"3","method":"POST","url":"/me/events","headers":{"Content-Type":"application/json"},"body":{"subject":"made","start":{"dateTime":"2026-01-06T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-06T11:00:00","timeZone":"UTC"}}}`,
		get2("4", "/me/events?$top=1", ""),
		get2("5", "/me/events/$count", `,"dependsOn":["3"]`),
		`{"id":"6","method":"DELETE","url":"/me/events/` + id.Classic + `","dependsOn":["5"]}`,
	}, ","))
	status := map[string]int{}
	for id, a := range got {
		status[id] = intOf(a, "status")
	}
	if d := cmp.Diff(map[string]int{"1": 200, "2": 400, "3": 201, "4": 200, "5": 200, "6": 204}, status); d != "" {
		t.Errorf("status (-want +got):\n%s", d)
	}
	if got["1"].child("body").text("subject") != "Stand-up" || got["1"].child("headers").text("Preference-Applied") == "" {
		t.Errorf("part 1: %s", appendValue(nil, got["1"]))
	}
	if next := got["4"].child("body").text("@odata.nextLink"); !strings.HasPrefix(next, f.web.URL+"/v1.0/me/events?") {
		t.Errorf("nextLink of a part: %q", next)
	}
	if got["3"].child("headers").text("Location") == "" {
		t.Errorf("part 3 has no Location: %s", appendValue(nil, got["3"]))
	}
	if n, _ := got["5"].get("body"); string(appendValue(nil, n)) != "2" {
		t.Errorf("count after create: %v", n)
	}
}

func TestBatchDependencies(t *testing.T) {
	f := start(t, Options{})
	got := f.batch(get2("a", "/me/events/nonsense", "") + "," + get2("b", "/me", `,"dependsOn":["a"]`) + "," + get2("c", "/me", `,"dependsOn":["b"]`))
	if intOf(got["b"], "status") != 424 || intOf(got["c"], "status") != 424 {
		t.Errorf("dependants of a failure: %v", got)
	}
}

func TestBatchRefusals(t *testing.T) {
	f := start(t, Options{})
	many := strings.Repeat(get2("1", "/me", "")+",", 20) + get2("x", "/me", "")
	for _, body := range []string{`{}`, `{"requests":[]}`, `x`, `{"requests":[` + many + `]}`,
		`{"requests":[` + get2("1", "/me", "") + `,` + get2("1", "/me", "") + `]}`,
		`{"requests":[` + get2("1", "/me", `,"dependsOn":["2"]`) + `,` + get2("2", "/me", "") + `]}`,
		`{"requests":[` + get2("1", "/$batch", "") + `]}`, `{"requests":[{"id":"1"}]}`,
	} {
		if r := f.call("POST", "/$batch", body); r.status != 400 {
			t.Errorf("%.60s: %d", body, r.status)
		}
	}
	if r := f.call("GET", "/$batch", ""); r.status != 405 {
		t.Errorf("GET: %d", r.status)
	}
	f.token = ""
	if r := f.call("POST", "/$batch", `{"requests":[`+get2("1", "/me", "")+`]}`); r.status != 401 {
		t.Errorf("without a token: %d", r.status)
	}
}

func TestBatchConcurrency(t *testing.T) {
	f := start(t, Options{Quota: GraphQuota()})
	six := func(chain bool) (good, refused int) {
		var parts []string
		for i := range 6 {
			more := ""
			if chain && i > 0 {
				more = fmt.Sprintf(`,"dependsOn":["%d"]`, i-1)
			}
			parts = append(parts, get2(fmt.Sprint(i), "/me/calendar", more))
		}
		for _, a := range f.batch(strings.Join(parts, ",")) {
			switch intOf(a, "status") {
			case 200:
				good++
			case 429:
				refused++
				e := a.child("body").child("error")
				if e.text("code") != "ApplicationThrottled" || e.text("message") != "Application is over its MailboxConcurrency limit." || a.child("headers").text("Retry-After") != "1" {
					t.Errorf("refusal %s", appendValue(nil, a))
				}
			}
		}
		return good, refused
	}
	if good, refused := six(false); good != 4 || refused != 2 {
		t.Errorf("parallel: %d good, %d refused", good, refused)
	}
	if got := f.srv.Counts(); got.Concurrent[anna] != 4 || got.Window[anna] != 6 || got.Routes["GET /me/calendar"] != 4 || got.Routes["POST /$batch"] != 1 || got.Total != 1 {
		t.Errorf("counts %+v", got)
	}
	if good, refused := six(true); good != 6 || refused != 0 {
		t.Errorf("chained: %d good, %d refused", good, refused)
	}
	f.srv.ResetCounts()
	if got := f.srv.Counts(); got.Concurrent[anna] != 0 || got.Window[anna] != 12 || len(got.Routes) != 0 || got.Total != 0 {
		t.Errorf("counts after reset %+v", got)
	}
}
