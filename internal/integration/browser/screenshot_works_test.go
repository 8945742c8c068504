package browser

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScreenshotShowsTheWholePage(t *testing.T) {
	p := show(t, `<div id=d>high</div>`, `d.style.height = "2000px"`)
	dir := filepath.Join(t.TempDir(), "new")
	t.Setenv("TRANSFERTOKEN_SCREENSHOTS", "")
	p.Screenshot("none")
	require.NoDirExists(t, dir)
	t.Setenv("TRANSFERTOKEN_SCREENSHOTS", dir)
	p.Screenshot("high")
	data, err := os.ReadFile(filepath.Join(dir, "high.png"))
	require.NoError(t, err)
	picture, err := png.DecodeConfig(bytes.NewReader(data))
	require.NoError(t, err)
	require.GreaterOrEqual(t, picture.Width, 1200)
	require.Greater(t, picture.Height, 2000)
}
