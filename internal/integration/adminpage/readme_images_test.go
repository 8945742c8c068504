package adminpage

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestReadmeImages(t *testing.T) {
	t.Parallel()
	const width, height = 1280, 760
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	for _, scheme := range []string{"light", "dark"} {
		p := browser.NewPage(t)
		p.Viewport(width, height)
		p.Prefers("prefers-color-scheme", scheme)
		p.StopClock(b.Clock.Now())
		b.Show(p, "ann")
		p.See("Tokens: 5 of 5")
		fits(p)
		require.Equal(t, height, browser.Eval[int](p, "document.documentElement.scrollHeight"),
			"something is not in the image")
		image := p.Picture()
		picture, err := png.DecodeConfig(bytes.NewReader(image))
		require.NoError(t, err)
		require.Equal(t, [2]int{width, height}, [2]int{picture.Width, picture.Height})
		require.Less(t, len(image), 200_000)
		if dir := os.Getenv("TRANSFERTOKEN_README_IMAGES"); dir != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "admin-"+scheme+".png"), image, 0o644))
		}
	}
}
