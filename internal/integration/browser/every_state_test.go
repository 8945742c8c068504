package browser

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

// everyState brings a page into each of the states that it can be in.
var everyState = map[string]func(t testing.TB) *page{
	"list": func(t testing.TB) *page { return listed(t, nil, "ann") },
	"list-details": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.click("button", "contractor")
		p.see("2Ghe4s")
		return p
	},
	"list-reader": func(t testing.TB) *page {
		p := listed(t, nil, "reader")
		p.click("button", "contractor")
		p.see("2Ghe4s")
		return p
	},
	"list-no-match": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.fill("Filter", "nothing")
		p.see("No token matches the filter.")
		return p
	},
	"list-saved": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.edit("contractor")
		p.save()
		p.see("contractor has been saved.")
		return p
	},
	"list-long": func(t testing.TB) *page {
		p := longNames(t, nil)
		p.click("button", longName)
		p.see("Created by " + strings.Repeat("m", 255))
		return p
	},
	"list-right-to-left": func(t testing.TB) *page {
		p := listed(t, &backendOptions{admin: admin.Options{Texts: hebrew}}, "ann")
		p.click("button", "contractor")
		p.see("2Ghe4s")
		return p
	},
	"list-right-to-left-long": func(t testing.TB) *page {
		p := longNames(t, &backendOptions{admin: admin.Options{Texts: hebrew}})
		p.click("button", longName)
		p.see(strings.Repeat("m", 255))
		return p
	},
	"loading": func(t testing.TB) *page {
		b := newBackend(t, nil)
		gate := b.hold(list)
		p := b.enter(t, "ann")
		<-gate.reached
		t.Cleanup(b.heal) // the page waits for its answer before it ends
		p.see("Loading the tokens…")
		return p
	},
	"empty": func(t testing.TB) *page {
		p := newBackend(t, nil).enter(t, "ann")
		p.see("There are no transfer tokens yet")
		return p
	},
	"empty-reader": func(t testing.TB) *page {
		b := newBackend(t, nil)
		b.permit("reader", admin.ActionAccess, admin.ActionRead)
		p := b.enter(t, "reader")
		p.see("Someone who may create them")
		return p
	},
	"disabled": func(t testing.TB) *page {
		b := newBackend(t, &backendOptions{disabled: true})
		p := newPage(t)
		p.expectStatus(501)
		b.show(p, "ann")
		p.see("Transfer tokens are disabled")
		return p
	},
	"load-failed": func(t testing.TB) *page {
		b := newBackend(t, nil)
		b.store.fail(errors.New("disk full"))
		p := newPage(t)
		p.expectStatus(503)
		b.show(p, "ann")
		p.see("The tokens could not be loaded")
		return p
	},
	"load-failed-session": func(t testing.TB) *page {
		b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login"}})
		b.redirect("/login", list)
		p := b.enter(t, "ann")
		p.see("Your session has ended")
		return p
	},
	"form-create": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.click("button", createButton)
		p.awaitFocus("textbox", "Name")
		return p
	},
	"form-create-right-to-left": func(t testing.TB) *page {
		p := listed(t, &backendOptions{admin: admin.Options{Texts: hebrew}}, "ann")
		p.click("button", hebrew["create"])
		p.awaitFocus("textbox", "Name")
		return p
	},
	"form-edit-long": func(t testing.TB) *page {
		p := longNames(t, nil)
		p.edit(longName)
		p.awaitFocus("textbox", "Name")
		return p
	},
	"form-problems": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.click("button", createButton)
		p.dialog().paste("Description (optional)", strings.Repeat("d", 2001))
		p.save()
		p.see("At most 2000 characters; these are 2001.")
		return p
	},
	"form-error": func(t testing.TB) *page {
		b := newBackend(t, nil)
		b.given(usual(b.clock.Now())...)
		p := newPage(t)
		p.expectStatus(503)
		b.show(p, "ann")
		p.fillIn("robot")
		b.store.fail(errors.New("disk full"), "Create")
		p.save()
		p.see("It is not certain whether this took effect.")
		return p
	},
	"form-conflict": func(t testing.TB) *page {
		b := newBackend(t, nil)
		id := b.given(usual(b.clock.Now())...)[2].ID
		p := newPage(t)
		p.expectStatus(412)
		b.show(p, "ann")
		p.edit("contractor")
		p.dialog().fill("Name", "photographer")
		p.dialog().click("radio", radios["Pull"])
		name, permissions := longName, transfertoken.FullAccess
		_, err := b.svc.Update(t.Context(), id, transfertoken.Changes{Name: &name, Permissions: &permissions})
		require.NoError(t, err)
		p.save()
		p.see("Stored now: " + longName)
		return p
	},
	"question-delete": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.remove("contractor")
		p.awaitFocus("button", "Cancel")
		return p
	},
	"question-delete-long": func(t testing.TB) *page {
		p := longNames(t, nil)
		p.remove(longName)
		p.awaitFocus("button", "Cancel")
		return p
	},
	"question-delete-error": func(t testing.TB) *page {
		b := newBackend(t, nil)
		b.given(usual(b.clock.Now())...)
		p := newPage(t)
		p.expectStatus(503)
		b.show(p, "ann")
		p.remove("contractor")
		b.store.fail(errors.New("disk full"), "Delete")
		p.question().click("button", "Delete")
		p.see("It is not certain whether this took effect.")
		return p
	},
	"question-regenerate": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.regenerate("contractor")
		p.awaitFocus("button", "Cancel")
		return p
	},
	"secret": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.create("robot")
		return p
	},
	"secret-long": func(t testing.TB) *page {
		p := longNames(t, nil)
		p.regenerate(longName)
		p.question().click("button", "Regenerate")
		p.see("The secret of " + longName)
		return p
	},
	"secret-copied": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.useClipboard(true)
		p.create("robot")
		p.click("button", "Copy")
		p.see("Copied")
		return p
	},
	"secret-not-copied": func(t testing.TB) *page {
		p := listed(t, nil, "ann")
		p.useClipboard(false)
		p.create("robot")
		p.click("button", "Copy")
		p.see("The browser does not let the page copy.")
		return p
	},
	"may-not-read": func(t testing.TB) *page {
		b := newBackend(t, nil)
		b.without(admin.ActionRead)
		p := b.enter(t, "bob")
		p.see("You may not see the transfer tokens")
		return p
	},
	"signed-out": func(t testing.TB) *page {
		b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login"}})
		p := newPage(t)
		p.expectStatus(http.StatusUnauthorized)
		b.show(p, "")
		p.see("You are not signed in")
		return p
	},
	"forbidden": func(t testing.TB) *page {
		b := newBackend(t, nil)
		b.permit("eve", admin.ActionRead)
		p := newPage(t)
		p.expectStatus(http.StatusForbidden)
		b.show(p, "eve")
		p.see("You may not see the transfer tokens")
		return p
	},
	"unavailable": func(t testing.TB) *page {
		b := newBackend(t, nil)
		b.breakSessions(errors.New("the directory is down"))
		p := newPage(t)
		p.expectStatus(http.StatusServiceUnavailable)
		b.show(p, "ann")
		p.see("The page is not available")
		return p
	},
	"no-script": func(t testing.TB) *page {
		p := newPage(t)
		disable := func(disabled bool) {
			do(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled})
		}
		disable(true)
		newBackend(t, nil).show(p, "ann")
		p.see("This page needs JavaScript.")
		disable(false)
		return p
	},
}

