package browser

import (
	"maps"
	"net/url"
	"strings"
)

type request struct {
	name     string // its method and URL
	loader   string // of the document that sent it
	answered bool
}

// sent notes a request. An optional one need not be answered.
func (w *watch) sent(id, method, url, loader string, optional bool) {
	if !strings.HasPrefix(originOf(url), "http") {
		return // data and blob need no network
	}
	w.mu.Lock()
	if !w.left[loader] {
		w.underway[id] = &request{name: method + " " + url, loader: loader, answered: optional}
	}
	foreign := !w.homes[originOf(url)]
	w.mu.Unlock()
	if foreign {
		w.note(foreignTrouble, "%s %s", method, url)
	}
}

// answered leaves the request where it is: its body may be on the way, or never be
// asked for.
func (w *watch) answered(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.underway[id]; r != nil {
		r.answered = true
	}
}

// navigated forgets the requests of the documents before the one that loader
// brought: not every one of them comes to an end that is told. Another process may tell
// of them later.
func (w *watch) navigated(loader string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loader != "" {
		w.left[w.loader] = true
	}
	w.loader = loader
	delete(w.left, loader)
	maps.DeleteFunc(w.underway, func(_ string, r *request) bool { return r.loader != loader })
}

func (w *watch) done(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.underway, id)
}

func (w *watch) known(id string, fallback string) string {
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
