package graphsync_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"calbridge/graphsync/graphfake"
)

// text returns the unfolded text of the object whose SUMMARY is subject.
func (r *rig) text(subject string) string {
	r.t.Helper()
	for obj, err := range r.store.All(r.t.Context(), r.mirrored(r.cal).ID) {
		r.must(err)
		if text := strings.ReplaceAll(string(obj.Body), "\r\n ", ""); strings.Contains(text, "\r\nSUMMARY:"+subject+"\r\n") {
			return text
		}
	}
	r.t.Fatalf("%s is not served", subject)
	return ""
}

// wantText checks lines of an object, with ! for a line that must not be there.
func (r *rig) wantText(subject string, want ...string) {
	r.t.Helper()
	text := r.text(subject)
	for _, line := range want {
		if bad, isAbsent := strings.CutPrefix(line, "!"); isAbsent && strings.Contains(text, "\r\n"+bad) {
			r.t.Errorf("%s: unwanted %s\n%s", subject, bad, text)
		} else if !isAbsent && !strings.Contains(text, "\r\n"+line+"\r\n") {
			r.t.Errorf("%s: no line %s\n%s", subject, line, text)
		}
	}
}

// TestCategoryColors: §5.2, COLOR is that of the first category that has one.
func TestCategoryColors(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.add("planned", 3, func(e *graphfake.Event) { e.Categories = []string{"Unknown", "Focus", "Team"} })
	r.add("plain", 4, nil)
	r.sync()
	r.wantText("planned", "CATEGORIES:Unknown,Focus,Team", "COLOR:orange")
	r.wantText("plain", "!COLOR", "!CATEGORIES")
}

// TestCategoriesNotAllowed: without the right to read them there are no
// colours, and nothing else is missing.
func TestCategoriesNotAllowed(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.add("planned", 3, func(e *graphfake.Event) { e.Categories = []string{"Team"} })
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/masterCategories"), Times: -1, Status: 403, Body: `{"error":{"code":"ErrorAccessDenied","message":"Access is denied."}}`})
	r.sync()
	r.wantText("planned", "CATEGORIES:Team", "!COLOR")
}

// away adds a weekly series at 09:00 in a zone whose name Outlook hides.
func (r *rig) away(subject, zone string) graphfake.IDs {
	r.t.Helper()
	loc, err := time.LoadLocation(zone)
	r.must(err)
	return r.add(subject, 3, func(e *graphfake.Event) {
		e.TimeZone, e.OwnClocks, e.Start = zone, true, time.Date(2026, 3, 5, 9, 0, 0, 0, loc)
		e.Repeat = &graphfake.Repeat{Type: "weekly", Until: time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC)}
	})
}

// refuseProperties makes Graph not know MAPI properties.
func (r *rig) refuseProperties() {
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("singleValueExtendedProperties"), Times: -1, Status: 400,
		Body: `{"error":{"code":"ErrorInvalidRequest","message":"The property is not supported."}}`})
}

// TestOwnClocks: §8.4, series in zones that Outlook does not name show the same
// instances as in Outlook, through both changes of the clocks.
func TestOwnClocks(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	ids := r.away("in New York", "America/New_York")
	r.must(r.box.CancelOccurrence(ids.Classic, "2026-04-09"))
	r.must(r.box.EditOccurrence(ids.Classic, "2026-11-05", `{"start":{"dateTime":"2026-11-05T11:00:00","timeZone":"Eastern Standard Time"},"end":{"dateTime":"2026-11-05T12:00:00","timeZone":"Eastern Standard Time"}}`))
	r.away("at home", "Europe/Berlin")
	r.away("at the South Pole's edge", "Antarctica/Troll") // no Windows name has these clocks
	r.sync()
	r.wantSame(r.cal)
	r.wantText("in New York", "DTSTART;TZID=America/New_York:20260305T090000", "EXDATE;TZID=America/New_York:20260409T090000", "RECURRENCE-ID;TZID=America/New_York:20261105T090000")
	r.wantText("at home", "DTSTART;TZID=Europe/Berlin:20260305T090000")
	r.wantText("at the South Pole's edge", "DTSTART;TZID=Custom/+0000/+0200/3-5-0-0100/10-5-0-0300:20260305T090000",
		"TZID:Custom/+0000/+0200/3-5-0-0100/10-5-0-0300", "TZOFFSETTO:+0200", "!BEGIN:VTIMEZONE\r\nTZID:Antarctica")
	r.wantRemarks()
}

