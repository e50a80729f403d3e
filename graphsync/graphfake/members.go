package graphfake

// trait says how an event member behaves.
type trait uint8

const (
	hidden   trait = 1 << iota // comes only when it is selected, or with $select=*
	betaOnly                   // unknown on v1.0
	written                    // a request may set it, and it is stored as given
)

// eventMember is one member of the event resource. The order of the table is
// the order on the wire.
type eventMember struct {
	name   string
	traits trait
	unset  any // its value while nobody set it
}

var (
	noAnswer   = object{{"response", "none"}, {"time", never}}
	ownAnswer  = object{{"response", "organizer"}, {"time", never}}
	noBody     = object{{"contentType", "html"}, {"content", ""}}
	noLocation = object{{"displayName", ""}, {"locationType", "default"}, {"uniqueIdType", "unknown"},
		{"address", object{}}, {"coordinates", object{}}}
)

// never is the time that Graph writes for "not yet".
const never = "0001-01-01T00:00:00Z"

// eventMembers is the event resource of v1.0 (schema of 2026) with the two
// members that beta adds.
var eventMembers = []eventMember{
	{"id", 0, nil},
	{"createdDateTime", 0, nil},
	{"lastModifiedDateTime", 0, nil},
	{"changeKey", 0, nil},
	{"categories", written, list{}},
	{"transactionId", 0, nil},
	{"originalStartTimeZone", 0, nil},
	{"originalEndTimeZone", 0, nil},
	{"iCalUId", 0, nil},
	{"uid", betaOnly, nil},
	{"reminderMinutesBeforeStart", written, 15},
	{"isReminderOn", written, true},
	{"hasAttachments", 0, false},
	{"subject", written, ""},
	{"bodyPreview", 0, ""},
	{"importance", written, "normal"},
	{"sensitivity", written, "normal"},
	{"isAllDay", 0, false},
	{"isCancelled", 0, false},
	{"isOrganizer", 0, true},
	{"responseRequested", written, true},
	{"seriesMasterId", 0, nil},
	{"showAs", written, "busy"},
	{"type", 0, nil},
	{"webLink", 0, nil},
	{"onlineMeetingUrl", 0, nil},
	{"isOnlineMeeting", written, false},
	{"onlineMeetingProvider", written, "unknown"},
	{"allowNewTimeProposals", written, true},
	{"occurrenceId", betaOnly, nil},
	{"isDraft", 0, false},
	{"hideAttendees", written, false},
	{"originalStart", hidden, nil},
	{"cancelledOccurrences", hidden, nil},
	{"recurrence", 0, nil},
	{"onlineMeeting", 0, nil},
	{"responseStatus", 0, ownAnswer},
	{"body", 0, noBody},
	{"start", 0, nil},
	{"end", 0, nil},
	{"location", 0, noLocation},
	{"locations", 0, list{}},
	{"attendees", 0, list{}},
	{"organizer", 0, nil},
}

// relations are the navigation properties of an event: valid in a $select,
// though only $expand brings them.
var relations = []string{"instances", "attachments", "extensions", "calendar",
	"singleValueExtendedProperties", "multiValueExtendedProperties", "exceptionOccurrences"}

// memberIndex finds a member in the table.
var memberIndex = func() map[string]int {
	index := make(map[string]int, len(eventMembers))
	for i, m := range eventMembers {
		index[m.name] = i
	}
	return index
}()

// defaultOf returns the value of a member that nobody set.
func defaultOf(name string) any {
	if i, ok := memberIndex[name]; ok {
		return eventMembers[i].unset
	}
	return nil
}

// isWritten tells whether a request may set the member as it likes.
func isWritten(name string) bool {
	i, ok := memberIndex[name]
	return ok && eventMembers[i].traits&written != 0
}
