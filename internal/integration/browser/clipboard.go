package browser

import (
	"context"
	"sync"
)

// clipboardLock is held by the one test that uses the clipboard: the browser has
// one for all.
var clipboardLock sync.Mutex

// UseClipboard lets the page write to the clipboard, or forbids it, and makes the
// other tests that want the clipboard wait until this one ends.
func (p *Page) UseClipboard(allowed bool) {
	p.T.Helper()
	clipboardLock.Lock()
	p.T.Cleanup(clipboardLock.Unlock)
	p.permitClipboard(true)
	Eval[any](p, `navigator.clipboard.writeText("")`)
	p.permitClipboard(allowed)
}

func (p *Page) permitClipboard(allowed bool) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.permitClipboard(ctx, allowed) })
}

// Clipboard returns what is in the clipboard. The page may read and write it
// after that.
func (p *Page) Clipboard() string {
	p.T.Helper()
	p.permitClipboard(true)
	return Eval[string](p, "navigator.clipboard.readText()")
}
