package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestForcedColoursLeaveMarksThatAreNotColours(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := browser.NewPage(t)
	p.Prefers("forced-colors", "active")
	b.Show(p, "ann")
	p.See("Tokens: 5 of 5")
	p.Click("button", "contractor")
	p.Screenshot("forced-colors")
	border := func(selector string) string {
		return browser.Eval[string](p, `getComputedStyle(document.querySelector("`+selector+`")).borderTopStyle`)
	}
	for _, selector := range []string{".words.soon", ".words.over", "#create", "#filter", ".badge.push"} {
		require.Equal(t, "solid", border(selector), selector)
	}
	tabTo(p, "Tab", "button", "Edit contractor")
}
