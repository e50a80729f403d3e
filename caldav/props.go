package caldav

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"calbridge/bridge"
	"calbridge/caldav/component"
	"calbridge/caldav/davxml"
)

// property is one property that this server knows.
type property struct {
	name davxml.Name
	on   kind // where it lives
	// all tells that allprop includes it: RFC 4918's own alone (RFC 4791 §5.2,
	// RFC 3744 §5 and RFC 6578 §4 keep theirs out).
	all bool
	// own tells that objects of one calendar differ in it; so they do in their
	// ETags, which are known beforehand.
	own bool
	// set takes what a client makes of it into the reader's overlay; a property
	// without it is protected.
	set setter
	// people tells that the value needs the reader's mail addresses.
	people bool
	// value writes the value, or nothing and false where the resource has none.
	value func(*davxml.Writer, *view) bool
	// hrefs returns the resources that the value names, for expand-property;
	// nil for a value that names none.
	hrefs func(*view) []target
}

// view is a resource as a property sees it.
type view struct {
	h         *Handler
	target    // whose user is the reader
	cal       *bridge.Calendar
	row       *bridge.Row // of an object
	data      []byte      // what a report gives of it beside its properties
	addresses []string    // of the reader; only where a property asked for them
	overlay   bridge.Overlay
}

// table holds all properties, once each.
var table = slices.Concat(general, people, calendars)

// byName finds a property.
var byName = func() map[davxml.Name]*property {
	m := map[davxml.Name]*property{}
	for i := range table {
		m[table[i].name] = &table[i]
	}
	return m
}()

// general are the properties of any resource (RFC 4918 §15, RFC 3744, RFC 5397).
var general = []property{
	{name: davxml.DAV("resourcetype"), on: every, all: true, value: resourceType},
	{name: davxml.DAV("displayname"), on: every &^ object, all: true, set: setName, value: func(w *davxml.Writer, v *view) bool {
		w.Text(v.title())
		return true
	}},
	{name: davxml.DAV("getetag"), on: calendar | object, all: true, value: func(w *davxml.Writer, v *view) bool {
		if v.row != nil {
			w.Plain(`"`)
			w.Plain(v.row.ETag)
			w.Plain(`"`)
		} else {
			w.Text(quote(collectionETag(v.cal)))
		}
		return true
	}},
	{name: davxml.DAV("getcontenttype"), on: object, all: true, value: text(objectType)},
	{name: davxml.DAV("getcontentlength"), on: object, all: true, own: true, value: func(w *davxml.Writer, v *view) bool {
		w.Int(v.row.Size)
		return true
	}},
	{name: davxml.DAV("getlastmodified"), on: calendar | object, all: true, value: func(w *davxml.Writer, v *view) bool {
		// Of an object it is when its calendar changed last: never too early.
		w.Text(v.cal.Changed.UTC().Format(http.TimeFormat))
		return !v.cal.Changed.IsZero()
	}},
	{name: davxml.DAV("resource-id"), on: every, own: true, value: func(w *davxml.Writer, v *view) bool { // RFC 5842 §3.1
		w.Href("urn:uuid:" + uuid(strings.TrimPrefix(v.h.path(v.target), v.h.base())))
		return true
	}},
	{name: davxml.DAV("supported-report-set"), on: every, value: func(w *davxml.Writer, v *view) bool { // RFC 3253 §3.1.5
		for _, name := range v.kind.reports() {
			w.Start(davxml.DAV("supported-report"))
			w.Start(davxml.DAV("report"))
			w.Empty(name)
			w.End(davxml.DAV("report"))
			w.End(davxml.DAV("supported-report"))
		}
		return true
	}},
	links(davxml.DAV("current-user-principal"), every, func(v *view) []target { return []target{v.at(principal)} }),
	links(davxml.DAV("principal-collection-set"), every, func(v *view) []target { return []target{v.at(principals)} }),
	links(davxml.DAV("owner"), home|calendar|object, func(v *view) []target { return []target{v.at(principal)} }),
	{name: davxml.DAV("current-user-privilege-set"), on: every, value: privileges},
	{name: davxml.DAV("supported-privilege-set"), on: home | calendar | object, value: supportedPrivileges},
	{name: davxml.DAV("acl"), on: home | calendar | object, value: accessControl},
	{name: davxml.DAV("acl-restrictions"), on: home | calendar | object, value: func(w *davxml.Writer, _ *view) bool {
		w.Empty(davxml.DAV("grant-only"))
		w.Empty(davxml.DAV("no-invert"))
		return true
	}},
	{name: davxml.DAV("inherited-acl-set"), on: home | calendar | object, value: text("")},
}

