package caldav_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

func syncBody(token, more string) string {
	return "<D:sync-token>" + token + "</D:sync-token>" + more + prop("D:getetag")
}

// sync sends a sync-collection from a token.
func (r *rig) sync(token string) *multistatus {
	r.t.Helper()
	return r.report("D:sync-collection", syncBody(token, "<D:sync-level>1</D:sync-level>")).multistatus()
}

func TestS01EmptyTokenListsAll(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two", "2026-03-04T10:00"))
	r.change(gone("b"), upserts(event("c", "three", "2026-03-04T10:00"))[0])
	m := r.sync("")
	r.holds("S01", func(t *testing.T) {
		if got := r.matching(m, "a", "b", "c"); !slices.Equal(got, []string{"a", "c"}) {
			t.Errorf("rows of %v", got)
		}
		for _, row := range m.Rows {
			if row.Status != "" || row.found()["getetag"].Text == "" {
				t.Errorf("row %+v", row)
			}
		}
	})
	r.holds("S03", func(t *testing.T) {
		if got := r.one(r.calPath(), "D:sync-token"); got != m.SyncToken || !strings.HasPrefix(got, "urn:calbridge:sync:") {
			t.Errorf("sync-token %q, of the report %q", got, m.SyncToken)
		}
		if i := strings.LastIndex(m.answer.Body, "<D:sync-token>"); !strings.HasSuffix(m.answer.Body[i:], "</D:sync-token></D:multistatus>") {
			t.Error("the token is not the last element")
		}
	})
}

func TestS02ChangesAndRemovals(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two", "2026-03-04T10:00"), event("c", "three", "2026-03-04T10:00"))
	start := r.sync("")
	removed := func(t *testing.T, row row) {
		t.Helper()
		if row.Status != "HTTP/1.1 404 Not Found" || len(row.Propstats) != 0 {
			t.Errorf("removed row %+v", row)
		}
	}
	r.holds("S02", func(t *testing.T) {
		if again := r.sync(start.SyncToken); len(again.Rows) != 0 || again.SyncToken != start.SyncToken {
			t.Errorf("nothing changed, yet %v", again.hrefs())
		}
		r.change(upserts(event("a", "changed", "2026-03-04T10:00"))[0], gone("b"))
		m := r.sync(start.SyncToken)
		if changed := m.row(r.objPath("a")); changed.Status != "" || len(changed.Propstats) != 1 || changed.found()["getetag"].Text != r.do("GET", r.objPath("a"), "").Header.Get("ETag") {
			t.Errorf("changed row %+v", changed)
		}
		if removed(t, m.row(r.objPath("b"))); len(m.Rows) != 2 {
			t.Errorf("rows %v", m.hrefs())
		}
	})
	r.holds("S11", func(t *testing.T) {
		r.change(upserts(event("d", "brief", "2026-03-04T10:00"))...)
		r.change(gone("d"))
		m := r.sync(start.SyncToken)
		if removed(t, m.row(r.objPath("d"))); len(m.Rows) != 3 {
			t.Errorf("rows %v", m.hrefs())
		}
	})
	r.holds("S12", func(t *testing.T) {
		r.change(upserts(event("b", "back", "2026-03-04T10:00"))...)
		if back := r.sync(start.SyncToken); back.row(r.objPath("b")).Status != "" || len(back.Rows) != 3 {
			t.Errorf("rows %+v", back.Rows)
		}
	})
}

func TestS04BadTokens(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	r.change(upserts(event("a", "two", "2026-03-04T10:00"))...)
	token := r.sync("").SyncToken
	history, _, _ := strings.Cut(strings.TrimPrefix(token, "urn:calbridge:sync:"), "-")
	r.holds("S04", func(t *testing.T) {
		for _, bad := range []string{"urn:x", "x", "http://radicale.org/ns/sync/80", "urn:calbridge:sync:", "urn:calbridge:sync:" + history, "urn:calbridge:sync:other-1",
			"urn:calbridge:sync:" + history + "-99", "urn:calbridge:sync:" + history + "--1", token + "9", history + "-1", "urn:calbridge:sync:" + history + "-99:name"} {
			a := r.report("D:sync-collection", syncBody(bad, "")).wantError(http.StatusForbidden, "valid-sync-token")
			if !strings.Contains(a.Body, `<D:error xmlns:D="DAV:"`) {
				t.Errorf("%s: %s", bad, a.Body)
			}
		}
	})
	r.holds("S10", func(t *testing.T) { // a calendar made anew has another history
		listed := must[bridge.Calendar](t)(r.store.Calendar(t.Context(), r.cal.ID)).Listed
		if err := r.store.DropCalendar(t.Context(), r.cal.ID); err != nil {
			t.Fatal(err)
		}
		again := r.addCalendar(listed, event("a", "two", "2026-03-04T10:00"))
		path := "/dav/calendars/anna/" + string(again.ID) + "/"
		for token, want := range map[string]int{token: http.StatusForbidden, "": http.StatusMultiStatus} {
			a := r.do("REPORT", path, "<D:sync-collection"+namespaces+">"+syncBody(token, "")+"</D:sync-collection>").want(want)
			if token != "" {
				a.wantError(http.StatusForbidden, "valid-sync-token")
			} else if m := a.multistatus(); len(m.Rows) != 1 {
				t.Errorf("rows %v", m.hrefs())
			}
		}
	})
}

