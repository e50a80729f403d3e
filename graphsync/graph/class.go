package graph

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
)

// Class is what a failed request means for whoever asked. Each says what is to
// be done; the words for people are not Graph's affair and are elsewhere.
type Class string

// The classes of failure.
const (
	// Nothing came back, or nothing of Graph's.
	Network     Class = "network"     // down, timed out, cut: try again a few times, then later
	Name        Class = "name"        // the host's name is not found: likewise
	Certificate Class = "certificate" // somebody else answers for the host: not again in this round
	Foreign     Class = "foreign"     // a link leads elsewhere: never follow, ask again another time
	Stranger    Class = "stranger"    // a proxy or a sign-in page answers: not again in this round
	Broken      Class = "broken"      // a good answer that cannot be read: again a few times
	Endless     Class = "endless"     // a listing leads on and on: leave it, go on elsewhere

	// Waiting helps.
	Throttled Class = "throttled" // hold the whole mailbox as long as Graph says
	Busy      Class = "busy"      // back off, then the others first
	Large     Class = "large"     // too much for one answer: a smaller page

	// Waiting does not help.
	Reset     Class = "reset"   // the delta link is dead: read the calendar again
	SignIn    Class = "sign-in" // renew the token once, then a person
	Claims    Class = "claims"  // a policy asks for a new sign-in: likewise
	Denied    Class = "denied"  // leave this calendar, go on elsewhere
	NoMailbox Class = "mailbox" // nothing to read for this account: once a day
	NoFolder  Class = "folder"  // the calendar is not there: list the calendars
	Gone      Class = "gone"    // the item is not there: take it as deleted
	BadID     Class = "id"      // an id of another kind or cut off: that item alone
	Corrupt   Class = "corrupt" // Graph cannot read the item out: that item alone
	Unable    Class = "unable"  // the feature is not there: another way
	Refused   Class = "refused" // the request is not accepted: another way, or a defect
	Unknown   Class = "unknown" // nothing that is documented: leave it, go on elsewhere
)

// answers tells what an answer means: the first row that fits. A row without
// statuses fits all of them, one without codes any. Codes compare in any case,
// since Graph's documentation and its wire differ in it.
var answers = []struct {
	class    Class
	statuses []int
	codes    []string
	stranger bool // only where the words are not Graph's
}{
	{class: Reset, codes: []string{"syncStateNotFound", "syncStateInvalid", "resyncRequired", "InvalidDeltaToken", "fullSyncRequired"}},
	{class: Claims, statuses: []int{401, 403}, codes: []string{"insufficient_claims"}},
	{class: Throttled, codes: []string{"TooManyRequests", "ApplicationThrottled", "activityLimitReached", "ErrorTooManyObjectsOpened"}},
	{class: NoMailbox, codes: []string{"MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ErrorInvalidUser",
		"ErrorNonExistentMailbox", "Request_ResourceNotFound"}},
	{class: NoFolder, codes: []string{"ErrorSyncFolderNotFound", "ErrorFolderNotFound", "ResourceNotFound"}},
	{class: Corrupt, codes: []string{"ErrorCorruptData", "ErrorMimeContentConversionFailed"}},
	{class: BadID, codes: []string{"ErrorInvalidIdMalformed", "ErrorInvalidId", "RequestBroker--ParseUri"}},
	{class: Large, codes: []string{"ErrorTimeoutExpired"}},
	{class: Unable, codes: []string{"NotImplemented", "notSupported", "ErrorQuotaExceeded"}},
	{class: Refused, codes: []string{"ErrorExceededMessageLimit"}},

	{class: Stranger, statuses: []int{301, 302, 303, 307, 308, 407, 511}},
	{class: Stranger, statuses: []int{400, 403, 404, 405, 410, 451}, stranger: true},
	{class: SignIn, statuses: []int{401}},
	{class: Denied, statuses: []int{403}},
	{class: Gone, statuses: []int{404}},
	{class: Reset, statuses: []int{410}},
	{class: Throttled, statuses: []int{429}},
	{class: Large, statuses: []int{504}},
	{class: Large, statuses: []int{503}, stranger: true},
	{class: Unable, statuses: []int{405, 501, 507}},
	{class: Refused, statuses: []int{400, 413, 422}},
	{class: Busy, statuses: []int{408, 409, 412, 423, 500, 502, 503}},
	{class: Broken, statuses: []int{200, 201, 202, 204, 206}},
}

// Class tells what the failure means.
func (e *Error) Class() Class {
	if e.class != "" {
		return e.class
	}
	for _, row := range answers {
		if (row.statuses == nil || slices.Contains(row.statuses, e.Status)) &&
			(row.codes == nil || e.HasCode(row.codes...)) && !(row.stranger && e.Graphs()) {
			return row.class
		}
	}
	if e.Status >= 500 {
		return Busy
	}
	return Unknown
}

// tries tells how often a request is sent in all that comes to this. Some trouble
// would only keep others waiting.
func (c Class) tries() int {
	switch c {
	case Throttled, Busy, Large:
		return 6
	case Network, Name, Broken:
		return 3
	case Stranger:
		return 2
	}
	return 1
}

// waits reports whether the mailbox has to rest before the next request.
func (c Class) waits() bool { return c.tries() > 1 }

// Passing reports whether the same request may well succeed later.
func (c Class) Passing() bool { return c.tries() > 1 || c == Certificate }

// Everyones reports whether what failed for one calendar would fail for every
// other one of the mailbox too.
func (c Class) Everyones() bool {
	switch c {
	case Network, Name, Certificate, Stranger, Throttled, SignIn, Claims, NoMailbox:
		return true
	}
	return false
}

// classOf tells why no answer came.
func classOf(err error) Class {
	var dns *net.DNSError
	var wrong *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &dns):
		return Name
	case errors.As(err, &wrong), errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &invalid):
		return Certificate
	}
	return Network
}

// challenged reports whether an answer asks for claims (RFC 6750 §3, Microsoft's
// continuous access evaluation).
func challenged(h http.Header) bool {
	for _, c := range h.Values("WWW-Authenticate") {
		if strings.Contains(strings.ToLower(c), `error="insufficient_claims"`) {
			return true
		}
	}
	return false
}
