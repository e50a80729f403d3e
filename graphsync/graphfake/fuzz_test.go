package graphfake

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// fuzzServer is a seeded server without a network.
func fuzzServer(f *testing.F) (*Server, string) {
	f.Helper()
	day := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	srv := New(Options{Now: func() time.Time { return day }})
	if _, err := srv.Seed(day); err != nil {
		f.Fatal(err)
	}
	return srv, srv.SignIn(SeedAddress, "app").Access
}

// ask sends a request straight to the handler.
func ask(srv *Server, token, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost/", strings.NewReader(body))
	u, err := url.Parse("http://localhost" + path)
	if err != nil {
		return nil
	}
	r.URL = u
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	return w
}

// FuzzPaths asks for arbitrary addresses: none may break the server.
func FuzzPaths(f *testing.F) {
	srv, token := fuzzServer(f)
	for _, path := range []string{
		"/v1.0/me/events?$filter=a", "/v1.0/me/calendars/%2F/events/%00", "/beta/users/x/calendarView", "/v1.0/", "/v1.0//me//events", "/v1.0/me/../me",
		"/v1.0/me/events?$expand=singleValueExtendedProperties($filter=id eq '", "/v1.0/me/events/delta?$deltatoken=R0us", "/v1.0/me/events?$orderby=,", "/v1.0/$batch",
		"/v1.0/me/calendarView?startDateTime=0001-01-01T00:00:00Z&endDateTime=0002-01-01T00:00:00Z", "/v1.0/me/outlook/supportedTimeZones(",
		"/v1.0/me/calendarView?startDateTime=9998-01-01&endDateTime=9999-01-01", "/v1.0/me/events?$skip=999999999&$top=1000",
	} {
		f.Add("GET", path)
		f.Add("POST", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		if !strings.HasPrefix(path, "/") || method != http.MethodGet && method != http.MethodPost {
			return
		}
		if w := ask(srv, token, method, path, "{}"); w != nil && w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
	})
}

// FuzzFilter reads arbitrary filters and applies those that can be read.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{"type eq 'x'", "not (isAllDay eq true) or subject ne ''", "categories/any(c:c eq 'x')", "((", "''", "startswith(subject,'x')", "a eq", "not not not"} {
		f.Add(text)
	}
	srv, _ := fuzzServer(f)
	items := srv.Mailbox(SeedAddress).Default().records
	f.Fuzz(func(t *testing.T, text string) {
		keep, err := readFilter(text)
		if err != nil {
			return
		}
		for _, rec := range items {
			keep(whole(rec))
		}
	})
}

// FuzzBodies creates and changes events with arbitrary bodies: each is either
// taken or refused as the client's fault.
func FuzzBodies(f *testing.F) {
	srv, token := fuzzServer(f)
	for _, body := range []string{lunch(""), weeklyBody("2026-01-06", `"type":"noEnd"`), `{}`, `[]`, `{"start":1}`, `{"attendees":{}}`, `{"locations":[null,1,{}]}`,
		`{"recurrence":{"pattern":1,"range":2}}`, `{"body":"x","location":"y","categories":"z"}`, `{"singleValueExtendedProperties":[1,{}]}`, `{"isAllDay":1,"subject":{}}`} {
		f.Add(body)
	}
	mb := srv.Mailbox(SeedAddress)
	f.Fuzz(func(t *testing.T, body string) {
		cal := mb.AddCalendar(CalendarInfo{Name: "Fuzz"})
		defer cal.Remove()
		id, err := cal.Add(weeklyStandup())
		if err != nil {
			t.Fatal(err)
		}
		base := "/v1.0/me/calendars/" + cal.IDs().Classic
		for _, c := range [][2]string{{"POST", base + "/events"}, {"PATCH", base + "/events/" + id.Classic}, {"POST", "/v1.0/$batch"}} {
			if w := ask(srv, token, c[0], c[1], body); w.Code >= 500 {
				t.Errorf("%s %s with %s: %d %s", c[0], c[1], body, w.Code, w.Body)
			}
		}
		if w := ask(srv, token, "GET", base+"/calendarView?startDateTime=2026-01-01&endDateTime=2027-01-01&$top=1000", ""); w.Code != 200 {
			t.Errorf("after %s: %d %s", body, w.Code, w.Body)
		}
	})
}
