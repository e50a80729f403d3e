package graphfake

import (
	"log/slog"
	"time"
)

// Options is how a server is made. The zero value is a server on the real
// clock with Graph's page sizes and without quotas.
type Options struct {
	// Now is the clock of everything: stamps, lifetimes, quotas. Nil is time.Now.
	Now func() time.Time
	// PublicURL is the scheme and host that links begin with. Empty: those of
	// the request.
	PublicURL string
	// Logger gets one line per request at Debug, ids and counts only. Nil: silent.
	Logger *slog.Logger
	// OnEdit is told of every single change to a mailbox, after it was made
	// and with no lock held. Seed, Generate and AddRaw are silent.
	OnEdit func(Edit)

	// PageSize and MaxPageSize bound a page of a listing: 10 and 1000 if 0.
	PageSize, MaxPageSize int
	// DeltaPageSize and MaxDeltaPageSize bound a page of a delta round: 10 and
	// 500 if 0.
	DeltaPageSize, MaxDeltaPageSize int
	// Generations is how many generations of a delta cursor are honoured: 3 if
	// 0, all if negative.
	Generations int

	// Quota bounds the requests per app and mailbox; its zero value is no bound.
	Quota Quota
	// Sign says how sign-in behaves.
	Sign SignOptions
	// Habits are the switches for what Graph does undocumented.
	Habits Habits
}

// Quota is what Graph allows one app on one mailbox. 0 switches a bound off.
type Quota struct {
	Concurrent int           // requests at the same time, batch parts counted singly
	Requests   int           // requests in any window of the length Per
	Per        time.Duration // 10 minutes if 0
	Pause      time.Duration // Retry-After of a refusal for concurrency: 1 s if 0
}

// GraphQuota is the documented quota of Outlook services.
func GraphQuota() Quota {
	return Quota{Concurrent: 4, Requests: 10_000, Per: 10 * time.Minute}
}

// SignOptions is how the emulated Entra ID behaves.
type SignOptions struct {
	// ClientIDs are the registered apps; empty: any id will do.
	ClientIDs []string
	// ClientSecret is the secret of every app for the client credentials flow;
	// empty switches that flow off.
	ClientSecret string
	// PublicFlowsOff refuses apps that come without a secret (AADSTS7000218).
	PublicFlowsOff bool
	// AccessLife is the life of access tokens, 3599 s if 0.
	AccessLife time.Duration
	// RefreshLife is the life of a refresh token, 90 days if 0.
	RefreshLife time.Duration
	// DeviceLife is the life that a device code has, 15 minutes if 0. Graph
	// announces 15 minutes whatever it is.
	DeviceLife time.Duration
	// DeviceInterval is the pace of polls that a client is told, in whole
	// seconds, 5 s if 0. Polls at less than half of it get slow_down.
	DeviceInterval time.Duration
}

