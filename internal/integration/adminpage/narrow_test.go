package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestEveryActionIsWithinReachOnANarrowPage(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := browser.NewPage(t)
	p.Viewport(320, 640)
	b.Show(p, "ann")
	p.See("Tokens: 5 of 5")
	fits(p)

	secret := p.Create("robot")
	fits(p)
	p.Panel("robot").Click("button", "Done")
	p.Click("button", "robot")
	p.See(secret[len(secret)-6:])
	p.Click("button", "robot")

	p.Edit("robot")
	fits(p)
	p.Dialog().Fill("Name", "automaton")
	p.Save()
	p.See("automaton has been saved.")

	p.Regenerate("automaton")
	fits(p)
	p.Question().Click("button", "Regenerate")
	require.NotEqual(t, secret, p.Secret("automaton"))

	p.Remove("automaton")
	p.Question().Click("button", "Delete")
	p.See("automaton has been deleted.")
	fits(p)
	require.Len(t, b.Tokens(), 5)
}

func TestANarrowListNamesWhatItShows(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := browser.NewPage(t)
	p.Viewport(320, 640)
	b.Show(p, "ann")
	p.See("Tokens: 5 of 5")
	p.AwaitCount(1, "table", "Transfer tokens")
	p.AwaitCount(6, "row", "")
	p.AwaitCount(5, "rowheader", "")
	p.AwaitCount(7, "columnheader", "")
	require.Equal(t, "Last used", browser.Eval[string](p, `(() => {
		const cell = document.querySelector("td.last-used")
		const content = getComputedStyle(cell, "::before").content // which Firefox does not resolve
		return content === "attr(data-label)" ? cell.dataset.label : JSON.parse(content)
	})()`))
}

func TestASecretIsShownWholeOnANarrowPage(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := browser.NewPage(t)
	p.Viewport(320, 640)
	b.Show(p, "ann")
	p.See("There are no transfer tokens yet")
	secret := p.Create("robot")
	_, err := transfertoken.ParseSecret(secret)
	require.NoError(t, err)
	fits(p)
	require.True(t, browser.Eval[bool](p, `(() => {
		const code = document.querySelector("#secrets code")
		return code.scrollWidth <= code.clientWidth && code.scrollHeight <= code.clientHeight
	})()`))
}

func TestTheButtonsOfAFormStayInSightAndCoverNothingThatHasTheFocus(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	p.Viewport(320, 640)
	p.Edit("contractor")
	p.AwaitFocus("textbox", "Name")
	for _, height := range []int64{500, 540, 580, 620, 660, 700} {
		p.Viewport(320, height)
		require.Empty(t, browser.Eval[[]string](p, `(() => {
			const found = [], dialog = document.getElementById("form")
			const footer = dialog.querySelector("form > .buttons").getBoundingClientRect()
			if (footer.bottom > innerHeight) found.push("the buttons are out of sight")
			for (const e of dialog.querySelectorAll("input, textarea")) {
				dialog.scrollTop = 0
				document.activeElement.blur()
				e.focus()
				if (e.getBoundingClientRect().bottom > footer.top) found.push(e.id + e.value + " is behind the buttons")
			}
			return found
		})()`), height)
	}
}
