package graphfake

import (
	"fmt"
	"net/http"
)

// problem is an answer that is an error: the status, and code and message of
// Graph's error body.
type problem struct {
	status  int
	code    string
	message string
	header  http.Header
	inner   object // what innerError has besides
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.status, p.code, p.message) }

func refuse(status int, code, format string, args ...any) *problem {
	return &problem{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func badRequest(code, format string, args ...any) *problem {
	return refuse(http.StatusBadRequest, code, format, args...)
}

func itemNotFound() *problem {
	return refuse(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
}

func malformedID() *problem {
	return badRequest("ErrorInvalidIdMalformed", "Id is malformed.")
}

func accessDenied() *problem {
	return refuse(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
}

func unknownMember(name, resource string) *problem {
	return badRequest("RequestBroker--ParseUri",
		"Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, resource)
}

func invalidQuery(format string, args ...any) *problem {
	return badRequest("ErrorInvalidRequest", format, args...)
}

func notImplemented(what string) *problem {
	return refuse(http.StatusNotImplemented, "NotImplemented", "%s is not implemented.", what)
}

func invalidProperty(format string, args ...any) *problem {
	return badRequest("ErrorPropertyValidationFailure", format, args...)
}

// object writes the error body.
func (p *problem) object(date, requestID, clientID string) object {
	return object{{"error", object{
		{"code", p.code},
		{"message", p.message},
		{"innerError", append(object{{"date", date}, {"request-id", requestID}, {"client-request-id", clientID}}, p.inner...)},
	}}}
}
