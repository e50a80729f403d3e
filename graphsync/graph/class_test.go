package graph

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestClasses reads answers as they come over the wire. The rows are those of
// the Graph contract's table of errors, in the spelling of the wire and in
// others.
func TestClasses(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string // "" for an error without a code, "-" for no JSON at all
		want   Class
	}{
		{401, "InvalidAuthenticationToken", SignIn}, {401, "", SignIn}, {401, "-", SignIn},
		{403, "ErrorAccessDenied", Denied}, {403, "accessDenied", Denied}, {403, "Authorization_RequestDenied", Denied},
		{403, "insufficient_claims", Claims}, {401, "insufficient_claims", Claims}, {403, "ErrorQuotaExceeded", Unable}, {507, "x", Unable},
		{403, "-", Stranger}, {404, "-", Stranger}, {400, "-", Stranger}, {302, "-", Stranger}, {407, "-", Stranger}, {511, "-", Stranger},
		{404, "ErrorItemNotFound", Gone}, {404, "itemNotFound", Gone}, {404, "", Gone},
		{404, "ErrorInvalidUser", NoMailbox}, {404, "Request_ResourceNotFound", NoMailbox}, {404, "MailboxNotEnabledForRESTAPI", NoMailbox},
		{404, "mailboxNotSupportedForRestApi", NoMailbox}, {403, "MailboxNotEnabledForRESTAPI", NoMailbox}, {404, "ErrorNonExistentMailbox", NoMailbox},
		{404, "ErrorSyncFolderNotFound", NoFolder}, {404, "ErrorFolderNotFound", NoFolder}, {404, "ResourceNotFound", NoFolder},
		{400, "ErrorInvalidIdMalformed", BadID}, {400, "ErrorInvalidId", BadID}, {400, "RequestBroker--ParseUri", BadID},
		{400, "ErrorInvalidRequest", Refused}, {400, "invalidRequest", Refused}, {400, "BadRequest", Refused}, {400, "ErrorPropertyValidationFailure", Refused},
		{410, "SyncStateNotFound", Reset}, {400, "syncStateNotFound", Reset}, {404, "SYNCSTATENOTFOUND", Reset}, {400, "SyncStateInvalid", Reset},
		{400, "resyncRequired", Reset}, {410, "ResyncRequired", Reset}, {400, "InvalidDeltaToken", Reset}, {500, "fullSyncRequired", Reset}, {410, "", Reset},
		{409, "ErrorIrresolvableConflict", Busy}, {412, "resourceModified", Busy}, {423, "resourceLocked", Busy}, {413, "x", Refused},
		{429, "TooManyRequests", Throttled}, {429, "-", Throttled}, {503, "ApplicationThrottled", Throttled}, {403, "ErrorExceededMessageLimit", Refused},
		{429, "activityLimitReached", Throttled}, {503, "ErrorTooManyObjectsOpened", Throttled},
		{500, "ErrorInternalServerError", Busy}, {500, "ErrorInternalServerTransientError", Busy}, {500, "UnknownError", Busy}, {500, "-", Busy},
		{500, "ErrorCorruptData", Corrupt}, {500, "ErrorMimeContentConversionFailed", Corrupt},
		{501, "NotImplemented", Unable}, {400, "notSupported", Unable}, {405, "ErrorMethodNotAllowed", Unable},
		{502, "-", Busy}, {503, "ServiceNotAvailable", Busy}, {503, "ErrorServerBusy", Busy}, {503, "ErrorMailboxStoreUnavailable", Busy},
		{503, "-", Large}, {504, "UnknownError", Large}, {504, "-", Large}, {503, "ErrorTimeoutExpired", Large}, {599, "x", Busy}, {418, "x", Unknown},
	} {
		body := fmt.Sprintf(`{"error":{"code":"%s","message":"An error has occurred.","innererror":{"date":"2026-01-05T10:00:00","code":"%d"}}}`, c.code, c.status)
		if c.code == "-" {
			body = "<html>"
		}
		var e *Error
		if err := readError(response(c.status, nil), []byte(body)); !errors.As(err, &e) || e.Class() != c.want {
			t.Errorf("%d %s: %q, want %q", c.status, c.code, e.Class(), c.want)
		}
	}
}

func response(status int, h http.Header) *http.Response {
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(""))}
}

// TestCodesAtAnyDepth: the code may be outside or inside, and either counts.
func TestCodesAtAnyDepth(t *testing.T) {
	for _, body := range []string{
		`{"error":{"code":"resyncRequired","innerError":{"code":"somethingElse"}}}`,
		`{"error":{"code":"BadRequest","innererror":{"code":"somethingElse","innererror":{"code":"ResyncRequired"}}}}`,
		`{"error":{"code":"","innerError":{"code":"resyncrequired"}}}`,
	} {
		if e := readError(response(400, nil), []byte(body)).(*Error); e.Class() != Reset {
			t.Errorf("%s is %q", body, e.Class())
		}
	}
	deep := strings.Repeat(`{"innerError":`, 5000) + `{}` + strings.Repeat(`}`, 5000)
	if e := readError(response(500, nil), []byte(`{"error":`+deep+`}`)).(*Error); e.Class() != Busy {
		t.Errorf("a nest of errors is %q", e.Class())
	}
}

// TestNamesAreBounded: what an answer calls itself is logged, kept and shown.
func TestNamesAreBounded(t *testing.T) {
	long := strings.Repeat("ä", 1<<20)
	cl := client(func(*http.Request) (*http.Response, error) {
		return answer(400, `{"error":{"code":"`+long+`","innerError":{"code":"`+long+`"}}}`, "Request-Id", long), nil
	})
	_, err := cl.Me(t.Context())
	if err == nil || len(err.Error()) > 300 || !utf8.ValidString(err.Error()) {
		t.Errorf("%d octets: %.100q", len(err.Error()), err.Error())
	}
}

func TestClaimsChallenge(t *testing.T) {
	h := http.Header{"Www-Authenticate": {`Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="`}}
	for _, status := range []int{401, 403} {
		if e := readError(response(status, h), nil).(*Error); e.Class() != Claims {
			t.Errorf("%d is %q", status, e.Class())
		}
	}
}

func TestWhyNoAnswerCame(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Class
	}{
		{&net.DNSError{Err: "no such host", IsNotFound: true}, Name},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, Certificate},
		{x509.HostnameError{}, Certificate},
		{io.ErrUnexpectedEOF, Network},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, Network},
	} {
		cl := client(func(*http.Request) (*http.Response, error) { return nil, c.err })
		var e *Error
		if err := cl.once(t.Context(), "https://graph.example/", "", nil, nil); !errors.As(err, &e) || e.Class() != c.want {
			t.Errorf("%v is %q, want %q", c.err, e.Class(), c.want)
		}
	}
}
