package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
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

	codes []string // all that the answer gave, the most specific first
	class Class    // where the answer's words do not tell it
	held  bool     // nothing was sent: the gate is closed
	large bool     // the answer is too much to take in
	cause error
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

// Unending returns the error of a listing that leads on and on.
func Unending() *Error {
	return &Error{Status: http.StatusOK, class: Endless, cause: errors.New("a listing does not end")}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// HasCode reports whether one of the codes that the answer gave is one of
// codes, in any case: Graph's documentation and its wire differ in it.
func (e *Error) HasCode(codes ...string) bool {
	for _, c := range codes {
		if slices.ContainsFunc(e.codes, func(given string) bool { return strings.EqualFold(given, c) }) {
			return true
		}
	}
	return false
}

// Graphs reports whether the words are Graph's own. A refusal without them may
// come from anything on the way: a proxy, a sign-in page of the network.
func (e *Error) Graphs() bool { return e.Code != "" || e.Message != "" }

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
	if json.Unmarshal(body, &b) == nil {
		e.Message, e.codes = b.Error.Message, b.codes()
	}
	if challenged(res.Header) {
		e.codes = append([]string{"insufficient_claims"}, e.codes...)
	}
	if len(e.codes) > 0 {
		e.Code = e.codes[0]
	}
	return e
}

// maxDepth bounds how far an error's nesting is looked into.
const maxDepth = 8

// codes returns the codes, the innermost first.
func (b *errorBody) codes() (list []string) {
	if b.Error.Code != "" {
		list = []string{short(b.Error.Code)}
	}
	for in := b.Error.Inner; in != nil && len(list) < maxDepth; in = in.Inner {
		// Throttling repeats its status where a code belongs.
		if _, err := strconv.Atoi(in.Code); in.Code != "" && err != nil {
			list = append([]string{short(in.Code)}, list...)
		}
	}
	return list
}

func requestID(res *http.Response) string { return short(res.Header.Get("Request-Id")) }

// short bounds a name of Graph's, which is logged, kept and shown. Its longest
// codes have some 60 octets.
func short(name string) string {
	const limit = 100
	if len(name) <= limit {
		return name
	}
	return strings.ToValidUTF8(name[:limit], "") + "…"
}

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
