package caldav

import (
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/ics"
	"calbridge/caldav/davxml"
)

// refresh is how often subscribers are asked to come back (RFC 7986 §5.7).
// Outlook takes it for a minimum, so it is short.
const refresh = 15 * time.Minute

const feedMethods = "OPTIONS, GET, HEAD, PROPFIND"

// subscription is a feed with the calendars that it shows. A UID that two of
// them share stays in both: these are copies of one meeting, each an object of
// its own, and readers that merge them by UID do right.
type subscription struct {
	bridge.Feed
	calendars []*bridge.Calendar
	since     int // see file
}

// feed answers at a secret address. The secret is all that a reader needs, and
// it goes nowhere: neither into the log nor, by Referrer-Policy, to another
// site.
func (h *Handler) feed(w http.ResponseWriter, r *http.Request, rest []string) {
	header := w.Header()
	header.Set("X-Robots-Tag", "noindex")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	err := error(errNotFound)
	if len(rest) == 2 && strings.HasSuffix(rest[1], ".ics") {
		err = h.feedMethod(w, r, rest[0], rest[1])
	}
	if err != nil {
		h.fail(w, r, err)
	}
}

func (h *Handler) feedMethod(w http.ResponseWriter, r *http.Request, secret, file string) error {
	switch r.Method {
	case http.MethodOptions:
		w.Header().Set("Allow", feedMethods)
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	case http.MethodGet, http.MethodHead, "PROPFIND":
	default:
		return &refusal{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {feedMethods}},
			text: "A subscription can be read, not written."}
	}
	since := h.files.purged()
	sub, err := h.subscription(r.Context(), secret)
	if err != nil {
		return err
	}
	sub.since = since
	if h.Seen != nil {
		h.Seen(sub.User)
	}
	if r.Method == "PROPFIND" {
		return h.propfindFeed(w, r, sub, h.base()+"/feeds/"+escape(secret)+"/"+escape(file))
	}
	return h.getFeed(w, r, sub)
}

// subscription finds the feed that a secret leads to. One that was revoked is
// gone for good (410), so that its readers stop asking. One whose calendars
// cannot be served whole is late (503): an empty or a partial file would make
// readers delete events. A calendar that a person has hidden, or that is gone
// for good, is left out of it.
func (h *Handler) subscription(ctx context.Context, secret string) (*subscription, error) {
	feed, address, err := h.Feeds.Feed(ctx, secret)
	if err != nil {
		return nil, err
	}
	if !address.Revoked.IsZero() {
		return nil, &refusal{status: http.StatusGone, text: "This address was withdrawn. Ask its owner for a new one."}
	}
	sub := &subscription{Feed: feed}
	for _, id := range feed.Calendars {
		switch cal, err := h.Library.Calendar(ctx, id); {
		case bridge.KindOf(err) == bridge.Absent || err == nil && (cal.Hidden || cal.User != feed.User):
		case err != nil:
			return nil, err
		case !cal.Complete:
			return nil, notYet("The calendar is still being fetched for the first time.")
		default:
			sub.calendars = append(sub.calendars, &cal)
		}
	}
	if len(sub.calendars) == 0 {
		return nil, notYet("None of the calendars of this address is shown any more.")
	}
	return sub, nil
}

func notYet(text string) error { return &bridge.Fault{Kind: bridge.Retry, What: text} }

// validators are those of the identity body.
func (s *subscription) validators() validators {
	parts := []any{"feed", ics.FileVersion, s.Name, s.Mask}
	var changed time.Time
	for _, cal := range s.calendars {
		bare := *cal
		bare.Point.Seq -= bare.Banners // subscriptions show none
		parts = append(parts, collectionETag(&bare))
		if cal.Changed.After(changed) {
			changed = cal.Changed
		}
	}
	return validators{etag: quote(digest(parts...)), changed: changed}
}

// getFeed answers with all events of the feed as one file, as subscriptions show
// them.
func (h *Handler) getFeed(w http.ResponseWriter, r *http.Request, sub *subscription) error {
	w.Header().Set("Cache-Control", "private, max-age=300, must-revalidate")
	v := sub.validators()
	return h.sendWhole(w, r, h.feedFile(sub, strings.Trim(v.etag, `"`)), v.changed)
}

