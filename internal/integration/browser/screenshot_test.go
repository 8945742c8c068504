package browser

import (
	"os"
	"path/filepath"

	pageapi "github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/require"
)

// screenshot writes the whole page to name.png, if screenshots are wanted.
func (p *page) screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv("TRANSFERTOKEN_SCREENSHOTS")
	if dir == "" {
		return
	}
	require.NoError(p.t, os.MkdirAll(dir, 0o755))
	beyond := true
	png := do(p, pageapi.CaptureScreenshot, pageapi.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
	require.NoError(p.t, os.WriteFile(filepath.Join(dir, name+".png"), png.Data, 0o644))
}
