package graphsync

import (
	"context"
	"errors"
	"net/http"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// faultOf turns what a request came to into a Fault that says what to do. A
// cancelled context stays what it is.
func faultOf(err error) error {
	var e *graph.Error
	var f *bridge.Fault
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) || !errors.As(err, &e) {
		return err
	}
	out := describe(e)
	out.Code, out.Err = e.Describe(), e
	return out
}

func describe(e *graph.Error) *bridge.Fault {
	switch {
	case e.StateLost():
		return &bridge.Fault{Kind: bridge.Resync, What: "Microsoft no longer knows where this calendar was read up to"}
	case e.HasCode("ForeignLink"):
		return &bridge.Fault{Kind: bridge.Invalid, What: "an answer led to a foreign address", Fix: "check microsoft.graph_url and the network between here and Microsoft"}
	case e.Status == 0:
		return &bridge.Fault{Kind: bridge.Retry, What: "Microsoft cannot be reached",
			Why: "no answer came over the network", Fix: "nothing to do if the network is down for a while; readers keep working"}
	case e.Status == http.StatusUnauthorized:
		return &bridge.Fault{Kind: bridge.SignIn, What: "Microsoft no longer accepts the sign-in", Fix: "run  calbridge login"}
	case e.Status == http.StatusForbidden:
		return &bridge.Fault{Kind: bridge.Denied, What: "Microsoft does not let calbridge read this",
			Fix: "check in Outlook that you can open it; for a shared calendar ask its owner"}
	case e.HasCode("MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ErrorInvalidUser", "ErrorNonExistentMailbox"):
		return &bridge.Fault{Kind: bridge.Denied, What: "this account has no mailbox that Microsoft Graph can read",
			Why: "it has no licence for one, or the mailbox is on a server of its own", Fix: "sign in with the account whose calendar Outlook shows"}
	case e.HasCode("ErrorSyncFolderNotFound", "ErrorFolderNotFound"):
		return &bridge.Fault{Kind: bridge.Denied, What: "Microsoft no longer finds this calendar", Fix: "nothing to do: the next listing of calendars tells what became of it"}
	case e.Status == http.StatusNotFound && e.Graphs():
		return &bridge.Fault{Kind: bridge.Gone, What: "it is no longer there"}
	case e.Status == http.StatusNotFound, e.Status == http.StatusBadRequest && !e.Graphs():
		return &bridge.Fault{Kind: bridge.Retry, What: "something between here and Microsoft answers in its place",
			Why: "a sign-in page of the network, or a proxy", Fix: "open a web page from this machine and see what it shows"}
	case e.Status == http.StatusTooManyRequests:
		return &bridge.Fault{Kind: bridge.Retry, What: "Microsoft asked for a pause", After: e.RetryAfter,
			Why: "this mailbox had many requests in a short time", Fix: "nothing to do; it goes on by itself"}
	case e.Passing():
		return &bridge.Fault{Kind: bridge.Retry, What: "Microsoft's server has trouble at the moment", After: e.RetryAfter,
			Fix: "nothing to do; calbridge tries again"}
	case e.Status == http.StatusNotImplemented, e.Status == http.StatusMethodNotAllowed:
		return &bridge.Fault{Kind: bridge.Unable, What: "Microsoft does not offer this for the account"}
	}
	return &bridge.Fault{Kind: bridge.Invalid, What: "Microsoft did not accept a request of calbridge", Fix: "please report it with the code"}
}

// refused reports whether Graph would not answer this kind of request at all,
// for this account: then another way is to be tried.
func refused(err error) bool {
	var e *graph.Error
	if !errors.As(err, &e) || !e.Graphs() {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusGone, http.StatusNotImplemented:
		return true
	}
	return false
}

// hopeless reports whether the fault lies with one item that Graph itself
// cannot read out: waiting will not help, and the others must not wait.
func hopeless(err error) bool {
	var e *graph.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusInternalServerError || e.Status == http.StatusBadRequest ||
		e.HasCode("ErrorCorruptData", "ErrorMimeContentConversionFailed")
}
