package browser

import (
	"os"
	"path/filepath"

	pageapi "github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/require"
)

// Screenshot writes the whole page to name.png, if screenshots are wanted.
func (p *Page) Screenshot(name string) {
	p.T.Helper()
	dir := os.Getenv("TRANSFERTOKEN_SCREENSHOTS")
	if dir == "" {
		return
	}
	require.NoError(p.T, os.MkdirAll(dir, 0o755))
	beyond := true
	png := Do(p, pageapi.CaptureScreenshot, pageapi.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
	require.NoError(p.T, os.WriteFile(filepath.Join(dir, name+".png"), png.Data, 0o644))
}