// TestOwnClocksUntold: where the properties cannot be had, the zone is the one in
// which the instances keep their hour; where these cannot be had either, the
// mailbox's zone stands in, which is right at home, and the series is named.
func TestOwnClocksUntold(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.refuseProperties()
	r.away("at home", "Europe/Berlin")
	r.away("in New York", "America/New_York")
	r.away("in Sydney", "Australia/Sydney")
	r.add("single", 4, nil)
	asked := r.record()
	r.sync()
	r.wantSame(r.cal)
	r.wantText("at home", "DTSTART;TZID=Europe/Berlin:20260305T090000")
	r.wantRemarks()
	if n := asked.count("/instances"); n != 3 {
		t.Errorf("%d lists of instances", n)
	}

	blind := newRig(t, graphfake.Options{})
	blind.refuseProperties()
	blind.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/instances"), Times: -1, Status: 403, Body: `{"error":{"code":"ErrorAccessDenied","message":"Access is denied."}}`})
	blind.away("at home", "Europe/Berlin")
	blind.sync()
	blind.wantSame(blind.cal)
	blind.wantText("at home", "DTSTART;TZID=Europe/Berlin:20260305T090000")
	blind.wantRemarks("a time zone without a name")
}

// wantRemarks checks what status says of events that are served otherwise than
// Outlook shows them.
func (r *rig) wantRemarks(want ...string) {
	r.t.Helper()
	list, err := r.store.Remarks(r.t.Context(), r.mirrored(r.cal).ID)
	r.must(err)
	if len(list) != len(want) {
		r.t.Fatalf("remarks %v, want %q", list, want)
	}
	for i, text := range want {
		if !strings.Contains(list[i].Text, text) {
			r.t.Errorf("remark %q, want %q", list[i].Text, text)
		}
	}
}

// TestPropertiesAreAskedForOnce: a mailbox that refuses MAPI properties is asked
// again when its calendars are listed, not at every event.
func TestPropertiesAreAskedForOnce(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	for i := range 5 {
		r.add("series", 2+i, weeklySeries)
	}
	r.refuseProperties()
	asked := r.record()
	r.sync()
	if n := asked.count("singleValueExtendedProperties"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	r.wantSame(r.cal)
	r.must(r.trySync(true))
	if n := asked.count("singleValueExtendedProperties"); n != 2 {
		t.Errorf("asked %d times in two rounds that list the calendars", n)
	}
}

// requests are the addresses of what was asked of Graph.
type requests struct {
	mu     sync.Mutex
	urls   []string
	prefer []string
}

// record keeps what the syncer asks from now on.
func (r *rig) record() *requests {
	list := &requests{}
	r.syncer.HTTP.Transport = list
	return list
}

// RoundTrip implements [http.RoundTripper].
func (l *requests) RoundTrip(req *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.urls = append(l.urls, req.URL.RequestURI())
	l.prefer = append(l.prefer, strings.Join(req.Header.Values("Prefer"), ", "))
	l.mu.Unlock()
	return http.DefaultTransport.RoundTrip(req)
}

func (l *requests) count(part string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range l.urls {
		if strings.Contains(u, part) {
			n++
		}
	}
	return n
}

// TestBlobSavesRequests: where Graph names neither cancelled dates nor
// exceptions, the recurrence blob tells that there are none, or which dates are
// cancelled, and no list of instances is read.
func TestBlobSavesRequests(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: graphfake.Habits{NationalCloud: true}})
	ids := r.add("cancelled", 2, weeklySeries)
	r.must(r.box.CancelOccurrence(ids.Classic, "2026-03-09"))
	r.must(r.box.CancelOccurrence(ids.Classic, "2026-03-23"))
	r.add("plain", 3, weeklySeries)
	asked := r.record()
	r.sync()
	r.wantSame(r.cal)
	r.wantText("cancelled", "EXDATE;TZID=Europe/Berlin:20260309T100000", "EXDATE;TZID=Europe/Berlin:20260323T100000")
	if n := asked.count("/instances"); n != 0 {
		t.Errorf("%d lists of instances were read", n)
	}
}

