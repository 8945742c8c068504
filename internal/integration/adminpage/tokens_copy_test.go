package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

const selection = `window.getSelection().toString()`

func TestTheSecretIsCopied(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	secret := p.Create("staging")
	p.UseClipboard(true)
	p.Panel("staging").Click("button", "Copy")
	p.Panel("staging").In("status", "").See("Copied")
	require.Equal(t, secret, p.Clipboard())
}

func TestTheButtonSaysForTwoSecondsThatItHasCopied(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.Create("staging")
	p.UseClipboard(true)
	browser.Eval[any](p, `{
		const wait = setTimeout
		globalThis.later = []
		setTimeout = (act, time) => time === 2000 ? later.push(act) : wait(act, time)
	}`)
	panel := p.Panel("staging")
	panel.Click("button", "Copy")
	panel.AwaitCount(1, "button", "✓ Copied")
	panel.AwaitCount(0, "button", "Copy")
	require.Equal(t, 1, browser.Eval[int](p, `later.splice(0).map(act => act()).length`))
	panel.AwaitCount(1, "button", "Copy")
	panel.AwaitCount(0, "button", "✓ Copied")
}

// colour returns that of the text of what is chosen.
func colour(p *browser.Page, selector string) string {
	p.T.Helper()
	return browser.Eval[string](p, `getComputedStyle(document.querySelector("`+selector+`")).color`)
}

func TestTheSecretIsSelectedWhereItCannotBeCopied(t *testing.T) {
	t.Parallel()
	for name, forbid := range map[string]func(p *browser.Page){
		"forbidden": func(p *browser.Page) { p.UseClipboard(false) },
		"plain HTTP": func(p *browser.Page) {
			browser.Eval[any](p, `Object.defineProperty(navigator, "clipboard", {value: undefined}), undefined`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			p := b.Enter(t, "ann")
			secret := p.Create("staging")
			forbid(p)
			p.Panel("staging").Click("button", "Copy")
			p.Panel("staging").In("status",
				"").See("The browser does not let the page copy. The secret is selected: copy it with Ctrl+C or ⌘C.")
			require.Equal(t, secret, browser.Eval[string](p, selection))
			p.NotSee("Copied")
			require.NotEqual(t, colour(p, ".secret h2"), colour(p, ".copy-answer"), "a refusal looks like success")
		})
	}
}
