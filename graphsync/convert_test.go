package graphsync

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"calbridge/bridge"
)

// single is an event as Graph answers it; members changes or adds members.
func single(members string) json.RawMessage {
	base := map[string]json.RawMessage{}
	for _, text := range []string{`{"id":"AAMk=","type":"singleInstance","subject":"Lunch","changeKey":"ck","iCalUId":"abc@example.org",
		"createdDateTime":"2026-01-02T09:14:11.2509521Z","lastModifiedDateTime":"2026-01-05T10:02:44.0120932Z",
		"originalStartTimeZone":"W. Europe Standard Time","originalEndTimeZone":"W. Europe Standard Time","showAs":"busy",
		"start":{"dateTime":"2026-01-15T11:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-01-15T12:00:00.0000000","timeZone":"UTC"}}`, members} {
		if err := json.Unmarshal([]byte(text), &base); err != nil {
			panic(fmt.Sprintf("%v: %s", err, text))
		}
	}
	text, err := json.Marshal(base)
	if err != nil {
		panic(err)
	}
	return text
}

func read(t *testing.T, raw json.RawMessage) *bridge.Series {
	t.Helper()
	it, err := readItem(raw)
	if err != nil {
		t.Fatal(err)
	}
	s, err := convertSingle(it)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func instantAt(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSingle(t *testing.T) {
	got := read(t, single(`{}`))
	want := &bridge.Series{Source: "AAMk=", Revision: "ck", Claim: "abc@example.org", Master: bridge.Event{
		Subject: "Lunch", Created: instantAt("2026-01-02T09:14:11Z"), Modified: instantAt("2026-01-05T10:02:44Z"), ShowAs: bridge.Busy,
		Start: instantAt("2026-01-15T11:00:00Z"), End: instantAt("2026-01-15T12:00:00Z"), StartZone: "Europe/Berlin", EndZone: "Europe/Berlin",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimesOfGraph(t *testing.T) {
	for _, c := range []struct{ name, members, start, end, zone string }{
		{"in the zone that was asked for", `{"start":{"dateTime":"2026-03-28T08:00:00.0000000","timeZone":"Pacific Standard Time"},"end":{"dateTime":"2026-03-28T09:00:00.0000000","timeZone":"Pacific Standard Time"}}`, "2026-03-28T15:00:00Z", "2026-03-28T16:00:00Z", "Europe/Berlin"},
		{"IANA names", `{"start":{"dateTime":"2026-07-01T08:00:00","timeZone":"Europe/Paris"},"end":{"dateTime":"2026-07-01T09:00:00","timeZone":"Europe/Paris"},"originalStartTimeZone":"Europe/Paris"}`, "2026-07-01T06:00:00Z", "2026-07-01T07:00:00Z", "Europe/Paris"},
		{"custom zone, single", `{"originalStartTimeZone":"tzone://Microsoft/Custom","originalEndTimeZone":"tzone://Microsoft/Custom"}`, "2026-01-15T11:00:00Z", "2026-01-15T12:00:00Z", ""},
		{"custom label falls back on the event's zones", `{"start":{"dateTime":"2026-01-15T11:00:00","timeZone":"tzone://Microsoft/Custom"},"end":{"dateTime":"2026-01-15T12:00:00","timeZone":"tzone://Microsoft/Custom"}}`, "2026-01-15T10:00:00Z", "2026-01-15T11:00:00Z", "Europe/Berlin"},
		{"tzone UTC", `{"start":{"dateTime":"2026-01-15T11:00:00","timeZone":"tzone://Microsoft/Utc"},"end":{"dateTime":"2026-01-15T12:00:00","timeZone":"tzone://Microsoft/Utc"}}`, "2026-01-15T11:00:00Z", "2026-01-15T12:00:00Z", "Europe/Berlin"},
		{"end before start", `{"end":{"dateTime":"2026-01-15T10:00:00","timeZone":"UTC"}}`, "2026-01-15T11:00:00Z", "2026-01-15T11:00:00Z", "Europe/Berlin"},
		{"the end of time", `{"end":{"dateTime":"9999-12-31T23:59:59.9999999","timeZone":"UTC"}}`, "2026-01-15T11:00:00Z", "2026-01-15T11:00:00Z", "Europe/Berlin"},
		{"all-day, whatever the zone", `{"isAllDay":true,"start":{"dateTime":"2026-03-03T00:00:00.0000000","timeZone":"Pacific Standard Time"},"end":{"dateTime":"2026-03-06T00:00:00.0000000","timeZone":"Pacific Standard Time"}}`, "2026-03-03T00:00:00Z", "2026-03-06T00:00:00Z", ""},
		{"all-day, not at midnight", `{"isAllDay":true,"start":{"dateTime":"2026-03-02T23:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-03T23:00:00","timeZone":"UTC"}}`, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z", ""},
		{"all-day without length", `{"isAllDay":true,"start":{"dateTime":"2026-03-03T00:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-03-03T00:00:00","timeZone":"UTC"}}`, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z", ""},
	} {
		e := read(t, single(c.members)).Master
		if !e.Start.Equal(instantAt(c.start)) || !e.End.Equal(instantAt(c.end)) || e.StartZone != c.zone {
			t.Errorf("%s: %v to %v in %q", c.name, e.Start, e.End, e.StartZone)
		}
	}
}

// TestNonsenseIsSetAside: each is refused with a cause, and none does more.
func TestNonsenseIsSetAside(t *testing.T) {
	for name, members := range map[string]string{
		"start is text":        `{"start":"tomorrow"}`,
		"start is missing":     `{"start":null}`,
		"start is no time":     `{"start":{"dateTime":"tomorrow","timeZone":"UTC"}}`,
		"start is 0001":        `{"start":{"dateTime":"0001-01-01T00:00:00.0000000Z","timeZone":"tzone://Microsoft/Utc"}}`,
		"start is 9999":        `{"start":{"dateTime":"9999-12-31T23:59:59.9999999","timeZone":"UTC"},"end":{"dateTime":"9999-12-31T23:59:59.9999999","timeZone":"UTC"}}`,
		"an unknown zone":      `{"start":{"dateTime":"2026-01-15T11:00:00","timeZone":"Mars Standard Time"},"originalStartTimeZone":"","originalEndTimeZone":""}`,
		"subject is an object": `{"subject":{"a":1}}`,
		"attendees is text":    `{"attendees":"everyone"}`,
		"a number as text":     `{"reminderMinutesBeforeStart":"soon"}`,
	} {
		it, err := readItem(single(members))
		if err == nil {
			_, err = convertSingle(it)
		}
		if bridge.KindOf(err) != bridge.Invalid {
			t.Errorf("%s: %v, want an Invalid fault", name, err)
		}
		if it.id != "AAMk=" {
			t.Errorf("%s: the id is lost", name)
		}
	}
	for name, raw := range map[string]string{"null": `null`, "text": `"x"`, "list": `[]`, "empty": `{}`, "a number as id": `{"id":5}`, "id too long": `{"id":"` + strings.Repeat("a", 9000) + `"}`} {
		if _, err := readItem(json.RawMessage(raw)); bridge.KindOf(err) != bridge.Invalid {
			t.Errorf("%s: %v, want an Invalid fault", name, err)
		}
	}
}

func TestClaims(t *testing.T) {
	const goid = "040000008200E00074C5B7101A82E008"
	for _, c := range []struct{ name, members, want string }{
		{"foreign", `{}`, "abc@example.org"},
		{"beta's uid first", `{"uid":"` + goid + `00000000AA"}`, goid + "00000000AA"},
		{"none", `{"iCalUId":null}`, bridge.CleanUID("", "AAMk=")},
		{"an instance alone keeps its date (R1.9)", `{"iCalUId":"` + goid + `07E9060AAA"}`, goid + "07E9060AAA"},
		{"an orphaned exception too", `{"type":"exception","seriesMasterId":"m","iCalUId":"` + goid + `07E9060AAA"}`, goid + "07E9060AAA"},
	} {
		if got := read(t, single(c.members)).Claim; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestFields(t *testing.T) {
	for _, c := range []struct {
		name, members string
		got           func(*bridge.Event) any
		want          any
	}{
		{"show as", `{"showAs":"WorkingElsewhere"}`, func(e *bridge.Event) any { return e.ShowAs }, bridge.WorkingElsewhere},
		{"an unknown show as", `{"showAs":"somethingNew"}`, func(e *bridge.Event) any { return e.ShowAs }, bridge.ShowAs("")},
		{"sensitivity", `{"sensitivity":"private"}`, func(e *bridge.Event) any { return e.Sensitivity }, bridge.Private},
		{"importance", `{"importance":"HIGH"}`, func(e *bridge.Event) any { return e.Importance }, bridge.High},
		{"members in Pascal case", `{"Subject":"From beta"}`, func(e *bridge.Event) any { return e.Subject == "From beta" || e.Subject == "Lunch" }, true},
		{"no reminder", `{"isReminderOn":false,"reminderMinutesBeforeStart":15}`, func(e *bridge.Event) any { return e.Reminder == nil }, true},
		{"reminder", `{"isReminderOn":true,"reminderMinutesBeforeStart":15}`, func(e *bridge.Event) any { return *e.Reminder }, 15},
		{"never", `{"createdDateTime":"0001-01-01T00:00:00Z"}`, func(e *bridge.Event) any { return e.Created.IsZero() }, true},
		{"text body", `{"body":{"contentType":"text","content":"a\r\nb"}}`, func(e *bridge.Event) any { return e.Text + e.HTML }, "a\r\nb"},
		{"only a preview", `{"bodyPreview":"cut off"}`, func(e *bridge.Event) any { return e.Text }, "cut off"},
		{"a body beats the preview", `{"body":{"contentType":"html","content":""},"bodyPreview":"stale"}`, func(e *bridge.Event) any { return e.Text }, ""},
		{"several places", `{"location":{"displayName":"A; B"},"locations":[{"displayName":"A"},{"displayName":"B"}]}`, func(e *bridge.Event) any { return e.Location }, "A; B"},
		{"one place", `{"location":{"displayName":"A"}}`, func(e *bridge.Event) any { return e.Location }, "A"},
		{"an address", `{"location":{"displayName":"","address":{"street":"Main St 1","city":"Berlin","postalCode":"10115","countryOrRegion":"Germany"}}}`, func(e *bridge.Event) any { return e.Location }, "Main St 1, 10115 Berlin, Germany"},
		{"an empty place", `{"location":{"displayName":"","locationType":"default","address":{},"coordinates":{}}}`, func(e *bridge.Event) any { return e.Location + fmt.Sprint(e.Geo) }, "<nil>"},
		{"coordinates", `{"location":{"displayName":"A","coordinates":{"latitude":52.5,"longitude":13.4}}}`, func(e *bridge.Event) any { return *e.Geo }, bridge.Geo{Lat: 52.5, Lon: 13.4}},
		{"nowhere", `{"location":{"displayName":"A","coordinates":{"latitude":0,"longitude":0}}}`, func(e *bridge.Event) any { return e.Geo == nil }, true},
		{"join link", `{"onlineMeetingProvider":"teamsForBusiness","onlineMeeting":{"joinUrl":"https://teams.example/1"}}`, func(e *bridge.Event) any { return e.JoinURL + " " + e.JoinWith }, "https://teams.example/1 Microsoft Teams"},
		{"§5.5 dial in", `{"onlineMeeting":{"joinUrl":"https://teams.microsoft.com/meet/1","conferenceId":"177 513 992","tollNumber":"+49 30 5550 0123"}}`, func(e *bridge.Event) any { return e.DialIn }, "tel:+493055500123,,177513992#"},
		{"§5.5 a meeting without a link yet", `{"isOnlineMeeting":true,"onlineMeeting":null}`, func(e *bridge.Event) any { return e.JoinURL + e.JoinWith }, ""},
		{"§5.4 a hidden list", `{"hideAttendees":true}`, func(e *bridge.Event) any { return e.HideList }, true},
		{"§5.4 none is an answer of its own", `{"responseStatus":{"response":"none"}}`, func(e *bridge.Event) any { return e.Response }, bridge.Unanswered},
		{"§5.4 an answer that nobody knows", `{"responseStatus":{"response":"maybe"}}`, func(e *bridge.Event) any { return e.Response }, bridge.Response("")},
		{"attachments", `{"hasAttachments":true}`, func(e *bridge.Event) any { return e.HasFiles }, true},
		{"no organizer", `{"organizer":null}`, func(e *bridge.Event) any { return e.Organizer == nil }, true},
		{"a room", `{"attendees":[{"type":"resource","emailAddress":{"name":"R","address":"r1@contoso.example"}}],"locations":[{"displayName":"R","locationUri":"R1@contoso.example"}]}`, func(e *bridge.Event) any { return e.Attendees[0].Role }, bridge.Room},
		{"a beamer", `{"attendees":[{"type":"resource","emailAddress":{"name":"B","address":"b@contoso.example"}}]}`, func(e *bridge.Event) any { return e.Attendees[0].Role }, bridge.Resource},
		{"an answer", `{"attendees":[{"type":"optional","status":{"response":"tentativelyAccepted"},"emailAddress":{"address":"x@example.org"}}]}`, func(e *bridge.Event) any { return e.Attendees[0] }, bridge.Person{Address: "x@example.org", Role: bridge.Optional, Response: bridge.Tentatively}},
		{"no answer wanted", `{"responseRequested":false,"allowNewTimeProposals":false}`, func(e *bridge.Event) any { return []bool{e.NoReply, e.NoCounter} }, []bool{true, true}},
		{"unknown members", `{"IsRoomRequested":false,"@odata.etag":"W/\"x\"","new":{"deep":[1,2]}}`, func(e *bridge.Event) any { return e.Subject }, "Lunch"},
	} {
		if diff := cmp.Diff(c.want, c.got(&read(t, single(c.members)).Master)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// The rules are those of mapping §5.2.
func TestPlainText(t *testing.T) {
	for _, c := range []struct{ name, html, want string }{
		{"paragraphs", "<html><head><style>p{}</style><title>x</title></head><body><p>One</p>\r\n<p>Two</p></body></html>", "One\nTwo"},
		{"breaks", "a<br>b<br/><br><br><br>c", "a\nb\n\nc"},
		{"nested blocks do not pile up", "<div><div><p>a</p></div></div><div>b</div>", "a\nb"},
		{"lists", "<ul><li>one</li><li>two</li></ul>", "- one\n- two"},
		{"links", `see <a href="https://x.example/">the page</a> and <a href="https://y.example/">https://y.example/</a>`, "see the page <https://x.example/> and https://y.example/"},
		{"mail links", `<a href="mailto:a@b.example">a@b.example</a>`, "a@b.example"},
		{"an image as link", `<a href="https://x.example/"><img src="i.png"></a> text`, "text"},
		{"entities once", "1 &lt; 2 &amp;amp; 3&nbsp;4", "1 < 2 &amp; 3 4"},
		{"white space folds", "a\r\n   b\t\tc <b>d</b>e", "a b c de"},
		{"preformatted", "<pre>a\n  b</pre>c", "a\n  b\nc"},
		{"scripts", "a<script>alert(1)</script>b<!-- c -->d", "abd"},
		{"a head left open", "<html><head><style>x</style><body>text", "text"},
		{"only markup", "<html><body><div>&nbsp;</div><p></p></body></html>", ""},
		{"tables", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"broken", "<div <p>a</b></i>&", "a&"},
		{"nothing", "", ""},
	} {
		if got := plainText(c.html); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if n := len(plainText(strings.Repeat("long ", 1<<20))); n > maxText {
		t.Errorf("a text of %d octets", n)
	}
}

func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "<a href='x'>y</a>", "<ul><li>", "<pre>\r\n", "<head><title>", "&nbsp;<br>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if text := plainText(s); strings.Contains(text, "\n\n\n") && !strings.Contains(strings.ToLower(s), "<pre") && !strings.Contains(s, "href") {
			t.Errorf("%q gives %q", s, text)
		}
	})
}

// FuzzItem: whatever Graph sends, the answer is a series or a fault.
func FuzzItem(f *testing.F) {
	f.Add([]byte(single(`{}`)))
	f.Add([]byte(single(`{"type":"seriesMaster","recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["monday"]},"range":{"type":"noEnd","startDate":"2026-01-12"}}}`)))
	f.Add([]byte(`{"id":"x","@removed":{"reason":"deleted"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		it, err := readItem(raw)
		if err == nil {
			_, err = convertMaster(it, nil, []string{"OID.x.2026-01-12", "x"})
		}
		if err != nil && bridge.KindOf(err) != bridge.Invalid {
			t.Errorf("%q: %v", raw, err)
		}
	})
}

// TestMeetingLinks: how to join is found where only a person would find it.
func TestMeetingLinks(t *testing.T) {
	const zoom = "https://contoso.zoom.us/j/93412345678?pwd=abc123"
	wrapped := "https://eur01.safelinks.protection.outlook.com/?url=" + url.QueryEscape(zoom) + "&data=05"
	for _, c := range []struct{ name, members, want string }{
		{"told by Graph", `{"onlineMeetingUrl":"https://teams.microsoft.com/l/meetup-join/1","location":{"displayName":"` + zoom + `"}}`, "Microsoft Teams https://teams.microsoft.com/l/meetup-join/1"},
		{"told by Graph, of no known service", `{"onlineMeetingUrl":"https://meet.example.org/1","onlineMeetingProvider":"unknown"}`, "Join the meeting https://meet.example.org/1"},
		{"as the place", `{"location":{"displayName":"` + zoom + `"}}`, "Zoom " + zoom},
		{"behind the place", `{"location":{"displayName":"Online","locationUri":"` + zoom + `"}}`, "Zoom " + zoom},
		{"among other words", `{"location":{"displayName":"Room 1 (or ` + zoom + `)"}}`, "Zoom " + zoom},
		{"in an HTML body", `{"body":{"contentType":"html","content":"<p><a href=\"https://example.org/\">us</a> <a href=\"https://contoso.zoom.us/j/1?a=1&amp;b=2\">join</a></p>"}}`, "Zoom https://contoso.zoom.us/j/1?a=1&b=2"},
		{"in a text body", `{"body":{"contentType":"text","content":"Join: https://meet.google.com/abc-defg-hij."}}`, "Google Meet https://meet.google.com/abc-defg-hij"},
		{"in brackets", `{"body":{"contentType":"html","content":"&lt;https://meet.google.com/abc-defg-hij&gt;"}}`, "Google Meet https://meet.google.com/abc-defg-hij"},
		{"wrapped by Outlook", `{"body":{"contentType":"html","content":"<a href=\"` + wrapped + `\">join</a>"}}`, "Zoom " + zoom},
		{"Teams for everyone", `{"body":{"contentType":"text","content":"https://teams.live.com/meet/93?p=x"}}`, "Microsoft Teams https://teams.live.com/meet/93?p=x"},
		{"Teams of a government", `{"body":{"contentType":"text","content":"https://gov.teams.microsoft.us/l/meetup-join/1"}}`, "Microsoft Teams https://gov.teams.microsoft.us/l/meetup-join/1"},
		{"Webex", `{"body":{"contentType":"text","content":"https://contoso.webex.com/meet/anna"}}`, "Webex https://contoso.webex.com/meet/anna"},
		{"a look-alike", `{"body":{"contentType":"text","content":"https://zoom.us.example.org/j/1 https://evilzoom.us/j/1 https://example.org/?u=https://x"}}`, " "},
		{"a page of the service that is no meeting", `{"body":{"contentType":"text","content":"https://zoom.us/download https://meet.google.com/ http://zoom.us/j/1"}}`, " "},
		{"wrapped badly", `{"body":{"contentType":"text","content":"https://x.safelinks.protection.outlook.com/?url=%zz https://x.safelinks.protection.outlook.com/?url=javascript:1"}}`, " "},
	} {
		e := read(t, single(c.members)).Master
		if got := e.JoinWith + " " + e.JoinURL; got != c.want {
			t.Errorf("§5.5 %s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzFindMeeting(f *testing.F) {
	for _, s := range []string{"https://zoom.us/j/1", "<a href='https://a.zoom.us/j/1?x&amp;y'>", "https://", "https://https://meet.google.com/a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if link, service := findMeeting(s); (link == "") != (service == "") || strings.ContainsAny(link, " \"<>") {
			t.Errorf("%q gives %q of %q", s, link, service)
		}
	})
}
