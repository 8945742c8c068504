package browser

import (
	"maps"
	"net/url"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
)

type request struct {
	name     string // its method and URL
	loader   cdp.LoaderID
	answered bool
}

// follow keeps account of the requests of a page by the events about them.
func (w *watch) follow(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.sent(e)
	case *network.EventResponseReceived:
		w.answered(e.RequestID)
		if e.Response.Status >= 400 {
			w.note(statusTrouble, "%d %s", e.Response.Status, w.known(e.RequestID, e.Response.URL))
		}
	case *network.EventLoadingFinished:
		w.done(e.RequestID)
	case *network.EventLoadingFailed:
		if !e.Canceled && e.BlockedReason != network.BlockedReasonCsp { // which has an event of its own
			w.note(NetworkTrouble, "%s %s %s", e.ErrorText, e.BlockedReason, w.known(e.RequestID, ""))
		}
		w.done(e.RequestID)
	}
}

func (w *watch) sent(e *network.EventRequestWillBeSent) {
	r := e.Request
	if !strings.HasPrefix(originOf(r.URL), "http") {
		return // data and blob need no network
	}
	w.mu.Lock()
	w.underway[e.RequestID] = &request{
		name:     r.Method + " " + r.URL,
		loader:   e.LoaderID,
		answered: e.Type == network.ResourceTypeOther, // an icon, which the browser may give up without a word
	}
	foreign := !w.homes[originOf(r.URL)]
	w.mu.Unlock()
	if foreign {
		w.note(foreignTrouble, "%s %s", r.Method, r.URL)
	}
}

// answered leaves the request where it is: its body may be on the way, or never be
// asked for.
func (w *watch) answered(id network.RequestID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.underway[id]; r != nil {
		r.answered = true
	}
}

// navigated forgets the requests of the documents before the one that loader
// brought: not every one of them comes to an end that is told.
func (w *watch) navigated(loader cdp.LoaderID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.DeleteFunc(w.underway, func(_ network.RequestID, r *request) bool { return r.loader != loader })
}

func (w *watch) done(id network.RequestID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.underway, id)
}

func (w *watch) known(id network.RequestID, fallback string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.underway[id]; r != nil {
		return r.name
	}
	return fallback
}

// home makes the origin of address one that requests may go to.
func (w *watch) home(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.homes[originOf(address)] = true
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}
