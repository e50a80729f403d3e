package boltdb

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"calbridge/bridge"
)

// seriesSchema is the first octet of a stored Series: the version of the
// domain's types that its JSON follows.
const seriesSchema = 1

// maxSeries bounds what a stored series may inflate to.
const maxSeries = 64 << 20

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(io.Discard, flate.BestSpeed)
	return w
}}

// encodeSeries returns the stored form of s: schema version, then deflated
// JSON. HTML bodies shrink to a fifth, and a typical event to a few hundred
// octets.
func encodeSeries(s *bridge.Series) ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("boltdb: encode series: %w", err)
	}
	var buf bytes.Buffer
	buf.WriteByte(seriesSchema)
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&buf)
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("boltdb: deflate series: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("boltdb: deflate series: %w", err)
	}
	return buf.Bytes(), nil
}

func decodeSeries(data []byte) (*bridge.Series, error) {
	if len(data) == 0 || data[0] != seriesSchema {
		return nil, fmt.Errorf("boltdb: a series has an unknown schema")
	}
	r := flate.NewReader(bytes.NewReader(data[1:]))
	text, err := io.ReadAll(io.LimitReader(r, maxSeries))
	if err != nil {
		return nil, fmt.Errorf("boltdb: inflate series: %w", err)
	}
	s := new(bridge.Series)
	return s, decode(text, s)
}
