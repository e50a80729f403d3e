package davxml

import "encoding/xml"

// Name is an element's name with its namespace.
type Name = xml.Name

// Namespaces of the properties that calendar clients ask for.
const (
	NamespaceDAV            = "DAV:"                          // RFC 4918
	NamespaceCalDAV         = "urn:ietf:params:xml:ns:caldav" // RFC 4791
	NamespaceCalendarServer = "http://calendarserver.org/ns/" // getctag and its kin
	NamespaceApple          = "http://apple.com/ns/ical/"     // colour and order
)

const namespaceXML = "http://www.w3.org/XML/1998/namespace"

// DAV returns a name of RFC 4918 and its extensions.
func DAV(local string) Name { return Name{Space: NamespaceDAV, Local: local} }

// CalDAV returns a name of RFC 4791 and its extensions.
func CalDAV(local string) Name { return Name{Space: NamespaceCalDAV, Local: local} }

// CalendarServer returns a name of Apple's calendar server extensions.
func CalendarServer(local string) Name { return Name{Space: NamespaceCalendarServer, Local: local} }

// Apple returns a name of Apple's iCal properties.
func Apple(local string) Name { return Name{Space: NamespaceApple, Local: local} }

// declarations stand on every root element, so that the names below them need
// none of their own.
const declarations = ` xmlns:D="` + NamespaceDAV + `" xmlns:C="` + NamespaceCalDAV +
	`" xmlns:CS="` + NamespaceCalendarServer + `" xmlns:ICAL="` + NamespaceApple + `"`

// Known reports whether a namespace is one of those above.
func Known(space string) bool {
	_, declared := prefix(space)
	return declared && space != ""
}

// prefix returns the prefix that the root declares for a namespace.
func prefix(space string) (string, bool) {
	switch space {
	case NamespaceDAV:
		return "D:", true
	case NamespaceCalDAV:
		return "C:", true
	case NamespaceCalendarServer:
		return "CS:", true
	case NamespaceApple:
		return "ICAL:", true
	case namespaceXML: // no other prefix may be bound to it
		return "xml:", true
	case "":
		return "", true
	}
	return "X:", false
}
