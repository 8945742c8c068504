package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestEveryActionIsWithinReachOnANarrowPage(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := newPage(t)
	p.viewport(320, 640)
	b.show(p, "ann")
	p.see("Tokens: 5 of 5")
	p.fits()

	secret := p.create("robot")
	p.fits()
	p.panel("robot").click("button", "Done")
	p.click("button", "robot")
	p.see(secret[len(secret)-6:])
	p.click("button", "robot")

	p.edit("robot")
	p.fits()
	p.dialog().fill("Name", "automaton")
	p.save()
	p.see("automaton has been saved.")

	p.regenerate("automaton")
	p.fits()
	p.question().click("button", "Regenerate")
	require.NotEqual(t, secret, p.secret("automaton"))

	p.remove("automaton")
	p.question().click("button", "Delete")
	p.see("automaton has been deleted.")
	p.fits()
	require.Len(t, b.tokens(), 5)
}

func TestANarrowListNamesWhatItShows(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := newPage(t)
	p.viewport(320, 640)
	b.show(p, "ann")
	p.see("Tokens: 5 of 5")
	p.awaitCount(1, "table", "Transfer tokens")
	p.awaitCount(6, "row", "")
	p.awaitCount(5, "rowheader", "")
	p.awaitCount(7, "columnheader", "")
	require.Equal(t, `"Last used"`,
		eval[string](p, `getComputedStyle(document.querySelector("td.last-used"), "::before").content`))
}

func TestASecretIsShownWholeOnANarrowPage(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := newPage(t)
	p.viewport(320, 640)
	b.show(p, "ann")
	p.see("There are no transfer tokens yet")
	secret := p.create("robot")
	_, err := transfertoken.ParseSecret(secret)
	require.NoError(t, err)
	p.fits()
	require.True(t, eval[bool](p, `(() => {
		const code = document.querySelector("#secrets code")
		return code.scrollWidth <= code.clientWidth && code.scrollHeight <= code.clientHeight
	})()`))
}