func TestS05Depths(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"))
	r.holds("S05", func(t *testing.T) {
		for _, header := range [][]string{{"Depth", "0"}, {"Depth", "1"}, nil} {
			if m := r.report("D:sync-collection", syncBody("", "<D:sync-level>1</D:sync-level>"), header...).multistatus(); len(m.Rows) != 1 {
				t.Errorf("%v: %v", header, m.hrefs())
			}
		}
	})
	r.holds("S06", func(t *testing.T) {
		for _, level := range []string{"", "<D:sync-level>infinite</D:sync-level>"} {
			if m := r.report("D:sync-collection", syncBody("", level)).multistatus(); len(m.Rows) != 1 {
				t.Errorf("%q: %v", level, m.hrefs())
			}
		}
		r.report("D:sync-collection", syncBody("", "<D:sync-level>2</D:sync-level>")).want(http.StatusBadRequest)
	})
}

// drain follows a limited sync to its end and returns what each href became.
func (r *rig) drain(token string, limit int, between func(step int)) (state map[string]string, last string, steps int) {
	r.t.Helper()
	state = map[string]string{}
	for steps = 1; ; steps++ {
		m := r.report("D:sync-collection", syncBody(token, fmt.Sprintf("<D:limit><D:nresults>%d</D:nresults></D:limit>", limit))).multistatus()
		more := false
		n := 0
		for _, row := range m.Rows {
			switch href := row.Hrefs[0]; {
			case strings.Contains(row.Status, "507"):
				if more = true; href != r.calPath() || !strings.Contains(m.answer.Body, "number-of-matches-within-limits") {
					r.t.Errorf("507 row %+v", row)
				}
			case strings.Contains(row.Status, "404"):
				state[href] = ""
				n++
			default:
				state[href] = row.found()["getetag"].Text
				n++
			}
		}
		if n > limit || steps > 100 {
			m.answer.fatalf("%d rows with a limit of %d, step %d", n, limit, steps)
		}
		if token = m.SyncToken; !more {
			return state, token, steps
		}
		if between != nil {
			between(steps)
		}
	}
}

func TestS15RemovalsAreRemembered(t *testing.T) {
	r := newRig(t, event("a", "one", "2026-03-04T10:00"), event("b", "two", "2026-03-04T10:00"))
	r.holds("S15", func(t *testing.T) {
		start := r.sync("").SyncToken
		r.change(gone("a"))
		for day := range 200 { // a busy life goes on
			r.pass(24 * time.Hour)
			r.change(upserts(event("b", fmt.Sprint("day ", day), "2026-03-04T10:00"))...)
		}
		m := r.sync(start)
		if len(m.Rows) != 2 || m.row(r.objPath("a")).Status != "HTTP/1.1 404 Not Found" || m.row(r.objPath("b")).Status != "" {
			t.Errorf("rows %+v", m.Rows)
		}
	})
}

func TestS07Limit(t *testing.T) {
	holds(t, "S07", func(t *testing.T) {
		var series []*bridge.Series
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			series = append(series, event(id, id, "2026-03-04T10:00"))
		}
		r := newRig(t, series...)
		start := r.sync("").SyncToken
		for _, s := range series {
			s.Master.Subject += " changed"
		}
		r.change(upserts(series...)...)
		state, token, steps := r.drain(start, 2, nil)
		if len(state) != 5 || steps != 3 || token != r.one(r.calPath(), "D:sync-token") {
			t.Errorf("%d changes in %d steps, token %s", len(state), steps, token)
		}
		for limit, want := range map[int]int{1: 5, 2: 3, 5: 1, 6: 1} {
			first, token, steps := r.drain("", limit, nil)
			if len(first) != 5 || steps != want || token != r.one(r.calPath(), "D:sync-token") {
				t.Errorf("first listing by %d: %d members in %d steps, token %s", limit, len(first), steps, token)
			}
		}
		r.report("D:sync-collection", syncBody("", "<D:limit><D:nresults>0</D:nresults></D:limit>")).want(http.StatusBadRequest)
		r.report("D:sync-collection", syncBody("", "<D:limit/>")).want(http.StatusBadRequest)
	})
}

