package browser

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// trouble is something that no page should do.
type trouble struct{ kind, text string }

// The kinds of trouble.
const (
	exceptionTrouble = "exception" // that nobody caught
	consoleTrouble   = "console"   // an error or a warning
	cspTrouble       = "csp"       // against the Content Security Policy
	issueTrouble     = "issue"     // of those that the developer tools list
	statusTrouble    = "status"    // an answer of 400 or more: "401 GET http://…"
	NetworkTrouble   = "network"   // a request without an answer
	foreignTrouble   = "foreign"   // a request to an origin that was not opened
	DialogTrouble    = "dialog"    // alert, confirm, prompt, beforeunload
	windowTrouble    = "window"    // another window
	crashTrouble     = "crash"
)

// expectation is trouble that a test declares.
type expectation struct {
	trouble
	optional bool
}

func (e expectation) covers(t trouble) bool {
	return e.kind == t.kind && strings.Contains(t.text, e.text)
}

// watch collects the trouble of a page.
type watch struct {
	mu       sync.Mutex
	homes    map[string]bool // origins that requests may go to
	underway map[string]*request
	loader   string          // of the document
	left     map[string]bool // loaders of documents that were left
	troubles []trouble
	expected []expectation

	acceptsDialogs atomic.Bool // which are dismissed otherwise
}

func newWatch() *watch {
	return &watch{homes: map[string]bool{}, underway: map[string]*request{}, left: map[string]bool{}}
}

func (w *watch) note(kind, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.troubles = append(w.troubles, trouble{kind, fmt.Sprintf(format, args...)})
}

func (w *watch) expect(e expectation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = append(w.expected, e)
}

// outstanding returns what is still to come: expected trouble, and answers.
func (w *watch) outstanding() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var missing []error
	for _, e := range w.expected {
		happened := e.optional
		for _, t := range w.troubles {
			happened = happened || e.covers(t)
		}
		if !happened {
			missing = append(missing, fmt.Errorf("expected %s trouble did not happen: %q", e.kind, e.text))
		}
	}
	for _, r := range w.underway {
		if !r.answered {
			missing = append(missing, fmt.Errorf("not answered yet: %s", r.name))
		}
	}
	return errors.Join(missing...)
}

// unexpected returns the trouble that nobody declared.
func (w *watch) unexpected() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []error
	for _, t := range w.troubles {
		covered := false
		for _, e := range w.expected {
			covered = covered || e.covers(t)
		}
		if !covered {
			found = append(found, fmt.Errorf("%s: %s", t.kind, t.text))
		}
	}
	return errors.Join(found...)
}
