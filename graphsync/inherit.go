package graphsync

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"calbridge/graphsync/graph"
)

// inherited are members of an event that an instance has from its series, those
// of a line together: where an answer lacks all of a line, it says nothing of
// it, and what the series says is nearer than nothing. null is an answer.
var inherited = [][]string{
	{"subject"}, {"body", "bodyPreview"}, {"categories"}, {"isAllDay"}, {"isCancelled"}, {"isDraft"}, {"isOrganizer"},
	{"isReminderOn"}, {"reminderMinutesBeforeStart"}, {"responseRequested"}, {"allowNewTimeProposals"}, {"hideAttendees"},
	{"importance"}, {"sensitivity"}, {"showAs"}, {"responseStatus"}, {"organizer"}, {"attendees"}, {"location", "locations"},
	{"onlineMeeting", "onlineMeetingUrl", "onlineMeetingProvider", "isOnlineMeeting"}, {"originalStartTimeZone"}, {"originalEndTimeZone"},
	{"createdDateTime"}, {"lastModifiedDateTime"}, {"singleValueExtendedProperties"},
}

// memberFields are the places of Event's fields by their JSON names.
var memberFields = func() map[string]int {
	index := map[string]int{}
	t := reflect.TypeFor[graph.Event]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		index[name] = i
	}
	return index
}()

// inherit fills in from the master what an answer about one of its instances
// leaves out: an answer that is short must not empty an event.
func (it *item) inherit(master *graph.Event) {
	var present map[string]json.RawMessage
	if json.Unmarshal(it.raw, &present) != nil {
		return
	}
	known := make(map[string]bool, len(present))
	for name := range present {
		known[strings.ToLower(name)] = true
	}
	to, from := reflect.ValueOf(it.event).Elem(), reflect.ValueOf(master).Elem()
	for _, line := range inherited {
		if slices.ContainsFunc(line, func(name string) bool { return known[strings.ToLower(name)] }) {
			continue
		}
		for _, name := range line {
			if i, ok := memberFields[name]; ok {
				to.Field(i).Set(from.Field(i))
			}
		}
	}
}