// What changes while a first listing is fetched in parts is told afterwards.
func TestLimitedFirstListingSeesChangesMeanwhile(t *testing.T) {
	var series []*bridge.Series
	for i := range 9 {
		series = append(series, event(fmt.Sprint(i), "event", "2026-03-04T10:00"))
	}
	r := newRig(t, series...)
	state, token, _ := r.drain("", 2, func(step int) {
		r.change(gone(fmt.Sprint(step)), upserts(event(fmt.Sprint(step+4), "changed", "2026-03-04T10:00"), event(fmt.Sprint("new", step), "new", "2026-03-04T10:00"))[0])
	})
	later, _, _ := r.drain(token, 3, nil)
	maps.Copy(state, later)
	maps.DeleteFunc(state, func(_, etag string) bool { return etag == "" })
	if diff := cmp.Diff(r.listing(), state); diff != "" {
		t.Errorf("replayed (-listing +state):\n%s", diff)
	}
}

func TestS08NothingIsCutUnasked(t *testing.T) {
	holds(t, "S08", func(t *testing.T) {
		r := newRig(t)
		var series []*bridge.Series
		for i := range 2500 {
			series = append(series, event(fmt.Sprint(i), "event", "2026-03-04T10:00"))
		}
		before := r.sync("").SyncToken
		r.change(upserts(series...)...)
		for _, token := range []string{"", before} {
			if m := r.sync(token); len(m.Rows) != len(series) || strings.Contains(m.answer.Body, " 507 ") {
				t.Errorf("%d rows of %d since %q", len(m.Rows), len(series), token)
			}
		}
	})
}

func (r *rig) listing() map[string]string {
	r.t.Helper()
	list := map[string]string{}
	for _, row := range r.propfind(r.calPath(), "1", "D:getetag").Rows[1:] {
		list[row.Hrefs[0]] = row.found()["getetag"].Text
	}
	return list
}

// S09: a writer changes the calendar, by small rounds and by whole ones, while
// readers sync; whoever replays the answers has the listing.
func TestS09ReplayingSyncsGivesTheListing(t *testing.T) {
	holds(t, "S09", func(t *testing.T) {
		r := newRig(t, event("0", "event", "2026-03-04T10:00"))
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				state, token := map[string]string{}, ""
				for last := false; ; {
					select {
					case <-done:
						last = true
					default:
					}
					m, err := r.syncQuietly(token)
					if err != nil {
						t.Errorf("since %q: %v", token, err)
						return
					}
					for _, row := range m.Rows {
						if state[row.Hrefs[0]] = row.found()["getetag"].Text; row.Status != "" {
							delete(state, row.Hrefs[0])
						}
					}
					if token = m.SyncToken; last {
						break
					}
				}
				if diff := cmp.Diff(r.listing(), state); diff != "" {
					t.Errorf("replayed (-listing +state):\n%s", diff)
				}
			})
		}
		r.write(40)
		close(done)
		readers.Wait()
	})
}

// write applies rounds of random changes.
func (r *rig) write(rounds int) {
	r.t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	alive := map[int]*bridge.Series{0: event("0", "event", "2026-03-04T10:00")}
	for n := range rounds {
		var changes []bridge.Change
		for range 1 + random.IntN(20) {
			id := random.IntN(60)
			if random.IntN(3) == 0 {
				delete(alive, id)
				changes = append(changes, gone(fmt.Sprint(id)))
				continue
			}
			alive[id] = event(fmt.Sprint(id), fmt.Sprint("state ", n), "2026-03-04T10:00")
			changes = append(changes, upserts(alive[id])...)
		}
		full := n%7 == 3
		if full {
			changes = upserts(slices.Collect(maps.Values(alive))...)
		}
		r.round(r.cal.ID, full, changes...)
	}
}

// syncQuietly is a sync that may be called from other goroutines.
func (r *rig) syncQuietly(token string) (*multistatus, error) {
	body := "<D:sync-collection" + namespaces + ">" + syncBody(token, "") + "</D:sync-collection>"
	req, err := http.NewRequestWithContext(context.Background(), "REPORT", r.URL+r.calPath(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("anna", r.secret)
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusMultiStatus {
		return nil, fmt.Errorf("status %d: %s", res.StatusCode, text)
	}
	m := &multistatus{}
	return m, xml.Unmarshal(text, m)
}
