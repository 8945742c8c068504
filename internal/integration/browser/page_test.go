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

// page is a tab that somebody looks at and works with. Its methods fail the test
// when they cannot do what they say.
type page struct {
	scope
	t       testing.TB
	ctx     context.Context
	watch   *watch
	media   map[string]string
	dialogs atomic.Bool
}

// newPage returns a page in a browser context of its own. Start the servers that
// it goes to before, so that they outlive it.
func newPage(t testing.TB) *page {
	t.Helper()
	return attach(t, shared.need(t), chromedp.WithNewBrowserContext())
}

// tab returns another page with the cookies and the storage of p.
func (p *page) tab() *page {
	p.t.Helper()
	return attach(p.t, p.ctx)
}

func attach(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *page {
	t.Helper()
	p := &page{t: t, watch: newWatch(), media: map[string]string{"prefers-reduced-motion": "reduce"}}
	p.scope = scope{page: p}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(p.heard))...)
	p.ctx = ctx
	t.Cleanup(func() {
		defer cancel()
		p.end()
	})
	require.NoError(t, chromedp.Do(ctx))
	p.watchViolations()
	do(p, audits.Enable, cdp.Empty{})
	do(p, accessibility.Enable, cdp.Empty{})
	do(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	p.viewport(1280, 800)
	p.emulateMedia()
	return p
}

// do sends a command that has to succeed.
func do[P, R any](p *page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	require.NoError(p.t, err, command.Method)
	return result
}

func (p *page) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, patience)
}
