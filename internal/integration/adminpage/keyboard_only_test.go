package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// tabTo presses Tab, or Shift+Tab, until this has the focus, and requires that each
// stop on the way can be seen.
func tabTo(p *browser.Page, key, role, name string) {
	p.T.Helper()
	const enough = 40
	for range enough {
		p.Press(key)
		focusShows(p)
		if p.Focused() == browser.Named(role, name) {
			return
		}
	}
	require.Fail(p.T, "it cannot be reached", "%s by %d times %s", browser.Named(role, name), enough, key)
}

// focusShows requires that what has the focus is in sight and marked.
func focusShows(p *browser.Page) {
	p.T.Helper()
	problem := browser.Eval[string](p, `(() => {
		const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect()
		if (e === document.body) return ""
		const dialog = document.querySelector("dialog[open]")
		if (dialog && !dialog.contains(e)) return "is behind the dialog"
		if (!e.matches(":focus-visible")) return "is not :focus-visible"
		if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "has no outline: " + style.outline
		if (box.width < 1 || box.height < 1 ||
			box.bottom > innerHeight || box.top < 0 || box.right > innerWidth || box.left < 0)
			return "is out of sight: " + JSON.stringify(box)
		return ""
	})()`)
	require.Empty(p.T, problem, p.Focused())
}

const (
	createButton = "Create new transfer token"
	pushChoice   = "Push Data may be sent to this server."
	pullChoice   = "Pull Data may be fetched from this server."
)

func TestATokenIsMadeWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.UseClipboard(true)
	p.See("Tokens: 5 of 5")
	p.Press("Tab")
	require.Equal(t, browser.Named("button", createButton), p.Focused())
	focusShows(p)
	p.Press("Enter")
	p.AwaitFocus("textbox", "Name")
	focusShows(p)
	p.Write("robot")
	tabTo(p, "Tab", "textbox", "Description (optional)")
	p.Write("builds\nthings")
	tabTo(p, "Tab", "combobox", "Token duration")
	p.Press("ArrowDown", "ArrowDown")
	tabTo(p, "Tab", "radio", pushChoice)
	p.Press("ArrowDown")
	p.AwaitFocus("radio", pullChoice)
	focusShows(p)
	tabTo(p, "Tab", "button", "Cancel")
	tabTo(p, "Tab", "button", "Save")
	tabTo(p, "Shift+Tab", "button", "Cancel")
	tabTo(p, "Tab", "button", "Save")
	p.Press("Space")
	p.AwaitFocus("heading", "The secret of robot")
	p.Press("Tab")
	focusShows(p)
	tabTo(p, "Tab", "button", "Copy")
	p.Press("Enter")
	p.See("Copied")
	require.Equal(t, browser.Eval[string](p, `document.querySelector("#secrets code").textContent`), p.Clipboard())
	tabTo(p, "Tab", "button", "Done")
	p.Press("Enter")
	p.AwaitFocus("button", "robot")
	focusShows(p)
	tabTo(p, "Shift+Tab", "button", createButton)

	token := b.Tokens()[5]
	require.Equal(t, "robot", token.Name)
	require.Equal(t, "builds\nthings", token.Description)
	require.Equal(t, transfertoken.Days30, token.Lifespan)
	require.Equal(t, transfertoken.Pull, token.Permissions)
}

func TestAMistakeIsMendedWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.See("There are no transfer tokens yet")
	tabTo(p, "Tab", "button", createButton)
	p.Press("Space")
	p.AwaitFocus("textbox", "Name")
	p.Write("robot\n") // the Enter key saves
	p.See("Please choose one.")
	p.AwaitFocus("combobox", "Token duration")
	focusShows(p)
	p.Press("End")
	tabTo(p, "Tab", "radio", pushChoice)
	p.Press("Space", "Enter")
	p.AwaitFocus("heading", "The secret of robot")
	require.Equal(t, transfertoken.Unlimited, b.Tokens()[0].Lifespan)
	require.Equal(t, transfertoken.Push, b.Tokens()[0].Permissions)
}

func TestATokenIsEditedWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("Tokens: 5 of 5")
	tabTo(p, "Tab", "button", "Edit contractor")
	p.Press("Enter")
	p.AwaitFocus("textbox", "Name")
	p.Press("Control+a")
	p.Write("photographer")
	tabTo(p, "Tab", "radio", pushChoice)
	p.Press("ArrowUp") // from the first to the last
	p.AwaitFocus("radio", browser.Radios["Full access"])
	tabTo(p, "Tab", "button", "Save")
	p.Press("Enter")
	p.See("photographer has been saved.")
	p.AwaitFocus("button", "Edit photographer")
	focusShows(p)
	p.With("row", "photographer").See("Full access")
}

