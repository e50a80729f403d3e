package graphfake

import (
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestConcurrency(t *testing.T) {
	f := start(t, Options{Quota: GraphQuota()})
	gate := make(chan struct{})
	f.srv.Inject(Fault{Path: regexp.MustCompile("/me/calendars"), Times: 4, Until: gate})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			req, err := http.NewRequest("GET", f.web.URL+"/v1.0/me/calendars", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+f.token)
			resp, err := f.web.Client().Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Errorf("got %d", resp.StatusCode)
			}
		})
	}
	for f.srv.Counts().Concurrent[anna] < 4 {
		f.ok(f.do("GET", f.web.URL+"/", "", nil)) // let the others run
	}
	f.get("/me/calendars").want(t, 429, "ApplicationThrottled")
	other := f.srv.SignIn(anna, "another app").Access
	mine := f.token
	f.token = other
	f.ok(f.get("/me/calendars"))
	f.token = mine
	close(gate)
	wait.Wait()
	f.ok(f.get("/me/calendars"))
}

func TestRequestQuota(t *testing.T) {
	f := start(t, Options{Quota: Quota{Requests: 20, Per: 10 * time.Minute}})
	for i := range 20 {
		f.ok(f.get("/me/calendar"))
		if i == 9 {
			f.clock.advance(2 * time.Minute)
		}
	}
	r := f.get("/me/calendar").want(t, 429, "TooManyRequests")
	if got := r.header.Get("Retry-After"); got != "480" {
		t.Errorf("Retry-After %s", got)
	}
	if inner := r.body.child("error").child("innerError"); inner.text("code") != "429" || inner.text("status") != "429" || inner.text("date") == "" {
		t.Errorf("innerError %s", appendValue(nil, inner))
	}
	f.clock.advance(8*time.Minute + 10*time.Second)
	f.ok(f.get("/me/calendar"))
	f.clock.advance(time.Hour)
	if got := f.srv.Counts().Window[anna]; got != 0 {
		t.Errorf("an hour later the window has %d", got)
	}
}

func TestRetryAfterForms(t *testing.T) {
	f := start(t, Options{Quota: Quota{Requests: 1, Per: time.Minute}})
	f.ok(f.get("/me/calendar"))
	for form, want := range map[RetryForm]string{
		RetrySeconds: `^\d+$`, RetryFraction: `^\d+\.\d{3}$`, RetryDate: `^Mon, 05 Jan 2026 10:0\d:\d\d GMT$`, RetryMissing: `^$`,
	} {
		f.srv.SetHabits(Habits{RetryAfter: form})
		if got := f.get("/me/calendar").want(t, 429, "TooManyRequests").header.Get("Retry-After"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("form %d: %q", form, got)
		}
	}
}

// TestWindow compares the request window with a list of all requests.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w window
		const per = time.Minute
		now := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
		var all []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "pause")) * time.Millisecond)
			all = append(all, now)
			got := w.add(now, per)
			least, most := 0, 0
			for _, at := range all {
				if now.Sub(at) < per-per/windowParts {
					least++
				}
				if now.Sub(at) < per {
					most++
				}
			}
			if got < least || got > most {
				t.Fatalf("%d requests in the window, want %d to %d", got, least, most)
			}
		}
		q := Quota{Requests: rapid.IntRange(1, 20).Draw(t, "quota"), Per: per}
		if w.total() < q.Requests {
			return
		}
		wait := w.wait(now, q)
		if wait <= 0 || wait > per {
			t.Fatalf("wait %s", wait)
		}
		if w.forward(now.Add(wait), per); w.total() >= q.Requests {
			t.Fatalf("%d requests are left after %s", w.total(), wait)
		}
	})
}
