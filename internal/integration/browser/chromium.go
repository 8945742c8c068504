package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromiumVariable names the browser of the tests.
const chromiumVariable = "TRANSFERTOKEN_TEST_CHROMIUM"

// chromium is one browser for all tests. Each has a browser context of its own.
type chromium struct {
	path string
	once sync.Once
	ctx  context.Context
	err  error
	stop func()
}

// needlessFeatures start two more processes for each page, for the suggestions of the address bar and for a page that may
// come next. Translate offers to translate pages.
var needlessFeatures = []string{
	"PreloadTopChromeWebUI", "SpareRendererForSitePerProcess", "Translate", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
	"WebUIOmniboxPopup",
}

func newChromium(path string) engine { return &chromium{path: path} }

func (c *chromium) name() string { return "Chromium" }

func (c *chromium) close() {
	if c.stop != nil {
		c.stop()
	}
}

func (c *chromium) open(_ testing.TB, w *watch) (tab, error) {
	c.once.Do(c.start)
	if c.err != nil {
		return nil, c.err
	}
	return openChromiumTab(c.ctx, w, chromedp.WithNewBrowserContext())
}

func (c *chromium) start() {
	path, err := exec.LookPath(c.path)
	if err != nil {
		c.err = fmt.Errorf("%s: %w", chromiumVariable, err)
		return
	}
	dir, err := os.MkdirTemp("", "chromium-")
	if err != nil {
		c.err = err
		return
	}
	janitor, err := startJanitor(dir)
	if err != nil {
		c.err = errors.Join(err, os.RemoveAll(dir))
		return
	}
	profile, temp := filepath.Join(dir, "profile"), filepath.Join(dir, "t") // short: the path of a socket starts with it
	if c.err = os.Mkdir(temp, 0o700); c.err != nil {
		janitor.finish()
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Env("HOME="+dir, "TMPDIR="+temp, "XDG_CACHE_HOME="+temp, "XDG_CONFIG_HOME="+temp, "TZ=UTC", "LANGUAGE=en_US",
			"LC_ALL=C.UTF-8"),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("allow-pre-commit-input", true), // or a click is lost before the page is painted for the first time
		chromedp.Flag("disable-features", strings.Join(needlessFeatures, ",")),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-crash-reporter", true),
		chromedp.Flag("lang", "en-US"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	c.ctx = ctx
	c.stop = func() {
		cancel()
		stop()
		janitor.finish()
	}
	if c.err = chromedp.Do(ctx); c.err != nil {
		c.err = fmt.Errorf("%s does not start: %w", path, c.err)
	}
}
