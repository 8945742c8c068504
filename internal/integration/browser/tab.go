package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
)

// An engine is a browser that tests run in.
type engine interface {
	// name is that of the browser, such as "Chromium".
	name() string

	// open returns a tab with cookies and storage of its own, whose events go to w. It starts the browser if that
	// does not run.
	open(t testing.TB, w *watch) (tab, error)

	// close ends the browser, if it was started.
	close()
}

// A tab does for a Page what depends on the browser. A node is named by a text that
// only the tab understands; "" stands for the document. Each ctx is derived from context.
type tab interface {
	context() context.Context // which ends with the tab

	// another opens a tab that shares the cookies and the storage of this one.
	another(w *watch) (tab, error)
	close()

	// evaluate returns, as JSON, the value of a JavaScript expression, or of the promise that it is. No Content
	// Security Policy keeps it from that. Undefined is nil.
	evaluate(ctx context.Context, expression string) (json.RawMessage, error)

	// call is evaluate for a function that has a node as this.
	call(ctx context.Context, node, function string) (json.RawMessage, error)

	// onNewDocument runs a script in every document that is loaded later, before its own scripts.
	onNewDocument(ctx context.Context, script string) error

	// find returns what a screen reader finds at the node and below it with this role and name; "" stands for any.
	find(ctx context.Context, node, role, name string) ([]element, error)

	// findHolding returns what has the role and holds something that has exactly this name or text.
	findHolding(ctx context.Context, node, role, name string) ([]element, error)
	focused(ctx context.Context) (element, error)

	navigate(ctx context.Context, url string) error // returns when the document is there
	reload(ctx context.Context) error               // returns early
	travel(ctx context.Context, steps int64) error  // in the history; returns when it has arrived there

	click(ctx context.Context, x, y float64) error
	press(ctx context.Context, chords ...chord) error
	insert(ctx context.Context, text string) error // as pasting would

	viewport(ctx context.Context, width, height int64) error
	media(ctx context.Context, features map[string]string) error
	timezone(ctx context.Context, id string) error
	locale(ctx context.Context, tag string) error
	offline(ctx context.Context, offline bool) error
	scripting(ctx context.Context, enabled bool) error
	permitClipboard(ctx context.Context, allowed bool) error
	setCookie(ctx context.Context, url, name, value string) error
	clearCookies(ctx context.Context) error
	screenshot(ctx context.Context, whole bool) ([]byte, error)
}

// chord is a key, a character or one of namedKeys, and the modifierKeys that are held meanwhile.
type chord struct {
	key       string
	modifiers []string
}

// element is a node as a screen reader knows it.
type element struct {
	tab                     tab
	node                    string
	role, name, description string
	properties              map[string]string
}

func (e element) String() string { return Named(e.role, e.name) }

// Named is how the tests write a role and an accessible name: button "Delete".
func Named(role, name string) string {
	if name == "" {
		return role
	}
	return fmt.Sprintf("%s %q", role, name)
}

// Call returns what a JavaScript function returns that has the element as this.
func Call[T any](ctx context.Context, e element, function string) (T, error) {
	return decode[T](e.tab.call(ctx, e.node, function))
}

// evaluate returns the value of a JavaScript expression, or of the promise that it is.
func evaluate[T any](ctx context.Context, t tab, expression string) (T, error) {
	return decode[T](t.evaluate(ctx, expression))
}

func decode[T any](data json.RawMessage, err error) (value T, _ error) {
	if err != nil || data == nil {
		return value, err
	}
	return value, json.Unmarshal(data, &value)
}
