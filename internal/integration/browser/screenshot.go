package browser

import (
	"os"
	"path/filepath"

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
	require.NoError(p.T, os.WriteFile(filepath.Join(dir, name+".png"), p.picture(true), 0o644))
}

// Picture returns the part of the page that is in sight, as a PNG.
func (p *Page) Picture() []byte {
	p.T.Helper()
	return p.picture(false)
}

func (p *Page) picture(whole bool) []byte {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	png, err := p.tab.screenshot(ctx, whole)
	require.NoError(p.T, err)
	return png
}
