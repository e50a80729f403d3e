package bridge

import "time"

// Event holds the fields of one single event, of a series' master, or of one
// changed instance. An instance's Event is whole: nothing is inherited from
// the master.
//
// Start and End are instants, to be written in StartZone and EndZone: IANA
// names, "UTC", or empty where the source named no usable zone and the
// mailbox's zone is to be used. Of an all-day event they are midnights in UTC
// of its first day and of the day after its last; the zones mean nothing.
type Event struct {
	Created  time.Time `json:"created,omitzero"`
	Modified time.Time `json:"modified,omitzero"`
	Sequence int       `json:"sequence,omitempty"` // PidLidAppointmentSequence

	Subject    string   `json:"subject,omitempty"`
	Text       string   `json:"text,omitempty"` // the body as plain text
	HTML       string   `json:"html,omitempty"` // the body as it came, where it came as HTML
	Categories []string `json:"categories,omitempty"`
	WebLink    string   `json:"webLink,omitempty"` // opens the item in Outlook

	AllDay    bool      `json:"allDay,omitempty"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	StartZone string    `json:"startZone,omitempty"`
	EndZone   string    `json:"endZone,omitempty"`

	Location string `json:"location,omitempty"`
	Geo      *Geo   `json:"geo,omitempty"`
	JoinURL  string `json:"joinURL,omitempty"`  // online meeting
	JoinWith string `json:"joinWith,omitempty"` // the service that holds it, such as "Zoom"
	DialIn   string `json:"dialIn,omitempty"`   // tel URI (RFC 3966) that leads into the meeting

	ShowAs      ShowAs      `json:"showAs,omitempty"`
	Sensitivity Sensitivity `json:"sensitivity,omitempty"`
	Importance  Importance  `json:"importance,omitempty"`
	Cancelled   bool        `json:"cancelled,omitempty"` // by its organizer
	Draft       bool        `json:"draft,omitempty"`     // the organizer has not sent it yet

	Organizer   *Person  `json:"organizer,omitempty"`
	Attendees   []Person `json:"attendees,omitempty"`
	HideList    bool     `json:"hideList,omitempty"` // attendees are not to see each other
	Response    Response `json:"response,omitempty"` // this mailbox's own answer
	IsOrganizer bool     `json:"isOrganizer,omitempty"`
	NoReply     bool     `json:"noReply,omitempty"`   // no answer is asked for
	NoCounter   bool     `json:"noCounter,omitempty"` // no other time may be proposed

	Reminder *int `json:"reminder,omitempty"` // minutes before Start; nil where there is none

	// HasFiles tells that there are attachments that stay in Outlook; Files is
	// how many, 0 where that is not known. Links are attachments that are
	// addresses themselves.
	HasFiles bool   `json:"hasFiles,omitempty"`
	Files    int    `json:"files,omitempty"`
	Links    []Link `json:"links,omitempty"`
}

// Link is an attachment that lies somewhere else (Graph referenceAttachment).
type Link struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url"`
}

// Geo is a place on the earth in degrees (WGS 84).
type Geo struct{ Lat, Lon float64 }

// Person is an organizer or an attendee. Both fields are written by strangers.
type Person struct {
	Name     string   `json:"name,omitempty"`
	Address  string   `json:"address,omitempty"` // a mail address, or an X.500 name
	Role     Role     `json:"role,omitempty"`
	Response Response `json:"response,omitempty"`
}

// Role is the part that an attendee takes (Graph attendee.type).
type Role string

// Roles; the zero Role reads as Required.
const (
	Required Role = "required"
	Optional Role = "optional"
	Resource Role = "resource" // a room or a thing
	Room     Role = "room"     // a resource that is one of the event's places
)

// Response is an answer to an invitation (Graph responseStatus.response).
type Response string

// Responses; the zero Response means that none is known.
const (
	Unanswered   Response = "none" // nothing was said yet, as far as the source tells
	NotResponded Response = "notResponded"
	Organizer    Response = "organizer"
	Accepted     Response = "accepted"
	Tentatively  Response = "tentativelyAccepted"
	Declined     Response = "declined"
)

// ShowAs is how the time is shown to others (Graph freeBusyStatus). An unknown
// value of the source reads as the zero ShowAs, which is opaque.
type ShowAs string

// The statuses of Outlook.
const (
	Free             ShowAs = "free"
	Tentative        ShowAs = "tentative"
	Busy             ShowAs = "busy"
	OutOfOffice      ShowAs = "oof"
	WorkingElsewhere ShowAs = "workingElsewhere"
)

// Sensitivity is who may see the details (Graph sensitivity).
type Sensitivity string

// The sensitivities of Outlook; the zero value is normal.
const (
	Personal     Sensitivity = "personal"
	Private      Sensitivity = "private"
	Confidential Sensitivity = "confidential"
)

// Importance is Outlook's importance (Graph importance); zero is normal.
type Importance string

// Importances other than normal.
const (
	Low  Importance = "low"
	High Importance = "high"
)
