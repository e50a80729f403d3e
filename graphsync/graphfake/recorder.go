package graphfake

import (
	"bytes"
	"net/http"
)

// recorder keeps an answer: that to a part of a batch, or one to be spoilt.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

// Header returns the headers of the answer.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader keeps the status.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write keeps a piece of the body.
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
