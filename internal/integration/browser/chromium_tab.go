package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	pageapi "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// chromiumTab speaks the Chrome DevTools Protocol.
type chromiumTab struct {
	ctx    context.Context
	cancel func()
	watch  *watch
}

func openChromiumTab(parent context.Context, w *watch, options ...chromedp.ContextOption) (tab, error) {
	c := &chromiumTab{watch: w}
	c.ctx, c.cancel = chromedp.NewContext(parent, append(options, chromedp.WithListener(c.heard))...)
	if err := c.prepare(); err != nil {
		c.cancel()
		return nil, err
	}
	return c, nil
}

func (c *chromiumTab) prepare() error {
	if err := chromedp.Do(c.ctx); err != nil { // not with a deadline, which would be that of the tab
		return err
	}
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	for _, step := range []func() error{
		func() error { return c.watchViolations(ctx) },
		func() error { return send(ctx, audits.Enable, cdp.Empty{}) },
		func() error { return send(ctx, accessibility.Enable, cdp.Empty{}) },
		func() error {
			return send(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *chromiumTab) context() context.Context { return c.ctx }

func (c *chromiumTab) another(w *watch) (tab, error) { return openChromiumTab(c.ctx, w) }

func (c *chromiumTab) close() { c.cancel() }

// navigate returns when the new document is there, and perhaps not yet loaded.
func (c *chromiumTab) navigate(ctx context.Context, url string) error {
	result, err := chromedp.Call(ctx, pageapi.Navigate, pageapi.NavigateParams{URL: url})
	switch {
	case err != nil:
		return err
	case result.ErrorText != "":
		return errors.New(result.ErrorText)
	case result.LoaderID == "": // within the document
		return nil
	}
	for ; ctx.Err() == nil; pause() {
		tree, err := chromedp.Call(ctx, pageapi.GetFrameTree, cdp.Empty{})
		if err == nil && tree.FrameTree.Frame.LoaderID == result.LoaderID {
			return nil
		}
	}
	return fmt.Errorf("%s does not replace the document before it: %w", url, ctx.Err())
}

func (c *chromiumTab) reload(ctx context.Context) error {
	return send(ctx, pageapi.Reload, pageapi.ReloadParams{})
}

func (c *chromiumTab) travel(ctx context.Context, steps int64) error {
	history, err := chromedp.Call(ctx, pageapi.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		return err
	}
	index := history.CurrentIndex + steps
	if index < 0 || index >= int64(len(history.Entries)) {
		return fmt.Errorf("the history ends at %d", history.CurrentIndex)
	}
	if err := send(ctx, pageapi.NavigateToHistoryEntry,
		pageapi.NavigateToHistoryEntryParams{EntryID: history.Entries[index].ID}); err != nil {
		return err
	}
	for ; ctx.Err() == nil; pause() {
		history, err = chromedp.Call(ctx, pageapi.GetNavigationHistory, cdp.Empty{})
		if err == nil && history.CurrentIndex == index {
			return nil
		}
	}
	return fmt.Errorf("it did not get to %d of the history: %w", index, errors.Join(ctx.Err(), err))
}

// pause keeps what asks again and again from taking the time of the browser.
func pause() { time.Sleep(5 * time.Millisecond) }
