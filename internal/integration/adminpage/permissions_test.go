package adminpage

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

var everyAction = []string{
	admin.ActionAccess, admin.ActionRead, admin.ActionCreate, admin.ActionUpdate, admin.ActionRegenerate,
	admin.ActionDelete,
}

// without lets bob do everything but these actions.
func without(b *browser.Backend, actions ...string) {
	b.Permit("bob", slices.DeleteFunc(slices.Clone(everyAction), func(action string) bool {
		return slices.Contains(actions, action)
	})...)
}

func TestOnlyWhatTheHostAllowsIsOffered(t *testing.T) {
	t.Parallel()
	inMenu := map[string]string{
		admin.ActionRegenerate: "Regenerate contractor",
		admin.ActionDelete:     "Delete contractor",
	}
	buttons := map[string]string{
		admin.ActionCreate: "Create new transfer token",
		admin.ActionUpdate: "Edit contractor",
	}
	maps.Copy(buttons, inMenu)
	offered := func(refused, action string) int {
		if action == refused {
			return 0
		}
		return 1
	}
	for _, refused := range everyAction[2:] {
		t.Run(refused, func(t *testing.T) {
			b := browser.NewBackend(t, nil)
			without(b, refused)
			b.Given(browser.Usual(b.Clock.Now())...)
			p := b.Enter(t, "bob")
			p.See("Tokens: 5 of 5")
			for action, button := range buttons {
				p.AwaitCount(offered(refused, action), "button", button)
			}
			p.AwaitCount(1, "columnheader", "Actions")
			p.Viewport(899, 700)
			p.Click("button", "More for contractor")
			for action, item := range inMenu {
				p.AwaitCount(offered(refused, action), "menuitem", item)
			}
			p.Press("Escape")
			if refused != admin.ActionUpdate {
				p.Edit("contractor")
				p.Dialog().AwaitCount(offered(refused, admin.ActionRegenerate), "button", "Regenerate…")
			}
		})
	}
}

func TestReadersSeeNoActions(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Permit("bob", admin.ActionAccess, admin.ActionRead)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "bob")
	p.See("Tokens: 5 of 5")
	p.AwaitCount(6, "columnheader", "")
	p.AwaitCount(0, "columnheader", "Actions")
	p.AwaitCount(11, "button", "") // which open the details, sort, and show what ends soon
	for _, action := range []string{"Edit", "More for", "Regenerate", "Delete"} {
		p.AwaitCount(0, "button", action+" contractor")
	}
	p.Click("button", "contractor")
	p.See("2Ghe4s")
	require.Equal(t, browser.Eval[float64](p, `document.querySelector("table").getBoundingClientRect().right`),
		browser.Eval[float64](p, `document.querySelector(".details td").getBoundingClientRect().right + 1`),
		"the details are as wide as the table")
}

func TestWhoMayNotReadIsToldSo(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Permit("bob", admin.ActionAccess)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "bob")
	p.See("You may not see the transfer tokens")
	p.See("Ask an administrator for the permission to read them.")
	p.NotSee("Loading")
	p.AwaitCount(0, "table", "")
	p.AwaitCount(0, "button", "")
	for _, r := range b.Seen() {
		require.NotContains(t, r.URI, "/transfer/tokens", "it would be refused")
	}
}

func TestWhoMayCreateButNotReadSeesTheSecretAlone(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	without(b, admin.ActionRead)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "bob")
	p.See("You may not see the transfer tokens")
	p.Click("button", "Create new transfer token")
	p.Fill("Name", "robot")
	p.Choose("Token duration", "7 days")
	p.Click("radio", "Push Data may be sent to this server.")
	p.Click("button", "Save")
	p.See("The secret of robot")
	p.AwaitCount(0, "table", "")
	p.NotSee("Loading")
	p.NotSee("contractor")
}

func TestWhoeverIsNotSignedInIsSentToTheLogin(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login"}})
	p := browser.NewPage(t)
	p.ExpectStatus(401)
	b.Show(p, "")
	p.See("You are not signed in")
	p.See("Sign in, then open this page again.")
	require.Equal(t, b.Server.URL+"/login", href(p, "Sign in"))
	require.Equal(t, "You are not signed in", browser.Eval[string](p, "document.title"))
}

func TestWithoutALoginAddressTheLinkTriesAgain(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := browser.NewPage(t)
	p.ExpectStatus(401)
	b.Show(p, "")
	p.See("You are not signed in")
	p.AwaitCount(0, "link", "Sign in")
	require.Equal(t, b.URL("/transfer/"), href(p, "Try again"))
}

func TestWhoeverIsNotAllowedIsToldSo(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login"}})
	b.Permit("eve", admin.ActionRead)
	p := browser.NewPage(t)
	p.ExpectStatus(403)
	b.Show(p, "eve")
	p.See("You may not see the transfer tokens")
	require.Equal(t, b.Server.URL+"/login", href(p, "Sign in as someone else"))
	p.AwaitCount(1, "link", "")
	p.AwaitCount(0, "button", "")
}

func TestAHostThatCannotTellWhoAsksIsNotAvailable(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.BreakSessions(errors.New("the directory is down"))
	p := browser.NewPage(t)
	p.ExpectStatus(503)
	b.Show(p, "ann")
	p.See("The page is not available")
	p.NotSee("directory")
	b.BreakSessions(nil)
	p.Reload()
	p.See("There are no transfer tokens yet")
}

func TestThePageSaysWhoIsSignedInAndLeadsToTheSignOut(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignOutURL: "/account"}})
	p := b.Enter(t, "ann")
	p.See("ann · Sign out")
	require.Equal(t, b.Server.URL+"/account", href(p, "Sign out"))
}

func TestThePageLeadsWhereTheHostWantsAndShowsItsTextAsItIs(t *testing.T) {
	t.Parallel()
	const hostile = `<img src=x onerror=alert(1)>&amp;`
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignOutURL: "/account", Links: []admin.Link{
		{Text: "Last transfers", URL: "../transfers?of=all&by=day"},
		{Text: hostile, URL: `/"onclick="alert(1)`},
	}}})
	p := b.Enter(t, "ann")
	p.See("Last transfers · " + hostile + " · ann · Sign out")
	require.Equal(t, b.URL("/transfers?of=all&by=day"), href(p, "Last transfers"))
	require.Equal(t, b.Server.URL+"/%22onclick=%22alert%281%29", href(p, hostile))
	fits(p)
}

func TestAPathThatIsNotThereLeadsToThePage(t *testing.T) {
	t.Parallel()
	for name, mount := range browser.Mounts {
		t.Run(name, func(t *testing.T) {
			b := browser.NewBackend(t, &browser.BackendOptions{Mount: mount})
			p := browser.NewPage(t)
			p.ExpectStatus(404)
			b.Show(p, "ann")
			p.See("There are no transfer tokens yet")
			for _, path := range []string{"/transfer/nope", "/transfer/a/b/"} {
				p.Open(b.URL(path))
				p.See("There is no such page")
				require.Equal(t, b.URL("/transfer/"), href(p, "Open the transfer tokens"))
				require.Equal(t, "grid", browser.Eval[string](p, `getComputedStyle(document.querySelector("main")).display`),
					"the style sheet is not there")
			}
		})
	}
}
