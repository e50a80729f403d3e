package graphsync

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"calbridge/bridge"
	"calbridge/bridge/ics"
)

// rendered returns the lines of the object that readers get of an event as Graph
// answers it, folds undone.
func rendered(t *testing.T, raw json.RawMessage, env bridge.Env) []string {
	t.Helper()
	it, err := readItem(raw)
	if err != nil {
		t.Fatal(err)
	}
	it.home = env.MailboxZone
	var exceptions []item
	var cancelled []string
	if list := it.event.ExceptionOccurrences; list != nil {
		for _, raw := range *list {
			x, err := readItem(raw)
			if err != nil {
				t.Fatal(err)
			}
			exceptions = append(exceptions, x)
		}
	}
	if list := it.event.CancelledOccurrences; list != nil {
		cancelled = *list
	}
	s, err := convertMaster(it, exceptions, cancelled)
	if err != nil {
		t.Fatal(err)
	}
	s.UID = s.Claim
	obj, err := ics.Render(*s, env)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.ReplaceAll(strings.TrimSuffix(string(obj.Body), "\r\n"), "\r\n ", ""), "\r\n")
}

// at writes start and end in UTC.
func at(start, end string) string {
	return `"start":{"dateTime":"` + start + `:00.0000000","timeZone":"UTC"},"end":{"dateTime":"` + end + `:00.0000000","timeZone":"UTC"}`
}

// repeats writes a recurrence, with the dummies that Graph sends where a pattern
// has no use for a member.
func repeats(pattern, limit, zone string) string {
	dummies := map[string]string{"interval": "1", "month": "0", "dayOfMonth": "0", "firstDayOfWeek": `"sunday"`, "index": `"first"`}
	for name, value := range dummies {
		if !strings.Contains(pattern, `"`+name+`"`) {
			pattern += `,"` + name + `":` + value
		}
	}
	return `"type":"seriesMaster","recurrence":{"pattern":{` + pattern + `},"range":{"recurrenceTimeZone":"` + zone + `",` + limit + `}}`
}

const (
	berlinZone = "W. Europe Standard Time"
	// Tuesdays at 15:00 in Berlin from 3 June 2025.
	tuesdays = `"type":"weekly","daysOfWeek":["tuesday"],"firstDayOfWeek":"monday"`
	noEnd    = `"type":"noEnd","startDate":"2025-06-03","endDate":"0001-01-01","numberOfOccurrences":0`
)

