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

// open goes to url and waits until it is loaded.
func (p *page) open(url string) {
	p.t.Helper()
	p.watch.home(url)
	ctx, cancel := p.limited()
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, chromedp.Navigate(url)))
}

// reload waits until the page is loaded again, or could not be.
func (p *page) reload() {
	p.t.Helper()
	const origin = "performance.timeOrigin"
	old := eval[float64](p, origin)
	do(p, pageapi.Reload, pageapi.ReloadParams{})
	p.until("reload", func(ctx context.Context) error {
		now, err := evaluate[float64](ctx, origin)
		if err == nil && now == old {
			err = errors.New("it is still the old page")
		}
		return errors.Join(err, loaded(ctx))
	})
}

func (p *page) back()    { p.t.Helper(); p.travel(-1) }
func (p *page) forward() { p.t.Helper(); p.travel(+1) }

func (p *page) travel(steps int64) {
	p.t.Helper()
	history := do(p, pageapi.GetNavigationHistory, cdp.Empty{})
	index := history.CurrentIndex + steps
	require.Less(p.t, uint64(index), uint64(len(history.Entries)), "the history ends here")
	do(p, pageapi.NavigateToHistoryEntry, pageapi.NavigateToHistoryEntryParams{EntryID: history.Entries[index].ID})
	p.until("travel in history", func(ctx context.Context) error {
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

// url returns what the address bar shows.
func (p *page) url() string {
	p.t.Helper()
	return eval[string](p, "location.href")
}