// listed shows the usual tokens.
func listed(t testing.TB, opts *backendOptions, user string) *page {
	t.Helper()
	b := newBackend(t, opts)
	b.permit("reader", admin.ActionAccess, admin.ActionRead)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, user)
	p.awaitCount(6, "row", "")
	return p
}

var longName = strings.Repeat("W", 255)

// longNames shows tokens whose texts are as long and as hard to break as can be.
func longNames(t testing.TB, opts *backendOptions) *page {
	t.Helper()
	b := newBackend(t, opts)
	b.given(
		transfertoken.Token{Name: longName, Description: strings.Repeat("d", 2000), CreatedBy: strings.Repeat("m", 255),
			Hint:      "WWWWWW",
			ExpiresAt: b.clock.Now().Add(-day), CreatedAt: b.clock.Now().Add(-91 * day),
			LastUsedAt: b.clock.Now().Add(-59 * day)},
		transfertoken.Token{Name: "lines", Description: strings.Repeat("a line\n", 40) + "the end"},
	)
	p := b.enter(t, "ann")
	p.awaitCount(3, "row", "")
	return p
}

var viewports = []struct {
	name          string
	width, height int64
}{{"wide", 1280, 800}, {"narrow", 320, 640}}

func TestEveryStateIsAccessibleAndFits(t *testing.T) {
	t.Parallel()
	for name, reach := range everyState {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := reach(t)
			for _, viewport := range viewports {
				p.viewport(viewport.width, viewport.height)
				for _, scheme := range []string{"light", "dark"} {
					p.prefers("prefers-color-scheme", scheme)
					p.screenshot(fmt.Sprintf("%s-%s-%s", name, viewport.name, scheme))
					p.axe()
				}
				p.fits()
			}
		})
	}
}

// fits requires that nothing has to be scrolled sideways.
func (p *page) fits() {
	p.t.Helper()
	tooWide := eval[[]string](p, `(() => {
		const found = []
		const tell = (e, why) => found.push(why + ": " + e.cloneNode().outerHTML)
		for (const e of [document.scrollingElement, ...document.querySelectorAll("dialog[open]")])
			if (e.scrollWidth > e.clientWidth) tell(e, e.scrollWidth + " > " + e.clientWidth)
		for (const e of document.querySelectorAll("main *, dialog[open] *")) {
			const {left, right, width, height} = e.getBoundingClientRect()
			if (width > 1 && height > 1 && !e.closest("thead, .unseen") && (left < -.5 || right > innerWidth + .5)) tell(e, left + " to " + right)
		}
		return found
	})()`)
	require.Empty(p.t, tooWide)
}