func TestATokenIsDeletedWithKeysAloneAndEscapeGoesBack(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("Tokens: 5 of 5")
	tabTo(p, "Tab", "button", "Regenerate contractor")
	tabTo(p, "Tab", "button", "Delete contractor")
	p.Press("Enter")
	p.AwaitFocus("button", "Cancel")
	p.Press("Escape")
	p.AwaitFocus("button", "Delete contractor")
	p.AwaitCount(0, "alertdialog", "")
	require.Len(t, b.Tokens(), 5)
	p.Press("Space")
	confirmDeletion(b, p)
}

// confirmDeletion answers with keys the question whether to delete contractor, of 5 tokens.
func confirmDeletion(b *browser.Backend, p *browser.Page) {
	p.T.Helper()
	p.AwaitFocus("button", "Cancel")
	focusShows(p)
	tabTo(p, "Tab", "button", "Delete")
	p.Press("Enter")
	p.See("contractor has been deleted.")
	p.AwaitFocus("button", "laptop of Noor")
	focusShows(p)
	require.Len(p.T, b.Tokens(), 4)
}

func TestATokenIsDeletedFromTheMenuWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := browser.NewPage(t)
	p.Viewport(840, 700)
	b.Show(p, "ann")
	p.See("Tokens: 5 of 5")
	tabTo(p, "Tab", "button", "More for contractor")
	p.Press("Enter")
	p.AwaitFocus("menuitem", "Regenerate contractor")
	focusShows(p)
	p.Press("Escape")
	p.AwaitFocus("button", "More for contractor")
	p.AwaitCount(0, "menu", "")
	p.Press("ArrowDown", "ArrowUp")
	p.AwaitFocus("menuitem", "Delete contractor")
	p.Press("ArrowDown", "End")
	p.AwaitFocus("menuitem", "Delete contractor")
	focusShows(p)
	p.Press("Enter")
	p.AwaitFocus("button", "Cancel")
	p.Press("Escape")
	p.AwaitFocus("button", "More for contractor")
	p.AwaitCount(0, "alertdialog", "")
	require.Len(t, b.Tokens(), 5)
	p.Press("Space", "End", "Space")
	confirmDeletion(b, p)
}

func TestExactTimesAreReadWithKeysAlone(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("Tokens: 5 of 5")
	tabTo(p, "Tab", "button", "contractor")
	p.Press("Enter")
	p.See("Wednesday, November 18, 2026")
	p.See("5:37:17 PM UTC")
	p.Press("Space")
	p.NotSee("5:37:17 PM")
	require.Equal(t, browser.Named("button", "contractor"), p.Focused())
}

func TestTheFocusStaysInADialog(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(p *browser.Page){
		"form":         func(p *browser.Page) { p.Click("button", createButton) },
		"confirmation": func(p *browser.Page) { p.Remove("contractor") },
	} {
		for _, key := range []string{"Tab", "Shift+Tab"} {
			t.Run(name+" "+key, func(t *testing.T) {
				b := browser.NewBackend(t, nil)
				b.Given(browser.Usual(b.Clock.Now())...)
				p := b.Enter(t, "ann")
				open(p)
				p.AwaitFocus(map[string]string{"form": "textbox", "confirmation": "button"}[name], map[string]string{"form": "Name",
					"confirmation": "Cancel"}[name])
				stops := map[string]int{}
				for range 20 {
					p.Press(key)
					focusShows(p)
					stops[p.Focused()]++
				}
				require.Greater(t, stops[`button "Cancel"`], 1, "it does not go round: %v", stops)
			})
		}
	}
}

func TestEveryStopOfThePageIsMarked(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	for _, scheme := range []string{"light", "dark"} {
		p := browser.NewPage(t)
		p.Prefers("prefers-color-scheme", scheme)
		b.Show(p, "ann")
		p.See("Tokens: 5 of 5")
		tabTo(p, "Tab", "searchbox", "Filter")
		for _, column := range []string{"Name", "Type", "Created", "Last used", "Expiry"} {
			tabTo(p, "Tab", "button", column)
		}
		for _, name := range []string{"contractor", "laptop of Noor", "migration from the old site", "nightly backup",
			"staging to production"} {
			for _, action := range []string{"", "Edit ", "Regenerate ", "Delete "} {
				p.Press("Tab")
				require.Equal(t, browser.Named("button", action+name), p.Focused())
				focusShows(p)
			}
		}
	}
}