var tuesday = repeats(tuesdays, noEnd, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00")

// changed writes exceptionOccurrences.
func changed(members ...string) string {
	for i, m := range members {
		members[i] = `{"id":"x` + string(rune('a'+i)) + `","type":"exception","seriesMasterId":"AAMk=",` + m + `}`
	}
	return `"exceptionOccurrences":[` + strings.Join(members, ",") + `]`
}

// TestRules holds the numbered rules and the rows of the mapping's tables, from
// what Graph answers to what readers get. A ! marks a beginning that no line may
// have.
func TestRules(t *testing.T) {
	const goid = "040000008200E00074C5B7101A82E008"
	wednesdays := repeats(`"type":"weekly","daysOfWeek":["wednesday"]`, `"type":"noEnd","startDate":"2025-06-04"`, "") +
		`,"isAllDay":true,` + at("2025-06-04T00:00", "2025-06-05T00:00")
	monthly := func(pattern, limit, start string) string {
		return repeats(pattern, limit, berlinZone) + "," + at(start+"T09:00", start+"T10:00")
	}
	for _, c := range []struct {
		name, members string
		want          []string
	}{
		{"R1.1 one object for all of a series", tuesday + "," + changed(`"originalStart":"2025-06-10T13:00:00Z",`+at("2025-06-10T14:00", "2025-06-10T15:00")), []string{"UID:abc@example.org", "RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000"}},
		{"R1.2 no METHOD in a resource", tuesday, []string{"VERSION:2.0", "CALSCALE:GREGORIAN", "!METHOD"}},
		{"R1.3 a series without a remaining instance is served", repeats(tuesdays, `"type":"numbered","startDate":"2025-06-03","numberOfOccurrences":1`, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00") +
			`,"cancelledOccurrences":["OID.AAMk=.2025-06-03"]`, []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;COUNT=1", "EXDATE;TZID=Europe/Berlin:20250603T150000"}},
		{"R1.4 an override is not cancelled as well", tuesday + `,"cancelledOccurrences":["OID.AAMk=.2025-06-10"],` + changed(`"originalStart":"2025-06-10T13:00:00Z",`+at("2025-06-10T14:00", "2025-06-10T15:00")), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000", "!EXDATE"}},
		{"R1.6 a Global Object Id without its date", `"iCalUId":"` + strings.ToLower(goid) + `07e9060aa0f5"`, []string{"UID:" + strings.ToLower(goid) + "07e9060aa0f5"}},
		{"R1.6 that of a master, in upper case", `"iCalUId":"` + strings.ToLower(goid) + `00000000a0f5",` + tuesday, []string{"UID:" + goid + "00000000A0F5"}},
		{"R1.6 none: made of the id, the same each time", `"iCalUId":null`, []string{"UID:" + bridge.CleanUID("", "AAMk=")}},
		{"R1.7 trap 17: an override has its master's UID", tuesday + `,"iCalUId":"` + goid + `00000000A0F5",` + changed(`"iCalUId":"`+goid+`07E9060AA0F5","originalStart":"2025-06-10T13:00:00Z",`+at("2025-06-10T14:00", "2025-06-10T15:00")),
			[]string{"UID:" + goid + "00000000A0F5", "!UID:" + goid + "07E9060A"}},
		{"R1.9 trap 20: an instance alone has no RECURRENCE-ID", `"type":"exception","seriesMasterId":"gone","iCalUId":"` + goid + `07E9060AA0F5","originalStart":"2026-01-15T10:00:00Z"`, []string{"UID:" + goid + "07E9060AA0F5", "!RECURRENCE-ID"}},
		{"§1.5 trap 22: DTSTAMP is from the data", `"lastModifiedDateTime":"2026-01-05T10:02:44.0120932Z"`, []string{"DTSTAMP:20260105T100244Z", "LAST-MODIFIED:20260105T100244Z", "CREATED:20260102T091411Z", "SEQUENCE:0"}},

		{"R2.1 trap 2: all-day values are dates", `"isAllDay":true,"start":{"dateTime":"2025-03-03T00:00:00.0000000","timeZone":"Pacific Standard Time"},"end":{"dateTime":"2025-03-04T00:00:00.0000000","timeZone":"Pacific Standard Time"}`, []string{"DTSTART;VALUE=DATE:20250303", "DTEND;VALUE=DATE:20250304"}},
		{"R2.3 the zone of creation", at("2025-03-03T08:00", "2025-03-03T09:00"), []string{"DTSTART;TZID=Europe/Berlin:20250303T090000", "DTEND;TZID=Europe/Berlin:20250303T100000"}},
		{"R2.3 trap 1: not the label of the answer", `"start":{"dateTime":"2025-03-03T00:00:00","timeZone":"Pacific Standard Time"},"end":{"dateTime":"2025-03-03T01:00:00","timeZone":"Pacific Standard Time"}`, []string{"DTSTART;TZID=Europe/Berlin:20250303T090000"}},
		{"R2.3 none that is known: the mailbox's", `"originalStartTimeZone":"","originalEndTimeZone":null,` + at("2025-03-03T08:00", "2025-03-03T09:00"), []string{"DTSTART;TZID=Europe/Vienna:20250303T090000"}},
		{"§2.2 2 UTC", `"originalStartTimeZone":"UTC","originalEndTimeZone":"tzone://Microsoft/Utc",` + at("2025-03-03T08:00", "2025-03-03T09:00"), []string{"DTSTART:20250303T080000Z", "DTEND:20250303T090000Z", "!BEGIN:VTIMEZONE"}},
		{"§2.2 3 a flight", `"originalEndTimeZone":"Eastern Standard Time",` + at("2025-07-10T10:00", "2025-07-10T18:30"), []string{"DTSTART;TZID=Europe/Berlin:20250710T120000", "DTEND;TZID=America/New_York:20250710T143000", "TZID:Europe/Berlin", "TZID:America/New_York"}},
		{"§2.2 4 no length", at("2025-03-03T08:00", "2025-03-03T08:00"), []string{"DTSTART;TZID=Europe/Berlin:20250303T090000", "!DTEND", "!DURATION"}},
		{"§2.2 5 ends before it starts", at("2025-03-03T08:00", "2025-03-03T07:00"), []string{"!DTEND"}},
		{"§2.2 6 clocks of its own", `"originalStartTimeZone":"tzone://Microsoft/Custom","originalEndTimeZone":"tzone://Microsoft/Custom",` + at("2025-03-03T08:00", "2025-03-03T09:00"), []string{"DTSTART;TZID=Europe/Vienna:20250303T090000"}},
		{"§2.2 8 trap 3: three days, the end copied", `"isAllDay":true,` + at("2025-03-03T00:00", "2025-03-06T00:00"), []string{"DTSTART;VALUE=DATE:20250303", "DTEND;VALUE=DATE:20250306", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"}},
		{"§2.2 10 from midnight to midnight, timed", at("2025-03-02T23:00", "2025-03-03T23:00"), []string{"DTSTART;TZID=Europe/Berlin:20250303T000000", "!X-MICROSOFT-CDO-ALLDAYEVENT"}},
		{"§2.2 11 all-day but not at midnight", `"isAllDay":true,` + at("2025-03-02T23:00", "2025-03-03T23:00"), []string{"DTSTART;VALUE=DATE:20250303", "DTEND;VALUE=DATE:20250304"}},
		{"§2.2 12 all-day without length", `"isAllDay":true,` + at("2025-03-03T00:00", "2025-03-03T00:00"), []string{"DTEND;VALUE=DATE:20250304"}},
		{"§2.2 14 fractions are cut, seconds kept", `"start":{"dateTime":"2025-03-03T08:00:05.9999999","timeZone":"UTC"},"end":{"dateTime":"2025-03-03T09:00:00","timeZone":"UTC"}`, []string{"DTSTART;TZID=Europe/Berlin:20250303T090005"}},

		{"R2.4 trap 13: a start that the rule does not have", repeats(tuesdays, `"type":"numbered","startDate":"2025-06-02","numberOfOccurrences":3`, berlinZone) + "," + at("2025-06-02T13:00", "2025-06-02T14:00"), []string{"DTSTART;TZID=Europe/Berlin:20250603T150000", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;COUNT=3"}},
		{"R2.4 [U] the same, if Exchange moved the start", repeats(tuesdays, `"type":"numbered","startDate":"2025-06-02","numberOfOccurrences":3`, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"DTSTART;TZID=Europe/Berlin:20250603T150000", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;COUNT=3"}},
		{"R2.4 [U] every second week, counted from the range's start", repeats(tuesdays+`,"interval":2`, noEnd, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"DTSTART;TZID=Europe/Berlin:20250603T150000"}},
		{"R2.4 [U] every second week, counted from the start", repeats(tuesdays+`,"interval":2`, noEnd, berlinZone) + "," + at("2025-06-10T13:00", "2025-06-10T14:00"), []string{"DTSTART;TZID=Europe/Berlin:20250610T150000"}},
		{"R2.5 through midnight", repeats(tuesdays, noEnd, berlinZone) + "," + at("2025-06-03T20:00", "2025-06-04T00:00"), []string{"DTSTART;TZID=Europe/Berlin:20250603T220000", "DTEND;TZID=Europe/Berlin:20250604T020000", "!DURATION"}},
		{"R2.5 through the hour that clocks repeat", repeats(`"type":"daily"`, `"type":"noEnd","startDate":"2025-10-26"`, berlinZone) + "," + at("2025-10-26T00:30", "2025-10-26T01:15"), []string{"DTSTART;TZID=Europe/Berlin:20251026T023000", "DTEND;TZID=Europe/Berlin:20251026T031500"}},
		{"R2.6 trap 14, §2.3 16: the forms of an instance", tuesday + `,"cancelledOccurrences":["OID.AAMk=.2025-06-17"],` + changed(`"originalStart":"2025-06-10T13:00:00Z","originalStartTimeZone":"Eastern Standard Time","originalEndTimeZone":"Eastern Standard Time",`+at("2025-06-10T14:00", "2025-06-10T15:00")),
			[]string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000", "DTSTART;TZID=America/New_York:20250610T100000", "DTEND;TZID=America/New_York:20250610T110000", "EXDATE;TZID=Europe/Berlin:20250617T150000"}},
		{"R2.6 a timed series, an override that became all-day", tuesday + "," + changed(`"originalStart":"2025-06-10T13:00:00Z","isAllDay":true,`+at("2025-06-10T00:00", "2025-06-11T00:00")), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000", "DTSTART;VALUE=DATE:20250610"}},
		{"R2.6 an all-day series, an override that became timed", wednesdays + "," + changed(`"originalStart":"2025-06-11T00:00:00Z","isAllDay":false,`+at("2025-06-11T08:00", "2025-06-11T09:00")), []string{"RECURRENCE-ID;VALUE=DATE:20250611", "DTSTART;TZID=Europe/Berlin:20250611T100000"}},
		{"R2.7 numeric offset, §2.3 18", repeats(`"type":"weekly","daysOfWeek":["monday"]`, `"type":"noEnd","startDate":"2025-06-02"`, "Eastern Standard Time") + "," + at("2025-06-02T16:00", "2025-06-02T17:00") + "," + changed(`"originalStart":"2025-06-23T12:00:00-04:00",`+at("2025-06-23T17:00", "2025-06-23T18:00")),
			[]string{"RECURRENCE-ID;TZID=America/New_York:20250623T120000"}},
		{"R2.7 trap 4: an instant, not local time", tuesday + "," + changed(`"originalStart":"2025-06-10T13:00:00.0000000Z","originalStartTimeZone":"Tokyo Standard Time",`+at("2025-06-10T14:00", "2025-06-10T15:00")), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000"}},
		{"R2.7 [U] the date of occurrenceId where the instant is no instance", tuesday + "," + changed(`"originalStart":"2025-06-09T08:00:00Z","occurrenceId":"OID.AAMk=.2025-06-10",`+at("2025-06-10T14:00", "2025-06-10T15:00")), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000"}},
		{"R2.7 17: across a change of clocks", repeats(`"type":"weekly","daysOfWeek":["monday"]`, `"type":"noEnd","startDate":"2025-03-17"`, berlinZone) + "," + at("2025-03-17T08:00", "2025-03-17T09:00") + "," + changed(`"originalStart":"2025-03-24T08:00:00Z",`+at("2025-04-01T07:00", "2025-04-01T08:00")),
			[]string{"RECURRENCE-ID;TZID=Europe/Berlin:20250324T090000", "DTSTART;TZID=Europe/Berlin:20250401T090000"}},
		{"R2.8 19: all-day, the organizer in the west", wednesdays + "," + changed(`"originalStart":"2025-06-11T07:00:00Z",`+at("2025-06-12T00:00", "2025-06-13T00:00")), []string{"RECURRENCE-ID;VALUE=DATE:20250611", "DTSTART;VALUE=DATE:20250612"}},
		{"R2.8 20: all-day, the organizer in the east", wednesdays + "," + changed(`"originalStart":"2025-06-17T14:00:00Z",`+at("2025-06-19T00:00", "2025-06-20T00:00")), []string{"RECURRENCE-ID;VALUE=DATE:20250618"}},
		{"R2.8 at UTC+14", wednesdays + "," + changed(`"originalStart":"2025-06-17T10:00:00Z",`+at("2025-06-19T00:00", "2025-06-20T00:00")), []string{"RECURRENCE-ID;VALUE=DATE:20250618"}},
		{"R2.8 occurrenceId before all", wednesdays + "," + changed(`"occurrenceId":"OID.AA.Mk=.2025-06-25","originalStart":"2025-06-17T10:00:00Z",`+at("2025-06-26T00:00", "2025-06-27T00:00")), []string{"RECURRENCE-ID;VALUE=DATE:20250625"}},
		{"R2.9 21: the local date of a late evening", repeats(`"type":"daily"`, `"type":"noEnd","startDate":"2025-01-13"`, "Eastern Standard Time") + "," + at("2025-01-14T03:00", "2025-01-14T04:00") + `,"cancelledOccurrences":["OID.AAMk=.2025-01-15"]`, []string{"EXDATE;TZID=America/New_York:20250115T220000"}},
		{"R2.9 [U] its UTC date, where the local one is no instance", repeats(`"type":"weekly","daysOfWeek":["monday"]`, `"type":"noEnd","startDate":"2025-01-13"`, "Eastern Standard Time") + "," + at("2025-01-14T03:00", "2025-01-14T04:00") + `,"cancelledOccurrences":["OID.AAMk=.2025-01-21"]`, []string{"EXDATE;TZID=America/New_York:20250120T220000"}},
		{"R2.9 22: all-day", wednesdays + `,"cancelledOccurrences":["OID.AAMk=.2025-06-18"]`, []string{"EXDATE;VALUE=DATE:20250618"}},
		{"R2.9 what is no date is left", tuesday + `,"cancelledOccurrences":["OID.AAMk=.2025-6-17","2025-06-17","OID.AAMk=.","OID.2025-06-17.x"]`, []string{"!EXDATE"}},
		{"R2.10 one EXDATE each, sorted", tuesday + `,"cancelledOccurrences":["OID.AAMk=.2025-06-24","OID.AAMk=.2025-06-17"]`, []string{"EXDATE;TZID=Europe/Berlin:20250617T150000", "EXDATE;TZID=Europe/Berlin:20250624T150000"}},
		{"R2.11 moved years away", tuesday + "," + changed(`"originalStart":"2025-06-10T13:00:00Z",`+at("2031-06-10T14:00", "2031-06-10T15:00")), []string{"RECURRENCE-ID;TZID=Europe/Berlin:20250610T150000", "DTSTART;TZID=Europe/Berlin:20310610T160000"}},
		{"R2.12 an hour that does not exist", repeats(`"type":"daily"`, `"type":"noEnd","startDate":"2025-03-28"`, berlinZone) + "," + at("2025-03-28T01:30", "2025-03-28T02:30"), []string{"DTSTART;TZID=Europe/Berlin:20250328T023000"}},
		{"§2.3 23: another zone than the mailbox's", repeats(`"type":"weekly","daysOfWeek":["tuesday"]`, `"type":"noEnd","startDate":"2025-03-25"`, berlinZone) + `,"originalStartTimeZone":"Tokyo Standard Time",` + at("2025-03-25T15:00", "2025-03-25T16:00"), []string{"DTSTART;TZID=Europe/Berlin:20250325T160000", "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=SU"}},

		{"§2.4 24 trap 7: UNTIL east of Greenwich", repeats(`"type":"daily"`, `"type":"endDate","startDate":"2025-06-02","endDate":"2025-06-06"`, "Tokyo Standard Time") + "," + at("2025-06-01T23:00", "2025-06-02T00:00"), []string{"RRULE:FREQ=DAILY;UNTIL=20250605T230000Z"}},
		{"§2.4 25: west of it", repeats(`"type":"daily"`, `"type":"endDate","startDate":"2025-06-02","endDate":"2025-06-06"`, "Pacific Standard Time") + "," + at("2025-06-03T04:00", "2025-06-03T05:00"), []string{"RRULE:FREQ=DAILY;UNTIL=20250607T040000Z"}},
		{"§2.4 26: by the offset of the last day", repeats(`"type":"weekly","daysOfWeek":["monday"],"firstDayOfWeek":"monday"`, `"type":"endDate","startDate":"2025-06-02","endDate":"2025-11-03"`, berlinZone) + "," + at("2025-06-02T07:00", "2025-06-02T08:00"), []string{"RRULE:FREQ=WEEKLY;BYDAY=MO;WKST=MO;UNTIL=20251103T080000Z"}},
		{"§2.4 27: all-day", repeats(`"type":"daily"`, `"type":"EndDate","startDate":"2026-02-01","endDate":"2026-02-28"`, "") + `,"isAllDay":true,` + at("2026-02-01T00:00", "2026-02-02T00:00"), []string{"RRULE:FREQ=DAILY;UNTIL=20260228"}},
		{"§2.4 28 trap 6: placeholders", tuesday, []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO"}},
		{"§2.4 a count of nothing", repeats(tuesdays, `"type":"Numbered","startDate":"2025-06-03","numberOfOccurrences":0`, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO"}},
		{"§2.4 an end before the start", repeats(tuesdays, `"type":"endDate","startDate":"2025-06-03","endDate":"2025-06-01"`, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;COUNT=1"}},
		{"§2.4 an end that is a placeholder", repeats(tuesdays, `"type":"endDate","startDate":"2025-06-03","endDate":"0001-01-01"`, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO"}},
		{"§2.4 trap 8: cancelled instances count", repeats(tuesdays, `"type":"numbered","startDate":"2025-06-03","numberOfOccurrences":4`, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00") + `,"cancelledOccurrences":["OID.AAMk=.2025-06-10"]`, []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;COUNT=4", "EXDATE;TZID=Europe/Berlin:20250610T150000"}},

		{"§3.1 trap 9: WKST is always said", repeats(`"type":"weekly","daysOfWeek":["tuesday"]`, noEnd, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=SU"}},
		{"§3.1 no days: that of the start", repeats(`"type":"weekly","daysOfWeek":[]`, noEnd, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=SU"}},
		{"§3.1 trap 51: names in any case", repeats(`"type":"Weekly","daysOfWeek":["Tuesday"],"firstDayOfWeek":"Monday"`, `"type":"NoEnd","startDate":"2025-06-03"`, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO"}},
		{"§3.1 an interval of 0", repeats(`"type":"daily","interval":0`, noEnd, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=DAILY"}},
		{"§3.2 29", monthly(`"type":"relativeMonthly","daysOfWeek":["tuesday"],"index":"second"`, `"type":"noEnd","startDate":"2025-06-10"`, "2025-06-10"), []string{"RRULE:FREQ=MONTHLY;BYDAY=2TU"}},
		{"§3.2 30", monthly(`"type":"relativeMonthly","interval":2,"daysOfWeek":["thursday"],"index":"fourth"`, `"type":"noEnd","startDate":"2025-06-26"`, "2025-06-26"), []string{"RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=4TH"}},
		{"§3.2 31 trap 10: a group", monthly(`"type":"relativeMonthly","daysOfWeek":["monday","tuesday","wednesday","thursday","friday"],"index":"last"`, `"type":"noEnd","startDate":"2025-06-30"`, "2025-06-30"), []string{"RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"}},
		{"§3.2 [U] another set", monthly(`"type":"relativeMonthly","daysOfWeek":["thursday","friday"],"index":"second"`, `"type":"noEnd","startDate":"2025-06-06"`, "2025-06-06"), []string{"RRULE:FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=2"}},
		{"§3.2 32", monthly(`"type":"relativeYearly","month":11,"daysOfWeek":["thursday"],"index":"fourth"`, `"type":"noEnd","startDate":"2025-11-27"`, "2025-11-27"), []string{"RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"}},
		{"§3.2 33", monthly(`"type":"relativeYearly","month":2,"daysOfWeek":["sunday","monday","tuesday","wednesday","thursday","friday","saturday"],"index":"last"`, `"type":"noEnd","startDate":"2025-02-28"`, "2025-02-28"), []string{"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"}},
		{"§3.4 34: every second week", repeats(`"type":"weekly","interval":2,"daysOfWeek":["tuesday","sunday"],"firstDayOfWeek":"monday"`, noEnd, berlinZone) + "," + at("2025-06-03T13:00", "2025-06-03T14:00"), []string{"RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO"}},
		{"§3.3 35 trap 11: the 31st", monthly(`"type":"absoluteMonthly","dayOfMonth":31`, `"type":"numbered","startDate":"2025-01-31","numberOfOccurrences":8`, "2025-01-31"), []string{"RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=8"}},
		{"§3.3 36 trap 12: the 30th, as all engines read it", monthly(`"type":"absoluteMonthly","dayOfMonth":30`, `"type":"numbered","startDate":"2024-12-30","numberOfOccurrences":6`, "2024-12-30"), []string{"RRULE:FREQ=MONTHLY;BYMONTHDAY=30;COUNT=5", "RDATE;TZID=Europe/Berlin:20250228T100000"}},
		{"§3.3 37: 29 February", repeats(`"type":"absoluteYearly","month":2,"dayOfMonth":29`, `"type":"noEnd","startDate":"2024-02-29"`, "") + `,"isAllDay":true,` + at("2024-02-29T00:00", "2024-03-01T00:00"), []string{"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"}},
		{"§3.3 38: the 31st of every third month", monthly(`"type":"absoluteMonthly","interval":3,"dayOfMonth":31`, `"type":"noEnd","startDate":"2025-01-31"`, "2025-01-31"), []string{"RRULE:FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1"}},
		{"§3.3 a 30th that meets no February", monthly(`"type":"absoluteMonthly","interval":12,"dayOfMonth":30`, `"type":"noEnd","startDate":"2025-06-30"`, "2025-06-30"), []string{"RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30", "!RDATE"}},

		{"R4.1 trap 36: no Windows name, one VTIMEZONE for each TZID", tuesday, []string{"TZID:Europe/Berlin", "!TZID:W."}},
		{"R4.1 none for dates", `"isAllDay":true,` + at("2025-03-03T00:00", "2025-03-04T00:00"), []string{"!BEGIN:VTIMEZONE"}},
		{"R4.2 IANA names", tuesday, []string{"TZID:Europe/Berlin", "X-LIC-LOCATION:Europe/Berlin"}},
		{"R4.3 trap 33: in their modern spelling", `"originalStartTimeZone":"India Standard Time"`, []string{"TZID:Asia/Kolkata"}},
		{"R4.5 trap 37: back to the earliest instant", tuesday + "," + changed(`"originalStart":"2025-06-10T13:00:00Z",`+at("2019-07-10T14:00", "2019-07-10T15:00")), []string{"DTSTART:20190331T020000", "TZOFFSETTO:+0200"}},
		{"R4.9 trap 35: a fixed zone", `"originalStartTimeZone":"UTC-11"`, []string{"TZID:Etc/GMT+11", "TZOFFSETTO:-1100", "DTSTART:19700101T000000"}},
		{"§8.3 trap 34: London has summer time", `"originalStartTimeZone":"GMT Standard Time"`, []string{"TZID:Europe/London", "TZOFFSETTO:+0100"}},
		{"§8.3 Reykjavik has none", `"originalStartTimeZone":"Greenwich Standard Time","originalEndTimeZone":"Greenwich Standard Time"`, []string{"TZID:Atlantic/Reykjavik", "!TZOFFSETTO:+01"}},
		{"§8.2 a name with a note", `"originalStartTimeZone":"Europe/Kyiv (Kiev)"`, []string{"TZID:Europe/Kyiv"}},

		{"§5.1 trap 49: declined is not cancelled", `"responseStatus":{"response":"declined"},"isReminderOn":true`, []string{"STATUS:CONFIRMED", "TRANSP:TRANSPARENT", "!BEGIN:VALARM"}},
		{"§5.1 trap 48: called off, and still there", `"isCancelled":true`, []string{"STATUS:CANCELLED", "TRANSP:TRANSPARENT"}},
		{"§5.4 trap 24: an organizer alone", `"organizer":{"emailAddress":{"name":"Anna","address":"anna@contoso.example"}}`, []string{"!ORGANIZER", "!ATTENDEE"}},
		{"§5.4 trap 25: no empty mailto", `"attendees":[{"emailAddress":{"name":"Old","address":""}}]`, []string{"ATTENDEE;CN=Old;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:invalid:nomail"}},
		{"§5.6 trap 26: at the start", `"isReminderOn":true,"reminderMinutesBeforeStart":0`, []string{"TRIGGER:PT0S", "ACTION:DISPLAY", "DESCRIPTION:Lunch"}},
		{"§5.6 trap 27: a reminder that is off", `"isReminderOn":false,"reminderMinutesBeforeStart":15`, []string{"!BEGIN:VALARM"}},
		{"§5.2 trap 28: no markup in DESCRIPTION, no preview", `"body":{"contentType":"HTML","content":"<p>a &amp; b</p>"},"bodyPreview":"cut"`, []string{"DESCRIPTION:a & b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := rendered(t, single("{"+c.members+"}"), bridge.Env{MailboxZone: "Europe/Vienna", Horizon: 2036})
			for _, line := range c.want {
				beginning, absent := strings.CutPrefix(line, "!")
				i := slices.IndexFunc(got, func(l string) bool { return l == line || absent && strings.HasPrefix(l, beginning) })
				if i >= 0 == absent {
					t.Errorf("%q in\n%s", line, strings.Join(got, "\n"))
				}
			}
		})
	}
}

// TestEveryObject: the same event gives the same bytes, and zones have offsets of
// whole minutes.
func TestEveryObject(t *testing.T) {
	raw := single("{" + tuesday + `,"subject":"` + strings.Repeat("é😀", 80) + `"}`)
	env := bridge.Env{MailboxZone: "Europe/Vienna", Horizon: 2036}
	one, two := rendered(t, raw, env), rendered(t, raw, env)
	if !slices.Equal(one, two) {
		t.Error("§1.4 the same event gives other bytes")
	}
	offset := regexp.MustCompile(`^TZOFFSET(FROM|TO):[+-]\d{4}$`)
	for _, line := range one {
		if strings.HasPrefix(line, "TZOFFSET") && !offset.MatchString(line) {
			t.Errorf("R4.11 %s", line)
		}
	}
}
