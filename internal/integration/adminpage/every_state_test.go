package adminpage

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// everyState brings a page into each of the states that it can be in.
var everyState = map[string]func(t testing.TB) *browser.Page{
	"list": func(t testing.TB) *browser.Page { return listed(t, nil, "ann") },
	"list-details": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Click("button", "contractor")
		p.See("2Ghe4s")
		return p
	},
	"list-reader": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "reader")
		p.Click("button", "contractor")
		p.See("2Ghe4s")
		return p
	},
	"list-no-match": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Fill("Filter", "nothing")
		p.See("No token matches the filter.")
		return p
	},
	"list-saved": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Edit("contractor")
		p.Save()
		p.See("contractor has been saved.")
		return p
	},
	"list-long": func(t testing.TB) *browser.Page {
		p := longNames(t, nil)
		p.Click("button", longName)
		p.See("Created by " + strings.Repeat("m", 255))
		return p
	},
	"list-right-to-left": func(t testing.TB) *browser.Page {
		p := listed(t, &browser.BackendOptions{Admin: admin.Options{Texts: hebrew}}, "ann")
		p.Click("button", "contractor")
		p.See("2Ghe4s")
		return p
	},
	"list-right-to-left-long": func(t testing.TB) *browser.Page {
		p := longNames(t, &browser.BackendOptions{Admin: admin.Options{Texts: hebrew}})
		p.Click("button", longName)
		p.See(strings.Repeat("m", 255))
		return p
	},
	"loading": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		gate := b.Hold(browser.List)
		p := b.Enter(t, "ann")
		<-gate.Reached
		t.Cleanup(b.Heal) // the page waits for its answer before it ends
		p.See("Loading the tokens…")
		return p
	},
	"empty": func(t testing.TB) *browser.Page {
		p := browser.NewBackend(t, nil).Enter(t, "ann")
		p.See("There are no transfer tokens yet")
		return p
	},
	"empty-reader": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		b.Permit("reader", admin.ActionAccess, admin.ActionRead)
		p := b.Enter(t, "reader")
		p.See("Someone who may create them")
		return p
	},
	"disabled": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, &browser.BackendOptions{Disabled: true})
		p := browser.NewPage(t)
		p.ExpectStatus(501)
		b.Show(p, "ann")
		p.See("Transfer tokens are disabled")
		return p
	},
	"load-failed": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		b.Store.Fail(errors.New("disk full"))
		p := browser.NewPage(t)
		p.ExpectStatus(503)
		b.Show(p, "ann")
		p.See("The tokens could not be loaded")
		return p
	},
	"load-failed-session": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login"}})
		b.Redirect("/login", browser.List)
		p := b.Enter(t, "ann")
		p.See("Your session has ended")
		return p
	},
	"form-create": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Click("button", createButton)
		p.AwaitFocus("textbox", "Name")
		return p
	},
	"form-create-right-to-left": func(t testing.TB) *browser.Page {
		p := listed(t, &browser.BackendOptions{Admin: admin.Options{Texts: hebrew}}, "ann")
		p.Click("button", hebrew["create"])
		p.AwaitFocus("textbox", "Name")
		return p
	},
	"form-edit-long": func(t testing.TB) *browser.Page {
		p := longNames(t, nil)
		p.Edit(longName)
		p.AwaitFocus("textbox", "Name")
		return p
	},
	"form-problems": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Click("button", createButton)
		p.Dialog().Paste("Description (optional)", strings.Repeat("d", 2001))
		p.Save()
		p.See("At most 2000 characters; these are 2001.")
		return p
	},
	"form-error": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		b.Given(browser.Usual(b.Clock.Now())...)
		p := browser.NewPage(t)
		p.ExpectStatus(503)
		b.Show(p, "ann")
		p.FillIn("robot")
		b.Store.Fail(errors.New("disk full"), "Create")
		p.Save()
		p.See("It is not certain whether this took effect.")
		return p
	},
	"form-conflict": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		id := b.Given(browser.Usual(b.Clock.Now())...)[2].ID
		p := browser.NewPage(t)
		p.ExpectStatus(412)
		b.Show(p, "ann")
		p.Edit("contractor")
		p.Dialog().Fill("Name", "photographer")
		p.Dialog().Click("radio", browser.Radios["Pull"])
		name, permissions := longName, transfertoken.FullAccess
		_, err := b.Svc.Update(t.Context(), id, transfertoken.Changes{Name: &name, Permissions: &permissions})
		require.NoError(t, err)
		p.Save()
		p.See("Stored now: " + longName)
		return p
	},
	"question-delete": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Remove("contractor")
		p.AwaitFocus("button", "Cancel")
		return p
	},
	"question-delete-long": func(t testing.TB) *browser.Page {
		p := longNames(t, nil)
		p.Remove(longName)
		p.AwaitFocus("button", "Cancel")
		return p
	},
	"question-delete-error": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		b.Given(browser.Usual(b.Clock.Now())...)
		p := browser.NewPage(t)
		p.ExpectStatus(503)
		b.Show(p, "ann")
		p.Remove("contractor")
		b.Store.Fail(errors.New("disk full"), "Delete")
		p.Question().Click("button", "Delete")
		p.See("It is not certain whether this took effect.")
		return p
	},
	"question-regenerate": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Regenerate("contractor")
		p.AwaitFocus("button", "Cancel")
		return p
	},
	"secret": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Create("robot")
		return p
	},
	"secret-long": func(t testing.TB) *browser.Page {
		p := longNames(t, nil)
		p.Regenerate(longName)
		p.Question().Click("button", "Regenerate")
		p.See("The secret of " + longName)
		return p
	},
	"secret-copied": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.UseClipboard(true)
		p.Create("robot")
		p.Click("button", "Copy")
		p.Panel("robot").In("status", "").See("Copied")
		return p
	},
	"secret-not-copied": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.UseClipboard(false)
		p.Create("robot")
		p.Click("button", "Copy")
		p.See("The browser does not let the page copy.")
		return p
	},
	"may-not-read": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		without(b, admin.ActionRead)
		p := b.Enter(t, "bob")
		p.See("You may not see the transfer tokens")
		return p
	},
	"list-menu": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Viewport(840, 700)
		p.Click("button", "More for contractor")
		p.AwaitFocus("menuitem", "Regenerate contractor")
		return p
	},
	"list-live": func(t testing.TB) *browser.Page {
		b, p := watching(t, nil)
		b.Issue(browser.Staging)
		p.Pass(time.Minute)
		p.See("Someone else changed the list. New: staging.")
		return p
	},
	"form-edit-suspended": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		b.Given(transfertoken.Token{Name: "robot", Suspended: true, CreatedAt: b.Clock.Now().AddDate(0, 0, -100)})
		p := b.Enter(t, "ann")
		p.Row("robot").See("suspended")
		p.Edit("robot")
		p.AwaitFocus("textbox", "Name")
		return p
	},
	"form-unsaved": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Edit("contractor")
		p.Dialog().Fill("Name", "photographer")
		p.Press("Escape")
		p.See("What you changed is not saved.")
		return p
	},
	"form-secret": func(t testing.TB) *browser.Page {
		p := listed(t, nil, "ann")
		p.Edit("staging to production")
		p.Dialog().Click("button", "Regenerate…")
		p.Question().Click("button", "Regenerate")
		p.AwaitFocus("heading", "The secret of staging to production")
		return p
	},
	"not-found": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		p := browser.NewPage(t)
		p.ExpectStatus(http.StatusNotFound)
		p.Open(b.URL("/transfer/nope"))
		p.See("There is no such page")
		return p
	},
	"signed-out": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login"}})
		p := browser.NewPage(t)
		p.ExpectStatus(http.StatusUnauthorized)
		b.Show(p, "")
		p.See("You are not signed in")
		return p
	},
	"forbidden": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		b.Permit("eve", admin.ActionRead)
		p := browser.NewPage(t)
		p.ExpectStatus(http.StatusForbidden)
		b.Show(p, "eve")
		p.See("You may not see the transfer tokens")
		return p
	},
	"unavailable": func(t testing.TB) *browser.Page {
		b := browser.NewBackend(t, nil)
		b.BreakSessions(errors.New("the directory is down"))
		p := browser.NewPage(t)
		p.ExpectStatus(http.StatusServiceUnavailable)
		b.Show(p, "ann")
		p.See("The page is not available")
		return p
	},
	"no-script": func(t testing.TB) *browser.Page {
		p := browser.NewPage(t)
		p.Scripting(false)
		browser.NewBackend(t, nil).Show(p, "ann")
		p.See("This page needs JavaScript.")
		p.Scripting(true)
		return p
	},
}

