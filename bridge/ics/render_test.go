package ics

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"calbridge/bridge"
)

var berlin = bridge.Env{MailboxZone: "Europe/Berlin", Horizon: 2036, Addresses: []string{"anna@contoso.example"}}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		panic(err)
	}
	return t
}

// meeting is a plain event at 08:00Z on 3 March 2025.
func meeting(change func(*bridge.Event)) bridge.Series {
	e := bridge.Event{Subject: "Meeting", Start: at("2025-03-03T08:00:00"), End: at("2025-03-03T09:00:00"),
		StartZone: "Europe/Berlin", EndZone: "Europe/Berlin", Modified: at("2025-03-01T12:30:05")}
	if change != nil {
		change(&e)
	}
	return bridge.Series{Source: "id", Claim: "uid", UID: "uid", Master: e}
}

func render(t *testing.T, s bridge.Series, env bridge.Env) bridge.Object {
	t.Helper()
	obj, err := Render(s, env)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// lines returns the unfolded lines of an object's VEVENTs.
func lines(obj bridge.Object) []string {
	text := strings.ReplaceAll(string(Events(&obj)), "\r\n ", "")
	return strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
}

func wantLines(t *testing.T, obj bridge.Object, want ...string) {
	t.Helper()
	got := lines(obj)
	for _, line := range want {
		if name, isAbsent := strings.CutPrefix(line, "!"); isAbsent {
			if i := slices.IndexFunc(got, func(l string) bool { return strings.HasPrefix(l, name) }); i >= 0 {
				t.Errorf("unwanted %s", got[i])
			}
		} else if !slices.Contains(got, line) {
			t.Errorf("no line %q in\n%s", line, strings.Join(got, "\n"))
		}
	}
}

// The rows are those of mapping §2.2.
func TestTimes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*bridge.Event)
		env    bridge.Env
		want   []string
	}{
		{"§2.2 1 timed", nil, berlin, []string{"DTSTART;TZID=Europe/Berlin:20250303T090000", "DTEND;TZID=Europe/Berlin:20250303T100000"}},
		{"§2.2 2 UTC", func(e *bridge.Event) { e.StartZone, e.EndZone = "UTC", "UTC" }, berlin, []string{"DTSTART:20250303T080000Z", "DTEND:20250303T090000Z"}},
		{"§2.2 3 two zones", func(e *bridge.Event) {
			e.Start, e.End, e.EndZone = at("2025-07-10T10:00:00"), at("2025-07-10T18:30:00"), "America/New_York"
		}, berlin, []string{"DTSTART;TZID=Europe/Berlin:20250710T120000", "DTEND;TZID=America/New_York:20250710T143000"}},
		{"§2.2 4 no length", func(e *bridge.Event) { e.End = e.Start }, berlin, []string{"DTSTART;TZID=Europe/Berlin:20250303T090000", "!DTEND", "!DURATION"}},
		{"§2.2 5 ends before it starts", func(e *bridge.Event) { e.End = e.Start.Add(-time.Hour) }, berlin, []string{"!DTEND"}},
		{"§2.2 6 unknown zone, mailbox known", func(e *bridge.Event) { e.StartZone, e.EndZone = "", "" }, berlin, []string{"DTSTART;TZID=Europe/Berlin:20250303T090000"}},
		{"§2.2 6 unknown zone, mailbox unknown", func(e *bridge.Event) { e.StartZone, e.EndZone = "", "" }, bridge.Env{Horizon: 2036}, []string{"DTSTART:20250303T080000Z"}},
		{"§2.2 7 all day", func(e *bridge.Event) {
			e.AllDay, e.Start, e.End = true, at("2025-03-03T00:00:00"), at("2025-03-04T00:00:00")
		}, berlin, []string{"DTSTART;VALUE=DATE:20250303", "DTEND;VALUE=DATE:20250304", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"}},
		{"§2.2 8 three days", func(e *bridge.Event) {
			e.AllDay, e.Start, e.End = true, at("2025-03-03T00:00:00"), at("2025-03-06T00:00:00")
		}, berlin, []string{"DTSTART;VALUE=DATE:20250303", "DTEND;VALUE=DATE:20250306"}},
		{"§2.2 12 all day without end", func(e *bridge.Event) {
			e.AllDay, e.Start, e.End = true, at("2025-03-03T00:00:00"), at("2025-03-03T00:00:00")
		}, berlin, []string{"DTEND;VALUE=DATE:20250304"}},
		{"§2.2 14 seconds", func(e *bridge.Event) { e.Start = at("2025-03-03T08:00:05") }, berlin, []string{"DTSTART;TZID=Europe/Berlin:20250303T090005"}},
		{"R2.12 the second 02:30 of autumn", func(e *bridge.Event) {
			e.Start, e.End = at("2025-10-26T01:30:00"), at("2025-10-26T02:30:00")
		}, berlin, []string{"DTSTART:20251026T013000Z", "DTEND;TZID=Europe/Berlin:20251026T033000"}},
		{"R2.12 and the first are written in UTC", func(e *bridge.Event) {
			e.Start, e.End = at("2025-10-26T00:30:00"), at("2025-10-26T02:30:00")
		}, berlin, []string{"DTSTART:20251026T003000Z", "DTEND;TZID=Europe/Berlin:20251026T033000"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantLines(t, render(t, meeting(c.change), c.env), c.want...) })
	}
}

// The rows are those of mapping §5.1.
func TestVisibility(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*bridge.Event)
		want   []string
	}{
		{"§5.1 plain", nil, []string{"STATUS:CONFIRMED", "TRANSP:OPAQUE", "CLASS:PUBLIC", "PRIORITY:5", "!X-MICROSOFT-CDO-BUSYSTATUS"}},
		{"§5.1 free", func(e *bridge.Event) { e.ShowAs = bridge.Free }, []string{"TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "STATUS:CONFIRMED"}},
		{"§5.1 tentative", func(e *bridge.Event) { e.ShowAs = bridge.Tentative }, []string{"TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", "STATUS:TENTATIVE"}},
		{"§5.1 tentatively accepted", func(e *bridge.Event) { e.ShowAs, e.Response = bridge.Busy, bridge.Tentatively }, []string{"TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "STATUS:TENTATIVE"}},
		{"§5.1 a draft", func(e *bridge.Event) { e.Draft = true }, []string{"STATUS:CONFIRMED", "X-CALBRIDGE-DRAFT:TRUE"}},
		{"§5.1 away", func(e *bridge.Event) { e.ShowAs = bridge.OutOfOffice }, []string{"TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"}},
		{"§5.1 elsewhere", func(e *bridge.Event) { e.ShowAs = bridge.WorkingElsewhere }, []string{"X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"}},
		{"§5.1 cancelled", func(e *bridge.Event) { e.Cancelled, e.ShowAs = true, bridge.Busy }, []string{"STATUS:CANCELLED", "TRANSP:TRANSPARENT"}},
		{"§5.1 declined is not cancelled", func(e *bridge.Event) { e.Response = bridge.Declined }, []string{"STATUS:CONFIRMED", "TRANSP:TRANSPARENT"}},
		{"§5.1 private", func(e *bridge.Event) { e.Sensitivity = bridge.Private }, []string{"CLASS:PRIVATE", "!X-MICROSOFT-SENSITIVITY"}},
		{"§5.1 personal", func(e *bridge.Event) { e.Sensitivity = bridge.Personal }, []string{"CLASS:PRIVATE", "X-MICROSOFT-SENSITIVITY:PERSONAL"}},
		{"§5.1 confidential", func(e *bridge.Event) { e.Sensitivity = bridge.Confidential }, []string{"CLASS:CONFIDENTIAL"}},
		{"§5.1 important", func(e *bridge.Event) { e.Importance = bridge.High }, []string{"PRIORITY:1", "X-MICROSOFT-CDO-IMPORTANCE:2"}},
		{"§5.1 unimportant", func(e *bridge.Event) { e.Importance = bridge.Low }, []string{"PRIORITY:9", "X-MICROSOFT-CDO-IMPORTANCE:0"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantLines(t, render(t, meeting(c.change), berlin), c.want...) })
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*bridge.Event)
		want   []string
	}{
		{"§5.2 HTML beside the text", func(e *bridge.Event) { e.Text, e.HTML = "Hello, Jane", "<p>Hello, <b>Jane</b></p>" }, []string{`DESCRIPTION:Hello\, Jane`, `X-ALT-DESC;FMTTYPE=text/html:<p>Hello\, <b>Jane</b></p>`}},
		{"§5.2 HTML without text is no body", func(e *bridge.Event) { e.HTML = "<html><body></body></html>" }, []string{"!DESCRIPTION", "!X-ALT-DESC"}},
		{"§5.2 a text body has no HTML", func(e *bridge.Event) { e.Text = "Hello" }, []string{"DESCRIPTION:Hello", "!X-ALT-DESC"}},
		{"§5.2 escaped", func(e *bridge.Event) { e.Subject = `a,b;c\d` }, []string{`SUMMARY:a\,b\;c\\d`}},
		{"§5.2 line breaks", func(e *bridge.Event) { e.Text = "one\r\ntwo\rthree\u2028four\n" }, []string{`DESCRIPTION:one\ntwo\nthree\nfour`}},
		{"§5.2 control characters", func(e *bridge.Event) { e.Subject = "a\x0bb\x00c\td" }, []string{"SUMMARY:abc\td"}},
		{"§5.2 control characters above ASCII", func(e *bridge.Event) { e.Subject = "a\u0080b\u009b31mc\u0085d" }, []string{`SUMMARY:ab31mc\nd`}},
		{"§5.2 right to left", func(e *bridge.Event) { e.Subject = "\u2067שלום\u2069 \u202eabc\u202c" }, []string{"SUMMARY:\u2067שלום\u2069 \u202eabc\u202c"}},
		{"§5.2 no subject", func(e *bridge.Event) { e.Subject = "" }, []string{"SUMMARY:"}},
		{"§5.2 no body", nil, []string{"!DESCRIPTION"}},
		{"§5.3 emoji and accents stay", func(e *bridge.Event) { e.Subject = "e\u0301 👩‍👩‍👧 Zoë" }, []string{"SUMMARY:e\u0301 👩‍👩‍👧 Zoë"}},
		{"§5.3 half a surrogate became U+FFFD and stays", func(e *bridge.Event) { e.Subject = "a\ufffdb" }, []string{"SUMMARY:a\ufffdb"}},
		{"§5.3 what XML cannot carry goes", func(e *bridge.Event) { e.Subject = "a\ufffe\uffffb" }, []string{"SUMMARY:ab"}},
		{"§5.7 files, counted", func(e *bridge.Event) { e.HasFiles, e.Files, e.Text = true, 2, "See there." }, []string{`DESCRIPTION:See there.\n\n2 attachments: open in Outlook`, "!ATTACH"}},
		{"§5.7 one file, no body", func(e *bridge.Event) { e.HasFiles, e.Files = true, 1 }, []string{`DESCRIPTION:1 attachment: open in Outlook`}},
		{"§5.7 an attachment that is an address", func(e *bridge.Event) {
			e.HasFiles, e.Links = true, []bridge.Link{{Name: "Plan; v2.docx", URL: "https://contoso.example/plan"}, {URL: "file:///etc/passwd"}}
		}, []string{`ATTACH;FILENAME="Plan; v2.docx":https://contoso.example/plan`, "!DESCRIPTION", "!ATTACH:"}},
		{"§5.2 attachments", func(e *bridge.Event) { e.HasFiles, e.Text = true, "See there.\n" }, []string{`DESCRIPTION:See there.\n\nAttachments: open in Outlook`}},
		{"§5.2 categories", func(e *bridge.Event) { e.Categories = []string{"Red, dark", " ", "Blue"} }, []string{`CATEGORIES:Red\, dark,Blue`}},
		{"§5.2 place", func(e *bridge.Event) { e.Location, e.Geo = " Room 1; east ", &bridge.Geo{Lat: 52.52, Lon: 13.4} }, []string{`LOCATION:Room 1\; east`, "GEO:52.520000;13.400000",
			`X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-RADIUS=70;X-TITLE="Room 1; east":geo:52.520000,13.400000`}},
		{"§5.5 a place without a name", func(e *bridge.Event) { e.Geo = &bridge.Geo{Lat: -33.9, Lon: 151.2} }, []string{"!LOCATION", "GEO:-33.900000;151.200000", "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-RADIUS=70:geo:-33.900000,151.200000"}},
		{"§5.5 Teams, as Outlook and Google read it", func(e *bridge.Event) {
			e.JoinURL, e.JoinWith, e.DialIn = "https://teams.microsoft.com/l/meetup-join/1", "Microsoft Teams", "tel:+4930123,,99#"
		}, []string{`CONFERENCE;FEATURE=AUDIO,VIDEO;LABEL=Microsoft Teams;VALUE=URI:https://teams.microsoft.com/l/meetup-join/1`, "CONFERENCE;FEATURE=PHONE;VALUE=URI:tel:+4930123,,99#",
			"X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/meetup-join/1", "X-GOOGLE-CONFERENCE:https://teams.microsoft.com/l/meetup-join/1"}},
		{"§5.5 a telephone number that is none", func(e *bridge.Event) { e.DialIn = "tel:+1\r\nATTACH:evil" }, []string{"!CONFERENCE", "!ATTACH"}},
		{"§5.2 online", func(e *bridge.Event) {
			e.JoinURL, e.JoinWith, e.WebLink = "https://teams.example/j/1", "Teams", "https://outlook.example/x"
		}, []string{"CONFERENCE;FEATURE=AUDIO,VIDEO;LABEL=Teams;VALUE=URI:https://teams.example/j/1", "X-GOOGLE-CONFERENCE:https://teams.example/j/1", "!X-MICROSOFT-SKYPETEAMSMEETINGURL", "URL:https://outlook.example/x"}},
		{"§5.2 links that are none", func(e *bridge.Event) {
			e.JoinURL, e.WebLink = "javascript:alert(1)", "https://x.example/\r\nATTACH:evil"
		}, []string{"!CONFERENCE", "!URL", "!ATTACH"}},
		{"§5.2 stamps", func(e *bridge.Event) { e.Created = at("2025-02-20T07:00:00") }, []string{"DTSTAMP:20250301T123005Z", "LAST-MODIFIED:20250301T123005Z", "CREATED:20250220T070000Z"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantLines(t, render(t, meeting(c.change), berlin), c.want...) })
	}
}

// The rows are those of mapping §5.4.
func TestPeople(t *testing.T) {
	guest := func(p bridge.Person) func(*bridge.Event) {
		return func(e *bridge.Event) {
			e.Organizer, e.Attendees = &bridge.Person{Name: "Ben", Address: "ben@contoso.example"}, []bridge.Person{p}
		}
	}
	own := func(e *bridge.Event) {
		guest(bridge.Person{Address: "ANNA@contoso.example", Response: bridge.NotResponded})(e)
		e.Response = bridge.Accepted
	}
	for _, c := range []struct {
		name   string
		change func(*bridge.Event)
		want   []string
	}{
		{"§5.4 an organizer alone is none", func(e *bridge.Event) { e.Organizer = &bridge.Person{Address: "ben@contoso.example"} }, []string{"!ORGANIZER"}},
		{"§5.4 required", guest(bridge.Person{Name: "Doe, Jane", Address: "jane@example.org", Response: bridge.Tentatively}),
			[]string{"ORGANIZER;CN=Ben:mailto:ben@contoso.example", `ATTENDEE;CN="Doe, Jane";CUTYPE=INDIVIDUAL;PARTSTAT=TENTATIVE;ROLE=REQ-PARTICIPANT:mailto:jane@example.org`}},
		{"§5.4 unanswered", guest(bridge.Person{Address: "jane@example.org"}), []string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:jane@example.org"}},
		{"§5.4 optional", guest(bridge.Person{Address: "jane@example.org", Role: bridge.Optional, Response: bridge.Declined}), []string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=DECLINED;ROLE=OPT-PARTICIPANT:mailto:jane@example.org"}},
		{"§5.4 room", guest(bridge.Person{Address: "room1@contoso.example", Role: bridge.Room, Response: bridge.Accepted}), []string{"ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED;ROLE=NON-PARTICIPANT:mailto:room1@contoso.example"}},
		{"§5.4 X.500", guest(bridge.Person{Name: "Old", Address: "/o=ExchangeLabs/ou=x/cn=y", Response: bridge.Accepted}), []string{"ATTENDEE;CN=Old;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:invalid:nomail"}},
		{"§5.4 no answer wanted", func(e *bridge.Event) { guest(bridge.Person{Address: "jane@example.org"})(e); e.NoReply = true }, []string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:jane@example.org"}},
		{"§5.4 own answer, none yet, though the list says otherwise", func(e *bridge.Event) {
			guest(bridge.Person{Address: "anna@contoso.example", Response: bridge.Accepted})(e)
			e.Response = bridge.Unanswered
		}, []string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:anna@contoso.example"}},
		{"§5.4 own answer unknown: the list's", guest(bridge.Person{Address: "anna@contoso.example", Response: bridge.Accepted}), []string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:anna@contoso.example"}},
		{"§5.4 a thing", guest(bridge.Person{Address: "beamer@contoso.example", Role: bridge.Resource, Response: bridge.Accepted}), []string{"ATTENDEE;CUTYPE=RESOURCE;PARTSTAT=ACCEPTED;ROLE=NON-PARTICIPANT:mailto:beamer@contoso.example"}},
		{"§5.4 an address that repeats the name", guest(bridge.Person{Name: "Jane Doe", Address: "Jane Doe", Response: bridge.Accepted}), []string{"ATTENDEE;CN=Jane Doe;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:invalid:nomail"}},
		{"§5.4 no address", guest(bridge.Person{Name: "Jane Doe", Response: bridge.Accepted}), []string{"ATTENDEE;CN=Jane Doe;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:invalid:nomail"}},
		{"§5.4 an organizer by an X.500 name", func(e *bridge.Event) {
			guest(bridge.Person{Address: "jane@example.org"})(e)
			e.Organizer = &bridge.Person{Address: "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=ben"}
		}, []string{"ORGANIZER;CN=/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=ben:invalid:nomail"}},
		{"§5.4 twice: the first one wins", func(e *bridge.Event) {
			guest(bridge.Person{Address: "jane@example.org", Response: bridge.Accepted})(e)
			e.Attendees = append(e.Attendees, bridge.Person{Address: "JANE@example.org", Role: bridge.Resource})
		}, []string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:jane@example.org", "!ATTENDEE;CUTYPE=RESOURCE"}},
		{"§5.4 no other time may be proposed", func(e *bridge.Event) { guest(bridge.Person{Address: "jane@example.org"})(e); e.NoCounter = true }, []string{"X-MICROSOFT-DISALLOW-COUNTER:TRUE"}},
		{"§5.4 the organizer sees a hidden list", func(e *bridge.Event) {
			guest(bridge.Person{Address: "jane@example.org", Response: bridge.Accepted})(e)
			e.HideList = true
		},
			[]string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:jane@example.org", "X-CALBRIDGE-HIDE-ATTENDEES:TRUE"}},
		{"§5.4 own answer", own, []string{"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:ANNA@contoso.example"}},
		{"§5.4 quotes by RFC 6868", guest(bridge.Person{Name: "A \"B\" ^C\nD", Address: "jane@example.org", Response: bridge.Accepted}), []string{"ATTENDEE;CN=A ^'B^' ^^C^nD;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:jane@example.org"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantLines(t, render(t, meeting(c.change), berlin), c.want...) })
	}
}

// The rows are those of mapping §5.6.
func TestReminders(t *testing.T) {
	minutes := func(n int) func(*bridge.Event) { return func(e *bridge.Event) { e.Reminder = &n } }
	for _, c := range []struct {
		name   string
		change func(*bridge.Event)
		want   []string
	}{
		{"§5.6 15 minutes", minutes(15), []string{"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Meeting"}},
		{"§5.6 at the start", minutes(0), []string{"TRIGGER:PT0S"}},
		{"§5.6 after the start", minutes(-5), []string{"TRIGGER:PT5M"}},
		{"§5.6 a day", minutes(1440), []string{"TRIGGER:-P1D"}},
		{"§5.6 18 hours", minutes(1080), []string{"TRIGGER:-PT1080M"}},
		{"§5.6 none", nil, []string{"!BEGIN:VALARM"}},
		{"§5.6 of what was cancelled", func(e *bridge.Event) { minutes(15)(e); e.Cancelled = true }, []string{"!BEGIN:VALARM"}},
		{"§5.6 of what was declined", func(e *bridge.Event) { minutes(15)(e); e.Response = bridge.Declined }, []string{"!BEGIN:VALARM"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantLines(t, render(t, meeting(c.change), berlin), c.want...) })
	}
}

// TestStrangersCannotAddLines holds RFC 5545 §3.1 against text that others write.
func TestStrangersCannotAddLines(t *testing.T) {
	evil := "x\r\nATTACH:evil\nBEGIN:VALARM\r\rEND:VEVENT\u0085\u2029\"\\;,:"
	s := meeting(func(e *bridge.Event) {
		e.Subject, e.Text, e.Location, e.Categories = evil, evil, evil, []string{evil}
		e.JoinURL, e.WebLink, e.JoinWith = "https://x.example/"+evil, "https://y.example/"+evil, evil
		e.Organizer = &bridge.Person{Name: evil, Address: evil}
		e.Attendees = []bridge.Person{{Name: evil, Address: "a@b.example" + evil}, {Name: "\xff\xfe" + evil, Address: "c@d.example"}}
	})
	s.UID = "uid" + evil
	obj := render(t, s, berlin)
	for _, line := range lines(obj) {
		if strings.HasPrefix(line, "ATTACH") || strings.HasPrefix(line, "BEGIN:VALARM") {
			t.Errorf("a stranger wrote the line %q", line)
		}
	}
	if n := bytes.Count(obj.Body, []byte("\r\nEND:VEVENT\r\n")); n != 1 {
		t.Errorf("%d ends of an event", n)
	}
	if !utf8.Valid(obj.Body) {
		t.Error("not UTF-8")
	}
	if _, err := Expand(obj.Body, time.Time{}, time.Time{}); err != nil {
		t.Error(err)
	}
}

func TestFolding(t *testing.T) {
	s := meeting(func(e *bridge.Event) {
		e.Subject = strings.Repeat("é😀", 100)
		e.Text = strings.Repeat("ünïcödé ", 500)
	})
	obj := render(t, s, berlin)
	for _, line := range strings.Split(string(obj.Body), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	if strings.Count(string(obj.Body), "\n") != strings.Count(string(obj.Body), "\r\n") {
		t.Error("a bare line feed")
	}
	wantLines(t, obj, "SUMMARY:"+s.Master.Subject)
}

func TestObject(t *testing.T) {
	obj := render(t, meeting(nil), berlin)
	body := string(obj.Body)
	if !strings.HasPrefix(body, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:") || !strings.HasSuffix(body, "END:VEVENT\r\nEND:VCALENDAR\r\n") {
		t.Errorf("body:\n%s", body)
	}
	if strings.Contains(body, "METHOD") {
		t.Error("a resource must not have a METHOD (RFC 4791 §4.1)")
	}
	events := string(Events(&obj))
	if !strings.HasPrefix(events, "BEGIN:VEVENT\r\n") || !strings.HasSuffix(events, "END:VEVENT\r\n") || strings.Contains(events, "VTIMEZONE") {
		t.Errorf("EventsAt gives %q", events)
	}
	if len(obj.Zones) != 1 || obj.Zones[0] != (bridge.ZoneUse{Name: "Europe/Berlin", Year: 2025}) {
		t.Errorf("zones %v", obj.Zones)
	}
	if obj.Recurs || !obj.Span.Start.Equal(at("2025-03-03T08:00:00")) || !obj.Span.End.Equal(at("2025-03-03T09:00:00")) {
		t.Errorf("span %+v", obj.Span)
	}
	again := render(t, meeting(nil), berlin)
	if !bytes.Equal(obj.Body, again.Body) || obj.ETag != again.ETag || len(obj.ETag) != 32 {
		t.Error("the same series gives other bytes")
	}
	if other := render(t, meeting(func(e *bridge.Event) { e.Subject = "Other" }), berlin); other.ETag == obj.ETag {
		t.Error("another series gives the same ETag")
	}
}
