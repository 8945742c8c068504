package browser

import (
	"context"
	"errors"
	"fmt"
)

// Open goes to url and waits until it is loaded.
func (p *Page) Open(url string) {
	p.T.Helper()
	p.watch.home(url)
	p.do(func(ctx context.Context, t tab) error { return t.navigate(ctx, url) })
	p.Until("load", p.loaded)
}

// Reload waits until the page is loaded again, or could not be.
func (p *Page) Reload() {
	p.T.Helper()
	const origin = "performance.timeOrigin"
	old := Eval[float64](p, origin)
	p.do(func(ctx context.Context, t tab) error { return t.reload(ctx) })
	p.Until("reload", func(ctx context.Context) error {
		now, err := evaluate[float64](ctx, p.tab, origin)
		if err == nil && now == old {
			err = errors.New("it is still the old page")
		}
		return errors.Join(err, p.loaded(ctx))
	})
}

// Back and Forward press the buttons of the browser.
func (p *Page) Back()    { p.T.Helper(); p.travel(-1) }
func (p *Page) Forward() { p.T.Helper(); p.travel(+1) }

func (p *Page) travel(steps int64) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.travel(ctx, steps) })
	p.Until("travel in history", p.loaded)
}

func (p *Page) loaded(ctx context.Context) error {
	state, err := evaluate[string](ctx, p.tab, "document.readyState")
	if err == nil && state != "complete" {
		err = fmt.Errorf("the page is %s", state)
	}
	return err
}

// URL returns what the address bar shows.
func (p *Page) URL() string {
	p.T.Helper()
	return Eval[string](p, "location.href")
}