// listed shows the usual tokens.
func listed(t testing.TB, opts *browser.BackendOptions, user string) *browser.Page {
	t.Helper()
	b := browser.NewBackend(t, opts)
	b.Permit("reader", admin.ActionAccess, admin.ActionRead)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, user)
	p.AwaitCount(6, "row", "")
	return p
}

var longName = strings.Repeat("W", 255)

// longNames shows tokens whose texts are as long and as hard to break as can be.
func longNames(t testing.TB, opts *browser.BackendOptions) *browser.Page {
	t.Helper()
	b := browser.NewBackend(t, opts)
	b.Given(
		transfertoken.Token{Name: longName, Description: strings.Repeat("d", 2000), CreatedBy: strings.Repeat("m", 255),
			Hint:      "WWWWWW",
			ExpiresAt: b.Clock.Now().Add(-browser.Day), CreatedAt: b.Clock.Now().Add(-91 * browser.Day),
			LastUsedAt: b.Clock.Now().Add(-59 * browser.Day)},
		transfertoken.Token{Name: "lines", Description: strings.Repeat("a line\n", 40) + "the end"},
	)
	p := b.Enter(t, "ann")
	p.AwaitCount(3, "row", "")
	return p
}

// viewports are those where the layout differs. The accessibility of those between the
// widest and the narrowest is that of their neighbours.
var viewports = []struct {
	width, height int64
	between       bool
}{{1280, 800, false}, {1100, 800, true}, {1024, 768, true}, {840, 700, true}, {640, 700, true}, {400, 700, true},
	{320, 640, false}}

