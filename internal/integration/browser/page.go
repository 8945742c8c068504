package browser

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for something that should happen at once.
// It is long because a busy machine may take that long.
const patience = 2 * time.Minute

// Page is a tab that somebody looks at and works with. Its methods fail the test
// when they cannot do what they say.
type Page struct {
	Scope
	T       testing.TB
	ctx     context.Context
	watch   *watch
	media   map[string]string
	dialogs atomic.Bool
}

// NewPage returns a page in a browser context of its own. Start the servers that
// it goes to before, so that they outlive it.
func NewPage(t testing.TB) *Page {
	t.Helper()
	return attach(t, shared.need(t), chromedp.WithNewBrowserContext())
}

// Tab returns another page with the cookies and the storage of p.
func (p *Page) Tab() *Page {
	p.T.Helper()
	return attach(p.T, p.ctx)
}

func attach(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *Page {
	t.Helper()
	p := &Page{T: t, watch: newWatch(), media: map[string]string{"prefers-reduced-motion": "reduce"}}
	p.Scope = Scope{Page: p}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(p.heard))...)
	p.ctx = ctx
	t.Cleanup(func() {
		defer cancel()
		p.end()
	})
	require.NoError(t, chromedp.Do(ctx))
	p.watchViolations()
	Do(p, audits.Enable, cdp.Empty{})
	Do(p, accessibility.Enable, cdp.Empty{})
	Do(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	p.Viewport(1280, 800)
	p.emulateMedia()
	return p
}

// Do sends a command that has to succeed.
func Do[P, R any](p *Page, command cdp.Command[P, R], params P) R {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	require.NoError(p.T, err, command.Method)
	return result
}

func (p *Page) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, patience)
}