// TestBlobPlacesExceptions: R2.7, what an instance replaces is read off the blob
// where the instance does not say it.
func TestBlobPlacesExceptions(t *testing.T) {
	r := newRig(t, graphfake.Options{Habits: graphfake.Habits{NoOriginalStart: true}})
	ids := r.add("series", 2, func(e *graphfake.Event) { e.Repeat = &graphfake.Repeat{Type: "daily"} })
	for day, to := range map[string]string{"2026-03-12": "12T15:30", "2026-03-10": "10T08:00"} {
		r.must(r.box.EditOccurrence(ids.Classic, day, `{"start":{"dateTime":"2026-03-`+to+`:00","timeZone":"W. Europe Standard Time"},
			"end":{"dateTime":"2026-03-`+to[:3]+`16:00:00","timeZone":"W. Europe Standard Time"}}`))
	}
	r.must(r.box.CancelOccurrence(ids.Classic, "2026-03-13"))
	asked := r.record()
	r.sync()
	r.wantSame(r.cal)
	r.wantText("series", "RECURRENCE-ID;TZID=Europe/Berlin:20260310T100000", "RECURRENCE-ID;TZID=Europe/Berlin:20260312T100000", "EXDATE;TZID=Europe/Berlin:20260313T100000")
	if n := asked.count("/instances"); n != 0 {
		t.Errorf("%d lists of instances were read", n)
	}
}

// TestAttachments: §5.7, files are a line of the text, links are links, and only
// events that say that something hangs on them cost requests for it.
func TestAttachments(t *testing.T) {
	const files = `{"@odata.type":"#microsoft.graph.fileAttachment","name":"a.pdf","size":9000,"contentBytes":"AAAA"},
		{"@odata.type":"#microsoft.graph.itemAttachment","name":"mail"},
		{"@odata.type":"#microsoft.graph.fileAttachment","name":"logo.png","isInline":true,"contentBytes":"AAAA"}`
	const link = `{"@odata.type":"#microsoft.graph.referenceAttachment","id":"R1","name":"Plan","sourceUrl":"https://contoso.example/plan"}`
	with := func(list string) func(*graphfake.Event) {
		return func(e *graphfake.Event) {
			e.Body, e.Extra = "See there.", `{"hasAttachments":true,"attachments":[`+list+`]}`
		}
	}
	for _, told := range []bool{true, false} { // whether v1.0 tells where links lead to
		r := newRig(t, graphfake.Options{Habits: graphfake.Habits{ReferenceURLs: told}})
		for i := range 10 {
			r.add("plain", 10+i, nil)
		}
		r.add("files", 3, with(files))
		r.add("link", 4, with(link))
		r.add("inline alone", 5, with(`{"@odata.type":"#microsoft.graph.fileAttachment","isInline":true}`))
		series := r.add("series", 6, func(e *graphfake.Event) { with(files)(e); weeklySeries(e) })
		r.must(r.box.EditOccurrence(series.Classic, "2026-03-13", `{"subject":"changed"}`))
		asked := r.record()
		r.sync()
		r.wantText("files", `DESCRIPTION:See there.\n\n2 attachments: open in Outlook`, "!ATTACH")
		if told {
			r.wantText("link", `ATTACH;FILENAME=Plan:https://contoso.example/plan`, "DESCRIPTION:See there.")
		} else {
			r.wantText("link", `DESCRIPTION:See there.\n\n1 attachment: open in Outlook`, "!ATTACH")
		}
		r.wantText("inline alone", "DESCRIPTION:See there.")
		if n := strings.Count(r.text("series"), "2 attachments: open in Outlook"); n != 2 {
			t.Errorf("the series and its changed instance name attachments %d times", n)
		}
		if n := asked.count("/attachments"); n != 5 { // four lists, one link
			t.Errorf("%d requests for attachments", n)
		}
		before := r.objects(r.cal)
		r.must(r.trySync(true))
		if d := diff.Diff(before, r.objects(r.cal)); d != "" {
			t.Errorf("a full round changed (-before +after):\n%s", d)
		}
	}
}

// TestAttachmentsUntold: what Graph does not tell costs no event.
func TestAttachmentsUntold(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("/attachments"), Times: -1, Status: 403, Body: `{"error":{"code":"ErrorAccessDenied","message":"Access is denied."}}`})
	r.add("files", 3, func(e *graphfake.Event) { e.Extra = `{"hasAttachments":true,"attachments":[{"name":"a.pdf"}]}` })
	r.sync()
	r.wantText("files", "DESCRIPTION:Attachments: open in Outlook")
}

