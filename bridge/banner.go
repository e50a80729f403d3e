package bridge

import (
	"strings"
	"time"
)

// bannerSource begins the source ids of banners; Graph's own are URL-safe base64.
const bannerSource = "calbridge:banner:"

// Banner is the event by which an account says to its readers that it waits for
// a person: on each day, from the one on which the trouble began. A phone shows
// nothing else of it. There is one per account and its UID is fixed; it goes
// over CalDAV alone, and no source knows of it.
func Banner(a *Account) *Series {
	t := a.Trouble
	day := DateIn(t.Since, time.UTC)
	text := "What is shown here is as of " + a.LastSync.UTC().Format("2006-01-02 15:04") + " UTC."
	if t.Fix != "" {
		text += "\n\nTo do: " + t.Fix
	}
	return &Series{
		Source: BannerSource(a.ID), Claim: "sign-in-" + string(a.ID) + "@calbridge",
		Rule: &Recurrence{Pattern: Daily, Interval: 1, Start: day, End: MaxDate},
		Master: Event{Subject: "Outlook needs you: " + t.What + " (" + a.Address + ")", Text: text, AllDay: true,
			Start: day.Time(), End: (day + 1).Time(), Created: t.Since, Modified: t.Since, ShowAs: Free, IsOrganizer: true},
	}
}

// BannerSource is the source id of an account's banner.
func BannerSource(id AccountID) SourceID { return SourceID(bannerSource + string(id)) }

// IsBanner reports whether an item is a banner.
func (id SourceID) IsBanner() bool { return strings.HasPrefix(string(id), bannerSource) }
