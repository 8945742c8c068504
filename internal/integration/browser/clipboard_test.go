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

// useClipboard lets the page write to the clipboard, or forbids it, and makes the
// other tests that want the clipboard wait until this one ends.
func (p *page) useClipboard(allowed bool) {
	p.t.Helper()
	clipboardLock.Lock()
	p.t.Cleanup(clipboardLock.Unlock)
	p.permitClipboard(true)
	eval[any](p, `navigator.clipboard.writeText("")`)
	p.permitClipboard(allowed)
}

func (p *page) permitClipboard(allowed bool) {
	p.t.Helper()
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
		require.NoError(p.t, err)
	}
}

// clipboard returns what is in the clipboard. The page may read and write it
// after that.
func (p *page) clipboard() string {
	p.t.Helper()
	p.permitClipboard(true)
	return eval[string](p, "navigator.clipboard.readText()")
}
