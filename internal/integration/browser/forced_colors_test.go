package browser

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForcedColoursLeaveMarksThatAreNotColours(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := newPage(t)
	p.prefers("forced-colors", "active")
	b.show(p, "ann")
	p.see("Tokens: 5 of 5")
	p.click("button", "contractor")
	p.screenshot("forced-colors")
	border := func(selector string) string {
		return eval[string](p, `getComputedStyle(document.querySelector("`+selector+`")).borderTopStyle`)
	}
	for _, selector := range []string{".words.soon", ".words.over", "#create", "#filter", "[data-action=delete]"} {
		require.Equal(t, "solid", border(selector), selector)
	}
	p.tabTo("Tab", "button", "Edit contractor")
}
