package adminpage

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// inSight waits until what is chosen is in the window, and not behind the header of
// the list: Firefox scrolls to what gets the focus a little later.
func inSight(p *browser.Page, selector string) {
	p.T.Helper()
	p.Until(selector+" in sight", func(context.Context) error {
		if at := browser.Eval[string](p, `(() => {
			const {top, bottom, width, height} = document.querySelector("`+selector+`").getBoundingClientRect()
			const header = document.querySelector("thead th").getBoundingClientRect()
			const hidden = "`+selector+`" !== "thead th" && header.top >= 0 && top < header.bottom && bottom > header.top
			return width > 1 && height > 1 && top >= 0 && bottom <= innerHeight && !hidden ? "" : JSON.stringify({top, bottom})
		})()`); at != "" {
			return errors.New(at)
		}
		return nil
	})
}

func farDown(t *testing.T) (*browser.Backend, *browser.Page) {
	t.Helper()
	b := browser.NewBackend(t, nil)
	many(b, 90)
	p := b.Enter(t, "ann")
	p.See("Tokens: 90 of 90")
	return b, p
}

func TestWhatIsDoneFarDownIsSaidInSight(t *testing.T) {
	t.Parallel()
	_, p := farDown(t)
	browser.Eval[any](p, `{
		const wait = setTimeout
		setTimeout = (act, time) => time === 6000 ? 0 : wait(act, time) // a busy machine may need longer to look
	}`)
	p.Edit("client 71")
	p.Dialog().Fill("Description (optional)", "changed")
	p.Save()
	p.See("client 71 has been saved.")
	inSight(p, "#toast")
	inSight(p, "thead th")
	deletes(p, "client 72")
	inSight(p, "#toast")
	p.AwaitFocus("button", "client 73")
	inSight(p, ":focus")
}

func TestDoneReturnsToTheRow(t *testing.T) {
	t.Parallel()
	_, p := farDown(t)
	p.Regenerate("client 72")
	p.Question().Click("button", "Regenerate")
	p.AwaitFocus("heading", "The secret of client 72")
	inSight(p, "#secrets code")
	p.Panel("client 72").Click("button", "Done")
	p.AwaitFocus("button", "client 72")
	inSight(p, ":focus")
}

func TestTheHeaderCoversNothingThatHasTheFocus(t *testing.T) {
	t.Parallel()
	_, p := farDown(t)
	p.Edit("client 40")
	p.Dialog().Click("button", "Cancel")
	p.AwaitFocus("button", "Edit client 40")
	browser.Eval[any](p, `{
		const name = document.activeElement.closest("tr").querySelector(".name")
		scrollBy(0, name.getBoundingClientRect().top - 5)
		name.focus()
	}`)
	p.AwaitFocus("button", "client 40")
	inSight(p, "thead th")
	inSight(p, ":focus")
}

func TestNoWidthHasToBeScrolledSideways(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("Tokens: 5 of 5")
	for _, width := range []int64{320, 375, 640, 641, 768, 840, 1024, 1088, 1089, 1200, 1279, 1280, 1600} {
		p.Viewport(width, 800)
		fits(p)
		if width < 640 {
			continue // a name may have no room in one line
		}
		lines := browser.Eval[float64](p, `Math.max(...[...document.querySelectorAll("tbody .name bdi")].map(
			name => name.getBoundingClientRect().height / parseFloat(getComputedStyle(name).lineHeight)))`)
		require.Less(t, lines, 1.5, "a name breaks at %d px", width)
	}
}

func TestALongNameTakesTwoLinesUntilItIsOpened(t *testing.T) {
	t.Parallel()
	p := longNames(t, nil)
	height := func() float64 {
		return browser.Eval[float64](p,
			`[...document.querySelectorAll("tbody .name bdi")].at(-1).getBoundingClientRect().height`)
	}
	require.Less(t, height(), 60.0)
	p.Click("button", longName)
	require.Greater(t, height(), 100.0)
}
