package browser

import (
	"context"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	pageapi "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Open goes to url and waits until it is loaded.
func (p *Page) Open(url string) {
	p.T.Helper()
	p.watch.home(url)
	ctx, cancel := p.limited()
	defer cancel()
	require.NoError(p.T, chromedp.Do(ctx, chromedp.Navigate(url)))
}

// Reload waits until the page is loaded again, or could not be.
func (p *Page) Reload() {
	p.T.Helper()
	const origin = "performance.timeOrigin"
	old := Eval[float64](p, origin)
	Do(p, pageapi.Reload, pageapi.ReloadParams{})
	p.Until("reload", func(ctx context.Context) error {
		now, err := evaluate[float64](ctx, origin)
		if err == nil && now == old {
			err = errors.New("it is still the old page")
		}
		return errors.Join(err, loaded(ctx))
	})
}

// Back and Forward press the buttons of the browser.
func (p *Page) Back()    { p.T.Helper(); p.travel(-1) }
func (p *Page) Forward() { p.T.Helper(); p.travel(+1) }

func (p *Page) travel(steps int64) {
	p.T.Helper()
	history := Do(p, pageapi.GetNavigationHistory, cdp.Empty{})
	index := history.CurrentIndex + steps
	require.Less(p.T, uint64(index), uint64(len(history.Entries)), "the history ends here")
	Do(p, pageapi.NavigateToHistoryEntry, pageapi.NavigateToHistoryEntryParams{EntryID: history.Entries[index].ID})
	p.Until("travel in history", func(ctx context.Context) error {
		history, err := chromedp.Call(ctx, pageapi.GetNavigationHistory, cdp.Empty{})
		if err == nil && history.CurrentIndex != index {
			err = fmt.Errorf("it is at %d of the history, not at %d", history.CurrentIndex, index)
		}
		return errors.Join(err, loaded(ctx))
	})
}

func loaded(ctx context.Context) error {
	state, err := evaluate[string](ctx, "document.readyState")
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
