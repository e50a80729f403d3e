package caldav

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// objectType is the type of a calendar object. It begins with what clients
// compare and names its component (RFC 5545 §8.1).
const objectType = "text/calendar; charset=utf-8; component=VEVENT"

const calendarType = "text/calendar; charset=utf-8"

// getObject answers with the bytes as they are stored.
func (h *Handler) getObject(w http.ResponseWriter, r *http.Request, res *resource) error {
	v := validators{etag: quote(res.obj.ETag), changed: res.cal.Changed}
	if v.settles(w, r) {
		return nil
	}
	body, err := component.Cut(res.obj, zoned(r, &davxml.CalendarData{}), time.UTC)
	if err != nil {
		body = res.obj.Body
	}
	w.Header().Set("Content-Type", objectType)
	w.Header().Set("Vary", "CalDAV-Timezones")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	s := &stream{w: w, status: http.StatusOK}
	return h.fill(r, s, func() error { return s.finish(body) })
}

// getCalendar answers with all events of a calendar as one file.
func (h *Handler) getCalendar(w http.ResponseWriter, r *http.Request, res *resource) error {
	cals := []*bridge.Calendar{res.cal}
	f := &file{slot: "calendar-" + string(res.cal.ID), tag: collectionETag(res.cal), since: h.files.purged(), write: func(ctx context.Context, out writeFinisher) error {
		head, err := h.head(ctx, cals)
		if err != nil {
			return err
		}
		head.Name, head.Color = displayName(res.cal), res.cal.Color
		return h.join(ctx, out, head, cals, ics.Events)
	}}
	return h.sendWhole(w, r, f, res.cal.Changed)
}

// sendWhole answers with a whole calendar, compressed for who asks for that.
// Compressed it is another body, with a tag and ranges of its own (RFC 9110
// §8.8.3.3).
func (h *Handler) sendWhole(w http.ResponseWriter, r *http.Request, f *file, changed time.Time) error {
	header := w.Header()
	header.Set("Vary", "Accept-Encoding")
	zipped := compresses(r)
	if zipped {
		f = h.zipped(f)
	}
	v := validators{etag: quote(f.tag), changed: changed}
	if v.settles(w, r) {
		return nil
	}
	header.Set("Content-Type", calendarType)
	if f.disposition != "" {
		header.Set("Content-Disposition", f.disposition)
	}
	if zipped {
		header.Set("Content-Encoding", "gzip")
	}
	return h.sendFile(w, r, f, changed)
}

// collectionETag identifies the file that getCalendar makes. It moves with the
// calendar's point, and with what else the file says. Zones are part of objects
// too: other clocks, or a farther horizon, move the point with the first object
// that is rendered again under them.
func collectionETag(cal *bridge.Calendar) string {
	return digest("collection", ics.FileVersion, cal.ID, cal.Point, displayName(cal), cal.Color, cal.Env.MailboxZone)
}

// digest is an entity tag, without quotes, for what the parts determine.
func digest(parts ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", parts))
	return hex.EncodeToString(sum[:16])
}

func quote(etag string) string { return `"` + etag + `"` }

// head begins a file of many calendars with the zones that their events name.
func (h *Handler) head(ctx context.Context, cals []*bridge.Calendar) (*ics.Head, error) {
	head := &ics.Head{Zones: map[string]int{}}
	for _, cal := range cals {
		zones, err := h.Library.Zones(ctx, cal.ID)
		if err != nil {
			return nil, err
		}
		for name, year := range zones {
			if first, ok := head.Zones[name]; !ok || year < first {
				head.Zones[name] = year
			}
		}
		head.Horizon = max(head.Horizon, cal.Env.Horizon)
		if head.Zone == "" {
			head.Zone = cal.Env.MailboxZone
		}
	}
	return head, nil
}

// joinAt is how much of a file is gathered before it is passed on.
const joinAt = 256 << 10

var errZone = &bridge.Fault{Kind: bridge.Retry, What: "The calendar changed while it was being read.", After: time.Second}

// join writes a calendar file: the head, and what events gives of each object.
func (h *Handler) join(ctx context.Context, out writeFinisher, head *ics.Head, cals []*bridge.Calendar, events func(*bridge.Object) []byte) error {
	begin, err := head.Begin()
	if err != nil {
		return err
	}
	buf := append(make([]byte, 0, joinAt+len(begin)), begin...)
	for _, cal := range cals {
		for obj, err := range h.Library.All(ctx, cal.ID) {
			if err != nil {
				return err
			}
			if !covered(head, &obj) {
				return errZone
			}
			if buf = append(buf, events(&obj)...); len(buf) >= joinAt {
				if _, err := out.Write(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
	}
	return out.finish(append(buf, ics.End...))
}

// writeFinisher is a body that is told which piece is its last.
type writeFinisher interface {
	Write(p []byte) (int, error)
	finish(rest []byte) error
}

// covered reports whether the head has the zones of an object, which may have
// changed since the head was made.
func covered(head *ics.Head, o *bridge.Object) bool {
	for _, z := range o.Zones {
		if first, ok := head.Zones[z.Name]; !ok || z.Year < first {
			return false
		}
	}
	return true
}

// validators are what a conditional request is judged by (RFC 9110 §8.8).
type validators struct {
	etag    string // quoted
	changed time.Time
}

// settles writes the validators and answers what needs no body (RFC 9110
// §13.2.2): 412 where the client asks for another state than this, 304 where it
// has what it asks for. Answers may be kept, and have to be checked.
func (v *validators) settles(w http.ResponseWriter, r *http.Request) bool {
	header := w.Header()
	header.Set("ETag", v.etag)
	if !v.changed.IsZero() {
		header.Set("Last-Modified", v.changed.UTC().Format(http.TimeFormat))
	}
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "private, no-cache")
	}
	switch {
	case !v.meet(r.Header):
		w.WriteHeader(http.StatusPreconditionFailed)
	case v.fresh(r.Header):
		w.WriteHeader(http.StatusNotModified)
	default:
		return false
	}
	return true
}

// meet tells whether this is the state that If-Match or If-Unmodified-Since
// names.
func (v *validators) meet(header http.Header) bool {
	if tags := header.Values("If-Match"); len(tags) > 0 {
		return matchesTag(strings.Join(tags, ","), v.etag)
	}
	since, err := http.ParseTime(header.Get("If-Unmodified-Since"))
	return err != nil || v.changed.IsZero() || !v.changed.Truncate(time.Second).After(since)
}

func (v *validators) fresh(header http.Header) bool {
	if tags := header.Values("If-None-Match"); len(tags) > 0 {
		return matchesTag(strings.Join(tags, ","), v.etag)
	}
	since, err := http.ParseTime(header.Get("If-Modified-Since"))
	return err == nil && !v.changed.IsZero() && !v.changed.Truncate(time.Second).After(since)
}

// matchesTag compares a list of entity tags weakly (RFC 9110 §8.8.3.2). Our
// tags hold neither commas nor quotes, so the list can be cut at commas; some
// clients leave the quotes out.
func matchesTag(list, etag string) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || strings.Trim(tag, `"`) == strings.Trim(etag, `"`) {
			return true
		}
	}
	return false
}
