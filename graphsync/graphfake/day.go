package graphfake

import (
	"fmt"
	"time"
)

// day is a date of the proleptic Gregorian calendar, counted from 1970-01-01.
// Recurrence is computed on days alone: a wall time and a zone are attached
// to a day only when an instance is made of it.
type day int32

const secondsPerDay = 24 * 60 * 60

// dayOf makes a day of a date; month and day of month may run over.
func dayOf(year int, month time.Month, dom int) day {
	return day(floorDiv(time.Date(year, month, dom, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay))
}

// dayAt returns the date on which a wall time (seconds, read as UTC) falls.
func dayAt(wall int64) day { return day(floorDiv(wall, secondsPerDay)) }

// parseDay reads yyyy-mm-dd.
func parseDay(text string) (day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("read date: %w", err)
	}
	return dayOf(t.Date()), nil
}

// wall returns the midnight that begins the day, as seconds read as UTC.
func (d day) wall() int64 { return int64(d) * secondsPerDay }

// date splits a day. It counts in years that begin in March, so that the leap
// day is the last one: many times faster than by way of time.Time, which shows
// where the days of a whole mailbox are scanned.
func (d day) date() (year int, month time.Month, dom int) {
	n := int64(d) + 719468 // days since 0000-03-01
	era := floorDiv(n, 146097)
	doe := n - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	shifted := (5*doy + 2) / 153
	dom = int(doy - (153*shifted+2)/5 + 1)
	year, month = int(yoe+era*400), time.Month(shifted+3)
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, dom
}

func (d day) weekday() time.Weekday {
	return time.Weekday(((int(d)+int(time.Thursday))%7 + 7) % 7)
}

// String writes yyyy-mm-dd.
func (d day) String() string { return time.Unix(d.wall(), 0).UTC().Format(time.DateOnly) }

// monthLength returns the number of days of a month.
func monthLength(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
