package graph

import "encoding/json"

// Event is the event resource as Graph answers it. Missing and null read
// alike. Only what calbridge uses is here; Graph adds members freely.
type Event struct {
	ID                   string            `json:"id"`
	ChangeKey            string            `json:"changeKey"`
	Type                 string            `json:"type"`
	SeriesMasterID       string            `json:"seriesMasterId"`
	ICalUID              string            `json:"iCalUId"`
	UID                  string            `json:"uid"`          // beta
	OccurrenceID         string            `json:"occurrenceId"` // beta
	CreatedDateTime      string            `json:"createdDateTime"`
	LastModifiedDateTime string            `json:"lastModifiedDateTime"`
	Subject              string            `json:"subject"`
	BodyPreview          string            `json:"bodyPreview"`
	Body                 *ItemBody         `json:"body"`
	Categories           []string          `json:"categories"`
	Start                *DateTimeTimeZone `json:"start"`
	End                  *DateTimeTimeZone `json:"end"`
	OriginalStart        string            `json:"originalStart"`
	OriginalStartZone    string            `json:"originalStartTimeZone"`
	OriginalEndZone      string            `json:"originalEndTimeZone"`
	IsAllDay             bool              `json:"isAllDay"`
	IsCancelled          bool              `json:"isCancelled"`
	IsDraft              bool              `json:"isDraft"`
	IsOrganizer          bool              `json:"isOrganizer"`
	IsReminderOn         bool              `json:"isReminderOn"`
	ReminderMinutes      int               `json:"reminderMinutesBeforeStart"`
	HasAttachments       bool              `json:"hasAttachments"`
	Attachments          *[]Attachment     `json:"attachments"` // nil where they were not asked for
	ResponseRequested    *bool             `json:"responseRequested"`
	AllowNewTime         *bool             `json:"allowNewTimeProposals"`
	HideAttendees        bool              `json:"hideAttendees"`
	Importance           string            `json:"importance"`
	Sensitivity          string            `json:"sensitivity"`
	ShowAs               string            `json:"showAs"`
	ResponseStatus       *ResponseStatus   `json:"responseStatus"`
	Organizer            *Recipient        `json:"organizer"`
	Attendees            []Attendee        `json:"attendees"`
	Location             *Location         `json:"location"`
	Locations            []Location        `json:"locations"`
	WebLink              string            `json:"webLink"`
	IsOnlineMeeting      bool              `json:"isOnlineMeeting"`
	OnlineMeetingURL     string            `json:"onlineMeetingUrl"`
	OnlineProvider       string            `json:"onlineMeetingProvider"`
	OnlineMeeting        *OnlineMeeting    `json:"onlineMeeting"`
	Recurrence           *Recurrence       `json:"recurrence"`

	// Of a master that was asked for by itself. nil means that the answer says
	// nothing about them: unknown, not none.
	CancelledOccurrences     *[]string          `json:"cancelledOccurrences"`
	ExceptionOccurrences     *[]json.RawMessage `json:"exceptionOccurrences"`
	ExceptionOccurrencesNext string             `json:"exceptionOccurrences@odata.nextLink"`

	Extended []ExtendedProperty `json:"singleValueExtendedProperties"`
	Removed  *struct {
		Reason string `json:"reason"`
	} `json:"@removed"`
}

// DateTimeTimeZone is a wall time in a named zone.
type DateTimeTimeZone struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

// ItemBody is a body, "html" or "text".
type ItemBody struct {
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

// EmailAddress is a name with an address.
type EmailAddress struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Recipient wraps an EmailAddress.
type Recipient struct {
	EmailAddress EmailAddress `json:"emailAddress"`
}

// Attendee is a Recipient with a role and an answer.
type Attendee struct {
	Recipient
	Type   string         `json:"type"`
	Status ResponseStatus `json:"status"`
}

// ResponseStatus is an answer to an invitation.
type ResponseStatus struct {
	Response string `json:"response"`
}

// Location is a place.
type Location struct {
	DisplayName  string           `json:"displayName"`
	LocationType string           `json:"locationType"`
	LocationURI  string           `json:"locationUri"`
	EmailAddress string           `json:"locationEmailAddress"`
	Address      *PhysicalAddress `json:"address"`
	Coordinates  *struct {
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
	} `json:"coordinates"`
}

// PhysicalAddress is a postal address.
type PhysicalAddress struct {
	Street     string `json:"street"`
	City       string `json:"city"`
	State      string `json:"state"`
	Country    string `json:"countryOrRegion"`
	PostalCode string `json:"postalCode"`
}

// OnlineMeeting is where a meeting can be joined.
type OnlineMeeting struct {
	JoinURL         string   `json:"joinUrl"`
	ConferenceID    string   `json:"conferenceId"`
	TollNumber      string   `json:"tollNumber"`
	TollFreeNumbers []string `json:"tollFreeNumbers"`
}

// Recurrence is a patternedRecurrence. Members that a type does not use hold
// dummies.
type Recurrence struct {
	Pattern struct {
		Type           string   `json:"type"`
		Interval       int      `json:"interval"`
		Month          int      `json:"month"`
		DayOfMonth     int      `json:"dayOfMonth"`
		DaysOfWeek     []string `json:"daysOfWeek"`
		FirstDayOfWeek string   `json:"firstDayOfWeek"`
		Index          string   `json:"index"`
	} `json:"pattern"`
	Range struct {
		Type                string `json:"type"`
		StartDate           string `json:"startDate"`
		EndDate             string `json:"endDate"`
		RecurrenceTimeZone  string `json:"recurrenceTimeZone"`
		NumberOfOccurrences int    `json:"numberOfOccurrences"`
	} `json:"range"`
}

// ExtendedProperty is a MAPI property. Ids come back in any case.
type ExtendedProperty struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}
