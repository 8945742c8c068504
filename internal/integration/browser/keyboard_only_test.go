package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// tabTo presses Tab, or Shift+Tab, until this has the focus, and requires that each
// stop on the way can be seen.
func (p *page) tabTo(key, role, name string) {
	p.t.Helper()
	const enough = 40
	for range enough {
		p.press(key)
		p.focusShows()
		if p.focused() == named(role, name) {
			return
		}
	}
	require.Fail(p.t, "it cannot be reached", "%s by %d times %s", named(role, name), enough, key)
}

// focusShows requires that what has the focus is in sight and marked.
func (p *page) focusShows() {
	p.t.Helper()
	problem := eval[string](p, `(() => {
		const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect()
		if (e === document.body) return ""
		const dialog = document.querySelector("dialog[open]")
		if (dialog && !dialog.contains(e)) return "is behind the dialog"
		if (!e.matches(":focus-visible")) return "is not :focus-visible"
		if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "has no outline: " + style.outline
		if (box.width < 1 || box.height < 1 || box.bottom > innerHeight || box.top < 0 || box.right > innerWidth || box.left < 0)
			return "is out of sight: " + JSON.stringify(box)
		return ""
	})()`)
	require.Empty(p.t, problem, p.focused())
}

const (
	createButton = "Create new transfer token"
	pushChoice   = "Push Data may be sent to this server."
	pullChoice   = "Pull Data may be fetched from this server."
)

func TestATokenIsMadeWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.useClipboard(true)
	p.see("Tokens: 5 of 5")
	p.press("Tab")
	require.Equal(t, named("button", createButton), p.focused())
	p.focusShows()
	p.press("Enter")
	p.awaitFocus("textbox", "Name")
	p.focusShows()
	p.write("robot")
	p.tabTo("Tab", "textbox", "Description (optional)")
	p.write("builds\nthings")
	p.tabTo("Tab", "combobox", "Token duration")
	p.press("ArrowDown", "ArrowDown")
	p.tabTo("Tab", "radio", pushChoice)
	p.press("ArrowDown")
	p.awaitFocus("radio", pullChoice)
	p.focusShows()
	p.tabTo("Tab", "button", "Cancel")
	p.tabTo("Tab", "button", "Save")
	p.tabTo("Shift+Tab", "button", "Cancel")
	p.tabTo("Tab", "button", "Save")
	p.press("Space")
	p.awaitFocus("heading", "The secret of robot")
	p.press("Tab")
	p.focusShows()
	p.tabTo("Tab", "button", "Copy")
	p.press("Enter")
	p.see("Copied")
	require.Equal(t, eval[string](p, `document.querySelector("#secrets code").textContent`), p.clipboard())
	p.tabTo("Tab", "button", "Done")
	p.press("Enter")
	p.awaitFocus("heading", "Transfer tokens")
	p.tabTo("Tab", "button", createButton)

	token := b.tokens()[5]
	require.Equal(t, "robot", token.Name)
	require.Equal(t, "builds\nthings", token.Description)
	require.Equal(t, transfertoken.Days30, token.Lifespan)
	require.Equal(t, transfertoken.Pull, token.Permissions)
}

func TestAMistakeIsMendedWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	p.see("There are no transfer tokens yet")
	p.tabTo("Tab", "button", createButton)
	p.press("Space")
	p.awaitFocus("textbox", "Name")
	p.write("robot\n") // the Enter key saves
	p.see("Please choose one.")
	p.awaitFocus("combobox", "Token duration")
	p.focusShows()
	p.press("End")
	p.tabTo("Tab", "radio", pushChoice)
	p.press("Space", "Enter")
	p.awaitFocus("heading", "The secret of robot")
	require.Equal(t, transfertoken.Unlimited, b.tokens()[0].Lifespan)
	require.Equal(t, transfertoken.Push, b.tokens()[0].Permissions)
}

func TestATokenIsEditedWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.see("Tokens: 5 of 5")
	p.tabTo("Tab", "button", "Edit contractor")
	p.press("Enter")
	p.awaitFocus("textbox", "Name")
	p.press("Control+a")
	p.write("photographer")
	p.tabTo("Tab", "radio", pushChoice)
	p.press("ArrowUp") // from the first to the last
	p.awaitFocus("radio", "Full access Both.")
	p.tabTo("Tab", "button", "Save")
	p.press("Enter")
	p.see("photographer has been saved.")
	p.awaitFocus("button", "Edit photographer")
	p.focusShows()
	p.with("row", "photographer").see("Full access")
}

func TestATokenIsDeletedWithKeysAloneAndEscapeGoesBack(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.see("Tokens: 5 of 5")
	p.tabTo("Tab", "button", "Delete contractor")
	p.press("Enter")
	p.awaitFocus("button", "Cancel")
	p.press("Escape")
	p.awaitFocus("button", "Delete contractor")
	p.awaitCount(0, "alertdialog", "")
	require.Len(t, b.tokens(), 5)
	p.press("Space")
	p.awaitFocus("button", "Cancel")
	p.focusShows()
	p.tabTo("Tab", "button", "Delete")
	p.press("Enter")
	p.see("contractor has been deleted.")
	p.awaitFocus("button", "laptop of Noor")
	p.focusShows()
	require.Len(t, b.tokens(), 4)
}

func TestExactTimesAreReadWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.see("Tokens: 5 of 5")
	p.tabTo("Tab", "button", "contractor")
	p.press("Enter")
	p.see("Wednesday, November 18, 2026")
	p.see("5:37:17 PM UTC")
	p.press("Space")
	p.notSee("5:37:17 PM")
	require.Equal(t, named("button", "contractor"), p.focused())
}

func TestTheFocusStaysInADialog(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]string{"form": createButton, "confirmation": "Delete contractor"} {
		for _, key := range []string{"Tab", "Shift+Tab"} {
			t.Run(name+" "+key, func(t *testing.T) {
				b := newBackend(t, nil)
				b.given(usual(b.clock.Now())...)
				p := b.enter(t, "ann")
				p.click("button", open)
				p.awaitFocus(map[string]string{"form": "textbox", "confirmation": "button"}[name], map[string]string{"form": "Name",
					"confirmation": "Cancel"}[name])
				stops := map[string]int{}
				for range 20 {
					p.press(key)
					p.focusShows()
					stops[p.focused()]++
				}
				require.Greater(t, stops[`button "Cancel"`], 1, "it does not go round: %v", stops)
			})
		}
	}
}

func TestEveryStopOfThePageIsMarked(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	for _, scheme := range []string{"light", "dark"} {
		p := newPage(t)
		p.prefers("prefers-color-scheme", scheme)
		b.show(p, "ann")
		p.see("Tokens: 5 of 5")
		p.tabTo("Tab", "searchbox", "Filter")
		p.tabTo("Tab", "combobox", "Sort by")
		for _, name := range []string{"contractor", "laptop of Noor", "migration from the old site", "nightly backup",
			"staging to production"} {
			for _, action := range []string{"", "Edit ", "Regenerate ", "Delete "} {
				p.press("Tab")
				require.Equal(t, named("button", action+name), p.focused())
				p.focusShows()
			}
		}
	}
}