// TestReadingRules holds rules of the mapping that concern how Graph is read.
func TestReadingRules(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	series := r.add("series", 3, weeklySeries)
	asked := r.record()
	r.sync()
	for i, prefer := range asked.prefer { // R2.1 and trap 19
		if strings.Contains(asked.urls[i], "/events") && (!strings.Contains(prefer, `outlook.timezone="UTC"`) || !strings.Contains(prefer, `IdType="ImmutableId"`)) {
			t.Errorf("R2.1 %s was asked with Prefer %q", asked.urls[i], prefer)
		}
	}
	r.must(r.box.CancelOccurrence(series.Classic, "2026-03-10")) // R1.5 and trap 16: it is merely missing
	r.must(r.box.EditOccurrence(series.Classic, "2026-03-17", `{"subject":"changed"}`))
	r.sync()
	r.wantText("series", "EXDATE;TZID=Europe/Berlin:20260310T100000", "RECURRENCE-ID;TZID=Europe/Berlin:20260317T100000")
	r.wantSame(r.cal)
}

// TestCopies: R1.8 and trap 18, copies of one event in one calendar keep apart,
// and which of them keeps the UID does not change.
func TestCopies(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	for i, subject := range []string{"first", "second", "third"} {
		r.add(subject, 3+i, func(e *graphfake.Event) { e.Extra = `{"iCalUId":"one@example.org"}` })
	}
	r.sync()
	r.wantText("first", "UID:one@example.org")
	before := r.uids()
	if len(before) != 3 {
		t.Fatalf("UIDs %v", before)
	}
	r.must(r.trySync(true))
	if d := diff.Diff(before, r.uids()); d != "" {
		t.Errorf("a full round changed UIDs (-before +after):\n%s", d)
	}
}

// TestOwnAddresses: §5.4, an invitation to an alias is answered by the mailbox's
// own answer; without the right to read aliases, by the list's.
func TestOwnAddresses(t *testing.T) {
	const invited = `{"isOrganizer":false,"organizer":{"emailAddress":{"name":"Ben","address":"ben@contoso.example"}},"responseStatus":{"response":"accepted"},
		"attendees":[{"type":"required","status":{"response":"none"},"emailAddress":{"name":"Anna","address":"Anna.Berg@contoso.example"}}]}`
	for stat, refused := range map[string]bool{"ACCEPTED": false, "NEEDS-ACTION": true} {
		r := newRig(t, graphfake.Options{})
		if refused {
			r.fake.Inject(graphfake.Fault{Path: regexp.MustCompile("proxyAddresses"), Times: -1, Status: 400, Body: `{"error":{"code":"BadRequest","message":"Unsupported."}}`})
		}
		r.add("invited", 3, func(e *graphfake.Event) { e.Extra = invited })
		r.sync()
		if text := r.text("invited"); !strings.Contains(text, "PARTSTAT="+stat) {
			t.Errorf("refused %v: no PARTSTAT=%s in\n%s", refused, stat, text)
		}
	}
}

// TestTooLongIsShortened: a series that no reader would take arrives shorter,
// with all its occurrences, and the store knows it by its id.
func TestTooLongIsShortened(t *testing.T) {
	r := newRig(t, graphfake.Options{})
	ids := r.add("long", 2, func(e *graphfake.Event) {
		e.Body = "<p>" + strings.Repeat("A line of the agenda. ", 3000) + "</p>"
		e.Repeat = &graphfake.Repeat{Type: "daily"}
	})
	for day := range 60 {
		r.must(r.box.EditOccurrence(ids.Classic, time.Date(2026, 3, 5+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), `{"importance":"high"}`))
	}
	r.sync()
	r.wantSame(r.cal)
	r.wantRemarks("too much for calendar programs")
	list, err := r.store.Remarks(t.Context(), r.mirrored(r.cal).ID)
	r.must(err)
	if string(list[0].Source) != ids.Immutable {
		t.Errorf("the remark is on %s, want %s", list[0].Source, ids.Immutable)
	}
	r.must(r.box.Patch(ids.Classic, `{"body":{"contentType":"text","content":"short"}}`))
	for day := range 60 {
		r.must(r.box.CancelOccurrence(ids.Classic, time.Date(2026, 3, 5+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)))
	}
	r.sync()
	r.wantSame(r.cal)
	r.wantRemarks()
}
