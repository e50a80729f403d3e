package zone

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An onset is one moment at which a reader of a VTIMEZONE takes an observance
// to begin.
type onset struct {
	at       int64
	wall     int64
	from, to int
}

// reader is what a calendar client knows of VTIMEZONE: it shares nothing with
// the code that writes it, and refuses what it does not expect.
type reader struct {
	tzid   string
	onsets []onset
	rules  []string // DTSTART, offset before and RRULE
	kinds  []string
	open   bool // there is a rule without an end
}

// part is an observance while it is read.
type part struct {
	kind, name string
	from, to   int
	start      time.Time
	dates      []time.Time
	rule       string
}

const layout = "20060102T150405"

// readTimezone expands a VTIMEZONE to the year last.
func readTimezone(text string, last int) (*reader, error) {
	if !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		return nil, fmt.Errorf("line ends are not CRLF")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	n := len(lines)
	if n < 4 || lines[0] != "BEGIN:VTIMEZONE" || lines[n-1] != "END:VTIMEZONE" {
		return nil, fmt.Errorf("not a VTIMEZONE")
	}
	tzid, ok := strings.CutPrefix(lines[1], "TZID:")
	if !ok || lines[2] != "X-LIC-LOCATION:"+tzid {
		return nil, fmt.Errorf("bad head: %q", lines[1:3])
	}
	r := &reader{tzid: tzid}
	for rest := lines[3 : n-1]; len(rest) > 0; {
		end := slices.IndexFunc(rest, func(l string) bool { return strings.HasPrefix(l, "END:") })
		if end < 0 {
			return nil, fmt.Errorf("no END in %q", rest)
		}
		if err := r.read(rest[:end+1], last); err != nil {
			return nil, fmt.Errorf("%w in %q", err, rest[:end+1])
		}
		rest = rest[end+1:]
	}
	slices.SortFunc(r.onsets, func(a, b onset) int { return cmp.Compare(a.at, b.at) })
	r.onsets = slices.Compact(r.onsets)
	return r, nil
}

func (r *reader) read(lines []string, last int) error {
	var order []string
	var p part
	for _, line := range lines {
		if len(line) > 75 {
			return fmt.Errorf("line of %d octets", len(line))
		}
		name, value, _ := strings.Cut(line, ":")
		order = append(order, name)
		if err := p.set(name, value); err != nil {
			return err
		}
	}
	want := []string{"BEGIN", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "DTSTART", "RRULE", "RDATE", "END"}
	rank := func(a, b string) int { return cmp.Compare(slices.Index(want, a), slices.Index(want, b)) }
	if !slices.IsSortedFunc(order, rank) || p.name == "" || p.start.IsZero() || p.start.Year() < 1970 {
		return fmt.Errorf("bad observance %+v", p)
	}
	r.kinds = append(r.kinds, p.kind)
	r.open = r.open || p.rule != "" && !strings.Contains(p.rule, "UNTIL")
	return r.expand(p, last)
}

func (p *part) set(name, value string) (err error) {
	switch name {
	case "BEGIN":
		p.kind = value
	case "END":
		if value != p.kind || (value != "STANDARD" && value != "DAYLIGHT") {
			err = fmt.Errorf("end of %s", value)
		}
	case "TZOFFSETFROM":
		p.from, err = readOffset(value)
	case "TZOFFSETTO":
		p.to, err = readOffset(value)
	case "TZNAME":
		p.name = value
	case "DTSTART":
		p.start, err = time.Parse(layout, value)
	case "RRULE":
		p.rule = value
	case "RDATE":
		var d time.Time
		d, err = time.Parse(layout, value)
		p.dates = append(p.dates, d)
	default:
		err = fmt.Errorf("unexpected %s", name)
	}
	return err
}

func readOffset(s string) (int, error) {
	if len(s) != 5 || s == "-0000" {
		return 0, fmt.Errorf("bad offset %q", s)
	}
	d, err := time.Parse("-0700", s)
	_, seconds := d.Zone()
	return seconds, err
}

// expand adds the onsets as the narrowest reader counts them: those of the rule
// and the RDATEs, and DTSTART only if there is neither. They must be the same
// as the RFC's, to which DTSTART always belongs.
func (r *reader) expand(p part, last int) error {
	walls := slices.Clone(p.dates)
	if p.rule != "" {
		r.rules = append(r.rules, p.start.Format(layout)+" "+strconv.Itoa(p.from)+" "+p.rule)
		more, err := expandRule(p, last)
		if err != nil {
			return err
		}
		walls = append(walls, more...)
	}
	if p.rule == "" && p.dates == nil {
		walls = append(walls, p.start)
	}
	if len(walls) == 0 || !walls[0].Equal(p.start) {
		return fmt.Errorf("DTSTART is not the first onset of %v", walls)
	}
	for _, w := range walls {
		r.onsets = append(r.onsets, onset{w.Unix() - int64(p.from), w.Unix(), p.from, p.to})
	}
	return nil
}

// expandRule knows FREQ=YEARLY;BYMONTH=m;BYDAY=nWD with or without UNTIL, and
// finds the days by trying all of them. UNTIL must mean the same whether it is
// read in UTC or, as some do, in local time.
func expandRule(p part, last int) ([]time.Time, error) {
	var month, nth int
	var day, until string
	rule := strings.NewReplacer(";", " ", "=", " ").Replace(p.rule)
	n, err := fmt.Sscanf(rule, "FREQ YEARLY BYMONTH %d BYDAY %s UNTIL %s", &month, &day, &until)
	if n < 2 {
		return nil, fmt.Errorf("cannot read %q: %w", p.rule, err)
	}
	if nth, err = strconv.Atoi(day[:len(day)-2]); err != nil {
		return nil, err
	}
	end := time.Date(last+1, 1, 1, 0, 0, 0, 0, time.UTC)
	if until != "" {
		if end, err = time.Parse(layout+"Z", until); err != nil {
			return nil, err
		}
	}
	var walls []time.Time
	for year := p.start.Year(); year <= end.Year(); year++ {
		w := weekdayOf(year, time.Month(month), nth, day[len(day)-2:]).Add(p.start.Sub(p.start.Truncate(24 * time.Hour)))
		asUTC, asLocal := w.Add(-time.Duration(p.from)*time.Second).After(end), w.After(end)
		if asUTC != asLocal {
			return nil, fmt.Errorf("UNTIL is not the same for all readers at %s", w)
		}
		if !w.Before(p.start) && !asUTC {
			walls = append(walls, w)
		}
	}
	if len(walls) == 0 || until != "" && end.Sub(walls[len(walls)-1]) > 48*time.Hour {
		return nil, fmt.Errorf("UNTIL is far from the last onset of %v", walls)
	}
	return walls, nil
}

func weekdayOf(year int, month time.Month, nth int, day string) time.Time {
	var days []time.Time
	for d := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC); d.Month() == month; d = d.AddDate(0, 0, 1) {
		if strings.EqualFold(d.Weekday().String()[:2], day) {
			days = append(days, d)
		}
	}
	if nth < 0 {
		return days[len(days)+nth]
	}
	return days[nth-1]
}

// offset is that of the observance whose onset is the latest not after the
// instant.
func (r *reader) offset(at int64) (int, bool) {
	i, found := slices.BinarySearchFunc(r.onsets, at, func(o onset, at int64) int { return cmp.Compare(o.at, at) })
	if !found {
		i--
	}
	if i < 0 {
		return 0, false
	}
	return r.onsets[i].to, true
}
