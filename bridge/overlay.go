package bridge

// Overlay is how a user wants to see a thing of theirs on this server. What is
// set stands in place of what the source says, for that user alone, and is
// never sent to the source.
type Overlay struct {
	Name  string `json:"name,omitempty"`  // empty where the source's own is shown
	Color string `json:"color,omitempty"` // #RRGGBB or #RRGGBBAA
	Order *int   `json:"order,omitempty"`
	Zone  string `json:"zone,omitempty"` // IANA name: where days without a zone begin and end
	// Kept is what programs keep with the thing and nobody here interprets, by
	// the names that their protocol has for it.
	Kept map[string]string `json:"kept,omitempty"`
}

// Empty reports whether nothing is set.
func (o *Overlay) Empty() bool {
	return o.Name == "" && o.Color == "" && o.Order == nil && o.Zone == "" && len(o.Kept) == 0
}

// Keep stores a value under a name that nobody here interprets.
func (o *Overlay) Keep(name, value string) {
	if o.Kept == nil {
		o.Kept = map[string]string{}
	}
	o.Kept[name] = value
}

// MaxOverlay is how many octets the texts of one overlay may have together.
const MaxOverlay = 64 << 10

// Size returns how many octets the overlay's texts have.
func (o *Overlay) Size() int {
	n := len(o.Name) + len(o.Color) + len(o.Zone)
	for name, value := range o.Kept {
		n += len(name) + len(value)
	}
	return n
}

// Place is what an overlay lies on.
type Place string

// Places that are no calendars: the user as such, and the list of calendars.
const (
	OnUser Place = "user"
	OnHome Place = "home"
)

// OnCalendar is the place of a calendar.
func OnCalendar(id CalendarID) Place { return Place("calendar/" + id) }
