package bridge

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const tailOfID = "00000000B0A1"

// The rows are those of mapping §1.3.
func TestCleanUID(t *testing.T) {
	foreign := globalObjectID + "07E9060A" + strings.Repeat("0", 40) + hex.EncodeToString([]byte("vCal-Uid\x01\x00\x00\x00abc@example.org\x00"))
	for _, c := range []struct{ name, raw, want string }{
		{"R1.6 a master", globalObjectID + "00000000" + tailOfID, globalObjectID + "00000000" + tailOfID},
		{"R1.6 an instance", globalObjectID + "07E9060A" + tailOfID, globalObjectID + "00000000" + tailOfID},
		{"R1.6 lower case", strings.ToLower(globalObjectID + "07E9060A" + tailOfID), globalObjectID + "00000000" + tailOfID},
		{"R1.6 another system's", foreign, "abc@example.org"},
		{"R1.6 foreign as it is", "ABC-123@example.org", "ABC-123@example.org"},
		{"R1.6 no hex", globalObjectID + "0000000000zz", globalObjectID + "0000000000zz"},
		{"R1.6 cut off", "040000008200C780DAE", "040000008200C780DAE"},
	} {
		if got := CleanUID(c.raw, "id"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	made := CleanUID("", "id")
	if made != CleanUID(" ", "id") || made == CleanUID("", "other") || !strings.HasSuffix(made, "@bridge") {
		t.Errorf("made UID %q", made)
	}
	if !DatedUID(globalObjectID+"07E9060A"+tailOfID) || DatedUID(globalObjectID+"00000000"+tailOfID) || DatedUID("abc") {
		t.Error("DatedUID does not tell instances from masters")
	}
	if long := CleanUID(strings.Repeat("x", 100_000), "id"); len(long) > 1024 {
		t.Errorf("a UID of %d octets", len(long))
	}
	if ctl := CleanUID("a\x00b\r\nc", "id"); strings.ContainsAny(ctl, "\x00\r\n") {
		t.Errorf("UID %q", ctl)
	}
}

func TestObjectNames(t *testing.T) {
	n := ObjectName("AAMk=")
	if len(n) != 26 || strings.Trim(n, "abcdefghijklmnopqrstuvwxyz234567") != "" || n == ObjectName("AAMK=") {
		t.Errorf("name %q", n)
	}
}

func TestPoints(t *testing.T) {
	p := Point{"abc123", 42}
	if got, err := ParsePoint(p.String()); err != nil || got != p {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "-1", "abc", "abc-", "abc--1", "abc-x", "abc-99999999999999999999"} {
		if got, err := ParsePoint(bad); err == nil {
			t.Errorf("%q reads as %v", bad, got)
		}
	}
}

func TestUserNames(t *testing.T) {
	for in, want := range map[string]string{"Anna": "anna", " ÉVA b ": "éva b", "a.b@x-y": "a.b@x-y"} {
		if got, err := UserName(in); err != nil || got != want {
			t.Errorf("UserName(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", ".", "..", "a/b", "a%2fb", "a:b", "-a", "a\nb", strings.Repeat("a", 64), "a."} {
		if got, err := UserName(in); KindOf(err) != Invalid {
			t.Errorf("UserName(%q) = %q, %v", in, got, err)
		}
	}
}

func TestDates(t *testing.T) {
	d := DateOf(2024, time.February, 29)
	text, err := json.Marshal(map[string]Date{"d": d})
	if err != nil || string(text) != `{"d":"2024-02-29"}` {
		t.Errorf("%s, %v", text, err)
	}
	var back map[string]Date
	if err := json.Unmarshal(text, &back); err != nil || back["d"] != d {
		t.Errorf("%v, %v", back, err)
	}
	for _, bad := range []string{"", "2024-02-30", "24-02-01", "2024-02-01T00:00:00"} {
		if _, err := ParseDate(bad); err == nil {
			t.Errorf("%q is a date", bad)
		}
	}
	if MinDate.String() != "0001-01-01" || MaxDate.String() != "9999-12-31" {
		t.Errorf("%v to %v", MinDate, MaxDate)
	}
}

func TestSpans(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	allDay := Span{Start: day(5), End: day(6), AllDay: true}
	if !allDay.Touches(day(4).Add(10*time.Hour), day(4).Add(11*time.Hour)) {
		t.Error("an all-day event begins up to 14 h earlier in the east")
	}
	if !allDay.Touches(day(6).Add(13*time.Hour), time.Time{}) || allDay.Touches(day(6).Add(15*time.Hour), time.Time{}) {
		t.Error("an all-day event ends up to 14 h later in the west, and no later")
	}
	endless := Span{Start: day(5)}
	if !endless.Touches(day(30).AddDate(50, 0, 0), time.Time{}) || endless.Touches(time.Time{}, day(5)) {
		t.Error("a span without end")
	}
}

func TestFaults(t *testing.T) {
	cause := errors.New("cause")
	f := &Fault{Kind: Retry, What: "what", Why: "why", Code: "429", Err: cause}
	wrapped := fmt.Errorf("outer: %w", f)
	if KindOf(wrapped) != Retry || AsFault(wrapped) != f || !errors.Is(wrapped, cause) || f.Error() != "what: why: (429): cause" {
		t.Errorf("%v is of kind %q", wrapped, KindOf(wrapped))
	}
	if KindOf(nil) != "" || KindOf(cause) != Internal || AsFault(cause).Kind != Internal {
		t.Error("errors that are no faults are internal ones")
	}
}

func TestHubNeverBlocksAndLosesNoState(t *testing.T) {
	var h Hub
	l := h.Listen()
	for range 1000 {
		h.Tell("a")
	}
	h.Tell("b")
	<-l.Ready()
	got := l.Take()
	slices.Sort(got)
	if !slices.Equal(got, []CalendarID{"a", "b"}) || len(l.Take()) != 0 {
		t.Errorf("took %v", got)
	}
	h.Tell("a")
	<-l.Ready()
	l.Close()
	h.Tell("c")
	select {
	case <-l.Ready():
		t.Error("told after Close")
	default:
	}
}
