package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is an answer of Graph that is not what was asked for, or no answer.
type Error struct {
	Status     int    // 0 where no answer came
	Code       string // Graph's most specific code, as spelled
	Message    string // Graph's words, not meant for people
	RequestID  string
	RetryAfter time.Duration // 0 where none was given
	cause      error
}

// Error returns status, code and cause. Graph's message is left out: it may
// quote what was asked.
func (e *Error) Error() string {
	parts := []string{"graph:"}
	if e.Status != 0 {
		parts = append(parts, strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if e.cause != nil {
		parts = append(parts, e.cause.Error())
	}
	if e.RequestID != "" {
		parts = append(parts, "request-id "+e.RequestID)
	}
	return strings.Join(parts, " ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// HasCode reports whether the code is one of codes, in any case: Graph's
// documentation and its wire differ in it.
func (e *Error) HasCode(codes ...string) bool {
	for _, c := range codes {
		if strings.EqualFold(e.Code, c) {
			return true
		}
	}
	return false
}

// Graphs reports whether the words are Graph's own. A refusal without them may
// come from anything on the way: a proxy, a sign-in page of the network.
func (e *Error) Graphs() bool { return e.Code != "" || e.Message != "" }

// Passing reports whether the same request may well succeed later: throttling,
// trouble on the other side, or on the way.
func (e *Error) Passing() bool {
	switch e.Status {
	case 0:
		return e.Code == ""
	case http.StatusOK: // a broken or foreign body
		return true
	case http.StatusTooManyRequests, http.StatusLocked, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// StateLost reports whether Graph no longer knows a delta link: by status, or
// by code whatever the status.
func (e *Error) StateLost() bool {
	return e.Status == http.StatusGone ||
		e.HasCode("syncStateNotFound", "syncStateInvalid", "resyncRequired", "InvalidDeltaToken", "fullSyncRequired")
}

type errorBody struct {
	Error struct {
		Code    string      `json:"code"`
		Message string      `json:"message"`
		Inner   *innerError `json:"innerError"`
	} `json:"error"`
}

type innerError struct {
	Code  string      `json:"code"`
	Inner *innerError `json:"innerError"`
}

// readError reads an answer that is no success. Bodies may be empty or HTML:
// then the status alone speaks.
func readError(res *http.Response, body []byte) error {
	e := &Error{Status: res.StatusCode, RequestID: requestID(res), RetryAfter: retryAfter(res.Header)}
	var b errorBody
	if json.Unmarshal(body, &b) != nil {
		return e
	}
	e.Code, e.Message = b.Error.Code, b.Error.Message
	for in := b.Error.Inner; in != nil; in = in.Inner {
		// Throttling repeats its status where a code belongs.
		if _, err := strconv.Atoi(in.Code); in.Code != "" && err != nil {
			e.Code = in.Code
		}
	}
	return e
}

func requestID(res *http.Response) string { return res.Header.Get("Request-Id") }

// maxWait bounds what Retry-After may ask for.
const maxWait = 6 * time.Hour

// retryAfter reads a Retry-After of any shape: whole or broken seconds, or a
// date, taken against the answer's own Date so that no clock has to be right.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(seconds) {
		return time.Duration(min(max(seconds, 0), maxWait.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), maxWait)
}

// Describe returns the code with the status, as it is shown to people last.
func (e *Error) Describe() string {
	switch {
	case e.Status == 0:
		return e.Code
	case e.Code == "":
		return fmt.Sprintf("HTTP %d", e.Status)
	}
	return fmt.Sprintf("HTTP %d %s", e.Status, e.Code)
}
