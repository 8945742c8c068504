package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestAllActionsAreInSightWhereThereIsRoomAndInAMenuElsewhere(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	for width, room := range map[int64]bool{320: false, 640: false, 899: false, 900: true, 1088: true, 1089: true, 1280: true, 1600: true} {
		p.Viewport(width, 800)
		shown, inMenu := 0, 1
		if room {
			shown, inMenu = 1, 0
		}
		p.AwaitCount(1, "button", "Edit contractor")
		p.AwaitCount(shown, "button", "Regenerate contractor")
		p.AwaitCount(shown, "button", "Delete contractor")
		p.AwaitCount(inMenu, "button", "More for contractor")
		fits(p)
	}
}

func TestActionsAndNamesTakeOneLineWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	for _, width := range []int64{900, 1024, 1088, 1089, 1280, 1600} {
		p.Viewport(width, 800)
		require.Empty(t, browser.Eval[[]string](p, `(() => {
			const found = [], middle = e => { const {top, bottom} = e.getBoundingClientRect(); return (top + bottom) / 2 }
			for (const row of document.querySelectorAll("tbody tr")) {
				const name = row.querySelector(".name")
				if (name.getBoundingClientRect().height > 30) found.push(name.textContent + " breaks")
				for (const button of row.querySelectorAll(".actions button"))
					if (button.offsetParent && Math.abs(middle(button) - middle(name)) > 2)
						found.push(button.getAttribute("aria-label") + " is not beside the name")
			}
			return found
		})()`), width)
	}
}

func TestHeadersStandOnOneLine(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	tops := browser.Eval[[]float64](p, `[...document.querySelectorAll("thead th:not(.actions)")].map(header => {
		const text = document.createRange()
		text.selectNodeContents(header.querySelector("button") ?? header)
		const {top, bottom} = text.getBoundingClientRect()
		return (top + bottom) / 2
	})`)
	require.Len(t, tops, 6)
	for _, top := range tops {
		require.InDelta(t, tops[0], top, 0.6)
	}
}

func TestAMenuClosesWhenItIsAskedForAgainOrSomethingElseIsChosen(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	p.Viewport(840, 700)
	const more = "More for contractor"
	for name, leave := range map[string]func(){
		"again":        func() { p.Click("button", more) },
		"something":    func() { p.Click("button", "laptop of Noor") },
		"another menu": func() { p.Click("button", "More for nightly backup"); p.Press("Escape") },
		"Tab":          func() { p.Press("Tab") },
	} {
		require.Equal(t, "false", p.State("expanded", "button", more), name)
		p.Click("button", more)
		p.AwaitCount(1, "menu", more)
		require.Equal(t, "true", p.State("expanded", "button", more), name)
		leave()
		p.AwaitCount(0, "menu", "")
	}
}
