package graphsync_test

import (
	"fmt"
	"testing"
	"time"

	"calbridge/graphsync/graphfake"
)

// BenchmarkIdleRound is a round over 20 calendars in which nothing changed, the
// emulator's part included, and beside it 20 of the requests alone.
func BenchmarkIdleRound(b *testing.B) {
	clock := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	r := rigWith(b, graphfake.Options{Now: func() time.Time { return clock }}, func(fake *graphfake.Server) (*graphfake.Mailbox, error) {
		return fake.AddMailbox(graphfake.MailboxInfo{Person: graphfake.Person{Name: "Anna", Address: anna}, TimeZone: "W. Europe Standard Time"})
	})
	for i := range 19 {
		r.box.AddCalendar(graphfake.CalendarInfo{Name: fmt.Sprint("Calendar ", i)}).Generate(50, uint64(i))
	}
	r.cal.Generate(5000, 1)
	r.sync()
	r.oneRound()
	b.Run("round", func(b *testing.B) {
		commits, requests := r.commits(), r.fake.Counts().Total
		for b.Loop() {
			r.oneRound()
		}
		b.ReportMetric(float64(r.commits()-commits)/float64(b.N), "commits/op")
		b.ReportMetric(float64(r.fake.Counts().Total-requests)/float64(b.N), "requests/op")
	})
	b.Run("requests alone", func(b *testing.B) {
		token := r.fake.SignIn(anna, "other", "Calendars.Read").Access
		for b.Loop() {
			for range 20 {
				r.ask(token, "/v1.0/me/calendar?$select=id")
			}
		}
	})
}