// text is the value of a property that is the same everywhere.
func text(s string) func(*davxml.Writer, *view) bool {
	return func(w *davxml.Writer, _ *view) bool {
		w.Text(s)
		return true
	}
}

// links makes a property whose value is addresses.
func links(name davxml.Name, on kind, hrefs func(*view) []target) property {
	return property{name: name, on: on, hrefs: hrefs, value: func(w *davxml.Writer, v *view) bool {
		for _, t := range hrefs(v) {
			w.Href(v.h.path(t))
		}
		return true
	}}
}

// at is another resource of the same user.
func (v *view) at(k kind) target { return target{kind: k, user: v.user} }

func resourceType(w *davxml.Writer, v *view) bool {
	if v.kind == object {
		return true
	}
	w.Empty(davxml.DAV("collection"))
	switch v.kind {
	case principal:
		w.Empty(davxml.DAV("principal"))
	case calendar:
		w.Empty(davxml.CalDAV("calendar"))
	}
	return true
}

// title is a name for people, never empty: Outlook's synchronizer ignores what
// has none.
func (v *view) title() string {
	if v.overlay.Name != "" {
		return v.overlay.Name
	}
	switch v.kind {
	case principal, home:
		return v.user
	case calendar:
		return displayName(v.cal)
	case principals:
		return "Users"
	case homes:
		return "Calendars"
	}
	return "calbridge"
}

func displayName(cal *bridge.Calendar) string {
	if cal.Name == "" {
		return "Calendar"
	}
	return cal.Title()
}

// uuid derives an identifier from a path (RFC 9562 §5.8).
func uuid(path string) string {
	sum := sha256.Sum256([]byte(path))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// privileges tells what the reader may do (RFC 3744 §5.4). Absence would mean
// "writable" to most clients, and so would a bare write or all; each privilege
// is alone in its element.
func privileges(w *davxml.Writer, v *view) bool {
	list := []davxml.Name{davxml.DAV("read"), davxml.DAV("read-current-user-privilege-set")}
	if v.kind == calendar || v.kind == object {
		list = append(list, davxml.CalDAV("read-free-busy"))
	}
	for _, name := range list {
		privilege(w, name)
	}
	return true
}

func privilege(w *davxml.Writer, name davxml.Name) {
	w.Start(davxml.DAV("privilege"))
	w.Empty(name)
	w.End(davxml.DAV("privilege"))
}

// supportedPrivileges is RFC 3744 §5.3; read holds read-free-busy as RFC 4791
// §6.1.1 demands.
func supportedPrivileges(w *davxml.Writer, _ *view) bool {
	supported := func(name davxml.Name, description string, inner func()) {
		w.Start(davxml.DAV("supported-privilege"))
		privilege(w, name)
		w.Start(davxml.DAV("description"), "xml:lang", "en")
		w.Text(description)
		w.End(davxml.DAV("description"))
		inner()
		w.End(davxml.DAV("supported-privilege"))
	}
	supported(davxml.DAV("read"), "Read events", func() {
		supported(davxml.CalDAV("read-free-busy"), "Read when the owner is busy", func() {})
	})
	supported(davxml.DAV("read-current-user-privilege-set"), "Read one's own rights", func() {})
	return true
}

// accessControl is RFC 3744 §5.5: the owner reads, and nobody can change that.
func accessControl(w *davxml.Writer, v *view) bool {
	w.Start(davxml.DAV("ace"))
	w.Start(davxml.DAV("principal"))
	w.Href(v.h.path(v.at(principal)))
	w.End(davxml.DAV("principal"))
	w.Start(davxml.DAV("grant"))
	privilege(w, davxml.DAV("read"))
	privilege(w, davxml.DAV("read-current-user-privilege-set"))
	w.End(davxml.DAV("grant"))
	w.Empty(davxml.DAV("protected"))
	w.End(davxml.DAV("ace"))
	return true
}

// collations is RFC 4791 §7.5.1.
func collations(w *davxml.Writer, _ *view) bool {
	for _, name := range component.Collations() {
		w.Element(davxml.CalDAV("supported-collation"), name)
	}
	return true
}
