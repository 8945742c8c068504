package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// chromiumVariable names the browser of the tests.
const chromiumVariable = "TRANSFERTOKEN_TEST_CHROMIUM"

// shared is the one browser of all tests.
var shared chromium

// chromium is a browser that starts when it is first needed.
type chromium struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop func()
}

// need returns a context of the browser. It skips the test if nobody named a
// browser.
func (c *chromium) need(t testing.TB) context.Context {
	t.Helper()
	name := os.Getenv(chromiumVariable)
	if name == "" {
		t.Skip(chromiumVariable + " is not set")
	}
	c.once.Do(func() { c.start(name) })
	require.NoError(t, c.err)
	return c.ctx
}

// close ends the browser, if it was started.
func (c *chromium) close() {
	if c.stop != nil {
		c.stop()
	}
}

func (c *chromium) start(name string) {
	path, err := exec.LookPath(name)
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
