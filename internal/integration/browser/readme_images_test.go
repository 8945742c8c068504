package browser

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	pageapi "github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/require"
)

func TestReadmeImages(t *testing.T) {
	t.Parallel()
	const width, height = 1280, 720
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	for _, scheme := range []string{"light", "dark"} {
		p := newPage(t)
		p.viewport(width, height)
		p.prefers("prefers-color-scheme", scheme)
		p.stopClock(b.clock.Now())
		b.show(p, "ann")
		p.see("Tokens: 5 of 5")
		p.fits()
		require.Equal(t, height, eval[int](p, "document.documentElement.scrollHeight"), "something is not in the image")
		image := do(p, pageapi.CaptureScreenshot, pageapi.CaptureScreenshotParams{}).Data
		picture, err := png.DecodeConfig(bytes.NewReader(image))
		require.NoError(t, err)
		require.Equal(t, [2]int{width, height}, [2]int{picture.Width, picture.Height})
		require.Less(t, len(image), 200_000)
		if dir := os.Getenv("TRANSFERTOKEN_README_IMAGES"); dir != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "admin-"+scheme+".png"), image, 0o644))
		}
	}
}
