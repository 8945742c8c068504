package browser

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for something that should happen at once.
// It is long because a busy machine may take that long.
const patience = 2 * time.Minute

// Page is a tab that somebody looks at and works with. Its methods fail the test
// when they cannot do what they say.
type Page struct {
	Scope
	T        testing.TB
	tab      tab
	watch    *watch
	features map[string]string // of its media
}

// NewPage returns a page that shares nothing with others. Start the servers that it
// goes to before, so that they outlive it.
func NewPage(t testing.TB) *Page {
	t.Helper()
	variables()
	w := newWatch()
	opened, err := current.open(t, w)
	require.NoError(t, err)
	return attach(t, opened, w)
}

// Tab returns another page with the cookies and the storage of p.
func (p *Page) Tab() *Page {
	p.T.Helper()
	w := newWatch()
	opened, err := p.tab.another(w)
	require.NoError(p.T, err)
	return attach(p.T, opened, w)
}

func attach(t testing.TB, opened tab, w *watch) *Page {
	t.Helper()
	p := &Page{T: t, tab: opened, watch: w, features: map[string]string{}}
	p.Scope = Scope{Page: p}
	t.Cleanup(func() {
		defer opened.close()
		p.end()
	})
	p.Viewport(1280, 800)
	p.Prefers("prefers-reduced-motion", "reduce")
	return p
}

// Eval returns the value of a JavaScript expression, or of the promise that it is.
func Eval[T any](p *Page, expression string) T {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	value, err := evaluate[T](ctx, p.tab, expression)
	require.NoError(p.T, err, expression)
	return value
}

// do does with the tab something that has to succeed.
func (p *Page) do(act func(ctx context.Context, t tab) error) {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	require.NoError(p.T, act(ctx, p.tab))
}

func (p *Page) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.tab.context(), patience)
}
