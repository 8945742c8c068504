package browser

import (
	"sync"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
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
	setting := browser.PermissionSettingDenied
	if allowed {
		setting = browser.PermissionSettingGranted
	}
	ctx, cancel := p.limited()
	defer cancel()
	for _, permission := range []*browser.PermissionDescriptor{
		{Name: "clipboard-read"},
		{Name: "clipboard-write"},
		{Name: "clipboard-write", AllowWithoutSanitization: true},
	} {
		_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: permission, Setting: setting, BrowserContextID: p.contextID(),
		})
		require.NoError(p.T, err)
	}
}

// Clipboard returns what is in the clipboard. The page may read and write it
// after that.
func (p *Page) Clipboard() string {
	p.T.Helper()
	p.permitClipboard(true)
	return Eval[string](p, "navigator.clipboard.readText()")
}
