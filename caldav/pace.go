package caldav

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"time"
)

// Bounds in time. What a reader takes slowly may take long, as long as it moves.
const (
	patience = 30 * time.Second // how long a request may work without reading or passing on anything
	lull     = time.Minute      // how long a reader may take nothing
	slowest  = 8 << 10          // octets a second that a reader has to take of a long piece
)

// errTooLong is why a request that worked too long was ended.
var errTooLong = errors.New("caldav: the request worked too long")

// pace ends a request that works too long at a stretch.
type pace struct{ timer *time.Timer }

// paced runs f with a request whose context ends when it works too long, and
// whose reader has to keep taking what is written.
func paced(rec *recorder, r *http.Request, f func(http.ResponseWriter, *http.Request)) {
	ctx, cancel := context.WithCancelCause(r.Context())
	p := &pace{timer: time.AfterFunc(patience, func() { cancel(errTooLong) })}
	defer func() {
		p.timer.Stop()
		cancel(nil)
		rec.pace = nil
	}()
	rec.pace = p
	r = r.WithContext(ctx)
	r.Body = &pacedBody{r.Body, p}
	f(rec, r)
}

// write passes on a piece; the reader's time is not the request's.
func (p *pace) write(w http.ResponseWriter, piece []byte) (int, error) {
	p.timer.Stop()
	defer p.timer.Reset(patience)
	// Where a write cannot be bounded by itself, the server's own limit has to do.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(lull + time.Duration(len(piece)/slowest)*time.Second))
	return w.Write(piece)
}

// atOnce is how much of a file the system is asked to send in one go.
const atOnce = 1 << 20

// send passes on a file, which the system sends by itself, piece by piece: each
// has the time that write would give it.
func (p *pace) send(w http.ResponseWriter, in io.Reader) (sum int64, err error) {
	p.timer.Stop()
	defer p.timer.Reset(patience)
	rest, ok := in.(*io.LimitedReader)
	if !ok {
		rest = &io.LimitedReader{R: in, N: math.MaxInt64}
	}
	for rest.N > 0 && err == nil {
		piece := &io.LimitedReader{R: rest.R, N: min(rest.N, atOnce)} // net/http looks no deeper than one of these
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(lull + atOnce/slowest*time.Second))
		var n int64
		if n, err = io.Copy(w, piece); piece.N > 0 {
			return sum + n, err
		}
		rest.N -= n
		sum += n
	}
	return sum, err
}

// pacedBody gives the request new time with each piece that arrives.
type pacedBody struct {
	io.ReadCloser
	pace *pace
}

// Read implements [io.Reader].
func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.pace.timer.Reset(patience)
	return n, err
}
