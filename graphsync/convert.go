package graphsync

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// ConverterVersion is the version of what the conversion makes of an event, to
// be raised with every change of it: what another version made is read again,
// see outdated.go.
const ConverterVersion = 6

// item is one event of Graph, read.
type item struct {
	id     bridge.SourceID
	kind   string // singleInstance, seriesMaster, occurrence, exception
	master bridge.SourceID
	event  *graph.Event
	raw    json.RawMessage
	home   string // IANA name of the mailbox's zone, where that is known
	seen   string // zone in which the instances of a series that names none keep their hour
}

// readItem decodes an event. The error is a Fault of kind Invalid, and the
// item then still has the id, where there is one.
func readItem(raw json.RawMessage) (item, error) {
	var named struct {
		ID json.RawMessage `json:"id"`
	}
	var id string
	if json.Unmarshal(raw, &named) != nil || json.Unmarshal(named.ID, &id) != nil || id == "" {
		return item{}, unreadable("it has no id", nil)
	}
	it := item{id: bridge.SourceID(id), raw: raw}
	if len(id) > 4<<10 {
		return it, unreadable("its id is too long", nil)
	}
	e := new(graph.Event)
	if err := json.Unmarshal(raw, e); err != nil {
		return it, misshapen(err)
	}
	it.event, it.master = e, bridge.SourceID(e.SeriesMasterID)
	it.kind = kindOf(e)
	return it, nil
}

// kindOf returns the type of an event; one that Graph does not tell, or that
// nobody knows yet, follows from what the event has.
func kindOf(e *graph.Event) string {
	switch kind := strings.ToLower(e.Type); {
	case kind == "seriesmaster":
		return typeMaster
	case kind == "occurrence" && e.SeriesMasterID != "":
		return typeOccurrence
	case kind == "exception" && e.SeriesMasterID != "":
		return typeException
	case kind == "" && e.Recurrence != nil:
		return typeMaster
	}
	return typeSingle
}

// Graph eventType.
const (
	typeSingle     = "singleInstance"
	typeMaster     = "seriesMaster"
	typeOccurrence = "occurrence"
	typeException  = "exception"
)

// misshapen says which member of an event is not what Graph documents.
func misshapen(err error) *bridge.Fault {
	const what = "Microsoft sent it in a form that calbridge cannot read"
	var e *json.UnmarshalTypeError
	if !errors.As(err, &e) || e.Field == "" {
		return unreadable(what, err)
	}
	kind, _, _ := strings.Cut(e.Value, " ")
	return unreadable(fmt.Sprintf("%s: the type of its %q is wrong (%s)", what, e.Field, kind), nil)
}

func unreadable(why string, err error) *bridge.Fault {
	return &bridge.Fault{Kind: bridge.Invalid, What: why, Err: err}
}

// convertSingle makes a series of an event that stands alone: a single event,
// or an instance whose master is not in the mailbox (mapping R1.9).
func convertSingle(it item) (*bridge.Series, error) {
	event, err := convertEvent(it.event)
	if err != nil {
		return nil, err
	}
	return &bridge.Series{Source: it.id, Revision: bridge.Revision(it.event.ChangeKey),
		Claim: claimOf(it), Master: *event}, nil
}

// claimOf returns the UID that an event asks for. An instance alone keeps the
// UID with its date, so that two of one series do not collide.
func claimOf(it item) string {
	raw := it.event.UID
	if raw == "" {
		raw = it.event.ICalUID
	}
	if it.kind != typeMaster && bridge.DatedUID(it.event.ICalUID) {
		return it.event.ICalUID
	}
	return bridge.CleanUID(raw, it.id)
}

