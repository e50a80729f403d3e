package bridge

import (
	"fmt"
	"time"
)

// Date is a day of the proleptic Gregorian calendar without a zone, counted in
// days from 1970-01-01. Dates compare and subtract as the integers they are.
type Date int

// MinDate and MaxDate bound the dates that calbridge reads and writes: years 1
// to 9999, what iCalendar can spell (RFC 5545 §3.3.4).
var (
	MinDate = DateOf(1, time.January, 1)
	MaxDate = DateOf(9999, time.December, 31)
)

// DateOf returns the given day; out-of-range months and days carry over as in
// [time.Date].
func DateOf(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DateIn returns the day on which t falls in loc.
func DateIn(t time.Time, loc *time.Location) Date {
	return DateOf(t.In(loc).Date())
}

// ParseDate reads the form 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("not a date: %q", Excerpt(s))
	}
	return DateOf(t.Date()), nil
}

// Time returns midnight of d in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Civil returns the year, month and day of d.
func (d Date) Civil() (int, time.Month, int) { return d.Time().Date() }

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// String returns the form 2006-01-02.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// MarshalText implements [encoding.TextMarshaler] with the form of String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Excerpt shortens text that came from elsewhere so that an error message can
// quote it without becoming a copy of it.
func Excerpt(s string) string {
	const limit = 60
	for i := range s {
		if i > limit {
			return s[:i] + "…"
		}
	}
	return s
}

func daysIn(year int, month time.Month) int {
	_, _, day := DateOf(year, month+1, 0).Civil()
	return day
}
