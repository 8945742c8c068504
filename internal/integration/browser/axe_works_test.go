package browser

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAxeFindsFaults(t *testing.T) {
	t.Parallel()
	p := show(t, `<h1>Title</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" id=i>
		<p id=p>pale</p><p id=q>unsure</p>`, `
		document.body.style.background = "white"
		p.style.color = "#ddd"
		q.style.background = "linear-gradient(red, blue)"`)
	p.allow(cspTrouble, "img-src")
	violations, unsure := p.axeRun()
	var found []string
	for _, v := range violations {
		found = append(found, v.String())
	}
	require.Len(t, found, 2)
	require.Contains(t, found[0], "color-contrast (serious): ")
	require.Contains(t, found[0], `[#p] <p id="p" style="color: rgb(221, 221, 221);">pale</p>`)
	require.Contains(t, found[0], "Fix any of the following:")
	require.Contains(t, found[1], "image-alt (critical)")
	require.Len(t, unsure, 1)
	verdict := judge(t, func(fake *fakeTB) {
		p.T = fake
		p.Axe()
	})
	p.T = t
	require.Contains(t, verdict.failed, "image-alt (critical)")
	require.Contains(t, unsure[0].String(), "#q")
}

func TestAxeFindsNoFaultWithAGoodPage(t *testing.T) {
	t.Parallel()
	p := show(t, `<h1>Title</h1><button>Go</button>`, ``)
	p.Axe()
}