// convertMaster makes a series of a master, its exceptions and the dates that
// were cancelled.
func convertMaster(it item, exceptions []item, cancelled []string) (*bridge.Series, error) {
	if it.event.Recurrence == nil {
		return convertSingle(it)
	}
	event, err := convertEvent(it.event)
	if err != nil {
		return nil, err
	}
	s := &bridge.Series{Source: it.id, Revision: bridge.Revision(it.event.ChangeKey), Claim: claimOf(it),
		Master: *event, Zone: seriesZone(it)}
	if s.Rule, err = convertRecurrence(it.event.Recurrence, event, s.Zone); err != nil {
		return nil, err
	}
	for _, x := range exceptions {
		x.inherit(it.event)
		o, err := convertException(x)
		if err != nil {
			return nil, fmt.Errorf("changed instance %s: %w", x.id, err)
		}
		s.Overrides = append(s.Overrides, *o)
	}
	for _, text := range cancelled {
		if d, ok := occurrenceDate(text); ok {
			s.Cancelled = append(s.Cancelled, d)
		}
	}
	return s, nil
}

func convertException(it item) (*bridge.Override, error) {
	event, err := convertEvent(it.event)
	if err != nil {
		return nil, err
	}
	o := &bridge.Override{Source: it.id, Event: *event}
	if d, ok := occurrenceDate(it.event.OccurrenceID); ok {
		o.Date = &d
	}
	if text := it.event.OriginalStart; text != "" {
		if o.Original, err = readStamp(text); err != nil {
			return nil, unreadable("its original start cannot be read", err)
		}
	}
	return o, nil
}

// occurrenceDate reads the date of OID.<master>.<date>. Ids may hold dots: the
// date is behind the last one.
func occurrenceDate(text string) (bridge.Date, bool) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 || !strings.HasPrefix(text, "OID.") {
		return 0, false
	}
	d, err := bridge.ParseDate(text[i+1:])
	return d, err == nil
}

// convertEvent reads the fields that events of every type have.
func convertEvent(g *graph.Event) (*bridge.Event, error) {
	e := &bridge.Event{Subject: g.Subject, Categories: g.Categories, WebLink: g.WebLink,
		AllDay: g.IsAllDay, Cancelled: g.IsCancelled, Draft: g.IsDraft, IsOrganizer: g.IsOrganizer}
	if err := readTimes(g, e); err != nil {
		return nil, err
	}
	e.Sequence = readSequence(g)
	e.Created, e.Modified = pastStamp(g.CreatedDateTime), pastStamp(g.LastModifiedDateTime)
	e.Text, e.HTML = readBody(g)
	e.ShowAs = readShowAs(g.ShowAs)
	e.Sensitivity = readSensitivity(g.Sensitivity)
	e.Importance = readImportance(g.Importance)
	readPeople(g, e)
	readPlace(g, e)
	readMeeting(g, e)
	readAttachments(g, e)
	if g.IsReminderOn {
		e.Reminder = &g.ReminderMinutes
	}
	return e, nil
}

// readSequence reads how often the meeting was sent out anew.
func readSequence(g *graph.Event) int {
	n, err := strconv.ParseInt(g.Property(graph.Sequence), 10, 32)
	if err != nil {
		return 0
	}
	return max(int(n), 0)
}

// pastStamp reads when something happened; the zero time stands for "never"
// and for what cannot be read, which loses only bookkeeping.
func pastStamp(text string) time.Time {
	t, err := readStamp(text)
	if err != nil || t.Year() <= 1601 {
		return time.Time{}
	}
	return t
}

func readShowAs(s string) bridge.ShowAs {
	for _, v := range []bridge.ShowAs{bridge.Free, bridge.Tentative, bridge.Busy, bridge.OutOfOffice, bridge.WorkingElsewhere} {
		if strings.EqualFold(s, string(v)) {
			return v
		}
	}
	return ""
}

func readSensitivity(s string) bridge.Sensitivity {
	for _, v := range []bridge.Sensitivity{bridge.Personal, bridge.Private, bridge.Confidential} {
		if strings.EqualFold(s, string(v)) {
			return v
		}
	}
	return ""
}

func readImportance(s string) bridge.Importance {
	for _, v := range []bridge.Importance{bridge.Low, bridge.High} {
		if strings.EqualFold(s, string(v)) {
			return v
		}
	}
	return ""
}
