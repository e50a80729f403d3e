package graphfake

import (
	"fmt"
	"strings"
	"time"
)

// wallForm is how Graph writes the dateTime of a dateTimeTimeZone, stampForm
// a DateTimeOffset.
const (
	wallForm  = "2006-01-02T15:04:05.0000000"
	stampForm = "2006-01-02T15:04:05.0000000Z"
)

// formatStamp writes microseconds since 1970 as a DateTimeOffset.
func formatStamp(micro int64) string { return time.UnixMicro(micro).UTC().Format(stampForm) }

// formatWall writes a wall time, given in seconds read as UTC.
func formatWall(wall int64) string { return time.Unix(wall, 0).UTC().Format(wallForm) }

// dateTimeZone writes a dateTimeTimeZone.
func dateTimeZone(wall int64, label string) object {
	return object{{"dateTime", formatWall(wall)}, {"timeZone", label}}
}

// wallTime is a dateTimeTimeZone that was read.
type wallTime struct {
	wall  int64
	label string
	zone  *time.Location // nil if the label names none
}

// instant returns the moment of the wall time; one without a usable zone is
// read as UTC.
func (w wallTime) instant() int64 {
	if w.zone == nil {
		return w.wall
	}
	return toInstant(w.wall, w.zone)
}

// parseWallTime reads a dateTimeTimeZone. Names are compared without case,
// since one documented sample has them capitalised.
func parseWallTime(o object) (wallTime, error) {
	var text, label string
	for _, m := range o {
		s, _ := m.value.(string)
		switch strings.ToLower(m.name) {
		case "datetime":
			text = s
		case "timezone":
			label = s
		}
	}
	wall, err := parseWall(text)
	return wallTime{wall, label, findZone(label)}, err
}

// parseWall reads a wall time with or without fractional digits; the Z that
// broken items carry is dropped, any other offset is refused.
func parseWall(text string) (int64, error) {
	text = strings.TrimSuffix(text, "Z")
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.Unix(), nil
		}
	}
	return 0, fmt.Errorf("read date and time %q", text)
}

// parseInstant reads a query parameter or a DateTimeOffset: with an offset, or
// UTC without one.
func parseInstant(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.Parse("2006-01-02T15:04Z07:00", text); err == nil {
		return t, nil
	}
	wall, err := parseWall(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("read instant %q", text)
	}
	return time.Unix(wall, 0).UTC(), nil
}