// Habits are switches for what Graph does undocumented or only sometimes. The
// zero value of each is what documentation and observers suggest.
type Habits struct {
	// DeltaStatus refuses events/delta with this status (400, 404 or 501).
	DeltaStatus int
	// ViewDeltaStatus refuses calendarView/delta likewise.
	ViewDeltaStatus int
	// HideMasters keeps masters out of calendarView/delta: a series is told by
	// its instances alone, and so is its removal.
	HideMasters bool
	// FullOccurrences lets occurrences in calendarView/delta be whole; else they
	// have id, seriesMasterId, type, start and end.
	FullOccurrences bool
	// QuietOutside keeps silent in calendarView/delta about events that never
	// were in its window; else any change to them is told as a removal.
	QuietOutside bool
	// SplitSeries lets a page of calendarView/delta end within a series.
	SplitSeries bool
	// DeltaFull lets events/delta without $select answer whole events; else
	// they have id, type, start and end.
	DeltaFull bool
	// DeltaExceptions lets changed instances appear in events/delta.
	DeltaExceptions bool
	// RemovedReason is the reason in @removed, "deleted" if empty.
	RemovedReason string
	// UnknownRemovals begins a first round with an @removed of an unknown id.
	UnknownRemovals bool
	// WedgeDelta never ends a round: the same items, ever new links.
	WedgeDelta bool
	// ReuseDeltaLink answers an idle poll with the link that it came with;
	// else every answer has a new one.
	ReuseDeltaLink bool
	// NoResetLocation leaves the Location header away from 410 answers.
	NoResetLocation bool

	// ListExceptions lets changed instances appear in /events.
	ListExceptions bool
	// SkipTokens pages /events by $skiptoken, which no deletion shifts; else
	// by $skip, which loses an item when one before it goes.
	SkipTokens bool
	// TopIsTotal lets $top bound the whole listing; else it is a page size.
	TopIsTotal bool
	// DuplicateInPage repeats the first item at the end of each page.
	DuplicateInPage bool
	// DuplicateAcrossPages repeats the last item of a page on the next.
	DuplicateAcrossPages bool
	// Idless adds an item without an id to each page.
	Idless bool

	// NoCancelledOccurrences and NoExceptionOccurrences leave the member away
	// even where it was asked for.
	NoCancelledOccurrences, NoExceptionOccurrences bool
	// NationalCloud does not know either member: naming them is a 400.
	NationalCloud bool
	// NoAppointmentRecur leaves PidLidAppointmentRecur away.
	NoAppointmentRecur bool
	// NoOriginalStart leaves originalStart away.
	NoOriginalStart bool
	// ExpandCap bounds exceptionOccurrences, 0 is no bound; 20 is OData's.
	ExpandCap int
	// ReferenceURLs lets v1.0 answer the sourceUrl of reference attachments,
	// which only beta documents.
	ReferenceURLs bool
	// QuietInstances keeps changeKey and lastModifiedDateTime of a master
	// when an instance changes.
	QuietInstances bool
	// SilentInstances keeps the master out of delta when an instance changes.
	SilentInstances bool

	// MixedIDs is the answer to an id of the kind that the request did not
	// ask for.
	MixedIDs IDMixing
	// StableCalendarIDs gives calendars one id whatever IdType asks for.
	StableCalendarIDs bool
	// LooseScope lets a calendar path show events of other calendars.
	LooseScope bool
	// ConvertRaw moves start and end of raw events to the zone that the
	// request prefers; else they are served as they were given.
	ConvertRaw bool
	// RetryAfter is the form of that header.
	RetryAfter RetryForm
}

// IDMixing is an answer to an immutable id in a request for classic ones, or
// the reverse.
type IDMixing int

const (
	// MixMalformed answers 400 ErrorInvalidIdMalformed.
	MixMalformed IDMixing = iota
	// MixNotFound answers 404 ErrorItemNotFound.
	MixNotFound
	// MixAccepted finds the event.
	MixAccepted
)

// RetryForm is a form of the Retry-After header.
type RetryForm int

const (
	// RetrySeconds is a whole number of seconds, rounded up.
	RetrySeconds RetryForm = iota
	// RetryFraction has three decimals.
	RetryFraction
	// RetryDate is an HTTP date.
	RetryDate
	// RetryMissing is no header at all.
	RetryMissing
)

// orDefault returns v, or d where v is its zero value.
func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// settled fills in what was left at zero.
func (o Options) settled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnEdit == nil {
		o.OnEdit = func(Edit) {}
	}
	o.PageSize = orDefault(o.PageSize, 10)
	o.MaxPageSize = orDefault(o.MaxPageSize, 1000)
	o.DeltaPageSize = orDefault(o.DeltaPageSize, 10)
	o.MaxDeltaPageSize = orDefault(o.MaxDeltaPageSize, 500)
	o.Generations = orDefault(o.Generations, 3)
	o.Quota.Per = orDefault(o.Quota.Per, 10*time.Minute)
	o.Quota.Pause = orDefault(o.Quota.Pause, time.Second)
	o.Sign.AccessLife = orDefault(o.Sign.AccessLife, 3599*time.Second)
	o.Sign.RefreshLife = orDefault(o.Sign.RefreshLife, 90*24*time.Hour)
	o.Sign.DeviceLife = orDefault(o.Sign.DeviceLife, 15*time.Minute)
	o.Sign.DeviceInterval = orDefault(o.Sign.DeviceInterval, 5*time.Second)
	o.Habits.RemovedReason = orDefault(o.Habits.RemovedReason, "deleted")
	return o
}
