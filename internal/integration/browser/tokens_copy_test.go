package browser

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const selection = `window.getSelection().toString()`

func TestTheSecretIsCopied(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	secret := p.create("staging")
	p.useClipboard(true)
	p.panel("staging").click("button", "Copy")
	p.panel("staging").in("status", "").see("Copied")
	require.Equal(t, secret, p.clipboard())
}

func TestTheSecretIsSelectedWhereItCannotBeCopied(t *testing.T) {
	t.Parallel()
	for name, forbid := range map[string]func(p *page){
		"forbidden": func(p *page) { p.useClipboard(false) },
		"plain HTTP": func(p *page) {
			eval[any](p, `Object.defineProperty(navigator, "clipboard", {value: undefined}), undefined`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			p := b.enter(t, "ann")
			secret := p.create("staging")
			forbid(p)
			p.panel("staging").click("button", "Copy")
			p.panel("staging").in("status",
				"").see("The browser does not let the page copy. The secret is selected: copy it with Ctrl+C or ⌘C.")
			require.Equal(t, secret, eval[string](p, selection))
			p.notSee("Copied")
		})
	}
}
