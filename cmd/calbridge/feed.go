package main

import (
	"cmp"
	"context"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"calbridge/bridge"
	"calbridge/bridge/vault"
)

type feedCmd struct {
	New    feedNewCmd    `cmd:"" help:"Make a secret .ics address. It is shown once."`
	List   feedListCmd   `cmd:"" help:"List feeds: what they show and last use, never the addresses."`
	Revoke feedRevokeCmd `cmd:"" help:"Revoke a feed. Its addresses stop working at once."`
}

// Help implements kong.HelpProvider.
func (*feedCmd) Help() string {
	return `A feed is a secret address that any calendar program can subscribe to.

Examples:
  calbridge feed new work --calendar Calendar
  calbridge feed list

See also: calbridge password, calbridge calendars`
}

type feedNewCmd struct {
	Name     string   `arg:"" optional:"" help:"Name of the feed; readers show it. Default: the calendar's, the user's where it shows several."`
	Calendar []string `help:"Calendar to show (id or name); may be given several times. Default: all shown ones." placeholder:"CALENDAR" sep:"none"`
	User     string   `help:"Whose feed it is; not needed where there is one user." placeholder:"NAME"`
	Label    string   `help:"Who reads it." placeholder:"TEXT"`
	JSON     bool     `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (*feedNewCmd) Help() string {
	return `Whoever has the address can read the calendars: it needs no password. Give each reader one of its own.

Examples:
  calbridge feed new work --calendar Calendar
  calbridge feed new family --label "kitchen tablet" --json

See also: calbridge feed list, calbridge feed revoke, calbridge calendars`
}

type newFeed struct {
	ID        string   `json:"id"`
	AddressID string   `json:"address_id"`
	Name      string   `json:"name"`
	Calendars []string `json:"calendars"`
	URL       string   `json:"url"`
}

// Run implements command.
func (f *feedNewCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		user, err := h.oneUser(ctx, f.User)
		if err != nil {
			return err
		}
		calendars, err := h.feedCalendars(ctx, user.Name, f.Calendar)
		if err != nil {
			return err
		}
		for _, cal := range calendars {
			if cal.Hidden {
				c.say("Note: %s is hidden, so the feed lacks it until  calbridge calendars --show %s", cal.Name, cal.ID)
			}
		}
		name := f.Name
		switch {
		case name != "":
		case len(calendars) == 1:
			name = calendars[0].Name
		default:
			name = user.Name
		}
		made, err := h.newFeed(ctx, user.Name, name, f.Label, calendars)
		if err != nil {
			return err
		}
		if f.JSON {
			return c.printJSON(made)
		}
		c.say("The address of %q. Whoever has it can read the calendars; it is shown once:", made.Name)
		c.print("%s", made.URL)
		return nil
	})
}

// feedCalendars returns the named calendars of a user, all shown ones where
// none is named.
func (h *house) feedCalendars(ctx context.Context, user string, names []string) (list []bridge.Calendar, err error) {
	all, err := h.store.Calendars(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		cal, err := h.findCalendar(ctx, name)
		if err != nil {
			return nil, err
		}
		if cal.User != user {
			return nil, invalid("that calendar belongs to another user", "name its user with --user")
		}
		list = append(list, cal)
	}
	if len(names) == 0 {
		for _, cal := range all {
			if cal.User == user && !cal.Hidden {
				list = append(list, cal)
			}
		}
	}
	if len(list) == 0 {
		return nil, &bridge.Fault{Kind: bridge.Absent, What: "there is no calendar to show yet", Fix: "run  calbridge login  and  calbridge sync  first"}
	}
	return list, nil
}

func (h *house) newFeed(ctx context.Context, user, name, label string, calendars []bridge.Calendar) (newFeed, error) {
	secret := vault.NewSecret()
	feed := bridge.Feed{User: user, Name: name, Mask: bridge.Full}
	made := newFeed{Name: name, Calendars: []string{}, URL: h.feedURL(secret, name)}
	for _, cal := range calendars {
		feed.Calendars = append(feed.Calendars, cal.ID)
		made.Calendars = append(made.Calendars, string(cal.ID))
	}
	feed, err := h.store.AddFeed(ctx, feedDigest(h.vault, secret), feed, label)
	if err != nil {
		return made, err
	}
	made.ID, made.AddressID = feed.ID, feed.Addresses[0].ID
	return made, nil
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// feedURL is the address of a feed: readers want it to end in .ics, and show
// its last part as a name until they have read the feed.
func (h *house) feedURL(secret, name string) string {
	slug := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if slug == "" {
		slug = "calendar"
	}
	return h.cfg.PublicURL.String() + "/feeds/" + secret + "/" + slug + ".ics"
}

type feedListCmd struct {
	User string `help:"Of this user only." placeholder:"NAME"`
	JSON bool   `help:"Print JSON."`
}

type feedLine struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	User      string        `json:"user"`
	Calendars []string      `json:"calendars"`
	Addresses []addressLine `json:"addresses"`
}

type addressLine struct {
	ID       string  `json:"id"`
	Label    string  `json:"label"`
	LastUsed *string `json:"last_used"`
	Revoked  *string `json:"revoked"`
}

// Help implements kong.HelpProvider.
func (*feedListCmd) Help() string {
	return `Examples:
  calbridge feed list
  calbridge feed list --user anna --json

See also: calbridge feed new, calbridge feed revoke`
}

// Run implements command.
func (f *feedListCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		feeds, err := h.store.Feeds(ctx, f.User)
		if err != nil {
			return err
		}
		lines := []feedLine{}
		for _, feed := range feeds {
			line := feedLine{ID: feed.ID, Name: feed.Name, User: feed.User, Calendars: []string{}}
			for _, id := range feed.Calendars {
				line.Calendars = append(line.Calendars, string(id))
			}
			for _, a := range feed.Addresses {
				line.Addresses = append(line.Addresses, addressLine{a.ID, a.Label, stamp(a.LastUsed), stamp(a.Revoked)})
			}
			lines = append(lines, line)
		}
		if f.JSON {
			return c.printJSON(lines)
		}
		return printFeeds(c, feeds)
	})
}

func printFeeds(c *call, feeds []bridge.Feed) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 3, ' ', 0)
	row(w, "ID", "NAME", "USER", "CALENDARS", "LAST READ")
	for _, f := range feeds {
		var last time.Time
		read := "revoked"
		for _, a := range f.Addresses {
			if a.LastUsed.After(last) {
				last = a.LastUsed
			}
			if a.Revoked.IsZero() {
				read = ""
			}
		}
		read = cmp.Or(read, c.ago(last))
		row(w, f.ID, f.Name, f.User, strconv.Itoa(len(f.Calendars)), read)
	}
	return w.Flush()
}

type feedRevokeCmd struct {
	ID   string `arg:"" help:"Id of the feed."`
	User string `help:"Whose feed it is." placeholder:"NAME"`
}

// Help implements kong.HelpProvider.
func (*feedRevokeCmd) Help() string {
	return `Readers get 410 Gone from then on, and drop the calendar or keep what they have.

Examples:
  calbridge feed revoke xp27hxuosq
  calbridge feed revoke xp27hxuosq --user anna

See also: calbridge feed list, calbridge feed new`
}

// Run implements command.
func (f *feedRevokeCmd) Run(ctx context.Context, c *call) error {
	return c.hold(ctx, func(h *house) error {
		if err := h.store.RevokeFeed(ctx, f.User, f.ID); err != nil {
			return err
		}
		if err := h.forgetFiles(f.ID); err != nil {
			return err
		}
		c.say("The feed %s is revoked: its addresses answer 410 from now on.", f.ID)
		return nil
	})
}