// zippedTag ends the tag of a compressed body.
const zippedTag = "-gz"

func (h *Handler) feedFile(sub *subscription, tag string) *file {
	return &file{slot: "feed-" + sub.ID, tag: tag, since: sub.since, disposition: disposition(sub.Name), write: func(ctx context.Context, out writeFinisher) error {
		head, err := h.head(ctx, sub.calendars)
		if err != nil {
			return err
		}
		head.Publish, head.Refresh, head.Name = true, refresh, sub.Name
		if len(sub.calendars) == 1 {
			head.Color = sub.calendars[0].Color
		}
		return h.join(ctx, out, head, sub.calendars, subscribed)
	}}
}

func subscribed(o *bridge.Object) []byte {
	if o.Source.IsBanner() {
		return nil
	}
	return ics.Subscribed(ics.Events(o))
}

// compresses reports whether the body is to be gzipped: only for who asks, and
// never for Microsoft's fetchers, which then cannot read it.
func compresses(r *http.Request) bool {
	agent := strings.ToLower(r.UserAgent())
	for _, name := range []string{"microsoft", "outlook", "exchange", "office"} {
		if strings.Contains(agent, name) {
			return false
		}
	}
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			q, err := strconv.ParseFloat(weight, 32)
			return !ok || err == nil && q > 0
		}
	}
	return false
}

// zipper compresses a body on its way.
type zipper struct {
	*gzip.Writer
	out writeFinisher
}

func newZipper(out writeFinisher) *zipper {
	z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed) // the level is one that there is
	return &zipper{z, out}
}

func (z *zipper) finish(rest []byte) error {
	_, err := z.Write(rest)
	if err = cmp.Or(err, z.Close()); err != nil {
		return err
	}
	return z.out.finish(nil)
}

// disposition names the file (RFC 6266 §4): in ASCII for all, in full for most.
func disposition(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/;%`, r) {
			return '_'
		}
		return r
	}, name)
	value := fmt.Sprintf(`inline; filename="%s.ics"`, ascii)
	if ascii != name {
		value += "; filename*=UTF-8''" + url.PathEscape(name) + ".ics"
	}
	return value
}

// propfindFeed tells Thunderbird, which asks, what the address is.
func (h *Handler) propfindFeed(w http.ResponseWriter, r *http.Request, sub *subscription, href string) error {
	wanted, err := davxml.ReadPropfind(r.Body)
	if err != nil {
		return err
	}
	values := map[davxml.Name]string{
		davxml.DAV("resourcetype"):   "",
		davxml.DAV("displayname"):    sub.Name,
		davxml.DAV("getcontenttype"): calendarType,
		davxml.DAV("getetag"):        sub.validators().etag,
	}
	if color := sub.calendars[0].Color; color != "" && len(sub.calendars) == 1 {
		values[davxml.Apple("calendar-color")] = strings.ToUpper(color) + "FF"
	}
	return h.multistatus(w, r, func(m *davxml.Multistatus) error {
		m.Response(href)
		for _, p := range table {
			value, ok := values[p.name]
			if ok && (wanted.Mode != davxml.Props || slices.Contains(wanted.Names, p.name)) {
				m.Prop(p.name)
				m.Text(value)
				m.EndProp(p.name, true)
			}
		}
		for _, name := range wanted.Names {
			if _, ok := values[name]; !ok {
				m.Missing(name)
			}
		}
		return m.EndResponse(minimal(r))
	})
}

// robots lets subscriptions be fetched, by Google's importer too, and keeps
// search engines from the rest. That addresses stay out of their indexes is
// X-Robots-Tag's affair.
func robots(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		notAllowed("GET, HEAD").write(w)
		return
	}
	send(w, http.StatusOK, "text/plain; charset=utf-8", []byte("User-agent: *\nAllow: /feeds/\nDisallow: /\n"))
}