func TestEveryStateIsAccessibleAndFits(t *testing.T) {
	t.Parallel()
	for name, reach := range everyState {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			looksRight(reach(t), name)
		})
	}
}

// looksRight requires that the state which a page is in is accessible and fits.
func looksRight(p *browser.Page, name string) {
	p.T.Helper()
	for _, viewport := range viewports {
		p.Viewport(viewport.width, viewport.height)
		for _, scheme := range []string{"light", "dark"} {
			p.Prefers("prefers-color-scheme", scheme)
			p.Screenshot(fmt.Sprintf("%s-%d-%s", name, viewport.width, scheme))
			if !viewport.between {
				p.Axe()
			}
		}
		fits(p)
	}
}

// fits requires that nothing has to be scrolled sideways.
func fits(p *browser.Page) {
	p.T.Helper()
	tooWide := browser.Eval[[]string](p, `(() => {
		const found = []
		const tell = (e, why) => found.push(why + ": " + e.cloneNode().outerHTML)
		for (const e of [document.scrollingElement, ...document.querySelectorAll("dialog[open]")])
			if (e.scrollWidth > e.clientWidth) tell(e, e.scrollWidth + " > " + e.clientWidth)
		for (const e of document.querySelectorAll("main *, dialog[open] *")) {
			const {left, right, width, height} = e.getBoundingClientRect()
			if (width > 1 && height > 1 && !e.closest("thead, .unseen") && 
				(left < -.5 || right > innerWidth + .5)) tell(e, left + " to " + right)
		}
		return found
	})()`)
	require.Empty(p.T, tooWide)
}
