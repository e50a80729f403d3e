package caldav

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// file is a body that is worth keeping: a whole calendar or feed.
type file struct {
	slot  string // where its versions stand, one after the other
	tag   string // of this version: its ETag without quotes
	since int    // how often files were forgotten before its reader was let in
	write func(ctx context.Context, out writeFinisher) error

	disposition string // RFC 6266; may be empty
}

// cache keeps files in a folder, ready to be sent by the system without passing
// through memory. It knows only what it wrote itself: what an earlier process
// left may be torn, and is swept away. The folder may vanish at any time.
//
// A file is written under another name and renamed when it is whole. The
// version before is removed then; who is reading it reads on.
type cache struct {
	making singleflight.Group
	swept  sync.Once

	mu     sync.Mutex
	newest map[string]string // slot → path
	purges int               // how often files were forgotten
	rest   time.Time         // nothing is written before: the last attempt failed
}

// errNotKept is returned for a file that the disk does not take. The reader gets
// it another way.
var errNotKept = errors.New("caldav: the cache cannot be written")

const (
	ending     = ".ics"
	unfinished = "making-"

	makeFor = 5 * time.Minute // how long writing one file may take
	restFor = time.Minute     // how long a disk that failed is left alone
)

// kept returns a file of the cache, opened; it is made first where it is not
// there. All that ask for it meanwhile wait for the one that makes it.
func (h *Handler) kept(ctx context.Context, f *file) (*os.File, error) {
	if h.Cache == "" {
		return nil, errNotKept
	}
	h.files.swept.Do(h.sweep)
	path := filepath.Join(h.Cache, f.slot+"-"+f.tag+ending)
	for range 3 { // a file may vanish before it is opened
		in, err := os.Open(path)
		if err == nil {
			return in, nil
		}
		if _, err, _ = h.files.making.Do(path, func() (any, error) { return nil, h.make(ctx, f, path) }); err != nil {
			return nil, err
		}
	}
	return nil, errNotKept
}

// sweep removes what another process left.
func (h *Handler) sweep() {
	entries, _ := os.ReadDir(h.Cache) // what cannot be read cannot be written either, and that is told
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, unfinished) || strings.HasSuffix(name, ending) {
			_ = os.Remove(filepath.Join(h.Cache, name))
		}
	}
}

// make writes a file, whether or not the reader who asked first is still there.
func (h *Handler) make(ctx context.Context, f *file, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil // made between the look and the turn
	}
	if h.files.resting(h.now()) || h.files.purged() != f.since {
		return errNotKept
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeFor)
	defer cancel()
	err := f.save(ctx, path)
	var disk *os.PathError
	var link *os.LinkError
	switch {
	case err == nil:
		return h.files.replaced(f, path)
	case h.files.purged() != f.since: // perhaps before it was whole
		return errNotKept
	case errors.As(err, &disk), errors.As(err, &link):
		h.files.pause(h.now())
		h.warn(ctx, "the cache cannot be written; whole calendars are put together for each reader", slog.Any("cause", err))
		return fmt.Errorf("%w: %w", errNotKept, err)
	}
	return err
}

func (f *file) save(ctx context.Context, path string) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	out, err := os.CreateTemp(dir, unfinished)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	err = f.write(ctx, whole{out})
	for try := 0; errors.Is(err, errZone) && try < 3; try++ {
		if _, err = out.Seek(0, 0); err == nil {
			err = errors.Join(out.Truncate(0), f.write(ctx, whole{out}))
		}
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), path)
}

// whole is a file as a body.
type whole struct{ *os.File }

func (w whole) finish(rest []byte) error {
	_, err := w.Write(rest)
	return err
}

func (c *cache) resting(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Before(c.rest)
}

func (c *cache) pause(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest = now.Add(restFor)
}

func (c *cache) purged() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.purges
}

// Forget removes the files of one calendar or feed and what else is ready of it,
// of all where id is empty: whoever they were of has left. A file that is being
// written meanwhile is not kept. Others are made again when somebody asks for
// them.
func (h *Handler) Forget(id string) error {
	h.ready.forget(id)
	c := &h.files
	c.mu.Lock()
	defer c.mu.Unlock()
	c.purges++
	entries, err := os.ReadDir(h.Cache)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	for _, e := range entries {
		_, rest, _ := strings.Cut(e.Name(), "-")
		if id != "" && !strings.HasPrefix(rest, id+"-") {
			continue
		}
		if failed := os.Remove(filepath.Join(h.Cache, e.Name())); !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// replaced notes the newest version of a slot and removes the one before. A file
// that may be of something that was forgotten since its reader was let in is not
// kept.
func (c *cache) replaced(f *file, path string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.purges != f.since {
		_ = os.Remove(path) // one that stays is swept at the next start
		return errNotKept
	}
	if old := c.newest[f.slot]; old != "" && old != path {
		_ = os.Remove(old) // one that stays is swept at the next start
	}
	if c.newest == nil {
		c.newest = map[string]string{}
	}
	c.newest[f.slot] = path
	return nil
}

// sendFile answers with a file: from the cache, where ranges and their
// conditions are answered too, else as it is being put together.
func (h *Handler) sendFile(w http.ResponseWriter, r *http.Request, f *file, changed time.Time) error {
	in, err := h.kept(r.Context(), f)
	switch {
	case errors.Is(err, errNotKept):
		return h.streamFile(w, r, f)
	case err != nil:
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil && plainly(r) {
		w.Header().Set("Content-Length", fmt.Sprint(info.Size()))
	}
	http.ServeContent(w, r, "", changed, in)
	return nil
}

// plainly reports whether the answer to a request is all of a file, or 304.
// ServeContent leaves the length of an encoded one out, which could be a part.
func plainly(r *http.Request) bool {
	for _, name := range []string{"Range", "If-Match", "If-Unmodified-Since"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return true
}

func (h *Handler) streamFile(w http.ResponseWriter, r *http.Request, f *file) error {
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	s := &stream{w: w, status: http.StatusOK}
	return h.fill(r, s, func() error { return f.write(r.Context(), s) })
}

// zipped is a file, compressed. It is made from the plain one where that is
// kept.
func (h *Handler) zipped(plain *file) *file {
	return &file{slot: plain.slot + "-gz", tag: plain.tag + zippedTag, since: plain.since, disposition: plain.disposition, write: func(ctx context.Context, out writeFinisher) error {
		z := newZipper(out)
		in, err := h.kept(ctx, plain)
		switch {
		case errors.Is(err, errNotKept):
			return plain.write(ctx, z)
		case err != nil:
			return err
		}
		defer in.Close()
		if _, err := in.WriteTo(z.Writer); err != nil {
			return err
		}
		return z.finish(nil)
	}}
}
