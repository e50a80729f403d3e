package graphsync

import (
	"context"
	"errors"
	"strings"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// faults says what is to be done about each class of failure, and the words for
// it. What an answer's class is, graph's table of answers tells.
var faults = map[graph.Class]bridge.Fault{
	graph.Network: {Kind: bridge.Retry, What: "Microsoft cannot be reached", Why: "no answer came over the network",
		Fix: "nothing to do if the network is down for a while; readers keep working"},
	graph.Name: {Kind: bridge.Retry, What: "Microsoft cannot be reached", Why: "the name of its server is not found",
		Fix: "check the network and its name server (DNS), and microsoft.graph_url if it is set; readers keep working"},
	graph.Certificate: {Kind: bridge.Retry, What: "calbridge does not talk to the server that answers for Microsoft", Why: "its certificate is not one that this machine trusts",
		Fix: "check this machine's clock; if a firewall of your network opens encrypted traffic, install its certificate or exempt Microsoft Graph from it"},
	graph.Foreign: {Kind: bridge.Invalid, What: "an answer led to a foreign address", Why: "the sign-in must not be sent there",
		Fix: "check microsoft.graph_url, and whether a proxy rewrites addresses"},
	graph.Stranger: {Kind: bridge.Retry, What: "something between here and Microsoft answers in its place", Why: "a sign-in page of the network, or a proxy",
		Fix: "open a web page from this machine and see what it shows"},
	graph.Broken:  {Kind: bridge.Retry, What: "Microsoft's answer arrived damaged", Fix: "nothing to do; calbridge tries again"},
	graph.Endless: {Kind: bridge.Retry, What: "Microsoft's list of events does not end", Fix: "nothing to do; calbridge tries again"},
	graph.Throttled: {Kind: bridge.Retry, What: "Microsoft asked for a pause", Why: "this mailbox had many requests in a short time",
		Fix: "nothing to do; it goes on by itself"},
	graph.Busy:   {Kind: bridge.Retry, What: "Microsoft's server has trouble at the moment", Fix: "nothing to do; calbridge tries again"},
	graph.Large:  {Kind: bridge.Retry, What: "Microsoft's server has trouble at the moment", Why: "it did not answer in time", Fix: "nothing to do; calbridge tries again"},
	graph.Reset:  {Kind: bridge.Resync, What: "Microsoft no longer knows where this calendar was read up to"},
	graph.SignIn: {Kind: bridge.SignIn, What: "Microsoft no longer accepts the sign-in", Fix: "run  calbridge login"},
	graph.Claims: {Kind: bridge.SignIn, What: "Microsoft asks for a new sign-in", Why: "a policy of your organisation wants it",
		Fix: "run  calbridge login  ; if that does not help, ask the administrator of your organisation whether its policies (Conditional Access) let this machine in"},
	graph.Denied: {Kind: bridge.Denied, What: "Microsoft does not let calbridge read this",
		Fix: "check in Outlook that you can open it; for a shared calendar ask its owner"},
	graph.NoMailbox: {Kind: bridge.Denied, What: "this account has no mailbox that Microsoft Graph can read",
		Why: "it has no licence for one, or the mailbox is on a server of its own, or it is being moved",
		Fix: "sign in with the account whose calendar Outlook shows. Readers keep what was fetched; calbridge tries again once a day, and at once with  calbridge sync"},
	graph.NoFolder: {Kind: bridge.Gone, What: "Microsoft no longer finds this calendar", Fix: "nothing to do: a listing of the calendars tells what became of it"},
	graph.Gone:     {Kind: bridge.Gone, What: "it is no longer there"},
	graph.BadID:    {Kind: bridge.Invalid, What: "Microsoft cannot read an id that it gave", Fix: "nothing to do; the event is tried again"},
	graph.Corrupt:  {Kind: bridge.Invalid, What: "Microsoft cannot read it out"},
	graph.Unable:   {Kind: bridge.Unable, What: "Microsoft does not offer this for the account"},
	graph.Refused:  {Kind: bridge.Invalid, What: "Microsoft did not accept a request of calbridge", Fix: "please report it with the code"},
	graph.Unknown:  {Kind: bridge.Invalid, What: "Microsoft gave an answer that calbridge does not know", Fix: "nothing to do; calbridge tries again. If it stays, please report it with the code"},
}

// faultOf turns what a request came to into a Fault that says what to do. A
// cancelled context stays what it is.
func faultOf(err error) error {
	var e *graph.Error
	var f *bridge.Fault
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) || !errors.As(err, &e) {
		return err
	}
	out := faults[e.Class()]
	out.After, out.Code, out.Err = e.RetryAfter, strings.TrimSpace(e.Describe()), e
	return &out
}

// classOf is the class of a failed request, "" for other errors.
func classOf(err error) graph.Class {
	var e *graph.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Class()
}

// refused reports whether Graph would not answer this kind of request at all,
// for this calendar: then another way is to be tried.
func refused(err error) bool {
	switch classOf(err) {
	case graph.Refused, graph.Unable, graph.Denied, graph.Gone, graph.NoFolder, graph.BadID:
		return true
	}
	return false
}

// hopeless reports whether the fault lies with one item that Graph itself
// cannot read out: waiting will not help, and the others must not wait.
func hopeless(err error) bool {
	switch classOf(err) {
	case graph.Corrupt, graph.BadID, graph.Refused:
		return true
	}
	return false
}

// stumbles reports whether Graph fails at one item where it may fail at all of
// them: a few are set aside, many are trouble of the server.
func stumbles(err error) bool {
	var e *graph.Error
	return errors.As(err, &e) && (e.Status == 500 && e.Class() == graph.Busy || e.Class() == graph.Broken)
}

// lostCalendar reports whether a calendar's own path is not found: it is gone,
// or has another id.
func lostCalendar(err error) bool {
	return bridge.KindOf(faultOf(err)) == bridge.Gone
}

// wholeMailbox reports whether a fault met in a mailbox is everyone's: that
// another person has none is no trouble of who reads it.
func wholeMailbox(err error, other string) bool {
	return wholeAccount(err) && (other == "" || classOf(err) != graph.NoMailbox)
}

// wholeAccount reports whether a fault met at one calendar is everyone's.
func wholeAccount(err error) bool {
	if class := classOf(err); class != "" {
		return class.Everyones()
	}
	switch bridge.KindOf(err) {
	case bridge.SignIn, bridge.Consent, bridge.Retry:
		return true
	}
	return false
}
